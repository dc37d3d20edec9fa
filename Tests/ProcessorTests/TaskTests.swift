import Testing

@testable import Bus
@testable import Processor

/// Hardware task switches between two tasks (SDM Vol. 3A chapter 7). GDT at 800h: 08h code, 10h data, 18h and 20h the TSSs A and B, 28h a task gate
/// to B, 30h an LDT, 38h ring 3 data.
@Suite struct TaskTests {
    static let a: UInt32 = 0x3000, b: UInt32 = 0x3100

    final class Tasks {
        let bench: Bench
        let is32: Bool
        var memory: MemoryMap { bench.memory }
        var e: Execution { bench.e }

        init(is32: Bool = true) throws {
            self.is32 = is32
            bench = try ProtectedModeTests.bench()
            let e = bench.e
            e.s.gdtr.limit = 0x47
            descriptor(0x18, TaskTests.a, is32 ? 0x67 : 0x2B, is32 ? 0x89 : 0x81)
            descriptor(0x20, TaskTests.b, is32 ? 0x67 : 0x2B, is32 ? 0x89 : 0x81)
            memory.write(0x828, [0, 0, 0x20, 0, 0, 0x85, 0, 0])
            descriptor(0x30, 0x4000, 0xF, 0x82)
            memory.write(0x838, [0xFF, 0xFF, 0, 0, 0, 0xF2, 0xCF, 0])
            try e.loadTaskRegister(0x18)
            // Task B: EIP 2000h, ESP 7000h, flat.
            set(.eip, 0x2000)
            set(.eflags, 2)
            set(.esp, 0x7000)
            set(.cs, 8)
            for field in [Field.es, .ss, .ds] { set(field, 0x10) }
            memory.write(0x2000, [0xF4])
            for vector: UInt8 in [10, 11, 12, 13] {
                ProtectedModeTests.gate(bench, vector, 0x2100 + UInt32(vector) * 16)
                memory.write(0x2100 + UInt32(vector) * 16, [0xF4])
            }
        }

        func descriptor(_ selector: UInt32, _ base: UInt32, _ limit: UInt32, _ access: UInt8) {
            memory.write(
                0x800 + selector,
                [
                    UInt8(limit & 0xFF), UInt8(limit >> 8 & 0xFF), UInt8(base & 0xFF), UInt8(base >> 8 & 0xFF), UInt8(base >> 16 & 0xFF), access, 0,
                    0,
                ])
        }

        /// Offsets in a 32-bit and a 16-bit TSS.
        enum Field { case link, eip, eflags, eax, esp, es, cs, ss, ds, fs, ldt, trap }
        private func place(_ field: Field) -> UInt32 {
            switch field {
            case .link: 0
            case .eip: is32 ? 0x20 : 0x0E
            case .eflags: is32 ? 0x24 : 0x10
            case .eax: is32 ? 0x28 : 0x12
            case .esp: is32 ? 0x38 : 0x1A
            case .es: is32 ? 0x48 : 0x22
            case .cs: is32 ? 0x4C : 0x24
            case .ss: is32 ? 0x50 : 0x26
            case .ds: is32 ? 0x54 : 0x28
            case .fs: 0x58
            case .ldt: is32 ? 0x60 : 0x2A
            case .trap: 0x64
            }
        }
        func set(_ field: Field, _ value: UInt32, in task: UInt32 = TaskTests.b) { memory.write(task + place(field), is32 ? .dword : .word, value) }
        func get(_ field: Field, in task: UInt32) -> UInt32 { memory.read(task + place(field), is32 ? .dword : .word) }
        func type(_ selector: UInt32) -> UInt32 { memory.read(0x805 + selector, .byte) & 0xF }

        func run(_ code: [UInt8]) {
            memory.write(0x1000, code + [0xF4])
            e.s.eip = 0x1000
            #expect(bench.run() == .halted)
        }
        /// The vector whose handler halted, with its error code.
        var fault: (vector: UInt32, code: UInt32)? {
            e.s.eip > 0x2100 ? ((e.s.eip - 1 - 0x2100) / 16, memory.read(e.esp, .dword)) : nil
        }
    }

