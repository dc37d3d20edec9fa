package import Bus

/// 8042 keyboard controller with an AT keyboard and a wheel mouse behind it.
/// Sources: IBM PC/AT Technical Reference, "Keyboard Controller"; IBM PS/2 mouse reference; Microsoft IntelliMouse knock.
/// Not modelled: typematic repeat (viewers repeat keys themselves), scan code set 3, wrap mode.
package final class KeyboardController: Device, PortMapped {
    package static let part = "8042 keyboard controller"

    package struct State: DeviceState {
        var command: UInt8 = 0x61
        /// The controller command that waits for a data byte.
        var awaiting: UInt8?
        var status: UInt8 = 0x10
        /// Bytes for port 60h, oldest first; true: from the mouse.
        var fromKeyboard: [UInt8] = []
        var fromMouse: [UInt8] = []
        var fromController: [UInt8] = []
        /// The byte that port 60h shows, and whether it came from the mouse.
        var latch: UInt8 = 0
        var latchFull = false
        var latchIsMouse = false
        var outputPort: UInt8 = 0xDF

        var keyboardEnabled = true
        var keyboardAwaiting: UInt8?
        var scanSet: UInt8 = 2
        var leds: UInt8 = 0

        var mouseReporting = false
        var mouseAwaiting: UInt8?
        var mouseRemote = false
        var mouseScaling = false
        var mouseResolution: UInt8 = 2
        var mouseRate: UInt8 = 100
        /// The last three sample rates set: 200, 100, 80 turns the wheel on.
        var mouseKnock: [UInt8] = [0, 0, 0]
        var mouseID: UInt8 = 0
        var buttons: UInt8 = 0
        var dx: Int32 = 0, dy: Int32 = 0, dz: Int32 = 0
        /// Where the guest's arrow is believed to be, 0…65535; nil before the first homing.
        var arrow: [Int32]?

        package func validate() throws(SnapshotError) {
            guard fromKeyboard.count <= 256, fromMouse.count <= 256, fromController.count <= 16, mouseKnock.count == 3,
                arrow.map({ $0.count == 2 }) ?? true
            else { throw SnapshotError(KeyboardController.part, "its queues are too long") }
        }
    }

    package var state = State()
    private let keyboardIRQ: IRQLine, mouseIRQ: IRQLine
    private let memory: MemoryMap
    private let pins: any ProcessorPins

    package init(keyboardIRQ: IRQLine, mouseIRQ: IRQLine, memory: MemoryMap, pins: any ProcessorPins) {
        (self.keyboardIRQ, self.mouseIRQ, self.memory, self.pins) = (keyboardIRQ, mouseIRQ, memory, pins)
    }

    package func reset() {
        state = State()
        update()
    }
    package func stateRestored() { update() }

    // MARK: Ports: 0 is 60h, 4 is 64h

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        guard offset == 0 else { return UInt32(state.status & 0xDC | (state.latchFull ? 1 : 0) | (state.latchFull && state.latchIsMouse ? 0x20 : 0)) }
        let value = state.latch
        state.latchFull = false
        update()
        return UInt32(value)
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let value = UInt8(truncatingIfNeeded: value)
        defer { update() }
        if offset != 0 {
            state.status |= 8
            return controllerCommand(value)
        }
        state.status &= ~8
        guard let awaiting = state.awaiting else {
            state.command &= ~0x10
            return keyboardByte(value)
        }
        state.awaiting = nil
        switch awaiting {
        case 0x60: state.command = value
        case 0xD1: setOutputPort(value)
        case 0xD2: state.fromKeyboard.append(value)
        case 0xD3: state.fromMouse.append(value)
        case 0xD4: mouseByte(value)
        default: break
        }
    }

    private func controllerCommand(_ value: UInt8) {
        switch value {
        case 0x20: state.fromController.append(state.command)
        case 0x60, 0xD1, 0xD2, 0xD3, 0xD4: state.awaiting = value
        case 0xA7: state.command |= 0x20
        case 0xA8: state.command &= ~0x20
        case 0xA9, 0xAB: state.fromController.append(0)
        case 0xAA:
            state.status |= 4
            state.fromController.append(0x55)
        case 0xAD: state.command |= 0x10
        case 0xAE: state.command &= ~0x10
        case 0xC0: state.fromController.append(0x80)
        case 0xD0: state.fromController.append(state.outputPort & ~2 | (memory.a20IsOpen ? 2 : 0))
        case 0xDD: memory.setA20(false)
        case 0xDF: memory.setA20(true)
        case 0xF0...0xFF: if value & 1 == 0 { pins.requestReset() }
        default: break
        }
        if state.fromController.count > 8 { state.fromController.removeFirst() }
    }

    private func setOutputPort(_ value: UInt8) {
        state.outputPort = value
        memory.setA20(value & 2 != 0)
        if value & 1 == 0 { pins.requestReset() }
    }

    /// Moves the next byte to the latch and drives the interrupt lines.
    private func update() {
        if !state.latchFull {
            if !state.fromController.isEmpty {
                fill(state.fromController.removeFirst(), mouse: false)
            } else if !state.fromKeyboard.isEmpty && state.command & 0x10 == 0 {
                let byte = state.fromKeyboard.removeFirst()
                fill(byte, mouse: false)
            } else if !state.fromMouse.isEmpty && state.command & 0x20 == 0 {
                fill(state.fromMouse.removeFirst(), mouse: true)
            }
        }
        keyboardIRQ.set(state.latchFull && !state.latchIsMouse && state.command & 1 != 0)
        mouseIRQ.set(state.latchFull && state.latchIsMouse && state.command & 2 != 0)
    }

    private func fill(_ byte: UInt8, mouse: Bool) { (state.latch, state.latchFull, state.latchIsMouse) = (byte, true, mouse) }

    // MARK: Keyboard

    private func keyboardByte(_ value: UInt8) {
        if let awaiting = state.keyboardAwaiting {
            state.keyboardAwaiting = nil
            if awaiting == 0xF0 && value == 0 {
                state.fromKeyboard += [0xFA, state.command & 0x40 != 0 ? [0x43, 0x41, 0x3F][Int(state.scanSet - 1) % 3] : state.scanSet]
                return
            }
            if awaiting == 0xED { state.leds = value & 7 }
            if awaiting == 0xF0 && (1...3).contains(value) { state.scanSet = value }
            state.fromKeyboard.append(0xFA)
            return
        }
        switch value {
        case 0xED, 0xF0, 0xF3:
            state.keyboardAwaiting = value
            state.fromKeyboard.append(0xFA)
        case 0xEE: state.fromKeyboard.append(0xEE)
        case 0xF2: state.fromKeyboard += state.command & 0x40 != 0 ? [0xFA, 0xAB, 0x41] : [0xFA, 0xAB, 0x83]
        case 0xF4:
            state.keyboardEnabled = true
            state.fromKeyboard = [0xFA]
        case 0xF5, 0xF6:
            state.keyboardEnabled = value == 0xF6
            state.fromKeyboard = [0xFA]
        case 0xFF:
            state.keyboardEnabled = true
            state.scanSet = 2
            state.fromKeyboard = [0xFA, 0xAA]
        case 0xFE: break
        default: state.fromKeyboard.append(0xFA)
        }
    }

    /// Scan code set 2 for set 1's numbers 01h…58h (IBM keyboard reference).
    private static let set2: [UInt8] = [
        0x00, 0x76, 0x16, 0x1E, 0x26, 0x25, 0x2E, 0x36, 0x3D, 0x3E, 0x46, 0x45, 0x4E, 0x55, 0x66, 0x0D, 0x15, 0x1D, 0x24, 0x2D, 0x2C, 0x35, 0x3C,
        0x43,
        0x44, 0x4D, 0x54, 0x5B, 0x5A, 0x14, 0x1C, 0x1B, 0x23, 0x2B, 0x34, 0x33, 0x3B, 0x42, 0x4B, 0x4C, 0x52, 0x0E, 0x12, 0x5D, 0x1A, 0x22, 0x21,
        0x2A,
        0x32, 0x31, 0x3A, 0x41, 0x49, 0x4A, 0x59, 0x7C, 0x11, 0x29, 0x58, 0x05, 0x06, 0x04, 0x0C, 0x03, 0x0B, 0x83, 0x0A, 0x01, 0x09, 0x77, 0x7E,
        0x6C,
        0x75, 0x7D, 0x7B, 0x6B, 0x73, 0x74, 0x79, 0x69, 0x72, 0x7A, 0x70, 0x71, 0x84, 0x00, 0x61, 0x78, 0x07,
    ]

    package func key(_ code: KeyCode, down: Bool) {
        guard state.keyboardEnabled, state.fromKeyboard.count < 200 else { return }
        let number = code.rawValue & 0x7F
        var bytes: [UInt8] = []
        if code.rawValue == 0xC6 {
            if down { bytes = [0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5] }
        } else {
            if code.rawValue & 0x80 != 0 { bytes.append(0xE0) }
            bytes.append(down ? number : number | 0x80)
        }
        if state.command & 0x40 == 0 && state.scanSet != 1 {
            // The guest turned translation off: what the keyboard itself sends.
            bytes = code.rawValue & 0x80 != 0 ? [0xE0] : []
            if !down { bytes.append(0xF0) }
            bytes.append(Int(number) < Self.set2.count ? Self.set2[Int(number)] : number)
        }
        state.fromKeyboard += bytes
        update()
    }

    // MARK: Mouse

    private func mouseByte(_ value: UInt8) {
        if let awaiting = state.mouseAwaiting {
            state.mouseAwaiting = nil
            if awaiting == 0xE8 { state.mouseResolution = value & 3 }
            if awaiting == 0xF3 {
                state.mouseRate = value
                state.mouseKnock = [state.mouseKnock[1], state.mouseKnock[2], value]
                if state.mouseKnock == [200, 100, 80] { state.mouseID = 3 }
            }
            state.fromMouse.append(0xFA)
            return
        }
        switch value {
        case 0xE6, 0xE7:
            state.mouseScaling = value == 0xE7
            state.fromMouse.append(0xFA)
        case 0xE8, 0xF3:
            state.mouseAwaiting = value
            state.fromMouse.append(0xFA)
        case 0xE9:
            let flags: UInt8 =
                (state.mouseRemote ? 0x40 : 0) | (state.mouseReporting ? 0x20 : 0) | (state.mouseScaling ? 0x10 : 0) | state.buttons & 7
            state.fromMouse += [0xFA, flags, state.mouseResolution, state.mouseRate]
        case 0xEA, 0xF0:
            state.mouseRemote = value == 0xF0
            state.fromMouse.append(0xFA)
        case 0xEB:
            state.fromMouse.append(0xFA)
            packet(force: true)
        case 0xF2: state.fromMouse += [0xFA, state.mouseID]
        case 0xF4, 0xF5:
            state.mouseReporting = value == 0xF4
            state.fromMouse.append(0xFA)
        case 0xF6, 0xFF:
            state.mouseReporting = false
            state.mouseRemote = false
            state.mouseRate = 100
            state.mouseResolution = 2
            state.arrow = nil
            if value == 0xFF {
                state.mouseID = 0
                state.fromMouse = [0xFA, 0xAA, 0]
            } else {
                state.fromMouse.append(0xFA)
            }
        default: state.fromMouse.append(0xFA)
        }
    }

    private func packet(force: Bool) {
        guard force || (state.mouseReporting && !state.mouseRemote) else {
            (state.dx, state.dy, state.dz) = (0, 0, 0)
            return
        }
        repeat {
            guard state.fromMouse.count < 200 else { return }
            let x = max(-255, min(255, state.dx)), y = max(-255, min(255, state.dy)), z = max(-7, min(7, state.dz))
            state.dx -= x
            state.dy -= y
            state.dz -= z
            state.fromMouse += [
                8 | state.buttons & 7 | (x < 0 ? 0x10 : 0) | (y < 0 ? 0x20 : 0), UInt8(truncatingIfNeeded: x), UInt8(truncatingIfNeeded: y),
            ]
            if state.mouseID == 3 { state.fromMouse.append(UInt8(truncatingIfNeeded: -z)) }
        } while state.dx != 0 || state.dy != 0 || state.dz != 0
    }

    /// Relative motion, y downward.
    package func motion(dx: Int32, dy: Int32, buttons: PointerButtons) {
        state.dx = max(-20_000, min(20_000, state.dx &+ dx))
        state.dy = max(-20_000, min(20_000, state.dy &- dy))
        state.buttons = buttons.rawValue
        packet(force: false)
        update()
    }

    package func wheel(_ clicks: Int8) {
        state.dz = max(-100, min(100, state.dz &+ Int32(clicks)))
        packet(force: false)
        update()
    }

    /// A position on a screen of `width` × `height` pixels. The first one drives the guest's arrow into the upper left corner, where every guest
    /// stops it; from there on the sum of what was sent says where the arrow is. At a border the estimate is made exact again by overshooting.
    package func pointer(x: UInt16, y: UInt16, buttons: PointerButtons, width: Int, height: Int) {
        let px = Int32(truncatingIfNeeded: Int(x) * (width - 1) / 65535), py = Int32(truncatingIfNeeded: Int(y) * (height - 1) / 65535)
        if state.arrow == nil {
            motion(dx: -4000, dy: -4000, buttons: [])
            state.arrow = [0, 0]
        }
        guard let arrow = state.arrow, arrow.count == 2 else { return }
        let overshootX: Int32 = px <= 0 ? -64 : px >= Int32(width - 1) ? 64 : 0
        let overshootY: Int32 = py <= 0 ? -64 : py >= Int32(height - 1) ? 64 : 0
        motion(dx: px &- arrow[0] &+ overshootX, dy: py &- arrow[1] &+ overshootY, buttons: buttons)
        state.arrow = [px, py]
    }
}
