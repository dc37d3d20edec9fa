import Glibc
import Testing

@testable import Bus
@testable import Configuration
@testable import PC

/// A machine's thread that fails for real, and what is left then.
@Suite struct ContainmentTests {
    /// Long enough for a busy host.
    private static let patience: UInt64 = 30_000_000_000

    private final class Failing: CharacterStream, Sendable {
        let fail: @Sendable () -> Void
        init(_ fail: @escaping @Sendable () -> Void) { self.fail = fail }
        func send(_ bytes: [UInt8]) { fail() }
    }

    /// A ROM whose reset vector jumps to code that runs `program` with all segments as after RESET.
    private func firmware(_ program: [UInt8]) -> Firmware {
        var rom = [UInt8](repeating: 0xF4, count: 65536)
        rom.replaceSubrange(0..<program.count, with: program)
        rom.replaceSubrange(0xFFF0..<0xFFF5, with: [0xEA, 0x00, 0x00, 0x00, 0xF0])
        return Firmware(bios: rom, videoBIOS: [0, 0])
    }

    private func start(_ program: [UInt8], console: (any CharacterStream & Sendable)? = nil) -> (
        VirtualMachine, Mutexed<VirtualMachine.End?>, Bus.Semaphore
    ) {
        var configuration = MachineConfiguration(name: "test")
        configuration.memoryMiB = 4
        var parts = MachineParts(configuration: configuration, firmware: firmware(program))
        parts.debugConsole = console
        let ended = Mutexed<VirtualMachine.End?>(nil)
        let done = Bus.Semaphore()
        let machine = VirtualMachine(parts) { event in
            guard case .ended(let end) = event else { return }
            ended.withLock { $0 = end }
            done.signal()
        }
        return (machine, ended, done)
    }

    /// mov al,1; out E9h,al; jmp $
    private let speaks: [UInt8] = [0xB0, 0x01, 0xE6, 0xE9, 0xEB, 0xFE]

    @Test(.timeLimit(.minutes(120)), arguments: [true, false])
    func aFailureIsTheMachinesOwn(trap: Bool) throws {
        let bystander = start([0xEB, 0xFE])
        let failing = start(
            speaks,
            console: Failing {
                if trap {
                    let none: Int? = [Int]().first
                    _ = none!  // swift-format-ignore: NeverForceUnwrap
                } else {
                    unsafe UnsafeMutablePointer<UInt8>(bitPattern: 64)?.pointee = 1
                }
            })
        try #require(failing.2.wait(nanoseconds: Self.patience))
        guard case .crashed(let report)? = failing.1.withLock({ $0 }) else {
            Issue.record("it did not crash")
            return
        }
        #expect(report.contains("the others run on"))
        let before = bystander.0.statistics.instructions
        while bystander.0.statistics.instructions == before { usleep(10_000) }
        bystander.0.send(.turnOff)
        #expect(bystander.2.wait(nanoseconds: Self.patience))
    }

    @Test(.timeLimit(.minutes(120))) func aTripleFaultIsReportedWithRegisters() throws {
        // lidt [cs:10h] with a limit of 0, then int3: no handler, no double fault handler.
        var program: [UInt8] = [0x2E, 0x0F, 0x01, 0x1E, 0x10, 0x00, 0x66, 0xB8, 0xEF, 0xBE, 0xAD, 0xDE, 0xCC]
        program += [UInt8](repeating: 0, count: 0x20 - program.count)
        let machine = start(program)
        try #require(machine.2.wait(nanoseconds: Self.patience))
        guard case .crashed(let report)? = machine.1.withLock({ $0 }) else {
            Issue.record("it did not crash")
            return
        }
        #expect(report.contains("Triple fault") && report.contains("EAX=deadbeef") && !report.hasSuffix("\n"), "\(report)")
    }
}
