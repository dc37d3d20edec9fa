import Glibc
import HostMemory
import Picture

/// Turns video memory into pixels, line by line, and only the lines that changed: it keeps the bytes that each line was made from.
@safe
final class VGARaster {
    private let vram: Region
    /// The bytes of every line shown, without gaps.
    private let shadow: Region
    private static let mostLines = 2048, mostWidth = 2560
    /// A line whose bytes do not stand together; then its colour numbers.
    private let gathered: UnsafeMutablePointer<UInt32>
    private let numbers: UnsafeMutablePointer<UInt8>
    /// Eight pixels of a plane's byte, four of a CGA byte: the leftmost in the lowest byte.
    private let spread1: UnsafeMutablePointer<UInt64>
    private let spread2: UnsafeMutablePointer<UInt32>
    /// 256 colours of the DAC, then the 16 of the attribute controller.
    private let colors: UnsafeMutablePointer<UInt32>
    private var colorsChanged = true

    private var scan = VGAScan()
    /// Two pictures in turn: while the last one is shown, the one before it, which nobody needs any more, becomes the next.
    private var pictures: [[UInt32]] = [[], []]
    private var turn = 0
    /// Per line, bit n: it is old in picture n.
    private let stale: UnsafeMutablePointer<UInt8>

    init(_ vram: Region) throws(HostMemoryError) {
        self.vram = vram
        shadow = try Region("lines shown", size: VGA.vramBytes)
        unsafe gathered = .allocate(capacity: Self.mostWidth + 8)
        unsafe gathered.initialize(repeating: 0, count: Self.mostWidth + 8)
        unsafe numbers = .allocate(capacity: Self.mostWidth + 16)
        unsafe numbers.initialize(repeating: 0, count: Self.mostWidth + 16)
        unsafe colors = .allocate(capacity: 272)
        unsafe colors.initialize(repeating: 0, count: 272)
        unsafe stale = .allocate(capacity: Self.mostLines)
        unsafe stale.initialize(repeating: 3, count: Self.mostLines)
        unsafe spread1 = .allocate(capacity: 256)
        unsafe spread2 = .allocate(capacity: 256)
        for byte in 0..<256 {
            let bits = UInt64(byte)
            var eight: UInt64 = 0, four: UInt32 = 0
            for pixel in UInt64(0)..<8 { eight |= (bits >> (7 - pixel) & 1) << (pixel * 8) }
            for pixel in UInt32(0)..<4 { four |= (UInt32(byte) >> (6 - pixel * 2) & 3) << (pixel * 8) }
            unsafe spread1[byte] = eight
            unsafe spread2[byte] = four
        }
    }

    deinit {
        unsafe gathered.deallocate()
        unsafe numbers.deallocate()
        unsafe colors.deallocate()
        unsafe stale.deallocate()
        unsafe spread1.deallocate()
        unsafe spread2.deallocate()
    }

    /// The palettes that the registers hold. Index 256 on: the attribute controller's.
    func setColor(_ index: Int, _ value: UInt32) {
        guard unsafe (0..<272).contains(index) && colors[index] != value else { return }
        unsafe colors[index] = value
        colorsChanged = true
    }
    var attributeColors: [UInt32] { unsafe Array(UnsafeBufferPointer(start: colors + 256, count: 16)) }

    /// The colours changed since this was last asked.
    func takeColorsChanged() -> Bool {
        defer { colorsChanged = false }
        return colorsChanged
    }

    /// Character and attribute of a plane address.
    @inline(__always)
    func character(_ address: Int) -> UInt16 {
        unsafe (vram.base + (address & 0xFFFF) << 2).loadUnaligned(as: UInt16.self)
    }
    /// A byte of plane 2, where fonts are.
    @inline(__always)
    func fontByte(_ address: Int) -> UInt8 { unsafe (vram.base + (address & 0xFFFF) << 2 + 2).load(as: UInt8.self) }

    /// The next picture is new, whatever video memory holds.
    func forget() { scan = VGAScan() }

    /// The picture that `next` describes, or nil where it is the last one still.
    func picture(_ next: VGAScan) -> PixelPicture? {
        guard next.width > 0, next.width <= Self.mostWidth, next.height > 0, next.height <= Self.mostLines,
            next.lineBytes * next.height <= shadow.size
        else { return nil }
        let newColors = takeColorsChanged()
        let fresh = !scan.isAlike(next) || newColors
        scan = next
        let pixels = next.width * next.height
        for index in 0..<2 where pictures[index].count != pixels { pictures[index] = [UInt32](repeating: 0, count: pixels) }
        guard findChanges(fresh) else { return nil }

        let bit = UInt8(1) << UInt8(turn)
        unsafe pictures[turn].withUnsafeMutableBufferPointer { buffer in
            guard let target = buffer.baseAddress else { return }
            for line in 0..<next.height where unsafe stale[line] & bit != 0 {
                unsafe stale[line] &= ~bit
                unsafe convert(line, target + line * next.width)
            }
        }
        defer { turn ^= 1 }
        return PixelPicture(width: next.width, height: next.height, pixels: pictures[turn])
    }

    // MARK: Lines

