package import Bus

/// 8237A pair with the page registers: channels 0–3 move bytes, 5–7 words.
/// Sources: Intel 8237A data sheet; 82371SB (PIIX3) data sheet, DMA registers.
/// Not modelled: memory to memory, software requests, priorities, the pace of transfer modes, the cascade (channel 4's mask stops nobody).
package final class DMAController: Device, PortMapped {
    package static let part = "8237A DMA controllers"

    /// Mode Register, one a channel. Its transfer type: verify moves nothing, write goes to memory, read comes from it.
    package struct Mode: OptionSet, Codable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let write = Self(rawValue: 0x04), read = Self(rawValue: 0x08), autoInitialize = Self(rawValue: 0x10), decrement = Self(rawValue: 0x20)
        static let cascade = Self(rawValue: 0xC0)
        var type: Self { intersection([.write, .read]) }
    }

    package struct Command: OptionSet, Codable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let disable = Self(rawValue: 0x04)
    }

    package struct Channel: Codable, Equatable, Sendable {
        var baseAddress: UInt16 = 0, baseCount: UInt16 = 0, address: UInt16 = 0, count: UInt16 = 0
        var mode: Mode = []
        var isMasked = true
        var reachedTC = false
    }

    package struct State: DeviceState {
        var channels = [Channel](repeating: Channel(), count: 8)
        var commands: [Command] = [[], []]
        var flipFlop = [false, false]
        var pages = [UInt8](repeating: 0, count: 16)
        package func validate() throws(SnapshotError) {
            guard channels.count == 8, commands.count == 2, flipFlop.count == 2, pages.count == 16 else {
                throw SnapshotError(DMAController.part, "no such channels")
            }
        }
    }

    /// One channel's DREQ/DACK.
    package final class Line: DMALine {
        private unowned let controller: DMAController
        private let number: Int
        package var onReady: (() -> Void)?
        fileprivate init(_ controller: DMAController, _ number: Int) { (self.controller, self.number) = (controller, number) }
        package var available: Int { controller.available(number) }
        package func writeToMemory(_ bytes: [UInt8]) -> (count: Int, terminalCount: Bool) {
            let taken = controller.units(number, bytes.count)
            var done = 0
            let isFinished = controller.move(number, taken) { address, count in
                if self.controller.state.channels[self.number].mode.type == .write {
                    self.controller.memory.write(address, Array(bytes[done..<done + count]))
                }
                done += count
            }
            return (done, isFinished)
        }
        package func readFromMemory(_ count: Int) -> (bytes: [UInt8], terminalCount: Bool) {
            var bytes: [UInt8] = []
            let isFinished = controller.move(number, controller.units(number, count)) { address, count in
                // Where nobody drives the bus it floats high.
                bytes +=
                    self.controller.state.channels[self.number].mode.type == .read
                    ? self.controller.memory.read(address, count: count) : [UInt8](repeating: 0xFF, count: count)
            }
            return (bytes, isFinished)
        }
        package func verify(_ count: Int) -> (count: Int, terminalCount: Bool) {
            var done = 0
            let isFinished = controller.move(number, controller.units(number, count)) { done += $1 }
            return (done, isFinished)
        }
    }

    package var state = State()
    fileprivate let memory: MemoryMap
    package private(set) lazy var lines: [Line] = (0..<8).map { Line(self, $0) }

    package init(memory: MemoryMap) { self.memory = memory }
    package func reset() { state = State() }

    // MARK: Transfers

    /// log2 of the bytes in a transfer.
    private func shift(_ number: Int) -> Int { number >= 4 ? 1 : 0 }

    fileprivate func available(_ number: Int) -> Int {
        let channel = state.channels[number]
        guard !channel.isMasked, !state.commands[number >> 2].contains(.disable), !channel.mode.isSuperset(of: .cascade) else { return 0 }
        return (Int(channel.count) + 1) << shift(number)
    }

    /// How many transfers there are in `bytes`, up to terminal count.
    fileprivate func units(_ number: Int, _ bytes: Int) -> Int { min(max(bytes, 0), available(number)) >> shift(number) }

    /// Which page register belongs to a channel; channel 4 has the refresh cycles' one.
    private static let pageRegisters = [0x7, 0x3, 0x1, 0x2, 0xF, 0xB, 0x9, 0xA]

    /// Counts `units` transfers and hands their addresses on, as runs of bytes. The page stays: addresses wrap inside its 64 or 128 KiB.
    /// - Returns: whether the last transfer reached terminal count.
    fileprivate func move(_ number: Int, _ units: Int, _ run: (_ address: UInt32, _ bytes: Int) -> Void) -> Bool {
        guard units > 0 else { return false }
        let shift = shift(number)
        let channel = state.channels[number]
        let page = UInt32(state.pages[Self.pageRegisters[number]] & (shift == 0 ? 0xFF : 0xFE)) << 16
        let descends = channel.mode.contains(.decrement)
        var address = channel.address
        var left = units
        while left > 0 {
            let piece = descends ? 1 : min(left, 0x10000 - Int(address))
            run(page | UInt32(address) << UInt32(shift), piece << shift)
            address = descends ? address &- 1 : address &+ UInt16(truncatingIfNeeded: piece)
            left -= piece
        }
        state.channels[number].address = address
        state.channels[number].count = channel.count &- UInt16(truncatingIfNeeded: units)
        guard units > Int(channel.count) else { return false }
        state.channels[number].reachedTC = true
        if channel.mode.contains(.autoInitialize) {
            state.channels[number].address = channel.baseAddress
            state.channels[number].count = channel.baseCount
        } else {
            state.channels[number].isMasked = true
        }
        return true
    }

    // MARK: Registers; offsets 00h–0Fh are the byte chip, 80h–8Fh the pages, C0h–DFh the word chip

    private func decode(_ offset: UInt16) -> (chip: Int, register: Int) {
        offset >= 0xC0 ? (1, Int(offset >> 1 & 15)) : (0, Int(offset & 15))
    }

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        if offset & 0xF0 == 0x80 { return UInt32(state.pages[Int(offset & 15)]) }
        let (chip, register) = decode(offset)
        switch register {
        case 0..<8:
            let channel = state.channels[chip * 4 + register >> 1]
            let value = register & 1 == 0 ? channel.address : channel.count
            defer { state.flipFlop[chip].toggle() }
            return UInt32(state.flipFlop[chip] ? value >> 8 : value & 0xFF)
        case 8:
            defer { forgetTerminalCounts(chip) }
            return bits(chip, \.reachedTC)
        case 15: return 0xF0 | bits(chip, \.isMasked)
        // Temporary register.
        case 13: return 0
        default: return width.mask
        }
    }

    private func bits(_ chip: Int, _ flag: KeyPath<Channel, Bool>) -> UInt32 {
        (0..<4).reduce(0) { $0 | (state.channels[chip * 4 + $1][keyPath: flag] ? 1 << UInt32($1) : 0) }
    }
    private func forgetTerminalCounts(_ chip: Int) { for index in 0..<4 { state.channels[chip * 4 + index].reachedTC = false } }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let value = UInt8(truncatingIfNeeded: value)
        if offset & 0xF0 == 0x80 { return state.pages[Int(offset & 15)] = value }
        let (chip, register) = decode(offset)
        let first = chip * 4
        switch register {
        case 0..<8: load(chip, register, value)
        case 8:
            state.commands[chip] = Command(rawValue: value)
            for index in 0..<4 { tellReady(first + index) }
        case 10: mask(first + Int(value & 3), value & 4 != 0)
        case 11: state.channels[first + Int(value & 3)].mode = Mode(rawValue: value & 0xFC)
        case 12: state.flipFlop[chip] = false
        case 13:
            state.flipFlop[chip] = false
            state.commands[chip] = []
            forgetTerminalCounts(chip)
            for index in 0..<4 { mask(first + index, true) }
        case 14: for index in 0..<4 { mask(first + index, false) }
        case 15: for index in 0..<4 { mask(first + index, value & (1 << UInt8(index)) != 0) }
        default: break
        }
    }

    /// A byte of an address or a count: base and current register at once.
    private func load(_ chip: Int, _ register: Int, _ value: UInt8) {
        let isHigh = state.flipFlop[chip]
        state.flipFlop[chip].toggle()
        func merge(_ old: UInt16) -> UInt16 { isHigh ? old & 0xFF | UInt16(value) << 8 : old & 0xFF00 | UInt16(value) }
        var channel = state.channels[chip * 4 + register >> 1]
        if register & 1 == 0 {
            channel.baseAddress = merge(channel.baseAddress)
            channel.address = channel.baseAddress
        } else {
            channel.baseCount = merge(channel.baseCount)
            channel.count = channel.baseCount
        }
        state.channels[chip * 4 + register >> 1] = channel
    }

    private func mask(_ channel: Int, _ masked: Bool) {
        state.channels[channel].isMasked = masked
        tellReady(channel)
    }

    private func tellReady(_ channel: Int) { if available(channel) > 0 { lines[channel].onReady?() } }
}
