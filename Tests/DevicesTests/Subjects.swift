import HostMemory
import Testing

@testable import Bus
@testable import Devices

/// Every device, as the universal test meets it: named by its type, built on a bench of its own.
struct Subject: Sendable, CustomTestStringConvertible {
    let name: String
    private let build: @Sendable (Bench) throws -> Void

    private init<D: Device>(_ type: D.Type, _ build: @escaping @Sendable (Bench) throws -> Void) {
        name = "\(type)"
        self.build = build
    }

    var testDescription: String { name }
    func make() throws -> Bench {
        let bench = try Bench()
        try build(bench)
        return bench
    }

    static let all: [Subject] = [
        Subject(PIC.self) { bench in
            let pic = PIC()
            pic.onINTR = { bench.pins.intr = $0 }
            bench.devices = [pic]
            bench.ports(pic.master, 0...1)
            bench.ports(pic.slave, 0...1)
            bench.ports(pic.levelControl, 0...1, weight: 1)
            for _ in 0..<4 { bench.event { pic.setLine($0.below(17), $0.below(2) == 0) } }
            bench.access { _ in pic.isRequesting ? UInt32(pic.acknowledge()) : 0xFFFF }
            bench.access { _ in UInt32(pic.acknowledge()) }
        },
        Subject(LocalAPIC.self) { bench in
            let (apic, pic) = localAPIC(on: bench)
            bench.devices = [apic, pic]
            bench.memory(apic, size: 0x1000)
            for _ in 0..<6 { bench.event { apic.writeMemory(UInt32($0.below(64)) << 4, .dword, $0.value()) } }
            for _ in 0..<2 { bench.access { apic.readMemory(UInt32($0.below(64)) << 4, .dword) } }
            bench.event { apic.writeMemory(0xF0, .dword, 0x100 | UInt32($0.below(256))) }
            bench.event { apic.writeMemory(0x320, .dword, UInt32($0.below(2) << 17 | $0.below(256))) }
            bench.event { apic.writeMemory(0x300, .dword, UInt32(0x4_0000 | $0.below(8) << 8 | $0.below(256))) }
            bench.event { apic.setLine(1 + $0.below(2), $0.below(2) == 0) }
            bench.event { pic.setLine($0.below(16), $0.below(2) == 0) }
            bench.event { random in
                _ = apic.send(message(&random))
            }
            bench.access { _ in apic.isRequesting ? UInt32(apic.acknowledge()) : 0xFFFF }
            bench.access { random in
                guard random.below(8) == 0 else { return 0 }
                let value = random.below(2) == 0 ? 0xFEE0_0900 : UInt64(random.value()) << UInt64(random.below(12))
                return apic.writeAPICBase(value) ? 1 : 0
            }
            bench.event { $0.below(20) == 0 ? apic.initialize() : () }
        },
        Subject(IOAPIC.self) { bench in
            let (apic, pic) = localAPIC(on: bench)
            let ioAPIC = IOAPIC(bus: apic)
            apic.onEndOfInterrupt = { [unowned ioAPIC] in ioAPIC.endOfInterrupt($0) }
            apic.onEnabled = { [unowned ioAPIC] in ioAPIC.retry() }
            bench.devices = [ioAPIC, apic, pic]
            bench.memory(ioAPIC, size: 0x1000)
            for _ in 0..<3 {
                bench.event { random in
                    ioAPIC.writeMemory(0, .dword, UInt32(random.below(0x42)))
                    ioAPIC.writeMemory(0x10, .dword, random.value() & (random.below(2) == 0 ? 0xFFFE_FFFF : .max))
                }
            }
            bench.access { _ in ioAPIC.readMemory(0x10, .dword) }
            for _ in 0..<3 { bench.event { ioAPIC.setLine($0.below(25), $0.below(2) == 0) } }
            bench.event { apic.writeMemory(0xF0, .dword, 0xFF | UInt32($0.below(8) != 0 ? 0x100 : 0)) }
            bench.event { _ in apic.writeMemory(0xB0, .dword, 0) }
            bench.access { _ in apic.isRequesting ? UInt32(apic.acknowledge()) : 0xFFFF }
        },
        Subject(PIT.self) { bench in
            let pit = PIT(irq: bench.line(0), clock: bench.clock.port("pit"))
            bench.devices = [pit]
            bench.ports(pit, 0...3)
            bench.event { pit.setGate2($0.below(2) == 0) }
            bench.access { pit.output($0.below(3)) ? 1 : 0 }
        },
        Subject(RTC.self) { bench in
            let rtc = RTC(irq: bench.line(8), clock: bench.clock.port("rtc"), startTime: 1_700_000_000)
            bench.devices = [rtc]
            bench.ports(rtc, 0...1)
            // The registers that do more than keep a byte.
            bench.event { rtc.writePort(0, .byte, UInt32($0.below(16))) }
            bench.event { $0.below(8) == 0 ? bench.time.now += 500_000_000 : () }
        },
        Subject(SystemControl.self) { bench in
            let pit = PIT(irq: bench.line(0), clock: bench.clock.port("pit"))
            let control = SystemControl(pit: pit, clock: bench.clock.port("system control"), memory: bench.memory, pins: bench.pins)
            bench.devices = [control, pit]
            bench.ports(control, 0...0)
            bench.ports(control, 0x31...0x31)
            bench.ports(pit, 0...3, weight: 1)
        },
        Subject(CoprocessorError.self) { bench in
            let error = CoprocessorError(irq: bench.line(13))
            bench.devices = [error]
            bench.ports(error, 0...0)
            bench.event { error.setError($0.below(2) == 0) }
        },
        Subject(DMAController.self) { bench in
            let dma = DMAController(memory: bench.memory)
            bench.devices = [dma]
            bench.ports(dma, 0x00...0x0F)
            bench.ports(dma, 0x80...0x8F)
            bench.ports(dma, 0xC0...0xDF)
            bench.access { random in
                let line = dma.lines[random.below(8)]
                switch random.below(4) {
                case 0: return UInt32(line.available)
                case 1: return UInt32(line.verify(random.below(5000)).count)
                case 2: return line.readFromMemory(random.below(5000)).bytes.reduce(0) { $0 &* 31 &+ UInt32($1) }
                default: return UInt32(line.writeToMemory([UInt8](repeating: 0x5A, count: random.below(70000))).count)
                }
            }
        },
        Subject(UART.self) { bench in
            let uart = UART(irq: bench.line(4), output: nil)
            bench.devices = [uart]
            bench.ports(uart, 0...7)
            bench.event { uart.receive([UInt8](repeating: UInt8($0.below(256)), count: $0.below(40))) }
        },
        Subject(ParallelPort.self) { bench in
            let port = ParallelPort(irq: bench.line(7))
            bench.devices = [port]
            bench.ports(port, 0...2)
        },
        Subject(DebugPort.self) { bench in
            let port = DebugPort(output: nil)
            bench.devices = [port]
            bench.ports(port, 0...0)
        },
        Subject(FirmwareConfig.self) { bench in
            let firmware = FirmwareConfig(memory: bench.memory)
            firmware.set(0x8001, number: 7, bytes: 4)
            for index in 0..<300 { firmware.add(file: "etc/\(index)", [UInt8](repeating: UInt8(index & 0xFF), count: index * 100)) }
            bench.devices = [firmware]
            bench.ports(firmware, 0...11, widest: .dword)
            bench.event { random in
                // A control block: select and read, or skip.
                let block = UInt32(random.below(0xFF000))
                let fields = [UInt32(random.below(0x140)) << 16 | UInt32(random.below(32)), random.value(), 0, UInt32(random.below(0x100000))]
                for (index, field) in fields.enumerated() { bench.memory.write(block + UInt32(index * 4), .dword, field.byteSwapped) }
                firmware.writePort(8, .dword, block.byteSwapped)
            }
        },
        Subject(PCIBus.self) { bench in
            let bus = PCIBus()
            let bridge = PIIX3(outputs: (0..<16).map(bench.line))
            bus.plug(bridge, device: 1)
            bench.devices = [bus, bridge]
            bench.ports(bus, 0...7, widest: .dword)
            bench.event { bus.writePort(0, .dword, 0x8000_0800 | UInt32($0.below(64) * 4)) }
        },
        Subject(I440FX.self) { bench in
            let rom = try bench.region("rom", 0x40000)
            let bridge = I440FX(memory: bench.memory, ram: bench.ram, rom: rom)
            bench.devices = [bridge]
            bench.configuration(bridge)
            bench.event { bridge.setSystemManagement($0.below(2) == 0) }
            bench.access { bench.memory.read(UInt32(0xA0000 + $0.below(0x60000)), .dword) }
            bench.event { bench.memory.write(UInt32(0xA0000 + $0.below(0x60000)), .dword, $0.value()) }
        },
        Subject(PIIX3.self) { bench in
            let bridge = PIIX3(outputs: (0..<16).map(bench.line))
            bench.devices = [bridge]
            bench.configuration(bridge)
            bench.event { bridge.setLine($0.below(34), $0.below(2) == 0) }
            bench.event {
                bridge.configuration.write(0x60 + $0.below(4), UInt8($0.below(16)))
                bridge.configurationChanged(0x60)
            }
        },
        Subject(PIIX4PM.self) { bench in
            let power = PIIX4PM(ports: bench.ports, clock: bench.clock.port("power"), sci: bench.line(9), pins: bench.pins)
            bench.devices = [power]
            bench.configuration(power)
            bench.ports(power, 0...63, widest: .dword)
            bench.ports(power.apm, 0...1)
            bench.event { _ in power.pressPowerButton() }
        },
        Subject(BusMasterIDE.self) { bench in
            let (channel, drives) = channel(on: bench)
            let other = IDEChannel(irq: bench.line(15), master: nil, slave: nil)
            let function = BusMasterIDE(ports: bench.ports, memory: bench.memory, primary: channel, secondary: other)
            bench.devices = [function, channel, other] + drives
            bench.configuration(function)
            bench.ports(function, 0...15, widest: .dword)
            for _ in 0..<4 { bench.event { startCommand(channel, &$0, codes: [0xC8, 0xCA, 0xA0, 0x25]) } }
            bench.event { function.writePort($0.below(2) == 0 ? 0 : 4, .byte, UInt32($0.below(2) * 8 | 1)) }
            bench.event { _ in
                function.configuration.write(4, 7)
                function.configurationChanged(4)
            }
        },
        Subject(IDEChannel.self) { bench in
            let (channel, drives) = channel(on: bench)
            bench.devices = [channel] + drives
            bench.ports(channel, 0...8, widest: .dword)
            for _ in 0..<4 { bench.event { startCommand(channel, &$0, codes: [0x20, 0x30, 0xC4, 0xC5, 0xEC, 0xA0, 0xE7, 0x24, 0x34]) } }
        },
        Subject(ATADrive.self) { bench in
            let drive = ATADrive(bench.drive(MemoryMedium(sectors: 300)), serial: "1")
            let channel = IDEChannel(irq: bench.line(14), master: drive, slave: nil)
            bench.devices = [drive, channel]
            bench.ports(channel, 0...8, widest: .dword)
            for _ in 0..<4 { bench.event { startCommand(channel, &$0, codes: (0...255).map { $0 }) } }
        },
        Subject(ATAPIDrive.self) { bench in
            let port = bench.drive(MemoryMedium(sectors: 64, sectorSize: 2048, readOnly: true))
            let drive = ATAPIDrive(port, serial: "2")
            let channel = IDEChannel(irq: bench.line(14), master: drive, slave: nil)
            bench.devices = [drive, channel]
            bench.ports(channel, 0...8, widest: .dword)
            for _ in 0..<4 { bench.event { startCommand(channel, &$0, codes: [0xA0, 0xA0, 0xA0, 0xA1, 0x08, 0xEF]) } }
        },
        Subject(FloppyController.self) { bench in
            let dma = DMAController(memory: bench.memory)
            let floppy = FloppyController(
                irq: bench.line(6), dma: dma.lines[2], clock: bench.clock.port("floppy"),
                drives: [bench.drive(MemoryMedium(sectors: 2880)), bench.drive(nil)])
            bench.devices = [floppy, dma]
            bench.ports(floppy, 0...5)
            bench.ports(floppy, 7...7, weight: 1)
            bench.ports(dma, 0x00...0x0F, weight: 1)
            bench.event { _ in
                floppy.writePort(2, .byte, 0x1C)
                floppy.writePort(7, .byte, 0)
            }
            bench.event { random in
                dma.writePort(0x0B, .byte, random.below(2) == 0 ? 0x46 : 0x4A)
                dma.writePort(0x0A, .byte, 2)
            }
            for _ in 0..<6 { bench.event { giveCommand(floppy, &$0) } }
        },
        Subject(KeyboardController.self) { bench in
            let pit = PIT(irq: bench.line(0), clock: bench.clock.port("pit"))
            let control = SystemControl(pit: pit, clock: bench.clock.port("system control"), memory: bench.memory, pins: bench.pins)
            let keyboard = Keyboard()
            let mouse = Mouse(clock: bench.clock.port("mouse"))
            let controller = KeyboardController(
                keyboard: keyboard, aux: mouse, keyboardIRQ: bench.line(1), auxIRQ: bench.line(12), system: control, pins: bench.pins,
                clock: bench.clock.port("keyboard controller"))
            bench.devices = [controller, keyboard, mouse, control, pit]
            bench.ports(controller, 0...0)
            bench.ports(controller, 4...4)
            bench.event { keyboard.key(KeyCode(rawValue: UInt8($0.below(256))), down: $0.below(2) == 0) }
            bench.event { mouse.motion(dx: Int32($0.below(600) - 300), dy: Int32($0.below(600) - 300), buttons: []) }
        },
        Subject(Keyboard.self) { bench in
            let keyboard = Keyboard()
            bench.devices = [keyboard]
            bench.access { _ in keyboard.send().map(UInt32.init) ?? 0x100 }
            bench.event { keyboard.receive(UInt8(truncatingIfNeeded: $0.below(2) == 0 ? 0xED + $0.below(19) : $0.below(256))) }
            bench.event { keyboard.key(KeyCode(rawValue: UInt8($0.below(256))), down: $0.below(2) == 0) }
        },
        Subject(Mouse.self) { bench in
            let mouse = Mouse(clock: bench.clock.port("mouse"))
            bench.devices = [mouse]
            bench.access { _ in mouse.send().map(UInt32.init) ?? 0x100 }
            bench.event { mouse.receive(UInt8(truncatingIfNeeded: $0.below(2) == 0 ? 0xE6 + $0.below(26) : $0.below(256))) }
            bench.event { mouse.motion(dx: Int32($0.below(600) - 300), dy: Int32($0.below(600) - 300), buttons: .left) }
            bench.event { mouse.wheel(Int8(truncatingIfNeeded: $0.below(256))) }
            bench.event { mouse.pointer(x: UInt16($0.below(65536)), y: UInt16($0.below(65536)), buttons: [], width: 640, height: 480) }
        },
        Subject(VMwareBackdoor.self) { bench in
            let backdoor = VMwareBackdoor()
            bench.devices = [backdoor]
            bench.access { random in
                let commands: [UInt32] = [0x4541_4552, 0xF5, 0x4C45_5252, 0x5342_4152]
                var registers = GuestRegisters(
                    eax: 0x564D_5868, ebx: random.below(2) == 0 ? commands[random.below(4)] : random.value(),
                    ecx: [10, 39, 40, 41, 86, random.value()][random.below(6)], edx: 0x5658, esi: random.value(), edi: random.value())
                let isAnswered = backdoor.exchange(&registers)
                return registers.eax ^ registers.ebx ^ registers.ecx ^ registers.edx ^ registers.esi ^ registers.edi ^ (isAnswered ? 1 : 0)
            }
            bench.event { backdoor.pointer(x: UInt16($0.below(65536)), y: UInt16($0.below(65536)), buttons: .right) }
            bench.event { backdoor.wheel(Int8(truncatingIfNeeded: $0.below(256))) }
        },
        Subject(VGA.self) { bench in
            let vga = try VGA(display: Display(), clock: bench.clock.port("vga"), memory: bench.memory)
            bench.save(region: vga.vram)
            bench.devices = [vga]
            bench.ports(vga, 0...0x2F, weight: 12)
            bench.ports(vga.vbePorts, 0...1, widest: .word)
            bench.memory(vga, size: 0x20000)
            bench.configuration(vga)
            bench.event { vga.writePort(0x24, .byte, UInt32($0.below(32))) }
            bench.event { vga.vbePorts.writePort(0, .word, UInt32($0.below(12))) }
        },
    ]

