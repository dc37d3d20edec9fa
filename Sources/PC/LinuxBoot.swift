import GuestCode

/// A kernel file that cannot be booted, and why.
package struct KernelError: Error, Equatable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// What fw_cfg must offer so that the option ROM of `GuestCode` boots a kernel: the host's half of a boot loader.
///
/// Sources: Linux Documentation/arch/x86/boot.rst; QEMU docs/specs/fw_cfg.rst and include/standard-headers/linux/qemu_fw_cfg.h.
package struct KernelBoot: Equatable, Sendable {
    package struct Item: Equatable, Sendable {
        package var key: UInt16
        package var bytes: [UInt8]
    }

    /// fw_cfg's keys of a kernel, numbered as QEMU does.
    package enum Key: UInt16, CaseIterable, Sendable {
        case kernelAddress = 0x07, kernelSize = 0x08, kernelCommandLine = 0x09
        case initrdAddress = 0x0A, initrdSize = 0x0B
        case kernelEntry = 0x10, kernelData = 0x11, initrdData = 0x12
        case commandLineAddress = 0x13, commandLineSize = 0x14, commandLineData = 0x15
        case setupAddress = 0x16, setupSize = 0x17, setupData = 0x18
    }

    /// Every key, in order; those that do not matter are 0.
    package private(set) var items: [Item] = []
    /// The fw_cfg file that SeaBIOS runs as an option ROM.
    package static let romName = "genroms/vitrine-linuxboot.bin"
    /// The line of the fw_cfg file `bootorder` that puts the kernel before every disk.
    package static let bootOrder = "/rom@genroms/vitrine-linuxboot.bin"

    /// The option ROM with its checksum.
    package static func rom() -> [UInt8] {
        var rom = unsafe guestProgram(guestcode_linuxboot(), guestcode_linuxboot_size())
        if let last = rom.indices.last { rom[last] = 0 &- rom.reduce(0, &+) }
        return rom
    }

    /// - Parameters:
    ///   - name: the kernel's file name, for messages.
    ///   - memoryBytes: the guest's RAM below 4 GiB.
    package init(kernel: [UInt8], name: String, initrd: [UInt8]?, arguments: String, memoryBytes: UInt64) throws(KernelError) {
        if kernel.count > 5, kernel.starts(with: [0x7F, 0x45, 0x4C, 0x46]), kernel[4] == 2 { throw .notFor32Bits(name) }
        if let header = MultibootHeader(kernel) {
            items = try Self.multiboot(kernel, header, name: name, module: initrd, arguments: arguments, memoryBytes: memoryBytes)
        } else {
            items = try Self.linux(kernel, name: name, initrd: initrd ?? [], arguments: arguments, memoryBytes: memoryBytes)
        }
    }

    static func allKeys(_ values: [Key: [UInt8]]) -> [Item] {
        Key.allCases.map { Item(key: $0.rawValue, bytes: values[$0] ?? ($0.isData ? [] : word(0))) }
    }

    static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }

    // MARK: Linux

    private static let setupAddress: UInt32 = 0x1_0000
    private static let commandLineAddress: UInt32 = 0x2_0000
    private static let kernelAddress: UInt32 = 0x10_0000
    /// SeaBIOS keeps its tables below the end of RAM.
    static let reservedAtEnd: UInt64 = 0x10_0000

    private static func linux(
        _ kernel: [UInt8], name: String, initrd: [UInt8], arguments: String, memoryBytes: UInt64
    ) throws(KernelError) -> [Item] {
        func byte(_ at: Int) -> UInt8 { at < kernel.count ? kernel[at] : 0 }
        func word16(_ at: Int) -> UInt16 { UInt16(byte(at)) | UInt16(byte(at + 1)) << 8 }
        func word32(_ at: Int) -> UInt32 { UInt32(word16(at)) | UInt32(word16(at + 2)) << 16 }

        guard kernel.count > 0x400, word16(0x1FE) == 0xAA55, word32(0x202) == 0x5372_6448 else {
            throw KernelError("\(name) is neither a Linux kernel (bzImage) nor a Multiboot kernel; give the file that a boot loader would load")
        }
        let version = word16(0x206)
        guard version >= 0x200, byte(0x211) & 1 != 0 else {
            throw KernelError("\(name) is a zImage, which loads below 1 MiB; build it as bzImage")
        }
        if version >= 0x20C, word16(0x236) & 1 != 0 { throw .notFor32Bits(name) }

        let sectors = byte(0x1F1) == 0 ? 4 : Int(byte(0x1F1))
        let setupSize = (sectors + 1) * 512
        guard kernel.count > setupSize else { throw KernelError("\(name) ends inside its set-up part: the file is truncated") }
        var setup = Array(kernel[..<setupSize])
        let protected = Array(kernel[setupSize...])

        let line = Array(arguments.utf8) + [0]
        let longest = version >= 0x206 ? Int(word32(0x238)) : 255
        guard line.count - 1 <= max(longest, 255), line.count <= 0x1_0000 else {
            throw KernelError("the kernel's arguments have \(line.count - 1) bytes, but \(name) takes \(max(longest, 255)): shorten --append")
        }

        // The kernel unpacks itself to its preferred place, and init_size bytes from there are its own.
        let used = UInt64(kernelAddress) + UInt64(protected.count)
        let unpacked = version >= 0x20A ? (word32(0x258) == 0 ? UInt64(kernelAddress) : UInt64(word32(0x258))) + UInt64(word32(0x260)) : 0
        var initrdAddress: UInt64 = 0
        let top = memoryBytes > reservedAtEnd ? memoryBytes - reservedAtEnd : 0
        if !initrd.isEmpty {
            let limit = version >= 0x203 ? UInt64(word32(0x22C)) + 1 : 0x3800_0000
            let end = min(top, limit)
            if end > UInt64(initrd.count) { initrdAddress = (end - UInt64(initrd.count)) & ~0xFFF }
        }
        let need = max(used, unpacked)
        guard initrd.isEmpty ? need <= top : initrdAddress >= need else {
            let mebibytes = (need + UInt64(initrd.count) + reservedAtEnd + 0xF_FFFF) >> 20
            throw KernelError(
                "\(name)\(initrd.isEmpty ? "" : " and its initrd") need at least \(mebibytes) MiB of memory, the machine has \(memoryBytes >> 20): raise --memory"
            )
        }

        func patch(_ at: Int, _ bytes: [UInt8]) {
            for (offset, value) in bytes.enumerated() where at + offset < setup.count { setup[at + offset] = value }
        }
        patch(0x210, [0xFF])  // a boot loader without a number
        if version >= 0x201 {
            patch(0x211, [byte(0x211) | 0x80])
            let heapEnd = commandLineAddress - setupAddress - 0x200
            patch(0x224, [UInt8(truncatingIfNeeded: heapEnd), UInt8(truncatingIfNeeded: heapEnd >> 8)])
        }
        if version >= 0x202 {
            patch(0x228, word(commandLineAddress))
        } else {
            patch(0x20, [0x3F, 0xA3])
            patch(0x22, [0x00, 0x00])
        }
        patch(0x218, word(UInt32(truncatingIfNeeded: initrdAddress)))
        patch(0x21C, word(UInt32(truncatingIfNeeded: initrd.count)))

        return allKeys([
            .kernelAddress: word(kernelAddress), .kernelSize: word(UInt32(truncatingIfNeeded: protected.count)), .kernelData: protected,
            .initrdAddress: word(UInt32(truncatingIfNeeded: initrdAddress)), .initrdSize: word(UInt32(truncatingIfNeeded: initrd.count)),
            .initrdData: initrd,
            .kernelCommandLine: word(commandLineAddress), .commandLineAddress: word(commandLineAddress),
            .commandLineSize: word(UInt32(truncatingIfNeeded: line.count)), .commandLineData: line,
            .setupAddress: word(setupAddress), .setupSize: word(UInt32(truncatingIfNeeded: setup.count)), .setupData: setup,
        ])
    }
}

extension KernelBoot.Key {
    var isData: Bool {
        switch self {
        case .kernelData, .initrdData, .commandLineData, .setupData: true
        default: false
        }
    }
}

extension KernelError {
    static func notFor32Bits(_ name: String) -> KernelError {
        KernelError("\(name) is a 64-bit kernel, and guests are 32-bit PCs: use a 32-bit build, such as that of Debian's linux-image-686")
    }
}
