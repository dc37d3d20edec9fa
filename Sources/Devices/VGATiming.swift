/// When the electron beam is where: from the CRTC's vertical and horizontal registers and the dot clock.
struct VGATiming: Equatable {
    /// Nanoseconds of a scan line, and of its displayed part.
    private var line: UInt64
    private var displayed: UInt64
    /// Scan lines of a frame, up to the end of the picture, up to the vertical retrace.
    private var lines: UInt64
    private var displayLines: UInt64
    private var retraceLine: UInt64

    /// 640x480 at 60 Hz: for VBE modes, and for registers that no monitor could follow.
    static let standard = VGATiming(line: 31_778, displayed: 25_422, lines: 525, displayLines: 480, retraceLine: 490)

    private init(line: UInt64, displayed: UInt64, lines: UInt64, displayLines: UInt64, retraceLine: UInt64) {
        (self.line, self.displayed, self.lines, self.displayLines, self.retraceLine) = (line, displayed, lines, displayLines, retraceLine)
    }

    init(_ registers: VGA.State) {
        typealias CRTC = VGA.CRTC
        let crtc = registers.crtc
        let clocking = registers.sequencer[VGA.Sequencer.clockingMode]
        func vertical(_ register: Int, bit8: UInt8, bit9: UInt8) -> UInt64 {
            UInt64(crtc[register]) | (crtc[CRTC.overflow] & bit8 != 0 ? 0x100 : 0) | (crtc[CRTC.overflow] & bit9 != 0 ? 0x200 : 0)
        }
        let dots: UInt64 = (clocking & VGA.Sequencer.eightDots != 0 ? 8 : 9) * (clocking & VGA.Sequencer.halfDotClock != 0 ? 2 : 1)
        let clock: UInt64 = registers.misc & 0x0C == 0x04 ? 28_322_000 : 25_175_000
        line = (UInt64(crtc[CRTC.horizontalTotal]) + 5) * dots * 1_000_000_000 / clock
        displayed = (UInt64(crtc[CRTC.horizontalDisplayEnd]) + 1) * dots * 1_000_000_000 / clock
        lines = vertical(CRTC.verticalTotal, bit8: 0x01, bit9: 0x20) + 2
        displayLines = vertical(CRTC.displayEnd, bit8: 0x02, bit9: 0x40) + 1
        retraceLine = vertical(CRTC.retraceStart, bit8: 0x04, bit9: 0x80)
        let period = line * lines
        if registers.vbe.isEnabled || !(5_000_000...50_000_000).contains(period) || retraceLine >= lines || displayLines > lines {
            self = .standard
        }
    }

    /// Input status 1: bit 0 while no picture is displayed, bit 3 in vertical retrace.
    /// Deviation: the retrace lasts until the next frame's first line, not two or three lines: a guest that polls for it on a host that gives it
    /// the processor in slices would miss every other.
    func status(at now: UInt64) -> UInt32 {
        let inFrame = now % (line * lines)
        let row = inFrame / line
        return (row >= displayLines || inFrame % line >= displayed ? 1 : 0) | (row >= retraceLine ? 8 : 0)
    }

    func retracesBegun(by now: UInt64) -> UInt64 {
        let frame = line * lines
        return (now &+ frame &- retraceLine * line) / frame
    }
}