    private static func localAPIC(on bench: Bench) -> (LocalAPIC, PIC) {
        let pic = PIC()
        let apic = LocalAPIC(isPresent: true, pic: pic, clock: bench.clock.port("local APIC"), memory: bench.memory)
        apic.pins = bench.pins
        pic.onINTR = { [unowned apic] in apic.setLine(LocalAPIC.Input.lint0, $0) }
        return (apic, pic)
    }

    private static func message(_ random: inout Numbers) -> APICMessage {
        let modes: [APICMessage.Mode] = [.fixed, .lowestPriority, .smi, .nmi, .initialize, .startUp, .external]
        return APICMessage(
            mode: modes[random.below(modes.count)], vector: UInt8(random.below(256)), destination: random.below(2) == 0 ? 0 : 0xFF,
            isLogical: random.below(2) == 0, isLevel: random.below(2) == 0)
    }

    private static func channel(on bench: Bench) -> (IDEChannel, [any Device]) {
        let disk = ATADrive(bench.drive(MemoryMedium(sectors: 300)), serial: "1")
        let cd = ATAPIDrive(bench.drive(MemoryMedium(sectors: 64, sectorSize: 2048, readOnly: true)), serial: "2")
        return (IDEChannel(irq: bench.line(14), master: disk, slave: cd), [disk, cd])
    }

