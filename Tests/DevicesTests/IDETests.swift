import Testing

@testable import Bus
@testable import Devices

/// A channel at its usual ports, as a driver sees it.
private final class Host {
    let rig = StorageRig()
    let channel: IDEChannel
    let irq = 14

    init(_ master: (StorageRig) -> (any IDEDrive)?, slave: (StorageRig) -> (any IDEDrive)? = { _ in nil }) {
        channel = IDEChannel(irq: rig.line(irq), master: master(rig), slave: slave(rig))
        rig.ports.attach(channel, 0x1F0...0x1F7, "IDE", registers: .dword)
        rig.ports.attach(channel, 0x3F6...0x3F6, "IDE control", offset: 8)
    }

    static func disk(_ medium: MemoryMedium) -> (StorageRig) -> (any IDEDrive)? { { ATADrive($0.port(medium), serial: "VT0001") } }
    static func cd(_ medium: MemoryMedium?) -> (StorageRig) -> (any IDEDrive)? { { ATAPIDrive($0.port(medium), serial: "VT0002") } }

    var status: Int { rig.inp(0x1F7) }
    var error: Int { rig.inp(0x1F1) }
    var interrupts: Int { rig.edges.rises[irq] ?? 0 }

    func registers(count: Int, _ low: Int, _ mid: Int, _ high: Int, device: Int) {
        rig.out(0x1F6, device)
        for (port, value) in [(0x1F2, count), (0x1F3, low), (0x1F4, mid), (0x1F5, high)] { rig.out(UInt16(port), value) }
    }
    func command(_ code: Int) {
        rig.out(0x1F7, code)
        rig.settle()
    }
    func lba(_ lba: Int, count: Int, _ code: Int) {
        registers(count: count, lba & 0xFF, lba >> 8 & 0xFF, lba >> 16 & 0xFF, device: 0xE0 | lba >> 24)
        command(code)
    }
    func lba48(_ lba: Int, count: Int, _ code: Int) {
        rig.out(0x1F6, 0xE0)
        for (port, shift) in [(0x1F3, 0), (0x1F4, 8), (0x1F5, 16)] {
            rig.out(UInt16(port), lba >> (shift + 24) & 0xFF)
            rig.out(UInt16(port), lba >> shift & 0xFF)
        }
        rig.out(0x1F2, count >> 8)
        rig.out(0x1F2, count & 0xFF)
        command(code)
    }

    /// Takes data while the drive offers any: DRQ blocks of `block` bytes.
    func receive(block: Int = 512, _ width: Width = .word) -> [UInt8] {
        var bytes: [UInt8] = []
        while status & 0x88 == 0x08 {
            for _ in 0..<block / width.bytes {
                let value = rig.inp(0x1F0, width)
                for index in 0..<width.bytes { bytes.append(UInt8(truncatingIfNeeded: value >> (index * 8))) }
            }
            rig.settle()
        }
        return bytes
    }
    func send(_ bytes: [UInt8]) {
        for at in stride(from: 0, to: bytes.count, by: 2) {
            rig.out(0x1F0, Int(bytes[at]) | Int(bytes[at + 1]) << 8, .word)
            if at % 512 == 510 { rig.settle() }
        }
        rig.settle()
    }

    /// A packet command; returns what it delivers.
    func packet(_ bytes: [UInt8], limit: Int = 0xFFFE) -> [UInt8] {
        registers(count: 0, 0, limit & 0xFF, limit >> 8, device: 0xA0)
        rig.out(0x1F1, 0)
        rig.out(0x1F7, 0xA0)
        #expect(rig.inp(0x3F6) & 0x89 == 0x08 && rig.inp(0x1F2) == 1)
        send(bytes + [UInt8](repeating: 0, count: 12 - bytes.count))
        var data: [UInt8] = []
        while status & 0x88 == 0x08 {
            #expect(rig.inp(0x1F2) == 2)
            var count = rig.inp(0x1F4) | rig.inp(0x1F5) << 8
            while count > 0 {
                let value = rig.inp(0x1F0, .word)
                data.append(UInt8(truncatingIfNeeded: value))
                if count > 1 { data.append(UInt8(truncatingIfNeeded: value >> 8)) }
                count -= 2
            }
            rig.settle()
        }
        #expect(rig.inp(0x1F2) == 3)
        return data
    }
    /// Sense key and additional sense code, as REQUEST SENSE tells them.
    func sense() -> [Int] {
        let bytes = packet([3, 0, 0, 0, 18])
        return bytes.count == 18 ? [Int(bytes[2] & 0xF), Int(bytes[12])] : []
    }
}

