package import Bus

/// The IDE function of the 82371SB (PIIX3), function 1: two channels in compatibility mode, each with a bus master that moves data between
/// its drives and memory by a table of physical regions (Programming Interface for Bus Master IDE Controller 1.0; 82371SB data sheet §2.3).
/// Not modelled: transfer timings, which are kept and have no effect.
package final class BusMasterIDE: Device, PCIFunction, PortMapped {
    package static let part = "82371SB IDE"

    /// Offsets from BAR4; the secondary channel's registers follow at 8.
    private enum Port { static let command: UInt16 = 0, status: UInt16 = 2, descriptorTable: UInt16 = 4 }
    /// Configuration registers.
    private enum Register { static let command = 0x04, busMasterBase = 0x20, timing = 0x40, slaveTiming = 0x44 }

    package struct Command: OptionSet, Codable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Start/Stop Bus Master; Bus Master Read/Write Control: the master writes memory.
        static let SSBM = Self(rawValue: 0x01), RWCON = Self(rawValue: 0x08)
    }

    package struct Status: OptionSet, Codable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let active = Self(rawValue: 0x01), error = Self(rawValue: 0x02), interrupt = Self(rawValue: 0x04)
        static let drive0 = Self(rawValue: 0x20), drive1 = Self(rawValue: 0x40)
    }

    package struct Master: Codable, Equatable, Sendable {
        var command: Command = []
        var status: Status = []
        var descriptorTable: UInt32 = 0
        /// The next descriptor, and what is left of the region that the last one named.
        var nextDescriptor: UInt32 = 0
        var address: UInt32 = 0
        var left = 0
        var isLastRegion = false
    }

    package struct State: DeviceState {
        package var configuration = BusMasterIDE.powerOn
        var masters = [Master(), Master()]

        package func validate() throws(SnapshotError) {
            let powerOn = BusMasterIDE.powerOn
            guard configuration.writable == powerOn.writable, configuration.bytes.count == powerOn.bytes.count else {
                throw SnapshotError(BusMasterIDE.part, "no such configuration registers")
            }
            guard masters.count == 2, masters.allSatisfy({ (0...65536).contains($0.left) }) else {
                throw SnapshotError(BusMasterIDE.part, "no such bus masters")
            }
        }
    }

    private static let powerOn: PCIConfiguration = {
        var configuration = PCIConfiguration(vendor: 0x8086, device: 0x7010, classCode: 0x010180)
        configuration.set16(0x06, 0x0280)
        configuration.bar(Register.busMasterBase, size: 16, flags: 1)
        configuration.allow(Register.timing, [0xFF, 0xF3, 0xFF, 0xF3, 0xFF])
        return configuration
    }()

    package var state = State()
    package var configuration: PCIConfiguration {
        _read { yield state.configuration }
        _modify { yield &state.configuration }
    }
    private let ports: PortSpace
    private let memory: MemoryMap
    private let channels: [IDEChannel]
    private var window: PortSpace.Attachment?

    package init(ports: PortSpace, memory: MemoryMap, primary: IDEChannel, secondary: IDEChannel) {
        self.ports = ports
        self.memory = memory
        channels = [primary, secondary]
        window = ports.reserve(self, count: 16, "IDE bus masters", registers: .dword)
        for (number, channel) in channels.enumerated() {
            channel.onInterrupt = { [weak self] in self?.state.masters[number].status.insert(.interrupt) }
            channel.onDMARequest = { [weak self] in self?.run(number) }
        }
        decode()
    }

    package func reset() {
        state = State()
        place()
        decode()
    }

    package func stateRestored() {
        place()
        decode()
    }

    // MARK: Configuration

    package func configurationChanged(_ register: Int) {
        switch register {
        case Register.command:
            place()
            for number in channels.indices { run(number) }
        case Register.busMasterBase: place()
        case Register.timing: decode()
        default: break
        }
    }

    private func place() {
        guard let window else { return }
        let base = state.configuration.dword(Register.busMasterBase) & 0xFFF0
        ports.place(window, at: state.configuration.decodesIO && base != 0 ? UInt16(truncatingIfNeeded: base) : nil)
    }

    /// IDETIM's top bit lets a channel's ports through.
    private func decode() {
        for (number, channel) in channels.enumerated() {
            channel.setDecoded(state.configuration.bytes[Register.timing + 1 + number * 2] & 0x80 != 0)
        }
    }

    // MARK: Ports

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<UInt16(width.bytes) { value |= UInt32(readRegister(offset &+ index)) << UInt32(index * 8) }
        return value
    }

    private func readRegister(_ offset: UInt16) -> UInt8 {
        let master = state.masters[offset & 8 == 0 ? 0 : 1]
        switch offset & 7 {
        case Port.command: return master.command.rawValue
        case Port.status: return master.status.rawValue
        case Port.descriptorTable...: return UInt8(truncatingIfNeeded: master.descriptorTable >> UInt32((offset & 3) * 8))
        default: return 0
        }
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        for index in 0..<UInt16(width.bytes) { writeRegister(offset &+ index, UInt8(truncatingIfNeeded: value >> UInt32(index * 8))) }
    }

    private func writeRegister(_ offset: UInt16, _ value: UInt8) {
        let number = offset & 8 == 0 ? 0 : 1
        switch offset & 7 {
        case Port.command: writeCommand(number, Command(rawValue: value).intersection([.SSBM, .RWCON]))
        case Port.status:
            let written = Status(rawValue: value)
            let kept = state.masters[number].status.subtracting(written.intersection([.error, .interrupt])).subtracting([.drive0, .drive1])
            state.masters[number].status = kept.union(written.intersection([.drive0, .drive1]))
        case Port.descriptorTable...:
            let shift = UInt32((offset & 3) * 8)
            let table = state.masters[number].descriptorTable & ~(0xFF << shift) | UInt32(value) << shift
            state.masters[number].descriptorTable = table & ~3
        default: break
        }
    }

    private func writeCommand(_ number: Int, _ command: Command) {
        let before = state.masters[number].command
        state.masters[number].command = command
        if !command.contains(.SSBM) {
            state.masters[number].status.remove(.active)
        } else if !before.contains(.SSBM) {
            state.masters[number].status.insert(.active)
            state.masters[number].nextDescriptor = state.masters[number].descriptorTable
            state.masters[number].left = 0
            state.masters[number].isLastRegion = false
            run(number)
        }
    }

    // MARK: Bus master

    /// Moves data for as long as the drive asks, the table has regions, and the function may master the bus.
    private func run(_ number: Int) {
        while state.masters[number].status.contains(.active), state.configuration.bytes[Register.command] & 4 != 0,
            let drive = channels[number].requestingDMA
        {
            if state.masters[number].left == 0 { fetchDescriptor(number) }
            let count = min(state.masters[number].left, drive.transfer.remaining)
            let address = state.masters[number].address
            // The drive knows its direction; where RWCON disagrees, silicon hangs and nothing is gained by doing so too.
            if drive.transfer.direction == .toHost {
                memory.write(address, drive.transfer.take(count: count))
            } else {
                drive.transfer.put(memory.read(address, count: count))
            }
            state.masters[number].address = address &+ UInt32(truncatingIfNeeded: count)
            state.masters[number].left -= count
            if state.masters[number].left == 0 && state.masters[number].isLastRegion { state.masters[number].status.remove(.active) }
            if drive.transfer.isAllMoved { drive.blockMoved() }
        }
    }

    /// A descriptor: address, byte count (0: 64 KB), and the end of the table in the top bit.
    private func fetchDescriptor(_ number: Int) {
        let at = state.masters[number].nextDescriptor
        let size = memory.read(at &+ 4, .dword)
        state.masters[number].address = memory.read(at, .dword) & ~1
        state.masters[number].left = size & 0xFFFE == 0 ? 65536 : Int(size & 0xFFFE)
        state.masters[number].isLastRegion = size & 0x8000_0000 != 0
        state.masters[number].nextDescriptor = at &+ 8
    }
}