    /// Brings the shadow up to date, and marks lines that differ from it.
    private func findChanges(_ fresh: Bool) -> Bool {
        var changed = fresh
        let bytes = scan.lineBytes
        for line in 0..<scan.height {
            let source = unsafe self.source(line)
            let kept = unsafe shadow.base + line * bytes
            if unsafe fresh || memcmp(source, kept, bytes) != 0 {
                unsafe memcpy(kept, source, bytes)
                unsafe stale[line] = 3
                changed = true
            }
        }
        return changed
    }

    /// The bytes that make a line, together.
    @inline(__always)
    private func source(_ line: Int) -> UnsafeRawPointer {
        let (counter, rowScan) = scan.counter(line)
        if case .linear = scan.kind {
            let at = counter & (VGA.vramBytes - 1)
            if at + scan.lineBytes <= VGA.vramBytes { return unsafe UnsafeRawPointer(vram.base + at) }
            let first = VGA.vramBytes - at
            unsafe memcpy(gathered, vram.base + at, first)
            unsafe memcpy(UnsafeMutableRawPointer(gathered) + first, vram.base, scan.lineBytes - first)
            return unsafe UnsafeRawPointer(gathered)
        }
        let characters = scan.lineBytes >> 2
        let address = counter & scan.addressMask
        if scan.isStraight && address + characters <= scan.addressMask + 1 { return unsafe UnsafeRawPointer(vram.base + address << 2) }
        for character in 0..<characters {
            let cell = unsafe vram.base + scan.address(counter, character, rowScan) << 2
            unsafe gathered[character] = cell.load(as: UInt32.self)
        }
        return unsafe UnsafeRawPointer(gathered)
    }

    private func convert(_ line: Int, _ target: UnsafeMutablePointer<UInt32>) {
        let source = unsafe UnsafeRawPointer(shadow.base + line * scan.lineBytes)
        let width = scan.width
        let panning = line >= scan.split ? scan.panningBelow : scan.panning
        switch scan.kind {
        case .off, .text: break
        case .planar:
            for character in 0..<scan.lineBytes >> 2 {
                let planes = unsafe source.load(fromByteOffset: character << 2, as: UInt32.self)
                let pixels =
                    unsafe spread1[Int(planes & 0xFF)] | spread1[Int(planes >> 8 & 0xFF)] << 1 | spread1[Int(planes >> 16 & 0xFF)] << 2
                    | spread1[Int(planes >> 24)] << 3
                unsafe UnsafeMutableRawPointer(numbers).storeBytes(of: pixels, toByteOffset: character << 3, as: UInt64.self)
            }
            unsafe paint(target, UnsafePointer(numbers) + panning, colors + 256)
        case .interleaved:
            for character in 0..<scan.lineBytes >> 2 {
                let planes = unsafe source.load(fromByteOffset: character << 2, as: UInt32.self)
                let left = unsafe spread2[Int(planes & 0xFF)] | spread2[Int(planes >> 16 & 0xFF)] << 2
                let right = unsafe spread2[Int(planes >> 8 & 0xFF)] | spread2[Int(planes >> 24)] << 2
                unsafe UnsafeMutableRawPointer(numbers).storeBytes(of: left, toByteOffset: character << 3, as: UInt32.self)
                unsafe UnsafeMutableRawPointer(numbers).storeBytes(of: right, toByteOffset: character << 3 + 4, as: UInt32.self)
            }
            unsafe paint(target, UnsafePointer(numbers) + panning, colors + 256)
        case .bytes, .linear(depth: 8):
            unsafe paint(target, source.assumingMemoryBound(to: UInt8.self) + panning, colors)
        case .linear(depth: 15):
            let words = unsafe source.assumingMemoryBound(to: UInt16.self)
            for x in 0..<width {
                let pixel = unsafe UInt32(words[x])
                let (red, green, blue) = (pixel >> 10 & 31, pixel >> 5 & 31, pixel & 31)
                unsafe target[x] = (red << 3 | red >> 2) << 16 | (green << 3 | green >> 2) << 8 | blue << 3 | blue >> 2
            }
        case .linear(depth: 16):
            let words = unsafe source.assumingMemoryBound(to: UInt16.self)
            for x in 0..<width {
                let pixel = unsafe UInt32(words[x])
                let (red, green, blue) = (pixel >> 11, pixel >> 5 & 63, pixel & 31)
                unsafe target[x] = (red << 3 | red >> 2) << 16 | (green << 2 | green >> 4) << 8 | blue << 3 | blue >> 2
            }
        case .linear(depth: 24):
            let bytes = unsafe source.assumingMemoryBound(to: UInt8.self)
            for x in 0..<width {
                unsafe target[x] = UInt32(bytes[x * 3]) | UInt32(bytes[x * 3 + 1]) << 8 | UInt32(bytes[x * 3 + 2]) << 16
            }
        case .linear:
            let pixels = unsafe source.assumingMemoryBound(to: UInt32.self)
            for x in 0..<width { unsafe target[x] = pixels[x] & 0xFF_FFFF }
        }
    }

    @inline(__always)
    private func paint(_ target: UnsafeMutablePointer<UInt32>, _ source: UnsafePointer<UInt8>, _ colors: UnsafeMutablePointer<UInt32>) {
        for x in 0..<scan.width { unsafe target[x] = colors[Int(source[x])] }
    }
}
