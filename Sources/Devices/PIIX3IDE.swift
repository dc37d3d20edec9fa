package import Bus

/// 82371SB IDE function: says that two channels stand at their compatible addresses.
/// Source: 82371SB data sheet §2.3. Not modelled yet: the bus master; drives transfer by PIO.
package final class PIIX3IDE: Device, PCIFunction {
    package static let part = "82371SB IDE"
    package struct State: DeviceState {
        var configuration: PCIConfiguration
        package func validate() throws(SnapshotError) {
            guard configuration.isWhole else { throw SnapshotError(PIIX3IDE.part, "no such registers") }
        }
    }
    package var state: State
    package var configuration: PCIConfiguration {
        get { state.configuration }
        set { state.configuration = newValue }
    }

    package init() {
        var configuration = PCIConfiguration(vendor: 0x8086, device: 0x7010, classCode: 0x010100)
        configuration.allow(0x40, [0xFF, 0xFF, 0xFF, 0xFF])
        for at in [0x41, 0x43] { configuration.bytes[at] = 0x80 }
        state = State(configuration: configuration)
    }
    package func reset() {}
    package func configurationChanged(_ register: Int) {}
}
