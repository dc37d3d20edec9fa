import Contract
import PC

extension MachineSummary {
    /// What the board counted between two looks at it.
    mutating func take(_ new: VirtualMachine.BoardFigures, since old: VirtualMachine.BoardFigures, seconds: Double) {
        guard seconds > 0 else { return }
        func rate(_ new: UInt64, _ old: UInt64) -> Double { Double(new &- min(new, old)) / seconds }
        diskReadRate = tenths(rate(new.read, old.read) / 1024)
        diskWriteRate = tenths(rate(new.written, old.written) / 1024)
        interruptsPerSecond = tenths(rate(new.interrupts, old.interrupts))
        usesPointer = new.usesPointer
    }

    /// It runs no longer.
    mutating func forgetFigures() {
        (diskReadRate, diskWriteRate, interruptsPerSecond, poweredOnAt, usesPointer) = (nil, nil, nil, nil, false)
    }
}
