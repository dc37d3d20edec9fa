import Testing

@testable import Bus
@testable import Devices

@Suite struct BackdoorTests {
    private static let magic: UInt32 = 0x564D_5868

    @discardableResult
    private func call(_ backdoor: VMwareBackdoor, _ command: UInt32, _ argument: UInt32 = 0) -> GuestRegisters {
        var registers = GuestRegisters(eax: Self.magic, ebx: argument, ecx: command, edx: 0x5658, esi: 0x1111, edi: 0x2222)
        #expect(backdoor.exchange(&registers))
        return registers
    }

    /// As the driver of Linux does: off, on, version, absolute.
    private func attach(_ backdoor: VMwareBackdoor) {
        call(backdoor, 41, 0xF5)
        #expect(call(backdoor, 40).eax & 0xFFFF_0000 == 0xFFFF_0000)
        call(backdoor, 41, 0x4541_4552)
        #expect(call(backdoor, 40).eax == 1)
        #expect(call(backdoor, 39, 1).eax == 0x3442_554A)
        #expect(!backdoor.takesPositions)
        call(backdoor, 41, 0x5342_4152)
        #expect(backdoor.takesPositions)
        #expect(call(backdoor, 40).eax == 0)
    }

    @Test func strangersAreNotAnswered() {
        var registers = GuestRegisters(eax: 1, ebx: 2, ecx: 10, edx: 4, esi: 5, edi: 6)
        let before = registers
        #expect(!VMwareBackdoor().exchange(&registers))
        #expect(registers == before)
    }

    @Test func version() {
        let answer = call(VMwareBackdoor(), 10, 0)
        #expect(answer.ebx == Self.magic)
        #expect(answer.eax != .max)
        #expect(call(VMwareBackdoor(), 77).eax == .max)
    }

    @Test func positionsButtonsAndWheel() {
        let backdoor = VMwareBackdoor()
        attach(backdoor)
        var wakes = 0
        backdoor.onData = { wakes += 1 }
        backdoor.pointer(x: 100, y: 200, buttons: [])
        // A position not fetched is replaced by a newer one; buttons and wheel are not.
        backdoor.pointer(x: 0xFFFF, y: 0, buttons: [])
        backdoor.pointer(x: 5, y: 6, buttons: [.left, .right, .middle])
        backdoor.wheel(1)
        backdoor.pointer(x: 7, y: 8, buttons: [.left, .right, .middle])
        backdoor.motion(dx: -3, dy: 4, buttons: [])
        #expect(wakes == 6)
        #expect(call(backdoor, 40).eax == 20)
        var packets: [[UInt32]] = []
        for _ in 0..<5 {
            let answer = call(backdoor, 39, 4)
            packets.append([answer.eax, answer.ebx, answer.ecx, answer.edx])
            #expect(answer.esi == 0x1111)
        }
        #expect(packets == [[0, 0xFFFF, 0, 0], [0x38, 5, 6, 0], [0x38, 5, 6, .max], [0x38, 7, 8, 0], [0x10000, .max - 2, .max - 3, 0]])
        #expect(call(backdoor, 40).eax == 0)
    }

    @Test func sixWordsFillAllRegisters() {
        let backdoor = VMwareBackdoor()
        attach(backdoor)
        backdoor.pointer(x: 1, y: 2, buttons: [])
        backdoor.pointer(x: 3, y: 4, buttons: .left)
        let answer = call(backdoor, 39, 6)
        #expect(answer == GuestRegisters(eax: 0, ebx: 1, ecx: 2, edx: 0, esi: 0x20, edi: 3))
    }

    @Test(arguments: [0, 5, 7, .max] as [UInt32]) func askingForWhatIsNotThereIsAnError(count: UInt32) {
        let backdoor = VMwareBackdoor()
        attach(backdoor)
        backdoor.pointer(x: 1, y: 2, buttons: [])
        call(backdoor, 39, count)
        #expect(call(backdoor, 40).eax == 0xFFFF_0000)
        #expect(!backdoor.takesPositions)
        attach(backdoor)
    }

    @Test func relativeAndOffTakeNoPositions() {
        for command: UInt32 in [0x4C45_5252, 0xF5] {
            let backdoor = VMwareBackdoor()
            attach(backdoor)
            call(backdoor, 41, command)
            #expect(!backdoor.takesPositions)
            backdoor.pointer(x: 1, y: 2, buttons: .left)
            #expect(call(backdoor, 40).eax & 0xFFFF == 0)
        }
    }

    @Test func floodsAreBounded() throws {
        let backdoor = VMwareBackdoor()
        attach(backdoor)
        for index in 0..<5000 {
            backdoor.pointer(x: 1, y: 1, buttons: index % 2 == 0 ? .left : [])
            backdoor.wheel(1)
        }
        let length = call(backdoor, 40).eax
        #expect(length == 1024 && length % 4 == 0)
        try expectRoundTrip(backdoor)
        backdoor.state.queue += [0, 0, 0, 0]
        let bad = try backdoor.save()
        #expect(throws: SnapshotError.self) { try backdoor.restore(bad) }
    }
}
