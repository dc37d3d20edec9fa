import Bus

/// What the graphics controller and the sequencer do to an access through the window at A0000h, worked out when one of their registers
/// changes: an access itself only follows these values. Four planes are handled at once, one a byte of a 32-bit number.
struct VGADatapath {
    private enum Way: UInt8 {
        /// The window is memory: a VBE bank, or chain-4 with nothing in between.
        case plain
        /// Text: characters in plane 0, attributes in plane 1, nothing in between.
        case text
        case planar
        /// The processor cannot reach video memory.
        case closed
    }

    var latch: UInt32 = 0

    private var way = Way.closed
    /// The part of the 128 KiB that answers.
    private var windowStart: UInt32 = 0
    private var windowBytes: UInt32 = 0
    /// VBE bank: in bytes of video memory, or in plane addresses where the mode is planar.
    private var bank: UInt32 = 0
    private var addressMask: UInt32 = 0xFFFF
    private var chain4 = false
    private var oddEvenWrites = false
    private var oddEvenReads = false
    private var writeMode: UInt8 = 0
    private var readMode1 = false
    private var readMap: UInt32 = 0
    private var rotation: UInt8 = 0
    private var function: UInt8 = 0
    private var mapMask: UInt32 = 0
    private var bitMask: UInt32 = 0
    private var setReset: UInt32 = 0
    private var enableSetReset: UInt32 = 0
    private var colorCompare: UInt32 = 0
    private var colorDontCare: UInt32 = 0

    /// Where in video memory the 64 KiB at A0000h are, while they are plain memory.
    var plainOffset: Int? { way == .plain && windowStart == 0 ? Int(bank) : nil }

    /// FFh in each byte whose bit is set.
    @inline(__always)
    private static func planes(_ bits: UInt8) -> UInt32 { ((UInt32(bits & 15) &* 0x0020_4081) & 0x0101_0101) &* 0xFF }

    mutating func derive(_ registers: VGA.State) {
        typealias Graphics = VGA.Graphics
        let mode = registers.graphics[Graphics.mode]
        let memoryMode = registers.sequencer[VGA.Sequencer.memoryMode]
        let linear = registers.vbe.isLinear
        chain4 = memoryMode & VGA.Sequencer.chain4 != 0
        oddEvenWrites = memoryMode & VGA.Sequencer.sequential == 0
        oddEvenReads = mode & Graphics.oddEven != 0
        writeMode = mode & 3
        readMode1 = mode & Graphics.readMode1 != 0
        readMap = UInt32(registers.graphics[Graphics.readMapSelect])
        rotation = registers.graphics[Graphics.dataRotate] & 7
        function = registers.graphics[Graphics.dataRotate] >> 3 & 3
        mapMask = Self.planes(registers.sequencer[VGA.Sequencer.mapMask])
        bitMask = UInt32(registers.graphics[Graphics.bitMask]) &* 0x0101_0101
        setReset = Self.planes(registers.graphics[Graphics.setReset])
        enableSetReset = Self.planes(registers.graphics[Graphics.enableSetReset])
        colorCompare = Self.planes(registers.graphics[Graphics.colorCompare])
        colorDontCare = Self.planes(registers.graphics[Graphics.colorDontCare])
        bank = registers.vbe.isEnabled ? UInt32(registers.vbe.bank) << 16 & UInt32((VGA.vramBytes >> (linear ? 0 : 2)) - 1) : 0
        addressMask = registers.vbe.isEnabled ? UInt32(VGA.vramBytes >> 2 - 1) : 0xFFFF

        switch linear ? 1 : registers.graphics[Graphics.miscellaneous] >> 2 & 3 {
        case 0: (windowStart, windowBytes) = (0, 0x20000)
        case 1: (windowStart, windowBytes) = (0, 0x10000)
        case 2: (windowStart, windowBytes) = (0x10000, 0x8000)
        default: (windowStart, windowBytes) = (0x18000, 0x8000)
        }
        let straight = writeMode == 0 && !readMode1 && enableSetReset == 0 && rotation == 0 && function == 0 && bitMask == 0xFFFF_FFFF
        if registers.misc & VGA.Miscellaneous.enableRAM == 0 {
            way = .closed
        } else if linear || chain4 && straight && mapMask == 0xFFFF_FFFF && windowBytes == 0x10000 {
            way = .plain
        } else if oddEvenWrites && oddEvenReads && !chain4 && straight && mapMask == 0x0000_FFFF && readMap & 2 == 0 {
            way = .text
        } else {
            way = .planar
        }
    }

    // MARK: Access

    /// `Width.bytes`, in line.
    @inline(__always)
    private static func count(_ width: Width) -> UInt32 {
        switch width {
        case .byte: 1
        case .word: 2
        case .dword: 4
        }
    }

