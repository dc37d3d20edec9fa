import Foundation
import TestSupport
import Testing

/// The recompiler does what the interpreter does, over a whole boot: processor, memory and devices are the same after every so many instructions.
@Suite(.serialized) struct EngineTests {
    @Test(.timeLimit(.minutes(120))) func linuxBootsTheSameByBothEngines() async throws {
        for package in ["linux-image-686", "busybox-static"] where !(await Packages.have(package)) {
            try Test.cancel("\(package): \(Packages.unreachable)")
        }
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let busybox = [UInt8](try Data(contentsOf: URL(fileURLWithPath: try await Packages.file("busybox-static", "bin/busybox"))))
        let initrd = folder.appending(path: "initrd")
        let script = "#!/bin/sh\nmount -t proc proc /proc\ncat /proc/interrupts /proc/meminfo\necho six times seven is $(expr 6 '*' 7)\npoweroff -f\n"
        try Data(Archive.busybox(busybox, script: script)).write(to: initrd)
        let kernel = try await Packages.kernel()
        let results = try ["interpreter", "recompiler"].map { engine in
            try Program.run(
                Program.vitrine,
                [
                    "run", "--no-console", "--cpu", engine, "--clock", "instructions", "--state-hash", "20000000", "--memory", "64", "--kernel",
                    kernel,
                    "--initrd", initrd.path, "--append", "console=ttyS0 panic=-1 cryptomgr.notests", "--serial", "stdio", "--no-reboot",
                    "--max-seconds", "800",
                ], limit: 860)
        }
        for result in results {
            #expect(result.status == 0 && result.output.contains("six times seven is 42"), "\(result.errors)\n\(result.output.suffix(3000))")
        }
        let hashes = results.map { $0.errors.split(separator: "\n").filter { $0.firstMatch(of: #/^[0-9]+ [0-9a-f]{16}$/#) != nil } }
        #expect(hashes[0].count > 50)
        let first = zip(hashes[0], hashes[1]).first { $0 != $1 }
        #expect(hashes[0] == hashes[1], "they part at \(first?.0 ?? "the end")")
        #expect(results[0].output == results[1].output)
    }

    /// Far calls and pointers, segment loads, strings, an INT 21h, and variables beside the code that writes to them.
    @Test(.timeLimit(.minutes(20)), arguments: ["interpreter", "recompiler"]) func sixteenBitCodeComputesWhatItShould(by engine: String) throws {
        let result = try Program.run(
            Program.vitrine,
            ["run", "--no-console", "--cpu", engine, "--floppy", "builtin:segments", "--serial", "stdio", "--max-seconds", "500"], limit: 560)
        let sum = String(SegmentsModel.checksum(turns: 5000), radix: 16)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("SEGMENTS \(String(repeating: "0", count: 8 - sum.count))\(sum)"), "\(result.output)")
    }
}
