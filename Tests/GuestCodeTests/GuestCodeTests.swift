import PC
import Testing

/// A bzImage of protocol 2.12 with nothing in it: two set-up sectors and `size` bytes of kernel.
private func bzImage(_ size: Int = 0x2000, xloadflags: UInt8 = 0, loadflags: UInt8 = 1, initSize: UInt32 = 0x10_0000) -> [UInt8] {
    var kernel = [UInt8](repeating: 0xCC, count: 1536 + size)
    func put(_ at: Int, _ bytes: [UInt8]) { kernel.replaceSubrange(at..<at + bytes.count, with: bytes) }
    func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    put(0x1F1, [2])
    put(0x1FE, [0x55, 0xAA])
    put(0x202, Array("HdrS".utf8) + [0x0C, 0x02])
    put(0x211, [loadflags])
    put(0x22C, word(0x7FFF_FFFF))
    put(0x236, [xloadflags, 0])
    put(0x238, word(2047))
    put(0x258, word(0x10_0000))
    put(0x260, word(initSize))
    return kernel
}

private func boot(
    _ kernel: [UInt8], initrd: [UInt8]? = nil, arguments: String = "", mebibytes: UInt64 = 64
) throws(KernelError) -> [UInt16: [UInt8]] {
    let boot = try KernelBoot(kernel: kernel, name: "vmlinuz", initrd: initrd, arguments: arguments, memoryBytes: mebibytes << 20)
    return Dictionary(uniqueKeysWithValues: boot.items.map { ($0.key, $0.bytes) })
}

private func number(_ bytes: [UInt8]?) -> UInt32 { (bytes ?? []).reversed().reduce(0) { $0 << 8 | UInt32($1) } }

@Suite struct ShowcaseTests {
    @Test func isABootableFloppyOfTheRightSize() {
        let image = Showcase.floppyImage()
        #expect(image.count == 1_474_560)
        #expect(image[510] == 0x55 && image[511] == 0xAA)
        #expect(image[512..<1024].contains { $0 != 0 })
        #expect(image.suffix(1_000_000).allSatisfy { $0 == 0 })
    }
}

@Suite struct LinuxBootTests {
    @Test func theRomHasAHeaderAndAddsUpToZero() {
        let rom = KernelBoot.rom()
        #expect(rom.prefix(2) == [0x55, 0xAA])
        #expect(Int(rom[2]) * 512 == rom.count)
        #expect(rom.reduce(0, &+) == 0)
        let expansion = Int(rom[0x1A]) | Int(rom[0x1B]) << 8
        #expect(Array(rom[expansion..<expansion + 4]) == Array("$PnP".utf8))
        let vector = Int(rom[expansion + 0x1A]) | Int(rom[expansion + 0x1B]) << 8
        #expect(rom[vector] == 0xFA, "the bootstrap entry begins with CLI")
    }

    @Test func splitsABzImageAndPatchesItsHeader() throws {
        let initrd = [UInt8](repeating: 7, count: 5000)
        let items = try boot(bzImage(), initrd: initrd, arguments: "quiet")
        #expect(items[0x11]?.count == 0x2000)
        #expect(items[0x12] == initrd)
        #expect(items[0x15] == Array("quiet".utf8) + [0])
        let setup = try #require(items[0x18])
        #expect(setup.count == 1536)
        #expect(setup[0x210] == 0xFF && setup[0x211] == 0x81)
        #expect(number(Array(setup[0x228..<0x22C])) == number(items[0x13]))
        #expect(number(Array(setup[0x218..<0x21C])) == number(items[0x0A]))
        #expect(number(Array(setup[0x21C..<0x220])) == 5000)
        #expect(number(items[0x0A]) % 4096 == 0 && number(items[0x0A]) + 5000 <= 63 << 20)
    }

    @Test func refusesWhatCannotRun() {
        #expect(throws: KernelError.self) { try boot(bzImage(xloadflags: 1)) }
        #expect(throws: KernelError.self) { try boot([0x7F, 0x45, 0x4C, 0x46, 2, 1] + [UInt8](repeating: 0, count: 4096)) }
        #expect(throws: KernelError.self) { try boot(bzImage(loadflags: 0)) }
        #expect(throws: KernelError.self) { try boot([UInt8](repeating: 0, count: 4096)) }
        #expect(throws: KernelError.self) { try boot([]) }
        #expect(throws: KernelError.self) { try boot(Array(bzImage().prefix(1200))) }
        #expect(throws: KernelError.self) { try boot(bzImage(), arguments: String(repeating: "x", count: 3000)) }
    }

    @Test func saysThatGuestsAre32Bit() {
        let error = #expect(throws: KernelError.self) { try boot(bzImage(xloadflags: 1)) }
        #expect(
            error?.description
                == "vmlinuz is a 64-bit kernel, and guests are 32-bit PCs: use a 32-bit build, such as that of Debian's linux-image-686")
    }

    @Test func saysHowMuchMemoryIsNeeded() {
        let error = #expect(throws: KernelError.self) { try boot(bzImage(initSize: 40 << 20), initrd: [1, 2, 3], mebibytes: 32) }
        #expect(error?.description == "vmlinuz and its initrd need at least 43 MiB of memory, the machine has 32: raise --memory")
    }

    @Test func survivesEveryTruncation() {
        let kernel = bzImage(600)
        for length in stride(from: 0, to: kernel.count, by: 7) { _ = try? boot(Array(kernel[..<length]), initrd: [1]) }
        var elf = multiboot
        for at in elf.indices {
            elf = multiboot
            elf[at] = 0xFF
            _ = try? boot(elf)
        }
    }

    /// An i386 ELF with one segment of 256 bytes for 1 MiB and a Multiboot header.
    private var multiboot: [UInt8] {
        var words = [UInt32](repeating: 0, count: 256)
        words[0] = 0x464C_457F
        words[4] = 0x0003_0002
        words[6] = 0x10_0000
        words[7] = 52
        words[10] = 32 << 16
        words[11] = 1
        words.replaceSubrange(13..<21, with: [1, 128, 0x10_0000, 0x10_0000, 256, 512, 7, 4])
        words.replaceSubrange(32..<35, with: [0x1BAD_B002, 0, 0 &- 0x1BAD_B002])
        return words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
    }

    @Test func laysOutAMultibootKernelAndItsModule() throws {
        let items = try boot(multiboot, initrd: [9, 9, 9])
        #expect(number(items[0x17]) == 0, "no set-up part")
        #expect(number(items[0x07]) == 0x10_0000)
        #expect(number(items[0x10]) == 0x10_0000)
        #expect(items[0x11]?.count == 4096 + 3)
        let information = try #require(items[0x12])
        #expect(number(Array(information[20..<24])) == 1, "one module")
        #expect(number(Array(information[8..<12])) == 62 * 1024, "KiB above 1 MiB, but for the BIOS's own")
    }
}