    /// One of `codes` to either drive, at an address that both have; a packet for PACKET.
    private static func startCommand(_ channel: IDEChannel, _ random: inout Numbers, codes: [UInt32]) {
        let code = codes[random.below(codes.count)]
        let device: UInt32 = code == 0xA0 && random.below(4) != 0 ? 0xB0 : 0xE0
        for (port, value) in [
            (6, device), (1, UInt32(random.below(2))), (2, UInt32(random.below(5))), (3, UInt32(random.below(200))), (4, 0), (5, 8),
        ] {
            channel.writePort(UInt16(port), .byte, port == 4 && code != 0xA0 || port == 5 && code != 0xA0 ? 0 : value)
        }
        channel.writePort(7, .byte, code)
        guard code == 0xA0 else { return }
        let packets: [[UInt32]] = [
            [0x28, 0, 0, 10, 0, 0x200, 0], [0xBE, 0, 0, 3, 0, 0x200, 0xF8], [0x12, 0, 36, 0, 0, 0, 0], [0x43, 0, 0, 0, 20, 0, 0],
            [UInt32(random.below(256)), random.value(), random.value(), random.value(), random.value(), random.value(), 0],
        ]
        for word in packets[random.below(packets.count)].prefix(6) { channel.writePort(0, .word, word & 0xFFFF) }
    }

    /// A command with parameters that a medium of 1.44 MB often has; or the rest of a result.
    private static func giveCommand(_ floppy: FloppyController, _ random: inout Numbers) {
        for _ in 0..<10 where floppy.readPort(4, .byte) & 0xD0 == 0xD0 { _ = floppy.readPort(5, .byte) }
        let codes: [UInt32] = [
            0x03, 0x04, 0x07, 0x08, 0x0F, 0x13, 0x46, 0xE6, 0xC5, 0x4A, 0x42, 0x4D, 0x56, 0x0E, 0x8F, 0x14, 0x94, 0x12, 0x4C, 0x49,
        ]
        let code = codes[random.below(codes.count)]
        floppy.writePort(5, .byte, code)
        guard let command = FloppyController.Command(UInt8(code)) else { return }
        let cylinder = UInt32(random.below(82)), side = UInt32(random.below(2))
        for index in 1..<max(command.length, 1) {
            let unit = side << 2 | (random.below(8) == 0 ? 1 : 0)
            floppy.writePort(5, .byte, [0, unit, cylinder, side, UInt32(random.below(19)), 2, UInt32(random.below(19)), 0x1B, 0xFF][index])
        }
    }
}
