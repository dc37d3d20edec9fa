import GuestCode

/// The sample guest that comes with the product: a floppy that shows what the machine can do.
package enum Showcase {
    /// A whole 1.44 MB floppy.
    package static func floppyImage() -> [UInt8] {
        var image = unsafe guestProgram(guestcode_showcase(), guestcode_showcase_size())
        image.append(contentsOf: repeatElement(0, count: max(0, 1_474_560 - image.count)))
        return image
    }
}

/// A copy of a program of GuestCode.
func guestProgram(_ start: UnsafePointer<UInt8>?, _ size: Int) -> [UInt8] {
    unsafe Array(UnsafeBufferPointer(start: start, count: size))
}
