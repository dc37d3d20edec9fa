package import Bus
package import HostMemory

/// 82441FX host bridge: its PAM registers choose ROM or RAM for C0000h–FFFFFh, its SMRAM register opens the RAM behind the video window.
/// Source: 82441FX data sheet §3.2.18 (PAM), §3.2.21 (SMRAM). Not modelled: DRAM timing.
///
/// Deviation: DCLS is kept, and changes nothing: data references in system management mode reach the RAM too, not the screen behind it.
package final class I440FX: Device, PCIFunction {
    package static let part = "82441FX host bridge"

    private enum Register {
        static let pam0 = 0x59, pam6 = 0x5F
        static let smram = 0x72
    }
    private enum PAM {
        static let readsRAM: UInt8 = 0x01
        static let writesRAM: UInt8 = 0x02
    }
    private enum SMRAM {
        static let open: UInt8 = 0x40
        static let closed: UInt8 = 0x20
        static let locked: UInt8 = 0x10
        static let enabled: UInt8 = 0x08
        /// C_BASE_SEG: A0000h, the only choice.
        static let base: UInt8 = 0x02
    }

    package struct State: DeviceState {
        var configuration = I440FX.powerOn
        /// G_SMRAME as it was when DLCK was set: until reset, nothing but DCLS can change.
        var locked: UInt8?
        /// SMIACT#: the processor is in system management mode.
        var inSystemManagement = false
        package func validate() throws(SnapshotError) {
            guard configuration.isReachable(from: I440FX.powerOn) else { throw SnapshotError(I440FX.part, "no such configuration registers") }
        }
    }

    private static let powerOn: PCIConfiguration = {
        var configuration = PCIConfiguration(vendor: 0x8086, device: 0x1237, classCode: 0x060000, revision: 2)
        configuration.set16(0x2C, 0x1AF4)
        configuration.set16(0x2E, 0x1100)
        configuration.allow(Register.pam0, [0xF0] + [UInt8](repeating: 0xFF, count: Register.pam6 - Register.pam0))
        configuration.set8(Register.smram, SMRAM.base)
        configuration.allow(Register.smram, [SMRAM.open | SMRAM.closed | SMRAM.locked | SMRAM.enabled])
        return configuration
    }()

    package var state = State()
    package var configuration: PCIConfiguration {
        get { state.configuration }
        set { state.configuration = newValue }
    }
    private let memory: MemoryMap
    private let ram: Region, rom: Region
    private var layers: [(layer: MemoryMap.Layer, register: Int, shift: UInt8, offset: Int)] = []
    private let videoRAM: MemoryMap.Layer

    /// - Parameters:
    ///   - ram: guest RAM from address 0.
    ///   - rom: what stands at C0000h–FFFFFh while PAM says ROM.
    package init(memory: MemoryMap, ram: Region, rom: Region) {
        self.memory = memory
        self.ram = ram
        self.rom = rom
        let behindVideo = MemoryMap.Target.memory(ram, offset: 0xA0000)
        videoRAM = memory.map("SMRAM", at: 0xA0000, length: 0x20000, priority: 2, read: behindVideo, write: behindVideo, enabled: false)
        // PAM0 is F0000h–FFFFFh; PAM1–PAM6 are 16 KiB pieces from C0000h on, low nibble first.
        layers.append((map(0xF0000, 0x10000), Register.pam0, 4, 0x30000))
        for index in 0..<12 {
            layers.append(
                (map(0xC0000 + UInt32(index) * 0x4000, 0x4000), Register.pam0 + 1 + index / 2, index & 1 == 0 ? 0 : 4, index * 0x4000))
        }
    }

    private func map(_ start: UInt32, _ length: Int) -> MemoryMap.Layer {
        memory.map(
            "ROM or RAM (PAM)", at: start, length: length, priority: 1, read: .memory(rom, offset: Int(start) - 0xC0000), write: .nothing)
    }

    /// SMIACT# is the processor's.
    package func reset() {
        state = State(inSystemManagement: state.inSystemManagement)
        placePAM()
        placeSMRAM()
    }
    package func stateRestored() {
        placePAM()
        placeSMRAM()
    }

    package func configurationChanged(_ register: Int) {
        switch register {
        case Register.pam0 & 0xFC, Register.pam6 & 0xFC: placePAM()
        case Register.smram & 0xFC: lockSMRAM()
        default: break
        }
    }

    private func placePAM() {
        for entry in layers {
            let bits = state.configuration.bytes[entry.register] >> entry.shift
            let inRAM = MemoryMap.Target.memory(ram, offset: 0xC0000 + entry.offset)
            memory.retarget(
                entry.layer, read: bits & PAM.readsRAM != 0 ? inRAM : .memory(rom, offset: entry.offset),
                write: bits & PAM.writesRAM != 0 ? inRAM : .nothing)
        }
    }

    /// DLCK shuts the window for good: it takes DOPEN with it.
    private func lockSMRAM() {
        let value = state.configuration.bytes[Register.smram]
        if state.locked == nil && value & SMRAM.locked != 0 { state.locked = value & SMRAM.enabled }
        if let enabled = state.locked {
            state.configuration.bytes[Register.smram] = SMRAM.base | SMRAM.locked | value & SMRAM.closed | enabled & SMRAM.enabled
        }
        placeSMRAM()
    }

    /// SMIACT#.
    package func setSystemManagement(_ active: Bool) {
        state.inSystemManagement = active
        placeSMRAM()
    }

    private func placeSMRAM() {
        let value = state.configuration.bytes[Register.smram]
        let shows = value & SMRAM.enabled != 0 && (state.inSystemManagement || value & SMRAM.open != 0)
        memory.place(videoRAM, at: shows ? 0xA0000 : nil)
    }
}
