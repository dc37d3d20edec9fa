import Contract
import Picture
import Screens
import TUI

/// The seven machines of a day's work, freedos selected, with eight seconds of figures and a crash in the log.
enum Workday {
    static func id(_ name: String) -> MachineID { MachineID(rawValue: name) }

    static let machines: [MachineSummary] = [
        Harness.machine("debian-mini", .running, for: 40, memory: 256) {
            ($0.residentMiB, $0.cpuPercent, $0.guestMIPS) = (71, 98, 212)
            ($0.diskReadRate, $0.diskWriteRate, $0.interruptsPerSecond) = (1200, 4, 412)
            ($0.screenAddress, $0.viewers, $0.tags) = ("127.0.0.1:5905", 1, ["linux"])
            $0.poweredOnAt = Harness.noon - 40
        },
        Harness.machine("freedos", .running, for: 3 * 3600 + 60, memory: 16) {
            ($0.residentMiB, $0.cpuPercent, $0.guestMIPS) = (9, 1, 0)
            ($0.diskReadRate, $0.diskWriteRate, $0.interruptsPerSecond) = (0, 0, 18)
            ($0.screenAddress, $0.tags) = ("127.0.0.1:5901", ["dos"])
            $0.disks = ["hda": "/home/me/machines/freedos/freedos.vhd"]
            $0.removable = [
                RemovableDrive(slot: "fda", isCD: false, medium: nil), RemovableDrive(slot: "hdc", isCD: true, medium: "/images/fd13live.iso"),
            ]
            $0.notes = "Till software, do not reset"
            $0.poweredOnAt = Harness.noon - 3 * 3600 - 60
            $0.translation = TranslationSummary(
                cacheBytes: 12_897_485, cacheCapacity: 64 << 20, hitPercent: 98.6, translationsPerSecond: 14.2,
                exitsPerSecond: ["lookUp": 812, "slowAccess": 23_456.4, "budget": 1004])
        },
        Harness.machine("nt4", .paused, for: 12 * 60, memory: 128) {
            ($0.residentMiB, $0.processor) = (118, "pentium2")
            ($0.screenAddress, $0.viewers, $0.tags) = ("127.0.0.1:5904", 1, ["lab"])
        },
        Harness.machine("os2-warp", .saved, for: 6 * 86400, memory: 64) {
            ($0.savedAt, $0.savedBytes, $0.tags) = (Harness.noon - 6 * 86400, 29 << 20, ["ibm"])
            $0.disks = ["hda": "/home/me/machines/os2-warp/os2-warp.vhd", "hdb": "/home/me/machines/os2-warp/data.vhd"]
            $0.removable = [RemovableDrive(slot: "hdc", isCD: true, medium: "/images/warp4.iso")]
        },
        Harness.machine("toyos", .crashed, for: 4 * 60, memory: 64) {
            ($0.tags, $0.report) = (["lab"], "Triple fault at 0008:C0101F3A.\nEAX=00000000 EBX=00000001")
        },
        Harness.machine("win31", .running, for: 26 * 60, memory: 16) {
            ($0.residentMiB, $0.cpuPercent, $0.guestMIPS) = (14, 34, 61)
            ($0.diskReadRate, $0.diskWriteRate, $0.interruptsPerSecond) = (18, 0, 95)
            ($0.screenAddress, $0.tags) = ("127.0.0.1:5902", ["dos"])
        },
        Harness.machine("win98", .running, for: 2 * 86400 + 60, memory: 128) {
            ($0.residentMiB, $0.cpuPercent, $0.guestMIPS, $0.processor) = (96, 71, 148, "pentium2")
            ($0.diskReadRate, $0.diskWriteRate, $0.interruptsPerSecond) = (400, 10, 240)
            ($0.screenAddress, $0.viewers, $0.tags) = ("127.0.0.1:5903", 2, ["lab"])
        },
    ]

    static let listing = [
        " Directory of C:\\GAMES", "", "KEEN1    EXE    51,190  12-14-90", "SOKOBAN  COM    11,776  02-02-89", "README   TXT     2,048  03-14-96",
        "    3 file(s)      65,014 bytes", "    1 dir(s)  412,303,360 bytes free", "C:\\GAMES>",
    ]

    static func harness(_ width: Int = 80, _ height: Int = 24) -> Harness {
        let harness = Harness(width, height, machines: machines)
        harness.press(.down)
        for step in 0..<8 {
            let share = [0.2, 0.6, 0.8, 1, 0.8, 1, 1, 1][step]
            for machine in machines where machine.state == .running {
                harness.change(machine.name) {
                    $0.cpuPercent = (machine.cpuPercent ?? 0) * share
                    $0.guestMIPS = (machine.guestMIPS ?? 0) * share
                    $0.diskReadRate = (machine.diskReadRate ?? 0) * (1 - share)
                }
            }
            harness.wait(1)
        }
        for machine in machines where machine.state == .running { harness.send(.keeper(.changed(machine))) }
        harness.send(.picture(id("freedos"), Harness.text(Array(repeating: "", count: 17) + listing, cursor: (9, 24))))
        harness.send(
            .keeper(.log(LogEntry(time: Harness.noon - 237, level: .error, machine: id("toyos"), text: "toyos crashed: triple fault."))))
        return harness
    }
}
