import Testing

@testable import Contract
@testable import Workstation

@Suite struct LoadReportTests {
    private func machine(_ name: String, _ state: MachineState) -> MachineSummary {
        MachineSummary(id: MachineID(rawValue: "box"), name: name, state: state, since: 0, memoryMiB: 64, processor: "max")
    }

    @Test func aRowHasAValueAColumn() {
        var machine = machine("box", .running)
        #expect(LoadReport.row(machine, at: 0) == ["1970-01-01T00:00:00Z", "box", "running", "", "", "", "", "", "64", "", "", ""])
        (machine.cpuPercent, machine.guestMIPS, machine.interruptsPerSecond, machine.residentMiB) = (98, 212.25, 1000, 71)
        (machine.diskReadRate, machine.diskWriteRate) = (1204, 0)
        machine.translation = TranslationSummary(
            cacheBytes: 1, cacheCapacity: 2, hitPercent: 99, translationsPerSecond: 3, exitsPerSecond: ["a": 1.5, "b": 2])
        let row = LoadReport.row(machine, at: 1_773_498_483.9)
        #expect(
            row == ["2026-03-14T14:28:03Z", "box", "running", "98.0", "212.2", "3.0", "3.5", "1000.0", "64", "71", "1204.0", "0.0"], "\(row)")
        #expect(row.count == LoadReport.columns.count)
    }

    @Test(arguments: [
        ("box", "box"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("a\r\nb", "\"a\r\nb\""), ("a\nb", "\"a\nb\""), (" a", "\" a\""),
        ("", ""), ("ü ‮x", "ü ‮x"),
    ])
    func namesAreQuotedAsRFC4180SaysIt(name: String, field: String) {
        #expect(LoadReport.csv(["1", name, "2"]) == "1,\(field),2\r\n")
    }

    @Test func onlyMachinesThatAreOnHaveALoad() {
        let on = MachineState.allCases.filter { !LoadReport.running([machine("box", $0)]).isEmpty }
        #expect(on == [.starting, .running, .paused, .restoring, .saving, .stopping])
    }
}
