package import HostMemory
import X86

/// What units are made of and how often they are entered: for people who want to know where a guest's time goes and what its code became.
///
/// While there is a profile, every unit counts its entries at its head, and what was translated is kept here, also when the unit is gone.
@safe
final class Profile {
    struct Unit {
        /// CS base and EIP of its head, and the head's physical address.
        var base: UInt32
        var eip: UInt32
        var physical: UInt32
        var mode: CodeMode
        var privilege: UInt8
        /// Guest instructions by their distance from the page's start.
        var instructions: [(offset: Int, bytes: [UInt8])]
        /// Where each instruction's host code starts, and where that of the last ends: what follows is seldom run.
        var starts: [Int]
        /// The code that counts the entries.
        var counter: Range<Int>
        /// As translated; nothing linked yet.
        var host: [UInt8]
        fileprivate(set) var entries: UInt64 = 0

        var headOffset: Int { Int(physical & 0xFFF) }
        func eip(of instruction: Int) -> UInt32 { eip &+ UInt32(truncatingIfNeeded: instructions[instruction].offset - headOffset) }
        func text(of instruction: Int) -> String {
            Disassembler.disassemble(instructions[instruction].bytes, address: eip(of: instruction), code32: mode.contains(.code32)).text
        }
    }

    private static let capacity = 1 << 22
    private let cells: Region
    private(set) var translated: [Unit] = []
    private var place = (base: UInt32(0), eip: UInt32(0), privilege: UInt8(0))

    init() throws(HostMemoryError) { cells = try Region("profile", size: Self.capacity * 8) }

    /// The unit at CS:EIP is about to be translated.
    func willTranslate(_ e: Execution) { place = (e.cs.base, e.s.eip, e.s.cpl) }

    /// Has the unit count itself, and say where its instructions are.
    func prepare(_ translator: Translator) {
        guard translated.count < Self.capacity else { return }
        unsafe translator.profile = Translator.Places(cell: UInt(bitPattern: cells.base) + UInt(translated.count * 8))
    }

    /// Keeps what became of it.
    /// - Parameter code: what runs, and behind it what seldom does.
    func add(_ translator: Translator, page: UInt32, code: [UInt8]) {
        guard let places = translator.profile, translated.count < Self.capacity else { return }
        let trace = translator.trace
        let instructions = trace.items.prefix(places.starts.count - 1).map { item in
            let first = min(item.end, 4096) - item.offset
            let second = trace.second.map { Self.bytes(at: $0.host, count: max(0, item.end - 4096)) } ?? []
            return (item.offset, Self.bytes(at: trace.page + UInt(item.offset), count: first) + second)
        }
        translated.append(
            Unit(
                base: place.base, eip: place.eip, physical: page << 12 | UInt32(translator.headOffset), mode: translator.mode,
                privilege: place.privilege, instructions: instructions, starts: places.starts, counter: places.counter,
                host: code))
    }

    private static func bytes(at host: UInt, count: Int) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: host), count: count))
    }

    /// All units; those that were translated more than once, to the same, as one. In the order of their first translation.
    var units: [Unit] {
        struct Key: Hashable {
            let linear: UInt32, physical: UInt32, mode: CodeMode, code: [[UInt8]]
        }
        let counts = unsafe cells.base.assumingMemoryBound(to: UInt64.self)
        var found: [Unit] = [], index: [Key: Int] = [:]
        for (number, unit) in translated.enumerated() {
            let key = Key(linear: unit.base &+ unit.eip, physical: unit.physical, mode: unit.mode, code: unit.instructions.map(\.bytes))
            let entries = unsafe counts[number]
            if let known = index[key] {
                let earlier = found[known].entries
                found[known] = unit
                found[known].entries = earlier &+ entries
            } else {
                index[key] = found.count
                found.append(unit)
                found[found.count - 1].entries = entries
            }
        }
        return found
    }

    // MARK: For people

    /// The hottest units, hottest first.
    func report(_ count: Int = 40) -> String {
        func weight(_ unit: Unit) -> Double { Double(unit.entries) * Double(unit.instructions.count) }
        let all = units
        let total = max(1, all.reduce(0) { $0 + weight($1) })
        let hottest = all.filter { $0.entries > 0 }.sorted { weight($0) > weight($1) }.prefix(count)
        var lines = [
            "\(all.count) units, entered \(all.reduce(0) { $0 &+ $1.entries }) times. The hottest \(hottest.count):",
            "",
            "A unit's weight is its entries times its guest instructions, as if every entry had run the whole of it; its share is of the sum of all.",
            "Behind the bar stand the host's bytes, as translated, before ways out were linked; the few that count entries are left out. To read them:",
            "echo BYTES | xxd -r -p > code; objdump -D -b binary -m i386:x86-64 -M intel code",
        ]
        for (number, unit) in hottest.enumerated() {
            let share = (weight(unit) / total * 10_000).rounded() / 100
            let hot = (unit.starts.last ?? 0) - unit.counter.count
            lines += [
                "",
                "#\(number + 1)  \(share)%  entries \(unit.entries)  linear \(hex(unit.base &+ unit.eip))  physical \(hex(unit.physical))  \(unit.modeName)",
                "    guest: \(unit.instructions.count) instructions, \(unit.instructions.reduce(0) { $0 + $1.bytes.count }) bytes; "
                    + "host: \(unit.host.count - unit.counter.count) bytes, \(hot) on the way through",
            ]
            lines += unit.listing
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

private func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
}

private func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

extension Profile.Unit {
    fileprivate var modeName: String {
        (mode.contains(.code32) ? "32-bit" : "16-bit") + (mode.contains(.flatCode) ? ", flat" : ", CS base \(hex(base))") + ", CPL \(privilege)"
    }

    fileprivate var listing: [String] {
        func line(_ address: String, _ bytes: String, _ text: String, _ host: String) -> String {
            func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
            return "    \(padded(address, 8))  \(padded(bytes, 16))  \(padded(text, 40))  | \(host)"
        }
        guard let first = starts.first, let last = starts.last else { return [] }
        var lines = [line("", "", "(head)", hex(host[..<counter.lowerBound]) + hex(host[counter.upperBound..<first]))]
        for index in instructions.indices {
            lines.append(
                line(hex(base &+ eip(of: index)), hex(instructions[index].bytes), text(of: index), hex(host[starts[index]..<starts[index + 1]])))
        }
        lines.append(line("", "", "(seldom run)", hex(host[last...])))
        return lines
    }
}

extension Processor {
    /// Has every unit count its entries from now on. To be called before anything runs.
    package func startProfile() throws(HostMemoryError) {
        recompiler.flush()
        recompiler.profile = try Profile()
    }

    /// The hottest units so far, as text; nil without `startProfile`.
    package var profileReport: String? { recompiler.profile?.report() }
}
