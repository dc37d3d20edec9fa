import Testing

@testable import Bus
@testable import Devices

@Suite struct MouseTests {
    private struct Packet: Equatable {
        var dx, dy, dz: Int
        var buttons: UInt8
    }

    /// A guest's arrow on a screen: it stops at the borders.
    private struct Arrow {
        let width, height: Int
        /// How the driver turns a packet's count into pixels.
        var acceleration: (Int) -> Int = { $0 }
        var x = 300, y = 200
        var buttons: UInt8 = 0
        var presses: [[Int]] = []
        mutating func move(_ packet: Packet) {
            x = min(max(x + acceleration(packet.dx), 0), width - 1)
            y = min(max(y - acceleration(packet.dy), 0), height - 1)
            if packet.buttons != buttons { presses.append([x, y, Int(packet.buttons)]) }
            buttons = packet.buttons
        }
    }

    private final class Bench {
        let rig: ChipRig
        let mouse: Mouse
        init(enabled: Bool = true, wheel: Bool = false) throws {
            rig = try ChipRig()
            mouse = Mouse(clock: rig.clock.port("mouse"))
            if wheel { for byte: UInt8 in [0xF3, 200, 0xF3, 100, 0xF3, 80] { mouse.receive(byte) } }
            if enabled { mouse.receive(0xF4) }
            _ = drain(mouse)
        }

        /// Everything the mouse has to tell, at its own pace.
        func packets() -> [Packet] {
            var packets: [Packet] = []
            let length = mouse.state.id == 3 ? 4 : 3
            while mouse.hasOutput || rig.clock.nextDeadline != nil {
                let bytes = drain(mouse).map(Int.init)
                for start in stride(from: 0, to: bytes.count - bytes.count % length, by: length) {
                    let flags = bytes[start]
                    packets.append(
                        Packet(
                            dx: bytes[start + 1] - (flags & 0x10 != 0 ? 256 : 0), dy: bytes[start + 2] - (flags & 0x20 != 0 ? 256 : 0),
                            dz: length == 4 ? Int(Int8(truncatingIfNeeded: bytes[start + 3])) : 0, buttons: UInt8(flags & 7)))
                    #expect(flags & 0xC8 == 0x08, "no overflow, bit 3 set")
                }
                if let due = rig.clock.nextDeadline { rig.pass(due > rig.time.now ? due - rig.time.now : 0) }
            }
            return packets
        }
    }

