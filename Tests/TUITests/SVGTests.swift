import Foundation
import FoundationXML
import TUI
import Testing

@Suite struct SVGTests {
    private func elements(_ frame: Frame) throws -> [XMLElement] {
        let svg = frame.svg(theme: Theme.house[0], title: "a < b & \"c\"")
        return try #require(try XMLDocument(xmlString: svg).rootElement()).children?.compactMap { $0 as? XMLElement } ?? []
    }

    /// `attribute(forName:)` finds nothing in an element of a namespace.
    private func value(_ element: XMLElement, _ name: String) -> String? { element.attributes?.first { $0.name == name }?.stringValue }
    private func number(_ element: XMLElement, _ name: String) -> Int? { value(element, name).flatMap(Int.init) }

    @Test func lettersStandInTheirCells() throws {
        var frame = Frame(Size(20, 3))
        frame.put("a <b> & \u{1b}c", 3, 1, .role(.accent))
        frame.put("日本", 10, 2)
        let texts = try elements(frame).filter { $0.name == "text" }
        #expect(texts.map(\.stringValue) == ["a <b> & ·c", "日本"])
        #expect(texts.map { number($0, "x") } == [27, 90])
        #expect(texts.map { number($0, "textLength") } == [90, 36])
        #expect(texts.map { number($0, "y") } == [32, 50])
        #expect(value(texts[0], "fill") == "#6fc8d6")
    }

    @Test func blocksAndLinesAreDrawn() throws {
        var frame = Frame(Size(6, 1))
        frame.put("▀▀", 0, 0, .guest(foreground: 0x112233, background: 0x445566, underlined: false))
        frame.put("──┤⣀", 2, 0, .role(.rule))
        let all = try elements(frame)
        #expect(all.allSatisfy { $0.name != "text" })
        let guest = all.filter { value($0, "fill") == "#112233" }
        #expect(guest.map { [number($0, "x"), number($0, "width"), number($0, "height")] } == [[0, 18, 9]])
        #expect(all.contains { value($0, "fill") == "#445566" && number($0, "width") == 18 })
        let rule = all.filter { value($0, "fill") == "#3d4c58" }.map { [number($0, "x"), number($0, "width")] }
        #expect(rule == [[18, 18], [36, 5], [40, 1], [46, 2], [51, 2]])
    }
}