private func number(of sector: [UInt8], at: Int = 0) -> Int { (0..<4).reduce(0) { $0 | Int(sector[at + $1]) << ($1 * 8) } }

@Suite struct ATATests {
    private let medium = MemoryMedium(sectors: 16 * 63 * 20)

    @Test func signaturesTellDisksFromPacketDevicesAndNothing() {
        let host = Host(Host.disk(medium), slave: Host.cd(nil))
        host.rig.out(0x3F6, 4)
        #expect(host.status == 0x80)
        host.rig.out(0x3F6, 0)
        #expect((0x1F1...0x1F7).map { host.rig.inp($0) } == [1, 1, 1, 0, 0, 0, 0x50])
        host.rig.out(0x1F6, 0x10)
        #expect((0x1F1...0x1F7).map { host.rig.inp($0) } == [1, 1, 1, 0x14, 0xEB, 0x10, 0])

        let alone = Host(Host.disk(medium))
        alone.rig.out(0x1F6, 0xB0)
        #expect(alone.status == 0)
        let nobody = Host({ _ in nil })
        #expect(nobody.status == 0xFF)
    }

    @Test func identifyNamesGeometryAndModes() {
        let host = Host(Host.disk(medium))
        host.registers(count: 0, 0, 0, 0, device: 0xA0)
        host.command(0xEC)
        let data = host.receive()
        func word(_ index: Int) -> Int { Int(data[index * 2]) | Int(data[index * 2 + 1]) << 8 }
        #expect(data.count == 512)
        #expect([word(1), word(3), word(6)] == [20, 16, 63])
        #expect(word(60) | word(61) << 16 == 20160 && word(100) == 20160)
        #expect(word(49) & 0x300 == 0x300 && word(88) & 7 == 7 && word(83) & 0x400 != 0)
        #expect(String(decoding: [data[55], data[54], data[57], data[56]], as: UTF8.self) == "VITR")
        #expect(host.status == 0x50 && host.interrupts == 1)
    }

    @Test(arguments: [1, 2, 255, 256]) func sectorsAreReadByLBA(_ count: Int) {
        let host = Host(Host.disk(medium))
        host.lba(1000, count: count & 0xFF, 0x20)
        let data = host.receive()
        #expect(data.count == count * 512)
        #expect(data == Array(medium.bytes[1000 * 512..<(1000 + count) * 512]))
        #expect(host.interrupts == count && host.status == 0x50 && host.error == 0)
    }

    @Test func dwordAccessesMoveTwoWords() {
        let host = Host(Host.disk(medium))
        host.lba(7, count: 1, 0x20)
        #expect(host.receive(.dword) == medium.sector(7))
    }

    @Test func chsAddressesFollowTheTranslation() {
        let host = Host(Host.disk(medium))
        host.registers(count: 1, 5, 3, 0, device: 0xA2)
        host.command(0x20)
        #expect(number(of: host.receive()) == (3 * 16 + 2) * 63 + 4)
        // INITIALIZE DEVICE PARAMETERS: 4 heads, 17 sectors.
        host.registers(count: 17, 0, 0, 0, device: 0xA3)
        host.command(0x91)
        host.registers(count: 1, 17, 10, 0, device: 0xA3)
        host.command(0x20)
        #expect(number(of: host.receive()) == (10 * 4 + 3) * 17 + 16)
        host.registers(count: 1, 18, 0, 0, device: 0xA0)
        host.command(0x20)
        #expect(host.status & 0x09 == 0x01 && host.error == 0x10)
    }

    @Test func sectorsAreWrittenAndFlushed() {
        let host = Host(Host.disk(medium))
        let data = (0..<3 * 512).map { UInt8(truncatingIfNeeded: $0 * 7) }
        host.lba(20, count: 3, 0x30)
        #expect(host.interrupts == 0 && host.status == 0x58)
        host.send(data)
        #expect(host.status == 0x50)
        #expect(Array(medium.bytes[20 * 512..<23 * 512]) == data && number(of: medium.sector(23)) == 23)
        host.command(0xE7)
        #expect(host.status == 0x50 && medium.flushCount == 1)
    }