    static let farCallB: [UInt8] = [0x9A, 0, 0, 0, 0, 0x20, 0], farJumpB: [UInt8] = [0xEA, 0, 0, 0, 0, 0x20, 0]

    @Test(arguments: [true, false]) func callAndReturn(is32: Bool) throws {
        let tasks = try Tasks(is32: is32)
        tasks.set(.eax, 0x1234)
        // iret
        tasks.memory.write(0x2000, [0xCF])
        tasks.e.eax = 0x5678
        tasks.run(Self.farCallB)
        // Back in A, B is free again, NT gone from its image.
        #expect(tasks.e.s.eip == 0x1008 && tasks.e.s.tr.selector == 0x18)
        #expect(tasks.e.eax & 0xFFFF == 0x5678)
        #expect(tasks.type(0x18) == (is32 ? 11 : 3) && tasks.type(0x20) == (is32 ? 9 : 1))
        #expect(tasks.get(.eip, in: Self.b) == 0x2001 && tasks.get(.eflags, in: Self.b) & 0x4000 == 0)
        #expect(tasks.get(.link, in: Self.b) & 0xFFFF == 0x18)
        #expect(tasks.e.s.cr0 & 8 != 0)
    }

    @Test func inTheCalledTask() throws {
        let tasks = try Tasks()
        tasks.set(.eax, 0x1234)
        tasks.e.setEFLAGS(0x202)
        tasks.e.s.dr[7] = 0x455
        tasks.run(Self.farCallB)
        #expect(tasks.e.s.eip == 0x2001 && tasks.e.eax == 0x1234 && tasks.e.esp == 0x7000)
        #expect(tasks.e.eflags & 0x4200 == 0x4000)
        #expect(tasks.type(0x18) == 11 && tasks.type(0x20) == 11)
        #expect(tasks.get(.eip, in: Self.a) == 0x1007 && tasks.get(.eflags, in: Self.a) & 0x200 != 0)
        // Local breakpoints end with their task.
        #expect(tasks.e.s.dr[7] & 0x55 == 0)
    }

    @Test func jumpFreesTheOldTask() throws {
        let tasks = try Tasks()
        tasks.run(Self.farJumpB)
        #expect(tasks.e.s.eip == 0x2001 && tasks.e.eflags & 0x4000 == 0)
        #expect(tasks.type(0x18) == 9 && tasks.type(0x20) == 11)
    }

    @Test func throughAGateAndAnInterrupt() throws {
        let tasks = try Tasks()
        tasks.run([0x9A, 0, 0, 0, 0, 0x28, 0])
        #expect(tasks.e.s.eip == 0x2001 && tasks.e.s.tr.selector == 0x20)
        let other = try Tasks()
        other.memory.write(0x900 + 0x18 * 8, [0, 0, 0x20, 0, 0, 0x85, 0, 0])
        other.run([0xCD, 0x18])
        #expect(other.e.s.eip == 0x2001 && other.get(.eip, in: Self.a) == 0x1002)
        // An exception with an error code: it stands on the new task's stack.
        let third = try Tasks()
        third.memory.write(0x900 + 13 * 8, [0, 0, 0x20, 0, 0, 0x85, 0, 0])
        // mov fs,[word 1234h selector]
        third.run([0x66, 0xB8, 0x34, 0x12, 0x8E, 0xE0])
        #expect(third.e.s.eip == 0x2001 && third.memory.read(third.e.esp, .dword) == 0x1234 && third.e.esp == 0x6FFC)
        #expect(third.get(.eip, in: Self.a) == 0x1004)
    }

