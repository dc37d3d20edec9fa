import Contract
import Foundation
import TUI
import Testing

@testable import Screens

/// The table of keys, and what a user may make of it.
@Suite struct KeyTests {
    private let freedos = MachineID(rawValue: "freedos")

    private func merged(_ text: String, _ chosen: [String: [String]] = [:]) -> (keymap: Keymap, problems: [KeyFile.Problem]) {
        Keymap.merged(file: KeyFile(Array(text.utf8)), chosen: chosen)
    }

    private func labels(_ keymap: Keymap, _ action: Action) -> [String]? { keymap.binding(action)?.keys.map(\.label) }

    @Test func labelsNameTheirKeys() {
        let codes: [Key.Code] = [
            .enter, .escape, .tab, .backTab, .backspace, .delete, .insert, .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .function(1),
            .function(12), .character(" "), .character("#"), .character("é"),
        ]
        for code in codes {
            for (control, alt) in [(false, false), (true, false), (false, true), (true, true)] {
                let key = Key(code, control: control, alt: alt)
                #expect(Key(label: key.label) == key, "\(key.label)")
            }
        }
        #expect(Key(label: "G") == .character("G") && Key(label: "g") == .character("g"))
        #expect(Key(label: "Ctrl-P") == .control("p") && Key(label: "Ctrl--") == .control("-"))
        for wrong in ["", "F0", "F25", "F01", "Page", "kk", "Ctrl-", "\u{1b}"] { #expect(Key(label: wrong) == nil, "\(wrong)") }
    }

    @Test func theHouseHasNoClash() {
        #expect(Keymap().clash() == nil)
        for binding in Keymap.standard {
            #expect(!binding.keys.isEmpty && Set(binding.keys).count == binding.keys.count, "\(binding.action)")
            #expect(binding.keys.allSatisfy { Keymap.reserved($0) == nil })
        }
    }

    @Test func whatIsPrintedIsTakenBack() {
        let text = KeyFile.text(Keymap())
        let (keymap, problems) = merged(text)
        #expect(problems.isEmpty)
        #expect(keymap.bindings.map(\.keys) == Keymap.standard.map(\.keys))
        #expect(text.contains("tags          = #"))
        let (changed, _) = merged("pause = F12\nredraw =\n")
        #expect(merged(KeyFile.text(changed)).keymap.bindings.map(\.keys) == changed.bindings.map(\.keys))
    }

    @Test func theReadmeQuotesTheTable() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        #expect(readme.contains("```keys\n" + KeyFile.text(Keymap()) + "```\n"), "paste what `vitrine keys --standard` prints")
    }

    @Test func aLineChangesAnActionsKeys() {
        let (keymap, problems) = merged("# mine\n\n  pause = Z Ctrl-K  # Ctrl as well\r\ntags = # F11\n")
        #expect(problems.isEmpty && labels(keymap, .pause) == ["Z", "Ctrl-K"] && labels(keymap, .tags) == ["#", "F11"])
        #expect(keymap.action(.character("Z"), on: .machines) == .pause && keymap.action(.character("P"), on: .machines) == nil)
    }

    @Test func wrongLinesAreToldByNumber() {
        let (keymap, problems) = merged("pause Z\npaws = Z\npause = Zz\nhelp = Esc\nquit =\nsave = F11\nsave = F12\n")
        #expect(problems.map(\.line) == [1, 2, 3, 4, 5, 7])
        #expect(problems[1].description == "line 2: paws: there is no such action. `vitrine keys` lists them.")
        #expect(problems[2].text.hasPrefix("Zz: there is no such key."))
        #expect(labels(keymap, .save) == ["F11"] && labels(keymap, .pause) == ["P", "F6"])
        #expect(!KeyFile(Array(repeating: 0x23, count: KeyFile.maximumSize + 1)).problems.isEmpty)
        #expect(KeyFile([0xff, 0x00, 0x3d, 0x0a]).problems.count == 1)
    }

    @Test func clashesAreRefusedNamingBoth() {
        let (keymap, problems) = merged("pause = T\n")
        #expect(problems.map(\.description) == ["line 1: T is turnOff already; pause keeps P F6."])
        #expect(keymap.bindings.map(\.keys) == Keymap.standard.map(\.keys))
        // Of two lines the later one gives way; two that change places do not clash.
        #expect(merged("pause = Z\nsave = Z\n").problems.map(\.line) == [2])
        #expect(merged("save = Z\npause = Z\n").problems.map(\.line) == [2])
        #expect(merged("pause = T\nturnOff = P\n").problems.isEmpty)
        // The same key on pages that never meet.
        #expect(merged("follow = P\n").problems.isEmpty)
        // A refused line frees a key that another line had counted on.
        #expect(merged("pause = T\nsave = P\n").problems.map(\.line) == [1, 2])
    }

    @Test func theFileIsStrongerThanTheSettings() {
        let (keymap, problems) = merged("save = Z\n", ["pause": ["Z"], "save": ["F12"], "nonsense": ["q"], "help": ["Esc"]])
        #expect(labels(keymap, .save) == ["Z"] && labels(keymap, .pause) == ["P", "F6"])
        #expect(problems.count == 1 && problems[0].line == nil)
    }

    @Test func otherKeysDoTheSameAndAreShown() {
        let harness = Harness()
        harness.model.take(KeyFile(Array("pause = z F6\nlog = F11\nhelp = H F1".utf8)))
        harness.press(.down)
        #expect(harness.screen.contains("z pause") && harness.screen.contains("H help") && harness.screen.contains("F11 Log"))
        harness.press(.character("P"))
        #expect(harness.commands.isEmpty)
        harness.press(.character("z"))
        #expect(harness.commands == [.pause(freedos)])
        harness.press(.character("H"))
        #expect(harness.screen.contains("  z  F6 "))
        harness.press(.escape, .function(11))
        #expect(harness.model.page == .log)
    }

    @Test func aWrongFileIsSaidAtTheStart() {
        let harness = Harness()
        harness.model.take(KeyFile(Array("pause = T\nx = y".utf8)))
        #expect(harness.screen.contains("✖ keys, line 1: T is turnOff already; pause keeps P F6. 1 more: vitrine doctor"))
    }
}
