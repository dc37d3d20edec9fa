import Configuration
import Contract
import Foundation
import Picture
import Screens
import TUI
import Testing

/// The screens with a fake keeper: keys go in, frames and commands come out.
final class Harness {
    var model: Model
    let size: Size
    var commands: [KeeperCommand] = []
    var effects: [Effect] = []
    /// What the keeper answers; nil keeps silent.
    var answer: (KeeperCommand) -> Result<KeeperReply, KeeperError>? = { _ in .success(.done) }
    static let noon = 1_773_498_720.0  // 14 March 2026, 14:32:00 UTC

    init(_ width: Int = 80, _ height: Int = 24, machines: [MachineSummary] = Harness.library, single: MachineID? = nil) {
        size = Size(width, height)
        model = Model(
            themes: Theme.house, library: "~/.local/share/vitrine",
            single: single)
        model.now = Harness.noon
        send(.resize(size))
        send(.keeper(.machines(machines)))
        send(.tick(HostLoad(cpuPercent: 52, memoryPercent: 16)))
    }

    func send(_ message: Message) {
        var queue = [message]
        while !queue.isEmpty {
            for effect in update(&model, queue.removeFirst()) {
                effects.append(effect)
                if case .submit(let command, let request) = effect {
                    // What only fills details in is looked up in `effects`.
                    if case .image = request {} else { commands.append(command) }
                    if let result = answer(command) { queue.append(.reply(request, result)) }
                }
            }
        }
    }

    func press(_ keys: Key...) { for key in keys { send(.key(key)) } }
    func type(_ text: String) { for character in text { send(.key(.character(character))) } }

    func wait(_ seconds: Double) {
        model.now += seconds
        send(.tick(nil))
    }

    func change(_ id: String, _ change: (inout MachineSummary) -> Void) {
        guard var machine = model.machine(MachineID(rawValue: id)) else { return }
        change(&machine)
        send(.keeper(.changed(machine)))
    }

    var frame: Frame { view(model, size) }
    var screen: String { frame.lines.joined(separator: "\n") }

    /// Compares with a screen as text; a difference prints both.
    func expect(_ expected: String, sourceLocation: SourceLocation = #_sourceLocation) {
        var lines = expected.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        while lines.count < size.height { lines.append("") }
        #expect(frame.lines == lines, "got:\n\(screen)", sourceLocation: sourceLocation)
    }

    /// Rows of the style plane.
    func expectStyle(_ row: Int, _ letters: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(frame.styleLines[row] == letters, sourceLocation: sourceLocation)
    }

    static func machine(
        _ name: String, _ state: MachineState, for seconds: Double = 0, memory: Int, _ change: (inout MachineSummary) -> Void = { _ in }
    ) -> MachineSummary {
        var machine = MachineSummary(
            id: MachineID(rawValue: name), name: name, state: state, since: noon - seconds, memoryMiB: memory, processor: "486")
        change(&machine)
        return machine
    }

    static func report(_ path: String, completed: String? = nil, choices: [ImageFile] = [], problem: String? = nil) -> ImageReport {
        ImageReport(path: path, kind: problem == nil ? .cd : nil, note: "402 MB", problem: problem, completed: completed ?? path, choices: choices)
    }

    static let samples: [MachineSummary] = [
        machine("showcase", .off, memory: 16) {
            $0.isSample = true
            $0.tags = ["sample"]
            $0.notes =
                "A small PC of our own. It boots in a second from a floppy image and shows text modes, VGA graphics, keyboard, mouse, timer and speaker."
        },
        machine("memtest86+", .off, memory: 64) {
            $0.isSample = true
            $0.notes = "Tests memory, runs at once."
            $0.fetch = "0.1 MB from Debian 12"
        },
        machine("linux", .off, memory: 256) {
            $0.isSample = true
            $0.notes = "Debian's kernel and a BusyBox shell. poweroff switches it off."
            $0.fetch = "53 MB from Debian 12"
        },
        machine("debian-setup", .off, memory: 512) {
            $0.isSample = true
            $0.notes = "The Debian 12 installer, in text."
            $0.fetch = "105 MB from Debian 12"
        },
    ]

    static let library: [MachineSummary] = [
        machine("debian-mini", .running, for: 48, memory: 256) {
            $0.residentMiB = 71
            $0.cpuPercent = 98
            $0.guestMIPS = 212
            $0.screenAddress = "127.0.0.1:5905"
            $0.viewers = 1
            $0.tags = ["linux"]
        },
        machine("freedos", .running, for: 3 * 3600 + 60, memory: 16) {
            $0.residentMiB = 9
            $0.cpuPercent = 1
            $0.guestMIPS = 0
            $0.translation = TranslationSummary(
                cacheBytes: 12_897_485, cacheCapacity: 64 << 20, hitPercent: 98.6, translationsPerSecond: 14.2,
                exitsPerSecond: ["lookUp": 812, "slowAccess": 23_456.4, "budget": 1004, "unlinked": 812])
            $0.screenAddress = "127.0.0.1:5901"
            $0.tags = ["dos"]
            $0.disks = ["hda": "/home/me/freedos/freedos.vhd"]
            $0.removable = [
                RemovableDrive(slot: "fda", isCD: false, medium: nil), RemovableDrive(slot: "hdc", isCD: true, medium: "/images/fd13live.iso"),
            ]
            $0.notes = "Till software, do not reset"
        },
        machine("nt4", .paused, for: 12 * 60, memory: 128) {
            $0.residentMiB = 118
            $0.screenAddress = "127.0.0.1:5904"
            $0.tags = ["lab"]
        },
        machine("os2-warp", .off, memory: 64) {
            $0.tags = ["ibm"]
            $0.disks = ["hda": "/home/me/os2-warp/os2-warp.vhd", "hdb": "/home/me/os2-warp/data.vhd"]
        },
        machine("toyos", .crashed, for: 4 * 60, memory: 64) {
            $0.tags = ["lab"]
            $0.report = "Triple fault at 0008:C0101F3A.\nEAX=00000000 EBX=00000001"
        },
    ]

    /// A text screen with some lines, white on blue where a line begins with `!`.
    static func text(_ lines: [String], columns: Int = 80, rows: Int = 25, cursor: (Int, Int)? = nil) -> Picture {
        var cells = Array(repeating: TextPicture.Cell(glyph: 0x20, foreground: 7, background: 0), count: columns * rows)
        for (row, line) in lines.prefix(rows).enumerated() {
            for (column, byte) in line.utf8.prefix(columns).enumerated() {
                cells[row * columns + column] = TextPicture.Cell(
                    glyph: UInt16(byte), foreground: line.hasPrefix("!") ? 15 : 7, background: line.hasPrefix("!") ? 1 : 0)
            }
        }
        let palette: [UInt32] = [
            0, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa, 0xaa5500, 0xaaaaaa, 0x555555, 0x5555ff, 0x55ff55, 0x55ffff, 0xff5555, 0xff55ff,
            0xffff55, 0xffffff,
        ]
        return .text(
            TextPicture(
                columns: columns, rows: rows, cells: cells, cursor: cursor.map { .init(column: $0.0, row: $0.1, top: 14, bottom: 15) },
                font: .init(height: 16, rows: []), cellWidth: 9, lineGraphics: true, palette: palette))
    }
}
