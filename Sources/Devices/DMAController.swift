package import Bus

/// 8237A pair with the page registers: channels 0–3 move bytes, 5–7 words.
/// Sources: Intel 8237A data sheet; 82371SB data sheet, DMA. Not modelled: memory to memory, cascade mode's timing.
package final class DMAController: Device, PortMapped {
    package static let part = "8237A DMA controllers"
    package struct Channel: Codable, Equatable, Sendable {
        var baseAddress: UInt16 = 0, baseCount: UInt16 = 0, address: UInt16 = 0, count: UInt16 = 0
        var mode: UInt8 = 0, page: UInt8 = 0
        var masked = true
        var reached = false
    }
    package struct State: DeviceState {
        var channels = [Channel](repeating: Channel(), count: 8)
        var flipFlop = [false, false]
        var pages = [UInt8](repeating: 0, count: 16)
        package func validate() throws(SnapshotError) {
            guard channels.count == 8, flipFlop.count == 2, pages.count == 16 else { throw SnapshotError(DMAController.part, "no such channels") }
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
            let count = min(bytes.count, available)
            let address = controller.address(number)
            controller.memory.write(address, Array(bytes.prefix(count)))
            return (count, controller.advance(number, count))
        }
        package func readFromMemory(_ count: Int) -> (bytes: [UInt8], terminalCount: Bool) {
            let count = min(max(count, 0), available)
            let bytes = controller.memory.read(controller.address(number), count: count)
            return (bytes, controller.advance(number, count))
        }
        package func verify(_ count: Int) -> (count: Int, terminalCount: Bool) {
            let count = min(max(count, 0), available)
            return (count, controller.advance(number, count))
        }
    }

    package var state = State()
    fileprivate let memory: MemoryMap
    package private(set) lazy var lines: [Line] = (0..<8).map { Line(self, $0) }

    package init(memory: MemoryMap) { self.memory = memory }
    package func reset() { state = State() }

    private func shift(_ number: Int) -> Int { number >= 4 ? 1 : 0 }
    fileprivate func available(_ number: Int) -> Int {
        let c = state.channels[number]
        return c.masked ? 0 : (Int(c.count) + 1) << shift(number)
    }
    fileprivate func address(_ number: Int) -> UInt32 {
        let c = state.channels[number]
        return UInt32(c.page & (number >= 4 ? 0xFE : 0xFF)) << 16 | UInt32(c.address) << UInt32(shift(number)) & 0x1FFFF
    }
    fileprivate func advance(_ number: Int, _ bytes: Int) -> Bool {
        guard bytes > 0 else { return false }
        let units = bytes >> shift(number)
        let finished = units > Int(state.channels[number].count)
        state.channels[number].address &+= UInt16(truncatingIfNeeded: units)
        state.channels[number].count &-= UInt16(truncatingIfNeeded: units)
        if finished {
            state.channels[number].reached = true
            if state.channels[number].mode & 0x10 != 0 {
                state.channels[number].address = state.channels[number].baseAddress
                state.channels[number].count = state.channels[number].baseCount
            } else {
                state.channels[number].masked = true
            }
        }
        return finished
    }

    // Offsets: 00h–0Fh the byte chip, 80h–8Fh the pages, C0h–DFh the word chip.

    private static let pageChannels: [Int: Int] = [7: 0, 3: 1, 1: 2, 2: 3, 15: 4, 11: 5, 9: 6, 10: 7]

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        if offset & 0xF0 == 0x80 { return UInt32(state.pages[Int(offset & 15)]) }
        let chip = offset >= 0xC0 ? 1 : 0
        let register = chip == 1 ? Int(offset - 0xC0) >> 1 : Int(offset & 15)
        if register < 8 {
            let channel = state.channels[chip * 4 + register >> 1]
            let value = register & 1 == 0 ? channel.address : channel.count
            let high = state.flipFlop[chip]
            state.flipFlop[chip] = !high
            return UInt32(high ? value >> 8 : value & 0xFF)
        }
        guard register == 8 else { return 0 }
        var status: UInt32 = 0
        for index in 0..<4 {
            if state.channels[chip * 4 + index].reached { status |= 1 << UInt32(index) }
            state.channels[chip * 4 + index].reached = false
        }
        return status
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let value = UInt8(truncatingIfNeeded: value)
        if offset & 0xF0 == 0x80 {
            state.pages[Int(offset & 15)] = value
            if let channel = Self.pageChannels[Int(offset & 15)] { state.channels[channel].page = value }
            return
        }
        let chip = offset >= 0xC0 ? 1 : 0
        let register = chip == 1 ? Int(offset - 0xC0) >> 1 : Int(offset & 15)
        let first = chip * 4
        switch register {
        case 0..<8:
            let channel = first + register >> 1
            let high = state.flipFlop[chip]
            state.flipFlop[chip] = !high
            func merge(_ old: UInt16) -> UInt16 { high ? old & 0xFF | UInt16(value) << 8 : old & 0xFF00 | UInt16(value) }
            if register & 1 == 0 {
                state.channels[channel].baseAddress = merge(state.channels[channel].baseAddress)
                state.channels[channel].address = state.channels[channel].baseAddress
            } else {
                state.channels[channel].baseCount = merge(state.channels[channel].baseCount)
                state.channels[channel].count = state.channels[channel].baseCount
            }
        case 10: mask(first + Int(value & 3), value & 4 != 0)
        case 11: state.channels[first + Int(value & 3)].mode = value
        case 12: state.flipFlop[chip] = false
        case 13:
            state.flipFlop[chip] = false
            for index in 0..<4 { mask(first + index, true) }
        case 14: for index in 0..<4 { mask(first + index, false) }
        case 15: for index in 0..<4 { mask(first + index, value & (1 << UInt8(index)) != 0) }
        default: break
        }
    }

    private func mask(_ channel: Int, _ masked: Bool) {
        state.channels[channel].masked = masked
        if !masked { lines[channel].onReady?() }
    }
}