    /// Before the commit point nothing has changed; behind it the fault is the new task's (table 7-1).
    struct Case: Sendable {
        var what: String
        var change: @Sendable (Tasks) -> Void
        var vector: UInt32
        var code: UInt32
        var isInNewTask: Bool
    }
    static let cases: [Case] = [
        Case(what: "busy", change: { $0.descriptor(0x20, b, 0x67, 0x8B) }, vector: 13, code: 0x20, isInNewTask: false),
        Case(what: "not present", change: { $0.descriptor(0x20, b, 0x67, 0x09) }, vector: 11, code: 0x20, isInNewTask: false),
        Case(what: "too short", change: { $0.descriptor(0x20, b, 0x66, 0x89) }, vector: 10, code: 0x20, isInNewTask: false),
        Case(what: "LDT not an LDT", change: { $0.set(.ldt, 0x10) }, vector: 10, code: 0x10, isInNewTask: true),
        Case(what: "CS null", change: { $0.set(.cs, 0) }, vector: 10, code: 0, isInNewTask: true),
        Case(what: "CS data", change: { $0.set(.cs, 0x10) }, vector: 10, code: 0x10, isInNewTask: true),
        Case(what: "SS null", change: { $0.set(.ss, 0) }, vector: 10, code: 0, isInNewTask: true),
        Case(what: "SS of ring 3", change: { $0.set(.ss, 0x3B) }, vector: 10, code: 0x38, isInNewTask: true),
        Case(what: "DS beyond the table", change: { $0.set(.ds, 0x100) }, vector: 10, code: 0x100, isInNewTask: true),
    ]
    /// The handler is a third task, because a task that failed to load has no stack to handle anything on.
    @Test(arguments: cases.indices) func faults(_ index: Int) throws {
        let test = Self.cases[index]
        let tasks = try Tasks()
        tasks.descriptor(0x40, 0x3200, 0x67, 0x89)
        for (field, value) in [(Tasks.Field.eip, UInt32(0x2300)), (.eflags, 2), (.esp, 0x6000), (.cs, 8), (.es, 0x10), (.ss, 0x10), (.ds, 0x10)] {
            tasks.set(field, value, in: 0x3200)
        }
        // Only the expected vector has a gate: any other would end in a double fault.
        for vector in UInt32(8)...13 { tasks.memory.write(0x900 + vector * 8, [0, 0, 0x40, 0, 0, vector == test.vector ? 0x85 : 0, 0, 0]) }
        tasks.memory.write(0x2300, [0xF4])
        test.change(tasks)
        tasks.run(Self.farCallB)
        #expect(tasks.e.s.tr.selector == 0x40 && tasks.e.s.eip == 0x2301, "\(test.what)")
        #expect(tasks.memory.read(tasks.e.esp, .dword) == test.code, "\(test.what)")
        #expect(tasks.get(.link, in: 0x3200) & 0xFFFF == (test.isInNewTask ? 0x20 : 0x18), "\(test.what)")
        #expect(tasks.get(.eip, in: test.isInNewTask ? Self.b : Self.a) == (test.isInNewTask ? 0x2000 : 0x1000), "\(test.what)")
    }

    @Test func theTrapBitRaisesDebug() throws {
        let tasks = try Tasks()
        ProtectedModeTests.gate(tasks.bench, 1, 0x2200)
        tasks.memory.write(0x2200, [0xF4])
        tasks.set(.trap, 1)
        tasks.run(Self.farCallB)
        #expect(tasks.e.s.eip == 0x2201 && tasks.e.s.dr[6] & 0x8000 != 0)
        #expect(tasks.memory.read(tasks.e.esp, .dword) == 0x2000)
    }

    /// A task image with VM set enters virtual-8086 mode.
    @Test func intoVirtual8086Mode() throws {
        let tasks = try Tasks()
        tasks.set(.eflags, 0x20002)
        tasks.set(.cs, 0x200)
        tasks.set(.eip, 0x10)
        tasks.set(.ss, 0x600)
        // inc bx; hlt (which is #GP here)
        tasks.memory.write(0x2010, [0x43, 0xF4])
        tasks.memory.write(Self.b + 4, .dword, 0x6000)
        tasks.memory.write(Self.b + 8, .dword, 0x10)
        tasks.run(Self.farCallB)
        #expect(tasks.fault?.vector == 13)
        #expect(tasks.e.ebx == 1 && tasks.memory.read(tasks.e.esp + 4, .dword) == 0x11 && tasks.memory.read(tasks.e.esp + 8, .dword) == 0x200)
        #expect(tasks.e.esp == 0x6000 - 40)
    }
}