    @Test func fortyEightBitCommandsMoveMoreThanOneChunk() {
        let host = Host(Host.disk(medium))
        host.lba48(300, count: 700, 0x24)
        let data = host.receive()
        #expect(data.count == 700 * 512 && number(of: data, at: 699 * 512) == 999)
        host.lba48(0x1_0000_0000, count: 1, 0x24)
        #expect(host.error == 0x10)
        host.rig.out(0x3F6, 0x80)
        #expect(host.rig.inp(0x1F4) == 1)
        host.lba48(5000, count: 600, 0x34)
        host.send([UInt8](repeating: 0xA5, count: 600 * 512))
        #expect(host.status == 0x50)
        #expect(Array(medium.bytes[5000 * 512..<5600 * 512]) == [UInt8](repeating: 0xA5, count: 600 * 512))
    }

    @Test func multipleMovesBlocksPerInterrupt() {
        let host = Host(Host.disk(medium))
        host.lba(0, count: 8, 0xC4)
        #expect(host.error == 4)
        host.lba(0, count: 8, 0xC6)
        let before = host.interrupts
        host.lba(50, count: 20, 0xC4)
        var data = host.receive(block: 8 * 512)
        #expect(host.interrupts == before + 3)
        data.removeLast(data.count - 20 * 512)
        #expect(data == Array(medium.bytes[50 * 512..<70 * 512]))
        host.lba(0, count: 3, 0xC6)
        #expect(host.error == 4)
    }

    @Test func errorsAreReportedAndTheNextCommandWorks() {
        let host = Host(Host.disk(MemoryMedium(sectors: 2000, readOnly: true, badSector: 77)))
        host.lba(77, count: 1, 0x20)
        #expect(host.status == 0x51 && host.error == 0x40 && host.rig.inp(0x1F3) == 77)
        host.lba(1999, count: 2, 0x20)
        #expect(host.status == 0x51 && host.error == 0x10)
        host.lba(0, count: 1, 0x30)
        host.send([UInt8](repeating: 0, count: 512))
        #expect(host.status == 0x51 && host.error == 0x04)
        host.lba(0, count: 1, 0xB0)
        #expect(host.error == 0x04)
        host.lba(1, count: 1, 0x20)
        #expect(number(of: host.receive()) == 1)
    }

    @Test func aResetEndsACommandAndItsLateAnswerIsIgnored() {
        let host = Host(Host.disk(medium))
        host.registers(count: 1, 9, 0, 0, device: 0xE0)
        host.rig.out(0x1F7, 0x20)
        #expect(host.status & 0x80 != 0)
        host.rig.out(0x3F6, 4)
        host.rig.out(0x3F6, 0)
        host.rig.settle()
        #expect(host.status == 0x50 && host.interrupts == 0)
        host.lba(9, count: 1, 0x20)
        #expect(number(of: host.receive()) == 9)
    }

    @Test func interruptsAreMaskedByNIENAndClearedByStatus() {
        let host = Host(Host.disk(medium))
        host.rig.out(0x3F6, 2)
        host.lba(0, count: 1, 0x40)
        #expect(host.interrupts == 0)
        host.rig.out(0x3F6, 0)
        #expect(host.interrupts == 1 && host.rig.inp(0x3F6) == 0x50 && host.rig.edges.levels[14] == true)
        _ = host.status
        #expect(host.rig.edges.levels[14] == false)
    }

    @Test func aStateTakenInsideATransferGoesOn() throws {
        let host = Host(Host.disk(medium)), other = Host(Host.disk(medium))
        host.lba(100, count: 3, 0x20)
        var data: [UInt8] = []
        for _ in 0..<300 {
            let value = host.rig.inp(0x1F0, .word)
            data += [UInt8(value & 0xFF), UInt8(value >> 8)]
        }
        let from = try #require(host.channel.drive(0) as? ATADrive), to = try #require(other.channel.drive(0) as? ATADrive)
        try to.restore(from.save())
        try other.channel.restore(host.channel.save())
        #expect(other.rig.edges.levels[14] == true)
        for _ in 0..<(3 * 256 - 300) {
            let value = other.rig.inp(0x1F0, .word)
            data += [UInt8(value & 0xFF), UInt8(value >> 8)]
        }
        #expect(data == Array(medium.bytes[100 * 512..<103 * 512]))
        #expect(other.status == 0x50)
    }

