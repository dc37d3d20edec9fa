package import FoundationEssentials

/// A saved value that no working device could have held, or a piece that is missing.
package struct SnapshotError: Error, Equatable, CustomStringConvertible {
    package let device: String
    package let problem: String
    package init(_ device: String, _ problem: String) {
        self.device = device
        self.problem = problem
    }
    package var description: String { "the saved state cannot be restored: \(device): \(problem)" }
}

/// Everything about a device that the guest can change. What the board soldered is a `let` of the device instead.
package protocol DeviceState: Codable, Equatable, Sendable {
    /// Refuses values that would break the device's own invariants: saved states are files, and files are hostile.
    func validate() throws(SnapshotError)
}

extension DeviceState {
    package func validate() throws(SnapshotError) {}
}

/// A chip. Saving encodes `state`; restoring validates and assigns it: there is no per-device saving code to drift.
package protocol Device: AnyObject {
    associatedtype State: DeviceState
    /// The part number, as printed on the chip or its data sheet.
    static var part: String { get }
    var state: State { get set }
    /// Power-on, or a hard reset of the whole board.
    func reset()
    /// Called after `state` was assigned from a snapshot: rebuilds what is derived from it and drives the output lines again.
    func stateRestored()
}

extension Device {
    package func stateRestored() {}

    /// `state` as JSON with sorted keys: equal states give equal bytes.
    package func save() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return try encoder.encode(state)
    }

    /// - Throws: `SnapshotError` when `data` is not a state of this device; the device is then unchanged.
    package func restore(_ data: Data) throws(SnapshotError) {
        let restored: State
        do { restored = try JSONDecoder().decode(State.self, from: data) } catch { throw SnapshotError(Self.part, "\(error)") }
        try restored.validate()
        state = restored
        stateRestored()
    }
}

/// The size of one access on the bus.
package enum Width: UInt8, Codable, Sendable {
    case byte = 1, word = 2, dword = 4

    package var bytes: Int { Int(rawValue) }
    /// All ones in this width: what an undriven bus reads as.
    package var mask: UInt32 {
        switch self {
        case .byte: 0xFF
        case .word: 0xFFFF
        case .dword: 0xFFFF_FFFF
        }
    }
}

/// A chip with registers in port space. Offsets count from where the board attached it; the chip never learns its address.
package protocol PortMapped: AnyObject {
    func readPort(_ offset: UInt16, _ width: Width) -> UInt32
    func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32)
}

/// A chip with registers or memory behind it in physical address space. Offsets count from where the board mapped it.
package protocol MemoryMapped: AnyObject {
    func readMemory(_ offset: UInt32, _ width: Width) -> UInt32
    func writeMemory(_ offset: UInt32, _ width: Width, _ value: UInt32)
}
