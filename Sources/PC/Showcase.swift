import GuestCode

/// The sample guest that comes with the product: a floppy that shows what the machine can do.
package enum Showcase {
    package static func floppyImage() -> [UInt8] { unsafe floppy(guestcode_showcase(), guestcode_showcase_size()) }
}

/// A floppy whose 16-bit program works in segments as DOS programs do: what tests and benchmarks run of that kind. It prints `SEGMENTS xxxxxxxx`, a
/// checksum, on COM1 and powers off.
package enum Segments {
    package static func floppyImage() -> [UInt8] { unsafe floppy(guestcode_segments(), guestcode_segments_size()) }
}

/// A whole 1.44 MB floppy that begins with a program of GuestCode.
private func floppy(_ start: UnsafePointer<UInt8>?, _ size: Int) -> [UInt8] {
    var image = unsafe guestProgram(start, size)
    image.append(contentsOf: repeatElement(0, count: max(0, 1_474_560 - image.count)))
    return image
}

/// A copy of a program of GuestCode.
func guestProgram(_ start: UnsafePointer<UInt8>?, _ size: Int) -> [UInt8] {
    unsafe Array(UnsafeBufferPointer(start: start, count: size))
}