    /// - Parameter offset: from A0000h.
    mutating func read(_ memory: UnsafeMutableRawPointer, _ offset: UInt32, _ width: Width) -> UInt32 {
        let at = offset &- windowStart, count = Self.count(width)
        guard way != .closed, at < windowBytes else { return width.mask }
        if way == .plain && at & 3 &+ count <= 4 {
            let source = unsafe memory + Int(at &+ bank)
            switch width {
            case .byte: return unsafe UInt32(source.load(as: UInt8.self))
            case .word: return unsafe UInt32(source.loadUnaligned(as: UInt16.self))
            case .dword: return unsafe source.load(as: UInt32.self)
            }
        }
        var result = unsafe readByte(memory, at)
        var index: UInt32 = 1
        while index < count {
            let next = at &+ index
            result |= (next < windowBytes ? unsafe readByte(memory, next) : 0xFF) << (index &* 8)
            index &+= 1
        }
        return result
    }

    mutating func write(_ memory: UnsafeMutableRawPointer, _ offset: UInt32, _ width: Width, _ value: UInt32) {
        let at = offset &- windowStart, count = Self.count(width)
        guard way != .closed, at < windowBytes else { return }
        if way == .plain && at & 3 &+ count <= 4 {
            let target = unsafe memory + Int(at &+ bank)
            switch width {
            case .byte: unsafe target.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
            case .word: unsafe target.storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
            case .dword: unsafe target.storeBytes(of: value, as: UInt32.self)
            }
            return
        }
        if way == .text && count > 1 && at & 1 == 0 {
            unsafe (memory + Int(at & addressMask) << 2).storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
            if count == 4 {
                unsafe (memory + Int((at &+ 2) & addressMask) << 2).storeBytes(of: UInt16(truncatingIfNeeded: value >> 16), as: UInt16.self)
            }
            return
        }
        var index: UInt32 = 0
        while index < count {
            let next = at &+ index
            if next < windowBytes { unsafe writeByte(memory, next, UInt8(truncatingIfNeeded: value >> (index &* 8))) }
            index &+= 1
        }
    }

    /// The four planes at plane address `address`.
    @inline(__always)
    private func cell(_ memory: UnsafeMutableRawPointer, _ address: UInt32) -> UnsafeMutablePointer<UInt32> {
        unsafe (memory + Int((address &+ bank) & addressMask) << 2).assumingMemoryBound(to: UInt32.self)
    }

    @inline(__always)
    private mutating func readByte(_ memory: UnsafeMutableRawPointer, _ at: UInt32) -> UInt32 {
        if way == .plain { return unsafe UInt32((memory + Int(at &+ bank)).load(as: UInt8.self)) }
        var address = at
        var plane = readMap
        if chain4 {
            plane = at & 3
            address = at >> 2
        } else if oddEvenReads {
            plane = plane & 2 | at & 1
            address = at & ~1
        }
        latch = unsafe cell(memory, address).pointee
        guard readMode1 else { return latch >> (plane &* 8) & 0xFF }
        var differences = (latch ^ colorCompare) & colorDontCare
        differences |= differences >> 16
        differences |= differences >> 8
        return ~differences & 0xFF
    }

    @inline(__always)
    private func writeByte(_ memory: UnsafeMutableRawPointer, _ at: UInt32, _ value: UInt8) {
        if way == .plain { return unsafe (memory + Int(at &+ bank)).storeBytes(of: value, as: UInt8.self) }
        var address = at
        var planes = mapMask
        if chain4 {
            planes &= 0xFF << ((at & 3) &* 8)
            address = at >> 2
        } else if oddEvenWrites {
            planes &= at & 1 != 0 ? 0xFF00_FF00 : 0x00FF_00FF
            address = at & ~1
        }
        let cell = unsafe cell(memory, address)
        let data = written(value)
        unsafe cell.pointee = cell.pointee & ~planes | data & planes
    }

    /// The four bytes that `value` becomes on its way to the planes.
    @inline(__always)
    private func written(_ value: UInt8) -> UInt32 {
        if writeMode == 1 { return latch }
        var mask = bitMask
        var data: UInt32
        if writeMode == 2 {
            data = Self.planes(value)
        } else {
            let rotated = UInt32(rotation == 0 ? value : value &>> rotation | value &<< (8 &- rotation)) &* 0x0101_0101
            if writeMode == 0 {
                data = rotated & ~enableSetReset | setReset & enableSetReset
            } else {
                mask &= rotated
                data = setReset
            }
        }
        switch function {
        case 1: data &= latch
        case 2: data |= latch
        case 3: data ^= latch
        default: break
        }
        return data & mask | latch & ~mask
    }
}
