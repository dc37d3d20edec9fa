package import Bus

/// The 256 bytes of a PCI function's configuration space with their writable bits.
package struct PCIConfiguration: Codable, Equatable, Sendable {
    package var bytes = [UInt8](repeating: 0, count: 256)
    /// Bits that software may change; fixed at build time.
    package var writable = [UInt8](repeating: 0, count: 256)

    package init(vendor: UInt16, device: UInt16, classCode: UInt32, revision: UInt8 = 0) {
        set16(0, vendor)
        set16(2, device)
        bytes[8] = revision
        for index in 0..<3 { bytes[9 + index] = UInt8(truncatingIfNeeded: classCode >> UInt32(index * 8)) }
        allow(4, [7, 5])
        allow(0x3C, [0xFF])
    }

    package mutating func set16(_ at: Int, _ value: UInt16) {
        bytes[at] = UInt8(truncatingIfNeeded: value)
        bytes[at + 1] = UInt8(truncatingIfNeeded: value >> 8)
    }
    package mutating func set8(_ at: Int, _ value: UInt8) { bytes[at] = value }
    package mutating func allow(_ at: Int, _ mask: [UInt8]) { for (index, bits) in mask.enumerated() { writable[at + index] = bits } }
    /// A base address register of `size` bytes (a power of two) at `at`; `flags` are its low type bits.
    package mutating func bar(_ at: Int, size: UInt32, flags: UInt8) {
        let mask = ~(size &- 1)
        for index in 0..<4 { writable[at + index] = UInt8(truncatingIfNeeded: mask >> UInt32(index * 8)) }
        bytes[at] = flags
    }
    package func dword(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[(at + $1) & 255]) << UInt32($1 * 8) } }
    package var decodesIO: Bool { bytes[4] & 1 != 0 }
    package var decodesMemory: Bool { bytes[4] & 2 != 0 }

    mutating func write(_ at: Int, _ value: UInt8) { bytes[at & 255] = bytes[at & 255] & ~writable[at & 255] | value & writable[at & 255] }
    package var isWhole: Bool { bytes.count == 256 && writable.count == 256 }
    /// The same function with other values in the bits that software may change: what a saved state may hold.
    package func isReachable(from powerOn: Self) -> Bool {
        guard isWhole, writable == powerOn.writable else { return false }
        return bytes.indices.allSatisfy { bytes[$0] & ~writable[$0] == powerOn.bytes[$0] & ~writable[$0] }
    }
}

/// One function on the bus.
package protocol PCIFunction: AnyObject {
    var configuration: PCIConfiguration { get set }
    /// Called after software wrote these registers: moves what they place.
    func configurationChanged(_ register: Int)
}

/// Host bridge configuration mechanism #1, and the reset control register beside it.
/// Sources: PCI Local Bus Specification 2.1 §3.2.2.3; 82441FX data sheet, CONFADD and CONFDATA; 82371SB data sheet, RC.
package final class PCIBus: Device, PortMapped {
    package static let part = "PCI configuration mechanism #1"

    private enum Port {
        /// Answers double words alone; what is narrower passes to the ISA bus.
        static let address: UInt16 = 0
        static let resetControl: UInt16 = 1
        static let data: UInt16 = 4
    }
    private enum ResetControl {
        static let hard: UInt8 = 0x02
        static let resetCPU: UInt8 = 0x04
        static let kept: UInt8 = 0x0E
    }

    package enum Reset { case soft, hard }

    package struct State: DeviceState {
        var address: UInt32 = 0
        var resetControl: UInt8 = 0
    }

    package var state = State()
    private var functions: [Int: any PCIFunction] = [:]
    /// The reset control register asked for it: of the processor alone, or of everything.
    package var onReset: ((Reset) -> Void)?

    package init() {}
    package func reset() { state = State() }

    package func plug(_ function: any PCIFunction, device: Int, function number: Int = 0) { functions[device << 3 | number] = function }

    /// Bus 0 is the only one; the enable bit must be set.
    private var selected: (any PCIFunction)? {
        guard state.address & 0x80FF_0000 == 0x8000_0000 else { return nil }
        return functions[Int(state.address >> 8 & 0xFF)]
    }

    private func register(_ offset: UInt16) -> Int { Int(state.address & 0xFC) + Int(offset & 3) }

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        if offset >= Port.data { return (selected?.configuration.dword(register(offset)) ?? .max) & width.mask }
        if width == .dword { return state.address }
        guard (offset..<offset &+ UInt16(width.bytes)).contains(Port.resetControl) else { return width.mask }
        let shift = UInt32(Port.resetControl - offset) * 8
        return width.mask & ~(0xFF << shift) | UInt32(state.resetControl) << shift
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        if offset >= Port.data {
            guard let function = selected else { return }
            let at = register(offset)
            for index in 0..<width.bytes { function.configuration.write(at + index, UInt8(truncatingIfNeeded: value >> UInt32(index * 8))) }
            function.configurationChanged(at & 0xFC)
        } else if width == .dword {
            state.address = value & 0x80FF_FFFC
        } else if (offset..<offset &+ UInt16(width.bytes)).contains(Port.resetControl) {
            control(UInt8(truncatingIfNeeded: value >> (UInt32(Port.resetControl - offset) * 8)))
        }
    }

    /// RCPU's rise resets; bit 1 says how.
    private func control(_ value: UInt8) {
        let rises = value & ~state.resetControl & ResetControl.resetCPU != 0
        state.resetControl = value & ResetControl.kept
        if rises { onReset?(value & ResetControl.hard != 0 ? .hard : .soft) }
    }
}
