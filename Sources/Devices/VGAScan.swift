/// What the CRTC makes of its registers: a picture of so many lines, and where in video memory each of them stands. Lines and pixels are counted
/// once, however often the monitor repeats them.
struct VGAScan: Equatable {
    enum Kind: Equatable {
        case off
        case text
        /// 4 planes, a bit of each a pixel.
        case planar
        /// 2 bits a pixel, two bytes of planes 0 and 1 a character clock, the upper two bits from planes 2 and 3.
        case interleaved
        /// A byte a pixel.
        case bytes
        /// VBE; bits a pixel.
        case linear(depth: Int)
    }

    var kind = Kind.off
    var width = 0
    var height = 0
    /// Bytes of video memory that make a line.
    var lineBytes = 0
    /// Pixels that the picture is shifted to the left, down to the split and below it.
    var panning = 0
    var panningBelow = 0
    /// The first line that shows memory from address 0; `height` where none does.
    var split = 0
    /// Text: scan lines of a character row.
    var cellHeight = 1

    // The address counter: what it is at the first line, and how it goes on.
    var start = 0
    private var startBelow = 0
    private var rowOffset = 0
    /// Lines that share a row's addresses but for bits 13 and 14.
    private var rowLines = 1
    private var modeControl: UInt8 = 0
    private var doubleword = false

    /// The same picture but for the place it starts from.
    func isAlike(_ other: Self) -> Bool {
        var moved = other
        (moved.start, moved.startBelow) = (start, startBelow)
        return moved == self
    }

    init() {}

    init(_ registers: VGA.State) {
        if registers.vbe.isEnabled {
            setLinear(registers)
            return
        }
        typealias CRTC = VGA.CRTC
        let crtc = registers.crtc
        guard registers.attributeIndex & VGA.Attribute.paletteAddressSource != 0,
            registers.sequencer[VGA.Sequencer.clockingMode] & VGA.Sequencer.screenOff == 0, crtc[CRTC.modeControl] & CRTC.retraceOn != 0
        else { return }
        let mode = registers.graphics[VGA.Graphics.mode]
        let isText = registers.graphics[VGA.Graphics.miscellaneous] & VGA.Graphics.graphics == 0
        modeControl = crtc[CRTC.modeControl]
        doubleword = crtc[CRTC.underline] & CRTC.doubleword != 0
        rowOffset = Int(crtc[CRTC.offset]) * 2

        let overflow = crtc[CRTC.overflow], maximum = crtc[CRTC.maximumScanLine]
        let doubled = modeControl & CRTC.halfLineClock != 0 ? 2 : 1
        let lines = doubled * (1 + (Int(crtc[CRTC.displayEnd]) | (overflow & 0x02 != 0 ? 0x100 : 0) | (overflow & 0x40 != 0 ? 0x200 : 0)))
        let compare =
            doubled * (1 + (Int(crtc[CRTC.lineCompare]) | (overflow & 0x10 != 0 ? 0x100 : 0) | (maximum & 0x40 != 0 ? 0x200 : 0)))
        let rowHeight = Int(maximum & 31) + 1
        // CGA and Hercules interleave: the lines of a row differ.
        let interleaves = !isText && modeControl & (CRTC.keepA13 | CRTC.keepA14) != CRTC.keepA13 | CRTC.keepA14
        rowLines = isText || interleaves ? rowHeight : 1
        let repeats = (maximum & CRTC.doubleScan != 0 ? 2 : 1) * (isText || interleaves ? 1 : rowHeight)
        height = max(lines / repeats, 1)
        split = min((compare + repeats - 1) / repeats, height)

        let characters = Int(crtc[CRTC.horizontalDisplayEnd]) + 1
        let bytePanning = Int(crtc[CRTC.presetRowScan] >> 5 & 3)
        let topOnly = registers.attribute[VGA.Attribute.modeControl] & VGA.Attribute.panTopOnly != 0
        start = (Int(crtc[CRTC.startHigh]) << 8 | Int(crtc[CRTC.startLow])) + bytePanning
        startBelow = topOnly ? 0 : bytePanning
        if isText {
            kind = .text
            cellHeight = rowHeight
            width = characters
            height = max(height / rowHeight, 1)
            split = min((split + rowHeight - 1) / rowHeight, height)
            rowLines = 1
            return
        }
        let pixelPanning = Int(registers.attribute[VGA.Attribute.panning])
        if mode & VGA.Graphics.shift256 != 0 {
            kind = .bytes
            width = characters * 4
            panning = pixelPanning >> 1 & 3
        } else {
            kind = mode & VGA.Graphics.shiftInterleaved != 0 ? .interleaved : .planar
            width = characters * 8
            panning = pixelPanning & 7
        }
        panningBelow = topOnly ? 0 : panning
        lineBytes = (characters + (panning > 0 ? 1 : 0)) * 4
    }

    private mutating func setLinear(_ registers: VGA.State) {
        let vbe = registers.vbe
        (width, height) = (Int(vbe.width), Int(vbe.height))
        kind = vbe.depth == 4 ? .planar : .linear(depth: Int(vbe.depth))
        split = height
        rowOffset = vbe.pitch
        let bytes = vbe.bytesPerPixel
        start = Int(vbe.y) * rowOffset + Int(vbe.x) * bytes
        lineBytes = width * bytes
        guard vbe.depth == 4 else { return }
        // In plane addresses, as the VGA's own.
        rowOffset >>= 2
        start = Int(vbe.y) * rowOffset + Int(vbe.x) >> 3
        panning = Int(vbe.x & 7)
        lineBytes = ((width + 7) / 8 + (panning > 0 ? 1 : 0)) * 4
        isExtended = true
    }

    /// Planar with plane addresses of more than 16 bits, straight from the counter.
    private var isExtended = false

    /// The counter at the start of a line, and the line's number in its row.
    func counter(_ line: Int) -> (address: Int, rowScan: Int) {
        let below = line >= split
        let number = below ? line - split : line
        return ((below ? startBelow : start) + number / rowLines * rowOffset, number % rowLines)
    }

    /// Whether consecutive counts are consecutive addresses.
    var isStraight: Bool {
        typealias CRTC = VGA.CRTC
        let straight = CRTC.keepA13 | CRTC.keepA14
        return isExtended || modeControl & (straight | CRTC.countByTwo) == straight && (doubleword || modeControl & CRTC.byteMode != 0)
    }

    /// Plane addresses have so many bits.
    var addressMask: Int { isExtended ? VGA.vramBytes >> 2 - 1 : 0xFFFF }

    /// The plane address of a character: multiplied and bent as mode control and underline location say.
    func address(_ counter: Int, _ character: Int, _ rowScan: Int) -> Int {
        typealias CRTC = VGA.CRTC
        if isExtended { return (counter + character) & addressMask }
        let count = (counter + (modeControl & CRTC.countByTwo != 0 ? character >> 1 : character)) & 0xFFFF
        var address = count
        if !doubleword && modeControl & CRTC.byteMode == 0 {
            address = count << 1 & 0xFFFE | count >> (modeControl & CRTC.wrapAt15 != 0 ? 15 : 13) & 1
        }
        if modeControl & CRTC.keepA13 == 0 { address = address & ~0x2000 | (rowScan & 1) << 13 }
        if modeControl & CRTC.keepA14 == 0 { address = address & ~0x4000 | (rowScan >> 1 & 1) << 14 }
        return address
    }
}
