import X64Assembler
import X86

/// ESP and what is reached through it: by how much it moved since the unit's head, and which bytes around it the window covers.
extension Translator {
    /// R13 takes up what ESP moved by.
    func flushStack() {
        if stackOffset != 0 { a.lea(Pinned.stack, .at(Pinned.stack, stackOffset), .qword) }
        flushed += stackOffset
        stackOffset = 0
    }

    /// Where `size` bytes at `offset` from the current ESP stand from R13, if the window covers them.
    func windowPlace(_ offset: Int32, _ size: Int32) -> HostOperand? {
        guard hasWindow, let window, offset > -8192, offset < 8192 else { return nil }
        let at = flushed + stackOffset + offset
        return at >= window.low && at + size <= window.high ? .at(Pinned.stack, stackOffset + offset) : nil
    }

    /// The current instruction's memory operand in the stack window.
    func windowOperand(_ size: Int32) -> HostOperand? {
        i.isStackOperand && mode.isFlat(i.segment) ? windowPlace(Int32(bitPattern: i.displacement), size) : nil
    }

    /// The value of ESP.
    func readESP(into target: HostRegister) { a.lea(target, .at(Pinned.stack, Pinned.stackDelta, stackOffset)) }

    /// ESP becomes `source`, zero-extended. Behind it the window is unknown.
    func writeESP(_ source: HostRegister) {
        if item.liveOut.isEmpty {
            a.move(Pinned.stack, source)
            a.alu(.sub, Pinned.stack, .register(Pinned.stackDelta), .qword)
            hostFlags = []
        } else {
            a.move(Pinned.stack, source)
            a.move(Pinned.stackDelta, immediate: 0)
        }
        stackOffset = 0
        hasWindow = false
    }

    private static let windowReach: Int32 = 400

    /// Lowest and highest byte, from the head's ESP, that the trace touches through ESP: within `windowReach`, and where a page is known to
    /// end at `pageEnd` from there, in the one page that it touches most often.
    func findWindow(_ pageEnd: Int32?) -> (low: Int32, high: Int32)? {
        var places: [(page: Int32, low: Int32, high: Int32)] = []
        func include(_ from: Int32, _ size: Int32) {
            guard from >= -Self.windowReach, from + size <= Self.windowReach else { return }
            guard let pageEnd else { return places.append((0, from, from + size)) }
            let page = (from - pageEnd) >> 12
            if (from + size - 1 - pageEnd) >> 12 == page { places.append((page, from, from + size)) }
        }
        var at: Int32 = 0
        for item in trace.items {
            let i = unsafe item.instruction.pointee
            if let touched = i.stackTouch { include(at + touched.offset, touched.size) }
            if i.isStackOperand && mode.isFlat(i.segment) {
                let displacement = Int32(bitPattern: i.displacement)
                if displacement > -4096 && displacement < 4096 { include(at + displacement, max(4, Int32(i.width))) }
            }
            guard let move = i.stackMove else { break }
            at += move
            if at < -4096 || at > 4096 { break }
        }
        let upper = places.count { $0.page >= 0 }, page: Int32 = upper * 2 >= places.count ? 0 : -1
        let chosen = pageEnd == nil ? places : places.filter { $0.page == page }
        guard let low = chosen.map(\.low).min(), let high = chosen.map(\.high).max() else { return nil }
        return (low, high)
    }
}
