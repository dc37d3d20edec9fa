/// The processor's 64 Ki I/O ports and who answers at them.
///
/// Overlaps trap at attach: they are mistakes of the board, never of a guest. Ports nobody answers read all ones and are counted.
package final class PortSpace {
    private struct Slot {
        let name: String
        let device: any PortMapped
        var base: UInt16
        var count: Int
        let registerWidth: Width
        /// What the first port of the range is to the device.
        let firstOffset: UInt16
        var enabled: Bool
    }

    /// A handle for ranges that move: PCI base address registers.
    package struct Attachment: Sendable { fileprivate let index: Int }

    private var slots: [Slot] = []
    /// Slot number + 1 per port; 0 where nobody answers.
    private var owner = [UInt16](repeating: 0, count: 65536)
    private var registerPorts: [UInt16: any RegisterPort] = [:]
    /// Reads of and writes to ports that nobody answers.
    package private(set) var unclaimed: UInt64 = 0
    /// Called with (port, width, value) of every write; for logs and debug ports.
    package var writeTap: ((UInt16, Width, UInt32) -> Void)?

    package init() {}

    /// Plugs `device` in at `range`.
    /// - Parameters:
    ///   - registers: the widest access the chip takes; wider ones are split into pieces of it, lowest port first, as the bus bridge does.
    ///   - offset: what the first port of the range is to the device.
    @discardableResult
    package func attach(
        _ device: any PortMapped, _ range: ClosedRange<UInt16>, _ name: String, registers: Width = .byte, offset: UInt16 = 0
    ) -> Attachment {
        slots.append(
            Slot(
                name: name, device: device, base: range.lowerBound, count: range.count, registerWidth: registers, firstOffset: offset, enabled: false)
        )
        precondition(slots.count < 65535)
        let attachment = Attachment(index: slots.count - 1)
        precondition(enable(attachment), "ports of \(name) overlap another device")
        return attachment
    }

    /// As `attach`, for a range that software places (a PCI BAR): nothing answers until `place`.
    package func reserve(_ device: any PortMapped, count: Int, _ name: String, registers: Width = .byte) -> Attachment {
        slots.append(Slot(name: name, device: device, base: 0, count: count, registerWidth: registers, firstOffset: 0, enabled: false))
        return Attachment(index: slots.count - 1)
    }

    /// Moves a range to `base`, or takes it off the bus with nil. Where software places it over another device, the earlier one keeps the ports.
    package func place(_ attachment: Attachment, at base: UInt16?) {
        let index = attachment.index
        if slots[index].enabled {
            for port in portNumbers(of: slots[index]) where owner[port] == UInt16(index + 1) { owner[port] = 0 }
            slots[index].enabled = false
        }
        guard let base else { return }
        slots[index].base = base
        slots[index].enabled = true
        for port in portNumbers(of: slots[index]) where owner[port] == 0 { owner[port] = UInt16(index + 1) }
    }

    /// A port whose chip sees the processor's registers (the VMware backdoor).
    package func attach(_ port: any RegisterPort, at number: UInt16) { registerPorts[number] = port }
    package func registerPort(at number: UInt16) -> (any RegisterPort)? { registerPorts.isEmpty ? nil : registerPorts[number] }

    package func read(_ port: UInt16, _ width: Width) -> UInt32 {
        let number = owner[Int(port)]
        if number != 0 {
            let slot = slots[Int(number - 1)]
            if slot.registerWidth.rawValue >= width.rawValue, Int(port - slot.base) + width.bytes <= slot.count {
                return slot.device.readPort(port - slot.base + slot.firstOffset, width) & width.mask
            }
        }
        guard width != .byte else {
            unclaimed += 1
            return 0xFF
        }
        let half: Width = width == .dword ? .word : .byte
        let low = read(port, half)
        return low | read(port &+ UInt16(half.rawValue), half) << UInt32(half.bytes * 8)
    }

    package func write(_ port: UInt16, _ width: Width, _ value: UInt32) {
        writeTap?(port, width, value)
        deliver(port, width, value)
    }

    private func deliver(_ port: UInt16, _ width: Width, _ value: UInt32) {
        let number = owner[Int(port)]
        if number != 0 {
            let slot = slots[Int(number - 1)]
            if slot.registerWidth.rawValue >= width.rawValue, Int(port - slot.base) + width.bytes <= slot.count {
                slot.device.writePort(port - slot.base + slot.firstOffset, width, value & width.mask)
                return
            }
        }
        guard width != .byte else {
            unclaimed += 1
            return
        }
        let half: Width = width == .dword ? .word : .byte
        deliver(port, half, value & half.mask)
        deliver(port &+ UInt16(half.rawValue), half, value >> UInt32(half.bytes * 8))
    }

    /// One line per range, by address: the board's documentation.
    package var map: String {
        slots.filter(\.enabled).sorted { $0.base < $1.base }
            .map { "\(hex($0.base))-\(hex(UInt16(truncatingIfNeeded: Int($0.base) + $0.count - 1)))  \($0.name)\n" }.joined()
    }

    private func enable(_ attachment: Attachment) -> Bool {
        let index = attachment.index
        guard portNumbers(of: slots[index]).allSatisfy({ owner[$0] == 0 }) else { return false }
        slots[index].enabled = true
        for port in portNumbers(of: slots[index]) { owner[port] = UInt16(index + 1) }
        return true
    }

    private func portNumbers(of slot: Slot) -> Range<Int> { Int(slot.base)..<min(Int(slot.base) + slot.count, 65536) }
    private func hex(_ port: UInt16) -> String {
        let digits = String(port, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

/// The general registers as a port handler may see and change them.
package struct GuestRegisters: Equatable, Sendable {
    package var eax, ebx, ecx, edx, esi, edi: UInt32
    package init(eax: UInt32, ebx: UInt32, ecx: UInt32, edx: UInt32, esi: UInt32, edi: UInt32) {
        (self.eax, self.ebx, self.ecx, self.edx, self.esi, self.edi) = (eax, ebx, ecx, edx, esi, edi)
    }
}

/// A port that answers an IN of 32 bits with a change of registers. Returns false where it is not addressed: the port then floats.
package protocol RegisterPort: AnyObject {
    func exchange(_ registers: inout GuestRegisters) -> Bool
}
