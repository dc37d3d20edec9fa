import Testing

@testable import Bus
@testable import Configuration
@testable import PC
@testable import Picture

@Suite struct BootTests {
    /// SeaBIOS posts, finds nothing to boot, and says so on the screen.
    @Test(.timeLimit(.minutes(120))) func theFirmwareSpeaks() async throws {
        var configuration = MachineConfiguration(name: "post")
        configuration.memoryMiB = 64
        let ended = Mutexed<String?>(nil)
        let parts = MachineParts(configuration: configuration, firmware: try Firmware(bios: nil))
        let machine = VirtualMachine(parts) { event in
            if case .ended(let end) = event { ended.withLock { $0 = "\(end)" } }
        }
        var text = ""
        while !text.contains("No bootable device"), ended.withLock({ $0 }) == nil {
            try await Task.sleep(for: .milliseconds(50))
            guard case .text(let picture) = machine.display.current.picture else { continue }
            text = String(decoding: picture.cells.map { UInt8(truncatingIfNeeded: $0.glyph) }, as: UTF8.self)
        }
        #expect(text.contains("SeaBIOS"))
        #expect(ended.withLock { $0 } == nil)
        machine.send(.turnOff)
    }
}