    private struct Random {
        var seed: UInt64
        mutating func next(_ below: UInt64) -> UInt64 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (seed >> 33) % below
        }
    }

    @Test(
        arguments: [
            ([0xF2], [0xFA, 0x00]), ([0xFF], [0xFA, 0xAA, 0x00]), ([0xE9], [0xFA, 0x00, 0x02, 100]), ([0xE8, 3, 0xE9], [0xFA, 0x00, 0x03, 100]),
            ([0xF3, 200, 0xE7, 0xF4, 0xE9], [0xFA, 0x30, 0x02, 200]), ([0xF0, 0xE9], [0xFA, 0x40, 0x02, 100]), ([0xE1], [0xFE]),
            ([0xF3, 200, 0xF3, 100, 0xF3, 80, 0xF2], [0xFA, 0x03]), ([0xF3, 200, 0xF3, 200, 0xF3, 80, 0xF2], [0xFA, 0x00]),
            ([0xEE, 0xF2], [0xF2]), ([0xEE, 0xEC, 0xF2], [0xFA, 0x00]), ([0xF3, 200, 0xF3, 100, 0xF3, 80, 0xFF, 0xF2], [0xFA, 0x00]),
            ([0xF2, 0xFE], [0xFA, 0x00, 0xFA, 0x00]),
        ] as [([UInt8], [UInt8])])
    func commands(sent: [UInt8], answer: [UInt8]) throws {
        let bench = try Bench(enabled: false)
        for (index, byte) in sent.enumerated() {
            if index == sent.count - 1 && byte != 0xFE { _ = drain(bench.mouse) }
            bench.mouse.receive(byte)
        }
        #expect(bench.mouse.isAnswering)
        #expect(drain(bench.mouse) == answer)
    }

    @Test func nothingIsSaidBeforeItIsEnabled() throws {
        let bench = try Bench(enabled: false)
        bench.mouse.motion(dx: 5, dy: 5, buttons: .left)
        bench.mouse.pointer(x: 1, y: 1, buttons: .left, width: 640, height: 480)
        #expect(bench.packets().isEmpty)
    }

    @Test func packetsCountUpward() throws {
        let bench = try Bench()
        bench.mouse.motion(dx: 3, dy: 4, buttons: [])
        #expect(bench.packets() == [Packet(dx: 3, dy: -4, dz: 0, buttons: 0)])
    }

    @Test func longMotionComesInPieces() throws {
        let bench = try Bench()
        bench.mouse.motion(dx: -700, dy: 300, buttons: [])
        #expect(bench.packets().map { [$0.dx, $0.dy] } == [[-255, -255], [-255, -45], [-190, 0]])
    }

    @Test func theWheel() throws {
        let bench = try Bench(wheel: true)
        bench.mouse.wheel(1)
        bench.mouse.wheel(-12)
        #expect(bench.packets().map(\.dz).reduce(0, +) == 11, "positive is toward the person")
        let plain = try Bench()
        plain.mouse.wheel(1)
        #expect(plain.packets().isEmpty)
    }

    @Test func theSampleRateSpacesPackets() throws {
        let bench = try Bench(enabled: false)
        for byte: UInt8 in [0xF3, 40, 0xF4] { bench.mouse.receive(byte) }
        _ = drain(bench.mouse)
        bench.rig.time.now = 1_000_000_000
        bench.mouse.motion(dx: 1000, dy: 0, buttons: [])
        let count = bench.packets().count
        #expect(bench.rig.time.now == 1_000_000_000 + UInt64(count - 1) * 25_000_000)
    }

    @Test func motionBetweenPacketsAddsUp() throws {
        let bench = try Bench()
        for _ in 0..<10 { bench.mouse.motion(dx: 3, dy: 0, buttons: []) }
        #expect(bench.packets().map(\.dx) == [3, 27])
    }

    @Test func remoteModeAnswersWhenAsked() throws {
        let bench = try Bench()
        bench.mouse.receive(0xF0)
        _ = drain(bench.mouse)
        bench.mouse.motion(dx: 7, dy: 0, buttons: [])
        #expect(!bench.mouse.hasOutput)
        bench.mouse.receive(0xEB)
        #expect(drain(bench.mouse) == [0xFA, 0x08, 7, 0])
    }

    /// Whatever the positions and however the guest's reading lags, the arrow ends where the last one says.
    @Test(arguments: [(640, 480, 1), (1024, 768, 2), (640, 400, 3), (320, 200, 4)] as [(Int, Int, UInt64)])
    func theArrowFollowsPositions(width: Int, height: Int, seed: UInt64) throws {
        let bench = try Bench()
        var arrow = Arrow(width: width, height: height), random = Random(seed: seed)
        for round in 0..<50 {
            var x: UInt16 = 0, y: UInt16 = 0
            for _ in 0...random.next(8) {
                (x, y) = (UInt16(random.next(65536)), UInt16(random.next(65536)))
                if random.next(4) == 0 { x = random.next(2) == 0 ? 0 : 65535 }
                if random.next(4) == 0 { y = random.next(2) == 0 ? 0 : 65535 }
                bench.mouse.pointer(x: x, y: y, buttons: [], width: width, height: height)
            }
            for packet in bench.packets() { arrow.move(packet) }
            let target = [(Int(x) * (width - 1) + 32767) / 65535, (Int(y) * (height - 1) + 32767) / 65535]
            #expect([arrow.x, arrow.y] == target, "round \(round)")
        }
    }

    /// Drift that acceleration brought is gone at the border.
    @Test func bordersBringAnAcceleratedArrowBack() throws {
        let bench = try Bench()
        var arrow = Arrow(width: 800, height: 600)
        func go(_ x: UInt16, _ y: UInt16) {
            bench.mouse.pointer(x: x, y: y, buttons: [], width: 800, height: 600)
            for packet in bench.packets() { arrow.move(packet) }
        }
        arrow.acceleration = { abs($0) > 6 ? $0 * 2 : $0 }
        go(20000, 20000)
        #expect(arrow.x > 245, "it has run ahead")
        // Slow motion back does not run as far; the border must be reached all the same.
        for step in stride(from: UInt16(20000), through: 400, by: -400) { go(step, step) }
        #expect(arrow.x > 100)
        go(0, 0)
        #expect([arrow.x, arrow.y] == [0, 0])
        arrow.acceleration = { $0 }
        go(32768, 65535)
        #expect([arrow.x, arrow.y] == [400, 599])
        arrow.x = 700
        go(65535, 32768)
        #expect([arrow.x, arrow.y] == [799, 300])
    }

    @Test func buttonsComeWhereTheMotionEnds() throws {
        let bench = try Bench()
        var arrow = Arrow(width: 640, height: 480)
        bench.mouse.pointer(x: 32768, y: 32768, buttons: .left, width: 640, height: 480)
        bench.mouse.pointer(x: 50000, y: 32768, buttons: .left, width: 640, height: 480)
        bench.mouse.pointer(x: 60000, y: 10000, buttons: [.right, .middle], width: 640, height: 480)
        for packet in bench.packets() { arrow.move(packet) }
        let x = { (value: Int) in (value * 639 + 32767) / 65535 }, y = { (value: Int) in (value * 479 + 32767) / 65535 }
        #expect(arrow.presses == [[x(32768), y(32768), 1], [x(60000), y(10000), 6]])
    }

    @Test(arguments: ["motion", "enable", "size", "cut", "nudge"]) func homesWhenTheEstimateIsLost(reason: String) throws {
        let bench = try Bench()
        var arrow = Arrow(width: 640, height: 480)
        bench.mouse.pointer(x: 30000, y: 30000, buttons: [], width: 640, height: 480)
        for packet in bench.packets() { arrow.move(packet) }
        var size = (640, 480)
        switch reason {
        case "motion": bench.mouse.motion(dx: 50, dy: 50, buttons: [])
        case "enable": bench.mouse.receive(0xF4)
        case "size": size = (800, 600)
        case "nudge": bench.mouse.nudge()
        default:
            bench.rig.pass(20_000_000)
            bench.mouse.pointer(x: 40000, y: 40000, buttons: [], width: 640, height: 480)
            #expect(bench.mouse.send() != nil)
            bench.mouse.receive(0xE6)
        }
        if reason == "enable" || reason == "cut" { _ = drain(bench.mouse) }
        arrow = Arrow(width: size.0, height: size.1, x: 13, y: 250)
        bench.mouse.pointer(x: 0x8000, y: 0x8000, buttons: [], width: size.0, height: size.1)
        for packet in bench.packets() { arrow.move(packet) }
        #expect([arrow.x, arrow.y] == [size.0 / 2, size.1 / 2])
    }

    @Test func nudgesMoveAndStandStill() throws {
        let bench = try Bench()
        var sum = 0
        for _ in 0..<6 {
            bench.mouse.nudge()
            bench.mouse.nudge()
            let packets = bench.packets()
            #expect(packets.allSatisfy { abs($0.dx) == 1 && $0.dy == 0 && $0.buttons == 0 })
            #expect(packets.count == 2 || packets.count == 1)
            sum += packets.map(\.dx).reduce(0, +)
        }
        #expect(abs(sum) <= 1)
    }

    /// A guest that never reads costs no memory, and the state stays one that can be restored.
    @Test func floodsAreBounded() throws {
        let bench = try Bench(wheel: true)
        var random = Random(seed: 9)
        for _ in 0..<2000 {
            bench.mouse.pointer(
                x: UInt16(random.next(65536)), y: UInt16(random.next(65536)), buttons: PointerButtons(rawValue: UInt8(random.next(8))),
                width: 1 << 20, height: 1 << 20)
            bench.mouse.motion(dx: .max, dy: .min + 1, buttons: [])
            bench.mouse.wheel(Int8(truncatingIfNeeded: Int(random.next(256))))
        }
        try expectRoundTrip(bench.mouse)
    }

    @Test func stateSurvives() throws {
        let bench = try Bench(wheel: true)
        bench.mouse.pointer(x: 30000, y: 30000, buttons: .left, width: 640, height: 480)
        _ = bench.mouse.send()
        try expectRoundTrip(bench.mouse)
        bench.mouse.state.knock = []
        let bad = try bench.mouse.save()
        #expect(throws: SnapshotError.self) { try bench.mouse.restore(bad) }
    }
}
