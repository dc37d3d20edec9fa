package import Bus

/// The debug console of emulated PCs (ports E9h and 402h): every byte written goes out; reads answer E9h, by which firmware finds it.
package final class DebugPort: Device, PortMapped {
    package static let part = "debug console"
    package struct State: DeviceState {
        package func validate() throws(SnapshotError) {}
    }
    package var state = State()
    private let output: (any CharacterStream)?

    package init(output: (any CharacterStream)?) { self.output = output }
    package func reset() {}
    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 { 0xE9 }
    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) { output?.send([UInt8(truncatingIfNeeded: value)]) }
}
