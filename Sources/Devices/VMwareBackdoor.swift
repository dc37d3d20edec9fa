package import Bus

/// The port by which guests talk to VMware's hypervisor, as far as its absolute pointer needs it: the guest's driver learns where the pointer is
/// instead of counting mouse motion. Source: open-vm-tools lib/include/backdoor_def.h; the vmmouse drivers of Linux and X.Org.
/// Not modelled: everything else; unknown commands answer all ones, as VMware's do.
package final class VMwareBackdoor: Device, RegisterPort {
    package static let part = "VMware backdoor"

    private static let magic: UInt32 = 0x564D_5868
    private static let pointerVersion: UInt32 = 0x3442_554A
    private static let disabled: UInt32 = 0xFFFF
    private static let capacity = 1024
    private static let relative: UInt32 = 1 << 16

    private enum Command {
        static let getVersion: UInt32 = 10
        static let pointerData: UInt32 = 39
        static let pointerStatus: UInt32 = 40
        static let pointerCommand: UInt32 = 41
        static let pointerRestrict: UInt32 = 86
    }

    private enum PointerCommand {
        static let readID: UInt32 = 0x4541_4552
        static let disable: UInt32 = 0x0000_00F5
        static let relative: UInt32 = 0x4C45_5252
        static let absolute: UInt32 = 0x5342_4152
    }

    package struct State: DeviceState {
        var status: UInt32 = VMwareBackdoor.disabled
        var isAbsolute = false
        /// Words for the driver: four a packet.
        var queue: [UInt32] = []
        var buttons: UInt32 = 0
        var x: UInt32 = 0
        var y: UInt32 = 0

        package func validate() throws(SnapshotError) {
            guard queue.count <= VMwareBackdoor.capacity else { throw SnapshotError(VMwareBackdoor.part, "its queue is too long") }
        }
    }

    package var state = State()
    /// Something waits for the driver: the mouse must interrupt, so that it looks.
    package var onData: (() -> Void)?

    package init() {}
    package func reset() { state = State() }

    /// A driver listens and wants positions.
    package var takesPositions: Bool { state.isAbsolute && state.status == 0 }

    package func pointer(x: UInt16, y: UInt16, buttons: PointerButtons) {
        state.x = UInt32(x)
        state.y = UInt32(y)
        enqueue(buttons)
    }

    /// Counts, y downward; its packets count upward.
    package func motion(dx: Int16, dy: Int16, buttons: PointerButtons) {
        setButtons(buttons)
        enqueue([state.buttons | Self.relative, UInt32(bitPattern: Int32(dx)), UInt32(bitPattern: -Int32(dy)), 0])
    }

    /// Clicks, positive away from the person.
    package func wheel(_ clicks: Int8) { enqueue([state.buttons, state.x, state.y, UInt32(bitPattern: -Int32(clicks))]) }

    private func setButtons(_ buttons: PointerButtons) {
        state.buttons = (buttons.contains(.left) ? 0x20 : 0) | (buttons.contains(.right) ? 0x10 : 0) | (buttons.contains(.middle) ? 0x08 : 0)
    }

    private func enqueue(_ buttons: PointerButtons) {
        setButtons(buttons)
        guard takesPositions else { return }
        let packet = [state.buttons, state.x, state.y, 0]
        // A position that the driver has not fetched yet is out of date; what it says of buttons and wheel is not.
        let last = state.queue.suffix(4)
        if last.count == 4, last.first == state.buttons, last.last == 0 {
            state.queue.replaceSubrange(state.queue.count - 4..<state.queue.count, with: packet)
            onData?()
        } else {
            enqueue(packet)
        }
    }

    private func enqueue(_ packet: [UInt32]) {
        guard takesPositions, state.queue.count + packet.count <= Self.capacity else { return }
        state.queue += packet
        onData?()
    }

    package func exchange(_ registers: inout GuestRegisters) -> Bool {
        guard registers.eax == Self.magic else { return false }
        switch registers.ecx & 0xFFFF {
        case Command.getVersion:
            registers.eax = 6
            registers.ebx = Self.magic
            registers.ecx = 2
        case Command.pointerStatus: registers.eax = state.status << 16 | UInt32(truncatingIfNeeded: state.queue.count)
        case Command.pointerCommand:
            pointerCommand(registers.ebx)
            registers.eax = 0
        case Command.pointerData: deliver(&registers)
        case Command.pointerRestrict: registers.eax = 0
        default:
            registers.eax = .max
            registers.ebx = .max
        }
        return true
    }

    private func pointerCommand(_ command: UInt32) {
        switch command {
        case PointerCommand.readID:
            state.status = 0
            state.queue = [Self.pointerVersion]
        case PointerCommand.disable: disable()
        case PointerCommand.relative: state.isAbsolute = false
        case PointerCommand.absolute: state.isAbsolute = true
        default: break
        }
    }

    private func disable() {
        state.status = Self.disabled
        state.isAbsolute = false
        state.queue = []
    }

    /// EBX says how many words; they come in EAX, EBX, ECX, EDX, ESI, EDI.
    private func deliver(_ registers: inout GuestRegisters) {
        let count = Int(registers.ebx)
        guard (1...6).contains(count), count <= state.queue.count else { return disable() }
        let words = Array(state.queue.prefix(count))
        state.queue.removeFirst(count)
        registers.eax = words[0]
        if count > 1 { registers.ebx = words[1] }
        if count > 2 { registers.ecx = words[2] }
        if count > 3 { registers.edx = words[3] }
        if count > 4 { registers.esi = words[4] }
        if count > 5 { registers.edi = words[5] }
    }
}
