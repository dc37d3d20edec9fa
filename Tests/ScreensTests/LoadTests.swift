import Contract
import Screens
import TUI
import Testing

/// The load screen: figures by the interval, in the order that is asked for, and on their way into a file.
@Suite struct LoadTests {
    private func id(_ name: String) -> MachineID { MachineID(rawValue: name) }

    static func busy(_ width: Int = 80, _ height: Int = 24) -> Harness {
        let harness = Harness(width, height)
        var host = HostLoad(cpuPercent: 52, memoryPercent: 16)
        (host.processors, host.memoryMiB) = (4, 3904)
        for second in 0..<90 {
            harness.model.now += 1
            host.cpuPercent = Double(second * 37 % 101)
            harness.change("debian-mini") { $0.cpuPercent = Double(40 + second * 13 % 60) }
            harness.send(.tick(host))
        }
        harness.press(.character("3"))
        return harness
    }

    private func names(_ harness: Harness) -> [String] {
        harness.frame.lines.dropFirst(9).prefix { !$0.contains("Sum") }.compactMap { line in
            line.count > 4 ? line.dropFirst(4).split(separator: " ").first.map(String.init) : nil
        }
    }

    @Test func sortedByUseThenByWhatIsAsked() {
        let harness = LoadTests.busy()
        #expect(names(harness) == ["debian-mini", "freedos", "nt4", "toyos"])
        harness.press(.character("O"))
        #expect(names(harness) == ["freedos", "debian-mini", "nt4", "toyos"])
        harness.press(.character("o"))
        #expect(harness.frame.lines[8].contains("MIPS▾") && names(harness).first == "debian-mini")
        harness.press(.character("o"), .character("o"))
        #expect(harness.frame.lines[8].contains("exits/s▾") && names(harness).first == "freedos")
        harness.press(.character("m"))
        #expect(harness.frame.lines[7].contains("┤ Memory ├") && harness.frame.lines[8].contains("size MB▾"))
        #expect(names(harness) == ["debian-mini", "nt4", "toyos", "freedos"])
    }

    @Test func theSelectionIsTheMachines() {
        let harness = LoadTests.busy()
        harness.press(.down)
        #expect(harness.model.selected == id("freedos"))
        harness.press(.character("O"))
        #expect(harness.model.selected == id("freedos") && harness.frame.lines[9].hasPrefix("▸"))
        harness.press(.enter)
        #expect(harness.model.page == .console)
        harness.press(.control("]"), .character("q"))
        #expect(harness.model.page == .load)
    }

    @Test func aFigureIsTheMeanOfItsInterval() {
        let harness = Harness()
        harness.press(.character("3"), .character("i"))
        #expect(harness.screen.contains("every 2 s"))
        for percent in [10.0, 30, 90] {
            harness.change("freedos") { $0.cpuPercent = percent }
            harness.wait(1)
        }
        // Two seconds of 10 and 30; the third waits for its fourth.
        #expect(harness.frame.lines.contains { $0.contains("freedos") && $0.contains(" 20 ") })
        harness.press(.character("i"), .character("i"))
        #expect(harness.screen.contains("every 1 s"))
    }

    @Test func figuresGoToAFileUntilToldOtherwise() {
        let harness = Harness()
        harness.change("freedos") { $0.diskReadRate = 12.5 }
        harness.change("nt4") { $0.name = "z,\"b\"" }
        harness.change("debian-mini") { $0.name = "=a" }
        harness.press(.character("3"), .character("W"))
        harness.wait(1)
        let files = harness.effects.compactMap { effect in
            if case .appendFile(let path, let bytes) = effect { (path, String(decoding: bytes, as: UTF8.self)) } else { nil }
        }
        #expect(files.map(\.0) == ["~/vitrine-load-20260314-143200.csv", "~/vitrine-load-20260314-143200.csv"])
        #expect(files.first?.1.hasPrefix("time,machine,state,host_cpu_percent,cpu_percent,mips,") == true)
        let lines = (files.last?.1 ?? "").split(separator: "\n")
        #expect(lines.count == 4 && lines[1].hasPrefix("1773498721.00,freedos,running,52.00,1.00,0.00,") && lines[1].contains(",12.50,"))
        #expect(lines[0].contains(",'=a,running,") && lines[3].contains(",\"z,\"\"b\"\"\",paused,"))
        let fields = files.first?.1.split(separator: ",").count
        #expect(lines[0].split(separator: ",", omittingEmptySubsequences: false).count == fields)
        harness.press(.character("W"))
        let count = harness.effects.count
        harness.wait(1)
        #expect(harness.effects.count == count)
    }

    @Test func aFileThatCannotBeWrittenEndsTheWriting() {
        let harness = Harness()
        harness.press(.character("3"), .character("W"))
        harness.send(.wrote(path: "~/vitrine-load-20260314-143200.csv", error: "disk full"))
        let count = harness.effects.count
        harness.wait(1)
        #expect(harness.effects.count == count && harness.screen.contains("✖ disk full"))
    }

    @Test func nothingRuns() {
        let harness = Harness(machines: Harness.samples)
        harness.press(.character("3"), .down, .enter)
        #expect(harness.screen.contains("No machine runs. 1 goes to the list."))
    }

    @Test func everySizeHolds() {
        for (width, height) in [(40, 12), (60, 15), (80, 19), (100, 30), (200, 60)] {
            let harness = LoadTests.busy(width, height)
            for line in harness.frame.lines { #expect(Text.width(line) <= width) }
            #expect(harness.screen.contains("▸ ● "))
        }
    }

    @Test func aGraphIsDotsShadesOrLetters() {
        var frame = Frame(Size(4, 2))
        frame.graph([0, 25, 50, 100, 100, 0], Rect(0, 0, 4, 2), peak: 100)
        #expect(frame.lines == ["  ⢸⡇", " ⢠⣿⡇"])
        #expect(GlyphSet.cp437.translated(frame).lines.joined().allSatisfy { " ░▒▓█".contains($0) })
        #expect(GlyphSet.ascii.translated(frame).lines.joined().allSatisfy { " .:#".contains($0) })
    }
}