    @Test func impossibleStatesAreRefused() throws {
        let drive = ATADrive(StorageRig().port(medium), serial: "1")
        let good = drive.state
        for change: (inout ATADrive.State) -> Void in [
            { $0.heads = 0 }, { $0.sectors = 256 }, { $0.blockSectors = 0 }, { $0.sectorsLeft = -1 }, { $0.request = .read },
            { $0.taskFile.status.insert(.DRQ) },
        ] {
            var bad = good
            change(&bad)
            #expect(throws: SnapshotError.self) { try bad.validate() }
        }
        #expect(throws: Never.self) { try good.validate() }
    }

    @Test func randomAccessesNeverTrapAndResetRestoresOrder() {
        var random = Numbers()
        let host = Host(Host.disk(medium), slave: Host.cd(MemoryMedium(sectors: 64, sectorSize: 2048)))
        for _ in 0..<200_000 {
            let value = random.next()
            let port: UInt16 = value & 15 == 0 ? 0x3F6 : 0x1F0 + UInt16(value >> 4 & 7)
            let width: Width = [.byte, .byte, .word, .dword][Int(value >> 8 & 3)]
            if value & 0x1000 != 0 { host.rig.out(port, Int(value >> 16 & 0xFFFF_FFFF), width) } else { _ = host.rig.inp(port, width) }
            if value >> 60 == 0 { host.rig.settle() }
        }
        host.channel.reset()
        host.rig.settle()
        host.lba(3, count: 1, 0x20)
        #expect(host.receive().count == 512)
    }
}

/// The same numbers in every run.
struct Numbers {
    private var state: UInt64
    init(seed: UInt64 = 0x1234_5678_9ABC_DEF1) { state = seed }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

@Suite struct ATAPITests {
    private let medium = MemoryMedium(sectors: 300, sectorSize: 2048, readOnly: true)

    @Test func identifyAndInquiry() {
        let host = Host(Host.cd(medium))
        host.registers(count: 0, 0, 0, 0, device: 0xA0)
        host.command(0xEC)
        #expect(host.status & 1 == 1 && host.rig.inp(0x1F4) == 0x14 && host.rig.inp(0x1F5) == 0xEB)
        host.command(0xA1)
        let data = host.receive()
        #expect(data.count == 512 && data[0] == 0xC0 && data[1] == 0x85)
        let inquiry = host.packet([0x12, 0, 0, 0, 36])
        #expect(inquiry.count == 36 && inquiry[0] == 5 && String(decoding: inquiry[8..<15], as: UTF8.self) == "VITRINE")
        #expect(host.packet([0x12, 0, 0, 0, 5]).count == 5)
    }

    @Test func blocksAreReadInDRQBlocksOfTheHostsChoice() {
        for limit in [2048, 0xFFFE, 4096, 3000, 0] {
            let host = Host(Host.cd(medium))
            let data = host.packet([0x28, 0, 0, 0, 0, 10, 0, 0, 100], limit: limit)
            #expect(data == Array(medium.bytes[10 * 2048..<110 * 2048]))
        }
        let host = Host(Host.cd(medium))
        #expect(host.packet([0xA8, 0, 0, 0, 1, 0, 0, 0, 0, 2]) == Array(medium.bytes[256 * 2048..<258 * 2048]))
        #expect(host.packet([0x25]) == [0, 0, 1, 43, 0, 0, 8, 0])
        #expect(host.packet([0x28, 0, 0, 0, 1, 43, 0, 0, 2]) == [] && host.status == 0x51)
        #expect(host.sense() == [5, 0x21])
        #expect(host.sense() == [0, 0])
    }

    @Test func aMediumOf512ByteSectorsIsReadInBlocks() {
        let small = MemoryMedium(sectors: 64, sectorSize: 512, readOnly: true)
        let host = Host(Host.cd(small))
        #expect(host.packet([0x28, 0, 0, 0, 0, 3, 0, 0, 1]) == Array(small.bytes[3 * 2048..<4 * 2048]))
    }

