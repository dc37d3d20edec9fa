/// Where interrupt request lines end: the 8259 pair, or a router in front of it.
package protocol InterruptSink: AnyObject {
    func setLine(_ number: Int, _ level: Bool)
}

/// One wire from a chip to an interrupt input. Levels only: edges are the 8259's business.
package final class IRQLine {
    private unowned let sink: any InterruptSink
    private let number: Int
    package private(set) var isRaised = false

    package init(_ sink: any InterruptSink, _ number: Int) {
        self.sink = sink
        self.number = number
    }

    package func raise() { set(true) }
    package func lower() { set(false) }
    package func set(_ level: Bool) {
        guard level != isRaised else { return }
        isRaised = level
        sink.setLine(number, level)
    }
}

/// A wire that branches: every line reaches each of the sinks, under that sink's number for it.
package final class InterruptFork: InterruptSink {
    private let branches: [(sink: any InterruptSink, number: (Int) -> Int)]

    /// - Parameter branches: sinks, in the order in which a change reaches them, with the number of a line at each.
    package init(_ branches: [(sink: any InterruptSink, number: (Int) -> Int)]) { self.branches = branches }
    package func setLine(_ number: Int, _ level: Bool) { for branch in branches { branch.sink.setLine(branch.number(number), level) } }
}

/// What the processor sees of the interrupt controllers.
package protocol InterruptController: AnyObject {
    /// The INTR output.
    var isRequesting: Bool { get }
    /// The INTA cycle: the vector of the request served, a spurious one if it went away.
    func acknowledge() -> UInt8
    /// IA32_APIC_BASE (SDM Vol. 3A §10.4.4), which is the local APIC's; nil where there is none.
    var apicBase: UInt64? { get }
    /// WRMSR to it; false where the value is refused.
    func writeAPICBase(_ value: UInt64) -> Bool
}

extension InterruptController {
    package var apicBase: UInt64? { nil }
    package func writeAPICBase(_ value: UInt64) -> Bool { false }
}

/// Pins by which the board pulls at the processor.
package protocol ProcessorPins: AnyObject {
    /// The INTR pin's level.
    func setINTR(_ level: Bool)
    func pulseNMI()
    func pulseSMI()
    /// INIT: the processor alone starts again at FFFF:FFF0.
    func requestReset()
}

/// What I/O APICs and local APICs say to each other (SDM Vol. 3A §10.6.1; 82093AA data sheet §3.2.4).
package struct APICMessage: Equatable, Sendable {
    /// The delivery mode field; 3 is reserved.
    package enum Mode: UInt8, Sendable { case fixed = 0, lowestPriority = 1, smi = 2, nmi = 4, initialize = 5, startUp = 6, external = 7 }
    package var mode: Mode
    package var vector: UInt8
    package var destination: UInt8
    /// The destination is a set of logical names, not an APIC ID.
    package var isLogical: Bool
    /// The end of the interrupt is to be told to the I/O APICs.
    package var isLevel: Bool

    package init(mode: Mode, vector: UInt8, destination: UInt8, isLogical: Bool, isLevel: Bool) {
        (self.mode, self.vector, self.destination, self.isLogical, self.isLevel) = (mode, vector, destination, isLogical, isLevel)
    }
}

/// The way from an I/O APIC to the local APICs.
package protocol APICBus: AnyObject {
    /// false: nobody takes it now.
    func send(_ message: APICMessage) -> Bool
}

/// What the 8237 grants a device on one channel.
package protocol DMALine: AnyObject {
    /// Bytes the device may still move before terminal count; 0 while the channel is masked.
    var available: Int { get }
    /// Device to memory. Returns how many bytes the channel took, and whether the last of them reached terminal count.
    func writeToMemory(_ bytes: [UInt8]) -> (count: Int, terminalCount: Bool)
    /// Memory to device.
    func readFromMemory(_ count: Int) -> (bytes: [UInt8], terminalCount: Bool)
    /// Verify cycles: counts without moving data.
    func verify(_ count: Int) -> (count: Int, terminalCount: Bool)
    /// Called when software unmasks or reprograms the channel, so that a waiting device can go on.
    var onReady: (() -> Void)? { get set }
}
