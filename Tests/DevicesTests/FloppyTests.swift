import HostMemory
import Testing

@testable import Bus
@testable import Devices

/// A controller at its usual ports with memory behind DMA channel 2, as a driver sees it.
private final class Host {
    let rig = StorageRig()
    let memory: MemoryMap
    let ram: Region
    let dma: DMAController
    let floppy: FloppyController
    let drives: [BlockPort?]

    /// - Parameter media: one for each drive; nil is an empty one.
    init(_ media: [MemoryMedium?]) throws {
        memory = try MemoryMap()
        ram = try Region("ram", size: 1 << 20)
        memory.map("RAM", ram: ram, at: 0, length: ram.size)
        dma = DMAController(memory: memory)
        let rig = rig
        drives = media.map { rig.port($0) }
        floppy = FloppyController(irq: rig.line(6), dma: dma.lines[2], clock: rig.clock.port("floppy"), drives: drives)
        rig.ports.attach(floppy, 0x3F0...0x3F5, "floppy")
        rig.ports.attach(floppy, 0x3F7...0x3F7, "floppy", offset: 7)
        rig.ports.attach(dma, 0x00...0x0F, "DMA")
        rig.ports.attach(dma, 0x80...0x8F, "DMA pages", offset: 0x80)
    }

    /// As after a driver's set-up: running, motors on, 500 kbit/s, interrupts of the reset asked for.
    static func started(_ media: MemoryMedium?...) throws -> Host {
        let host = try Host(media)
        host.rig.out(0x3F2, 0x3C)
        host.wait()
        for unit in 0..<4 { #expect(host.command([8]) == [0xC0 | unit, 0]) }
        host.rig.out(0x3F7, 0)
        _ = host.command([3, 0xAF, 2])
        return host
    }

    var status: Int { rig.inp(0x3F4) }
    var interrupts: Int { rig.edges.rises[6] ?? 0 }
    var isInterrupting: Bool { rig.edges.levels[6] ?? false }

    /// Lets 100 ms go by.
    func wait() {
        for _ in 0..<1000 {
            rig.time.now += 100_000
            rig.clock.runDue()
        }
    }

    func send(_ bytes: [Int]) {
        for byte in bytes {
            #expect(status & 0xC0 == 0x80)
            rig.out(0x3F5, byte)
        }
    }
    func result() -> [Int] {
        var bytes: [Int] = []
        while status & 0xD0 == 0xD0 { bytes.append(rig.inp(0x3F5)) }
        return bytes
    }
    func command(_ bytes: [Int]) -> [Int] {
        send(bytes)
        wait()
        return result()
    }
    /// A seek or recalibration, up to what SENSE INTERRUPT STATUS says.
    func seek(_ bytes: [Int]) -> [Int] {
        let before = interrupts
        #expect(command(bytes) == [] && interrupts == before + 1 && isInterrupting)
        return command([8])
    }
    /// Channel 2 for `count` bytes at `address`.
    func program(_ count: Int, at address: Int = 0x8000, mode: Int = 0x46) {
        rig.out(0x0A, 6)
        rig.out(0x0C, 0)
        for byte in [address & 0xFF, address >> 8 & 0xFF] { rig.out(0x04, byte) }
        for byte in [(count - 1) & 0xFF, (count - 1) >> 8] { rig.out(0x05, byte) }
        rig.out(0x81, address >> 16)
        rig.out(0x0B, mode)
        rig.out(0x0A, 2)
    }
    func readCommand(_ code: Int, _ c: Int, _ h: Int, _ r: Int, eot: Int, unit: Int = 0, last: Int = 0xFF) -> [Int] {
        [code, h << 2 | unit, c, h, r, 2, eot, 0x1B, last]
    }
    func bytes(_ count: Int, at address: Int = 0x8000) -> [UInt8] { ram.slice(at: address, count: count) }
}

private func sectors(_ medium: MemoryMedium, _ range: Range<Int>) -> [UInt8] { Array(medium.bytes[range.lowerBound * 512..<range.upperBound * 512]) }

@Suite struct FloppyTests {
    private let medium = MemoryMedium(sectors: 2880)