    @Test func readCDAddsHeaders() {
        let host = Host(Host.cd(medium))
        let raw = host.packet([0xBE, 0, 0, 0, 0, 2, 0, 0, 1, 0xF8])
        #expect(raw.count == 2352 && Array(raw[12..<16]) == [0, 2, 2, 1] && Array(raw[16..<2064]) == medium.sector(2))
        #expect(host.packet([0xBE, 0, 0, 0, 0, 2, 0, 0, 1, 0x10]) == medium.sector(2))
        let header = Array(host.packet([0xBE, 0, 0, 0, 0, 100, 0, 0, 1, 0xF8])[12..<16])
        #expect(header == [0, 0x03, 0x25, 1], "block 100 is frame 25 of the fourth second, in BCD")
    }

    @Test func anEmptyDriveSaysSoAndAChangedMediumIsAnnouncedOnce() throws {
        let host = Host(Host.cd(nil))
        let drive = try #require(host.channel.drive(0) as? ATAPIDrive)
        #expect(host.packet([0]) == [] && host.status == 0x51 && host.error >> 4 == 2)
        #expect(host.sense() == [2, 0x3A])
        drive.port.change(medium)
        #expect(host.packet([0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8]) == [0, 6, 4, 0x10, 2, 2, 0, 0])
        #expect(host.packet([0]) == [] && host.status == 0x51)
        #expect(host.sense() == [6, 0x28])
        #expect(host.packet([0]) == [] && host.status == 0x50)
        drive.port.change(nil)
        #expect(host.packet([0x28, 0, 0, 0, 0, 0, 0, 0, 1]) == [] && host.sense() == [2, 0x3A])
    }

    @Test func theTrayOpensUnlessLocked() {
        let host = Host(Host.cd(medium))
        _ = host.packet([0x1E, 0, 0, 0, 1])
        _ = host.packet([0x1B, 0, 0, 0, 2])
        #expect(host.sense() == [5, 0x53])
        _ = host.packet([0x1E, 0, 0, 0, 0])
        _ = host.packet([0x1B, 0, 0, 0, 2])
        _ = host.packet([0])
        #expect(host.sense() == [2, 0x3A])
        _ = host.packet([0x1B, 0, 0, 0, 3])
        _ = host.packet([0])
        #expect(host.sense() == [6, 0x28])
        #expect(host.packet([0x28, 0, 0, 0, 0, 5, 0, 0, 1]) == medium.sector(5))
    }

    @Test func tableOfContentsModePagesAndFeatures() {
        let host = Host(Host.cd(medium))
        #expect(host.packet([0x43, 0, 0, 0, 0, 0, 0, 0, 12]) == [0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0])
        #expect(host.packet([0x43, 2, 0, 0, 0, 0, 0xAA, 0, 20]) == [0, 10, 1, 1, 0, 0x14, 0xAA, 0, 0, 0, 6, 0])
        let page = host.packet([0x5A, 0, 0x2A, 0, 0, 0, 0, 0, 128])
        #expect(page.count == 28 && page[1] == 26 && page[8] == 0x2A && page[9] == 18)
        let configuration = host.packet([0x46, 0, 0, 0, 0, 0, 0, 0, 200])
        #expect(Array(configuration[4..<8]) == [0, 0, 0, 8] && Int(configuration[3]) == configuration.count - 4)
        _ = host.packet([0x5A, 0, 0x11, 0, 0, 0, 0, 0, 128])
        #expect(host.sense() == [5, 0x24])
        _ = host.packet([0xFF])
        #expect(host.sense() == [5, 0x20])
    }

    @Test func aStateTakenInsideATransferGoesOn() throws {
        let host = Host(Host.cd(medium)), other = Host(Host.cd(medium))
        host.registers(count: 0, 0, 0, 8, device: 0xA0)
        host.rig.out(0x1F7, 0xA0)
        host.send([0x28, 0, 0, 0, 0, 1, 0, 0, 40, 0, 0, 0])
        for _ in 0..<100 { _ = host.rig.inp(0x1F0, .word) }
        let from = try #require(host.channel.drive(0) as? ATAPIDrive), to = try #require(other.channel.drive(0) as? ATAPIDrive)
        try to.restore(from.save())
        try other.channel.restore(host.channel.save())
        for _ in 0..<(1024 - 100) { _ = other.rig.inp(0x1F0, .word) }
        #expect(other.receive(block: 2048) == Array(medium.bytes[2 * 2048..<41 * 2048]))
    }
}
