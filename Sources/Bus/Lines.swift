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

/// What the processor sees of the interrupt controllers.
package protocol InterruptController: AnyObject {
    /// The INTR output.
    var isRequesting: Bool { get }
    /// The INTA cycle: the vector of the request served, a spurious one if it went away.
    func acknowledge() -> UInt8
}

/// Pins by which the board pulls at the processor.
package protocol ProcessorPins: AnyObject {
    /// The INTR pin's level.
    func setINTR(_ level: Bool)
    func pulseNMI()
    /// INIT or RESET: the processor alone starts again at FFFF:FFF0.
    func requestReset()
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