    @Test func aResetInterruptsOnceAndReportsFourDrives() throws {
        let host = try Host([medium])
        #expect(host.status == 0 && host.interrupts == 0)
        host.rig.out(0x3F2, 0x0C)
        #expect(host.status == 0 && host.interrupts == 0)
        host.wait()
        #expect(host.status == 0x80 && host.interrupts == 1)
        for unit in 0..<4 { #expect(host.command([8]) == [0xC0 | unit, 0] && !host.isInterrupting) }
        #expect(host.command([8]) == [0x80])
        // DSR's reset bit clears itself; with polling off nothing is reported.
        host.rig.out(0x3F4, 0x80)
        host.wait()
        #expect(host.interrupts == 2 && host.rig.inp(0x3F2) == 0x0C)
        #expect(host.seek([7, 0]) == [0x20, 0])
        _ = host.command([0x13, 0, 0x10, 0])
        host.rig.out(0x3F4, 0x80)
        host.wait()
        // POLL is not locked: the reset set it back.
        #expect(host.command([8]) == [0xC0, 0])
    }

    @Test func interruptsReachTheBusOnlyThroughDMAGATE() throws {
        let host = try Host([medium])
        host.rig.out(0x3F2, 0x04)
        host.wait()
        #expect(host.interrupts == 0)
        host.rig.out(0x3F2, 0x0C)
        #expect(host.interrupts == 1)
    }

    @Test func theIdentityOfThePart() throws {
        let host = try Host.started(medium)
        #expect(host.command([0x10]) == [0x90])
        #expect(host.command([0x18]) == [0x80])
        #expect(host.command([0x11]) == [0x80])
        #expect(host.command([0x13, 0, 0x57, 5]) == [])
        #expect(host.command([0x12, 0x84]) == [])
        #expect(host.command([0x94]) == [0x10])
        #expect(host.command([0x0E]) == [0, 0, 0, 0, 0xAF, 2, 0, 0x84, 0x57, 5])
        // A software reset spares what is locked, and D0–D3 of PERPENDICULAR MODE.
        _ = host.command([0x12, 3])
        host.rig.out(0x3F4, 0x80)
        host.wait()
        #expect(host.command([0x0E]) == [0, 0, 0, 0, 0xAF, 2, 0, 0x84, 0x47, 5])
        #expect(host.command([0x14]) == [0])
        host.rig.out(0x3F4, 0x80)
        host.wait()
        #expect(host.command([0x0E]) == [0, 0, 0, 0, 0xAF, 2, 0, 0x04, 0x60, 0])
    }

    @Test func seeksReportTheCylinder() throws {
        let host = try Host.started(medium, nil)
        host.send([0x0F, 0, 40])
        #expect(host.status == 0x81)
        host.wait()
        #expect(host.status == 0x80 && host.command([4, 0]) == [0x28] && host.command([8]) == [0x20, 40])
        #expect(host.seek([0xCF, 0, 5]) == [0x20, 45])
        #expect(host.seek([0x8F, 0, 45]) == [0x20, 0])
        #expect(host.command([4, 4]) == [0x3C])
        // Two drives seek at once: one interrupt after the other.
        host.send([0x0F, 0, 3, 0x0F, 1, 9])
        #expect(host.status == 0x83)
        host.wait()
        #expect(host.command([8]) == [0x20, 3] && host.isInterrupting)
        #expect(host.command([8]) == [0x21, 9] && !host.isInterrupting)
    }

    @Test func recalibratingGivesUpAfter79Steps() throws {
        let host = try Host.started(medium)
        #expect(host.seek([0x0F, 0, 83]) == [0x20, 83])
        #expect(host.seek([7, 0]) == [0x70, 0])
        #expect(host.seek([7, 0]) == [0x20, 0])
        // No such drive: track 0 never comes.
        #expect(host.seek([7, 1]) == [0x71, 0])
        #expect(host.command([4, 1]) == [0x29])
    }

    @Test func sectorsAreReadByDMAUpToTerminalCount() throws {
        let host = try Host.started(medium)
        host.program(3 * 512)
        // EOT lies further on; the result names the sector after the last.
        #expect(host.command(host.readCommand(0xE6, 2, 1, 5, eot: 18)) == [0x04, 0, 0, 2, 1, 8, 2])
        let first = (2 * 2 + 1) * 18 + 4
        #expect(host.bytes(3 * 512) == sectors(medium, first..<first + 3))
        #expect(host.rig.inp(0x08) & 0x04 == 0x04)
        // Terminal count inside a sector.
        host.program(700, at: 0x20000)
        #expect(host.command(host.readCommand(0x46, 0, 0, 1, eot: 18)) == [0, 0, 0, 0, 0, 3, 2])
        #expect(host.bytes(1024, at: 0x20000) == Array(sectors(medium, 0..<2).prefix(700)) + [UInt8](repeating: 0, count: 324))
    }

    @Test func multitrackReadsGoOnOnTheOtherSide() throws {
        let host = try Host.started(medium)
        host.program(20 * 512)
        #expect(host.command(host.readCommand(0xC6, 7, 0, 16, eot: 18)) == [0x04, 0, 0, 7, 1, 18, 2])
        #expect(host.bytes(20 * 512) == sectors(medium, 7 * 36 + 15..<7 * 36 + 35))
        // Up to the very end of the cylinder.
        host.program(512)
        #expect(host.command(host.readCommand(0xC6, 7, 1, 18, eot: 18)) == [0x04, 0, 0, 8, 0, 1, 2])
        host.program(512)
        #expect(host.command(host.readCommand(0xC6, 7, 0, 18, eot: 18)) == [0x04, 0, 0, 7, 1, 1, 2])
        host.program(512)
        #expect(host.command(host.readCommand(0x46, 7, 0, 18, eot: 18)) == [0x00, 0, 0, 8, 0, 1, 2])
        // No terminal count before the end of the cylinder.
        host.program(4 * 512)
        #expect(host.command(host.readCommand(0x46, 7, 0, 17, eot: 18)) == [0x40, 0x80, 0, 8, 0, 1, 2])
    }

    @Test func aChannelThatOpensLateIsWaitedFor() throws {
        let host = try Host.started(medium)
        host.rig.out(0x0A, 6)
        host.send(host.readCommand(0x46, 0, 0, 1, eot: 18))
        host.wait()
        #expect(host.status == 0x10 && !host.isInterrupting)
        host.program(512)
        #expect(host.isInterrupting && host.result() == [0, 0, 0, 0, 0, 2, 2] && host.bytes(512) == medium.sector(0))
        // The 8237's verify transfers count without touching memory.
        host.program(512, at: 0x30000, mode: 0x42)
        #expect(host.command(host.readCommand(0x46, 0, 0, 1, eot: 18)) == [0, 0, 0, 0, 0, 2, 2])
        #expect(host.bytes(512, at: 0x30000) == [UInt8](repeating: 0, count: 512))
    }

    @Test func sectorsAreWritten() throws {
        let host = try Host.started(medium)
        let data = (0..<5 * 512).map { UInt8(truncatingIfNeeded: $0 * 13) }
        host.ram.copy(data, at: 0x8000)
        host.program(5 * 512, mode: 0x4A)
        #expect(host.command(host.readCommand(0xC5, 10, 0, 16, eot: 18)) == [0x04, 0, 0, 10, 1, 3, 2])
        #expect(sectors(medium, 375..<380) == data && medium.sector(380)[0] == 124)
        // Zeros fill what terminal count leaves of a sector.
        host.program(10, mode: 0x4A)
        #expect(host.command(host.readCommand(0x49, 0, 0, 1, eot: 18)) == [0, 0, 0, 0, 0, 2, 2])
        #expect(medium.sector(0) == Array(data.prefix(10)) + [UInt8](repeating: 0, count: 502))
        let locked = try Host.started(MemoryMedium(sectors: 2880, readOnly: true))
        locked.program(512, mode: 0x4A)
        #expect(locked.command(locked.readCommand(0xC5, 0, 0, 1, eot: 18)) == [0x40, 0x02, 0, 0, 0, 1, 2])
        #expect(locked.command([4, 0]) == [0x78])
        #expect(locked.command([0x4D, 0, 2, 18, 0x6C, 0xF6]) == [0x40, 0x02, 0, 0, 0, 0, 2])
    }

    @Test func withoutDMATheFIFOAsksByInterrupt() throws {
        let host = try Host.started(medium)
        _ = host.command([3, 0xAF, 3])
        let before = host.interrupts
        host.send(host.readCommand(0x46, 1, 0, 1, eot: 2))
        host.wait()
        var data: [UInt8] = []
        while host.status & 0xE0 == 0xE0 {
            #expect(host.isInterrupting)
            data.append(UInt8(truncatingIfNeeded: host.rig.inp(0x3F5)))
            if data.count == 512 { host.wait() }
        }
        host.wait()
        #expect(data == sectors(medium, 36..<38) && host.interrupts == before + 1025)
        // Nothing gives a terminal count.
        #expect(host.result() == [0x40, 0x80, 0, 2, 0, 1, 2])
        // With the FIFO, an interrupt for 16 bytes.
        _ = host.command([0x13, 0, 0x4F, 0])
        let between = host.interrupts
        host.send(host.readCommand(0x45, 1, 0, 3, eot: 3))
        host.wait()
        while host.status & 0xE0 == 0xA0 { host.rig.out(0x3F5, 0x77) }
        host.wait()
        #expect(host.interrupts == between + 33 && host.result() == [0x40, 0x80, 0, 2, 0, 1, 2])
        #expect(medium.sector(38) == [UInt8](repeating: 0x77, count: 512) && medium.sector(39)[0] == 39)
    }

    @Test func whatIsNotOnTheMediumIsNotFound() throws {
        let host = try Host.started(medium, nil)
        host.program(512)
        func status(_ command: [Int]) -> [Int] { Array(host.command(command).prefix(3)) }
        #expect(status(host.readCommand(0x46, 0, 0, 19, eot: 19)) == [0x40, 0x04, 0])
        #expect(status(host.readCommand(0x46, 0, 0, 0, eot: 18)) == [0x40, 0x04, 0])
        #expect(status([0x46, 0, 0, 0, 1, 3, 18, 0x1B, 0xFF]) == [0x40, 0x04, 0])
        #expect(status([0x46, 4, 0, 0, 1, 2, 18, 0x1B, 0xFF]) == [0x44, 0x04, 0])
        // Beyond the last cylinder, in FM, at another rate, in an empty drive, without a motor: no address mark at all.
        #expect(status(host.readCommand(0x46, 80, 0, 1, eot: 18)) == [0x40, 0x01, 0])
        #expect(status(host.readCommand(0x06, 0, 0, 1, eot: 18)) == [0x40, 0x01, 0])
        #expect(status(host.readCommand(0x46, 0, 0, 1, eot: 18, unit: 1)) == [0x41, 0x01, 0])
        #expect(status([0x4A, 2]) == [0x42, 0x01, 0])
        for rate in [1, 2, 3, 0] {
            host.rig.out(0x3F7, rate)
            #expect(status([0x4A, 0]) == (rate == 0 ? [0, 0, 0] : [0x40, 0x01, 0]))
        }
        host.rig.out(0x3F2, 0x0C)
        #expect(status([0x4A, 0]) == [0x40, 0x01, 0])
        host.rig.out(0x3F2, 0x1C)
        // Without implied seeks a wrong cylinder is told.
        _ = host.command([0x13, 0, 0, 0])
        #expect(status(host.readCommand(0x46, 5, 0, 1, eot: 18)) == [0x40, 0x04, 0x10])
        let bad = try Host.started(MemoryMedium(sectors: 2880, badSector: 4))
        bad.program(512)
        #expect(bad.command(bad.readCommand(0x46, 0, 0, 5, eot: 18)) == [0x40, 0x20, 0x20, 0, 0, 5, 2])
    }

    @Test(arguments: [(1440, 2, 9), (2880, 0, 18), (5760, 3, 36), (3360, 0, 21), (720, 2, 9)])
    func everyDensityIsReadAtItsRate(_ count: Int, _ rate: Int, _ perTrack: Int) throws {
        let medium = MemoryMedium(sectors: count)
        let host = try Host.started(medium)
        host.rig.out(0x3F7, rate)
        #expect(host.seek([0x0F, 0, 20]) == [0x20, 20])
        // Every name once, then the first again.
        let names = (0..<perTrack + 1).map { _ in host.command([0x4A, 4]) }
        #expect(names.map { $0[5] } == Array(1...perTrack) + [1])
        #expect(names.allSatisfy { Array($0[..<5]) == [4, 0, 0, 20, 1] && $0[6] == 2 })
        host.program(perTrack * 512)
        #expect(host.command(host.readCommand(0x46, 20, 1, 1, eot: perTrack)) == [4, 0, 0, 21, 1, 1, 2])
        #expect(host.bytes(perTrack * 512) == sectors(medium, 41 * perTrack..<42 * perTrack))
    }

    @Test func tracksAreReadFromTheIndexOn() throws {
        let host = try Host.started(medium)
        host.program(3 * 512)
        #expect(host.command(host.readCommand(0x42, 1, 0, 1, eot: 18)) == [0, 0, 0, 1, 0, 4, 2])
        #expect(host.bytes(3 * 512) == sectors(medium, 36..<39))
        host.program(512)
        #expect(host.command(host.readCommand(0x42, 1, 0, 7, eot: 18)) == [0, 4, 0, 1, 0, 2, 2])
        #expect(host.bytes(512) == medium.sector(36))
    }

    @Test func deletedDataIsNotThere() throws {
        let host = try Host.started(medium)
        host.program(4 * 512)
        #expect(host.command(host.readCommand(0x4C, 0, 0, 2, eot: 18)) == [0, 0, 0x40, 0, 0, 3, 2])
        #expect(host.bytes(1024) == medium.sector(1) + [UInt8](repeating: 0, count: 512))
        #expect(host.command(host.readCommand(0x6C, 0, 0, 2, eot: 18)) == [0x40, 0x80, 0x40, 1, 0, 1, 2])
    }

    @Test func verifyReadsWithoutTheHost() throws {
        let host = try Host.started(MemoryMedium(sectors: 2880, badSector: 30))
        #expect(host.command(host.readCommand(0x56, 0, 0, 1, eot: 18)) == [0, 0, 0, 1, 0, 1, 2])
        // EC: SC sectors, over both sides with MT.
        #expect(host.command([0xD6, 0x80, 0, 0, 15, 2, 18, 0x1B, 6]) == [4, 0, 0, 0, 1, 3, 2])
        #expect(host.command([0x56, 0x80, 0, 0, 15, 2, 18, 0x1B, 6]) == [0x40, 0x80, 0, 1, 0, 1, 2])
        #expect(Array(host.command([0xD6, 0x80, 0, 0, 1, 2, 18, 0x1B, 0]).prefix(3)) == [0x44, 0x20, 0x20])
    }

    @Test func tracksAreFormattedAsTheyAre() throws {
        let host = try Host.started(medium)
        func format(_ ids: [[UInt8]]) -> [Int] {
            host.ram.copy(ids.flatMap { $0 }, at: 0x8000)
            host.program(ids.count * 4, mode: 0x4A)
            return Array(host.command([0x4D, 4, 2, ids.count, 0x6C, 0xF6]).prefix(2))
        }
        let interleaved: [[UInt8]] = (0..<18).map { [9, 1, UInt8($0 * 5 % 18 + 1), 2] }
        #expect(format(interleaved) == [4, 0])
        #expect(sectors(medium, 19 * 18..<20 * 18).allSatisfy { $0 == 0xF6 })
        #expect(medium.sector(19 * 18 - 1)[1] == 1 && medium.sector(20 * 18)[1] == 1)
        // Another layout than the image has.
        #expect(format((0..<9).map { [9, 1, UInt8($0 + 1), 2] }) == [0x44, 4])
        #expect(format((0..<18).map { [9, 1, UInt8($0 + 1), 3] }) == [0x44, 4])
    }

    @Test func theChangeLineFallsWithAStepOnceAMediumIsIn() throws {
        let host = try Host.started(nil, medium)
        func line(_ unit: Int) -> Bool {
            host.rig.out(0x3F2, 0x3C | unit)
            return host.rig.inp(0x3F7) & 0x80 != 0
        }
        #expect(line(0) && line(1) && !line(2))
        _ = host.seek([0x0F, 0, 5])
        _ = host.seek([0x0F, 1, 5])
        #expect(line(0) && !line(1))
        host.drives[1]?.change(MemoryMedium(sectors: 1440))
        #expect(line(1))
        // No step, no news.
        _ = host.seek([0x0F, 1, 5])
        #expect(line(1))
        _ = host.seek([7, 1])
        #expect(!line(1))
        host.drives[1]?.change(nil)
        _ = host.seek([0x0F, 1, 5])
        #expect(line(1))
    }

    @Test func aResetEndsACommandAndItsLateAnswerIsIgnored() throws {
        let host = try Host.started(medium)
        host.program(512)
        host.send(host.readCommand(0x46, 0, 0, 1, eot: 18))
        host.rig.time.now += 50_000
        host.rig.clock.runDue()
        #expect(host.drives[0]?.isBusy == true)
        let before = host.interrupts
        host.rig.out(0x3F2, 0)
        host.wait()
        #expect(host.status == 0 && host.interrupts == before)
        host.rig.out(0x3F2, 0x1C)
        host.wait()
        #expect(host.interrupts == before + 1 && host.command([8]) == [0xC0, 0])
        #expect(host.bytes(512) == [UInt8](repeating: 0, count: 512))
        host.program(512)
        #expect(host.command(host.readCommand(0x46, 0, 0, 2, eot: 18)) == [0, 0, 0, 0, 0, 3, 2])
    }

    @Test func aStateTakenInsideATransferGoesOn() throws {
        let host = try Host.started(medium), other = try Host.started(medium)
        _ = host.command([3, 0xAF, 3])
        host.send(host.readCommand(0x46, 3, 0, 4, eot: 18))
        host.wait()
        for _ in 0..<200 { _ = host.rig.inp(0x3F5) }
        try other.floppy.restore(host.floppy.save())
        #expect(other.isInterrupting && other.status == 0xF0)
        let rest = (200..<512).map { _ in UInt8(truncatingIfNeeded: other.rig.inp(0x3F5)) }
        #expect(rest == Array(medium.sector(3 * 36 + 3)[200...]))
        other.wait()
        #expect(other.status == 0xF0)
    }

    @Test func impossibleStatesAreRefused() throws {
        let floppy = try Host([medium]).floppy
        let good = floppy.state
        for change: (inout FloppyController.State) -> Void in [
            { $0.drives.removeLast() }, { $0.drives[3].track = 84 }, { $0.side = 2 }, { $0.request = .read }, { $0.command = [7] },
            { $0.phase = .execution }, { ($0.phase, $0.command) = (.execution, [7, 0]) }, { $0.phase = .result }, { $0.result = [0] },
            { ($0.phase, $0.command) = (.command, [7, 0]) }, { ($0.phase, $0.command) = (.command, [0x11]) }, { $0.buffer = [1] },
            { ($0.phase, $0.command, $0.direction) = (.execution, [0x4A, 0], .toHost) }, { $0.specified = [] }, { $0.position = -1 },
        ] {
            var bad = good
            change(&bad)
            #expect(throws: SnapshotError.self) { try bad.validate() }
        }
        #expect(throws: Never.self) { try good.validate() }
    }
}
