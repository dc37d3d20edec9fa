package import Bus
package import HostMemory

/// 82441FX host bridge: its PAM registers choose ROM or RAM for C0000h–FFFFFh.
/// Source: 82441FX data sheet §3.2.18. Not modelled: SMRAM, DRAM timing.
package final class I440FX: Device, PCIFunction {
    package static let part = "82441FX host bridge"
    package struct State: DeviceState {
        var configuration: PCIConfiguration
        package func validate() throws(SnapshotError) {
            guard configuration.isWhole else { throw SnapshotError(I440FX.part, "no such registers") }
        }
    }

    package var state: State
    package var configuration: PCIConfiguration {
        get { state.configuration }
        set { state.configuration = newValue }
    }
    private let memory: MemoryMap
    private let ram: Region, rom: Region
    private var layers: [(layer: MemoryMap.Layer, register: Int, shift: UInt8, offset: Int)] = []

    /// - Parameters:
    ///   - ram: guest RAM from address 0.
    ///   - rom: what stands at C0000h–FFFFFh while PAM says ROM.
    package init(memory: MemoryMap, ram: Region, rom: Region) {
        self.memory = memory
        self.ram = ram
        self.rom = rom
        var configuration = PCIConfiguration(vendor: 0x8086, device: 0x1237, classCode: 0x060000, revision: 2)
        configuration.set16(0x2C, 0x1AF4)
        configuration.set16(0x2E, 0x1100)
        configuration.allow(0x59, [UInt8](repeating: 0xFF, count: 7))
        configuration.allow(0x72, [0xFF])
        state = State(configuration: configuration)
        // PAM0 is F0000h–FFFFFh; PAM1–PAM6 are 16 KiB pieces from C0000h on, low nibble first.
        layers.append((map(0xF0000, 0x10000), 0x59, 4, 0x30000))
        for index in 0..<12 {
            layers.append((map(0xC0000 + UInt32(index) * 0x4000, 0x4000), 0x5A + index / 2, index & 1 == 0 ? 0 : 4, index * 0x4000))
        }
    }

    private func map(_ start: UInt32, _ length: Int) -> MemoryMap.Layer {
        memory.map(
            "ROM or RAM (PAM)", at: start, length: length, priority: 1, read: .memory(rom, offset: Int(start) - 0xC0000), write: .nothing)
    }

    package func reset() {
        for index in 0x59...0x5F { state.configuration.bytes[index] = 0 }
        place()
    }
    package func stateRestored() { place() }
    package func configurationChanged(_ register: Int) { if (0x58...0x5F).contains(register) { place() } }

    private func place() {
        for entry in layers {
            let bits = state.configuration.bytes[entry.register] >> entry.shift
            let inRAM = MemoryMap.Target.memory(ram, offset: 0xC0000 + entry.offset)
            memory.retarget(entry.layer, read: bits & 1 != 0 ? inRAM : .memory(rom, offset: entry.offset), write: bits & 2 != 0 ? inRAM : .nothing)
        }
    }
}
