package import Bus

/// What hangs on one of the keyboard controller's two connectors.
package protocol PS2Device: AnyObject {
    /// A byte from the host.
    func receive(_ byte: UInt8)
    /// The next byte for the host; nil when there is none.
    func send() -> UInt8?
    var hasOutput: Bool { get }
    /// The next byte answers a command.
    var isAnswering: Bool { get }
    /// Called when there is something to send; never from within `send`.
    var onOutput: (() -> Void)? { get set }
}

/// 8042 keyboard controller with a PS/2's second connector.
/// Sources: IBM PC/AT Technical Reference, "Keyboard Controller"; IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device
/// Controller".
/// Not modelled: password security, the controller's RAM beyond its command byte, polling of the input port, line errors, the time its program
/// takes (commands end at once).
///
/// **When bytes come.** The output buffer holds one byte; nothing overwrites it before it is read. The controller's own answers and those of the
/// devices follow at once, because firmware and drivers poll for them. What a person does comes one line time after the last byte was read: handlers
/// that read port 60h twice (games that pass the key on to the BIOS) find the same byte again, and one that enables interrupts early is not entered
/// anew before it is through. Every byte is an edge of its own on the interrupt line.
package final class KeyboardController: Device, PortMapped, Clocked {
    package static let part = "8042 keyboard controller"

    private enum Command {
        static let readCommandByte: UInt8 = 0x20
        static let writeCommandByte: UInt8 = 0x60
        static let testPassword: UInt8 = 0xA4
        static let disableAux: UInt8 = 0xA7
        static let enableAux: UInt8 = 0xA8
        static let testAux: UInt8 = 0xA9
        static let selfTest: UInt8 = 0xAA
        static let testKeyboard: UInt8 = 0xAB
        static let disableKeyboard: UInt8 = 0xAD
        static let enableKeyboard: UInt8 = 0xAE
        static let readInputPort: UInt8 = 0xC0
        static let readOutputPort: UInt8 = 0xD0
        static let writeOutputPort: UInt8 = 0xD1
        static let writeKeyboardBuffer: UInt8 = 0xD2
        static let writeAuxBuffer: UInt8 = 0xD3
        static let writeAux: UInt8 = 0xD4
        /// Not IBM's; software that counts on them asks for nothing else.
        static let shutA20: UInt8 = 0xDD
        static let openA20: UInt8 = 0xDF
        static let readTestInputs: UInt8 = 0xE0
    }

    private enum Answer {
        static let selfTestPassed: UInt8 = 0x55
        static let interfaceWorks: UInt8 = 0x00
        static let noPassword: UInt8 = 0xF1
        /// Not inhibited by the lock, colour display, no manufacturing jumper, 512 KB on the board.
        static let inputPort: UInt8 = 0xB0
        /// T0 and T1: clock and data of the keyboard's line stand high.
        static let testInputs: UInt8 = 0x03
    }

    package struct Status: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let outputBufferFull = Self(rawValue: 1 << 0)
        static let systemFlag = Self(rawValue: 1 << 2)
        /// The last byte written was a command.
        static let command = Self(rawValue: 1 << 3)
        static let notInhibited = Self(rawValue: 1 << 4)
        static let auxOutputBufferFull = Self(rawValue: 1 << 5)
    }

    package struct CommandByte: OptionSet, Codable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let keyboardInterrupt = Self(rawValue: 1 << 0)
        static let auxInterrupt = Self(rawValue: 1 << 1)
        static let systemFlag = Self(rawValue: 1 << 2)
        static let keyboardDisabled = Self(rawValue: 1 << 4)
        static let auxDisabled = Self(rawValue: 1 << 5)
        static let translate = Self(rawValue: 1 << 6)
    }

    private struct OutputPort: OptionSet {
        let rawValue: UInt8
        static let notReset = Self(rawValue: 1 << 0)
        static let a20 = Self(rawValue: 1 << 1)
        static let keyboardFull = Self(rawValue: 1 << 4)
        static let auxFull = Self(rawValue: 1 << 5)
        /// The clock of the auxiliary line and both lines of the keyboard's, idle.
        static let idle = Self(rawValue: 0xC8)
    }

    struct Byte: Codable, Equatable, Sendable {
        var value: UInt8
        var isAux = false
    }

    /// Eleven bits of 60 µs: one byte on a device's line at its fastest.
    private static let lineTime: UInt64 = 660_000
    private static let mostAnswers = 16

    package struct State: DeviceState {
        var commandByte: CommandByte = [.keyboardInterrupt, .auxDisabled, .translate]
        /// The command that waits for its data byte.
        var awaiting: UInt8?
        var lastWasCommand = false
        var outputBuffer = Byte(value: 0)
        var isFull = false
        /// The controller's own bytes that wait for the output buffer.
        var answers: [Byte] = []
        /// The keyboard's F0 has come; the code that follows is a break.
        var isBreak = false
        /// Virtual time before which no device's byte is on its line's end.
        var lineBusyUntil: UInt64 = 0

        package func validate() throws(SnapshotError) {
            guard answers.count <= KeyboardController.mostAnswers else { throw SnapshotError(KeyboardController.part, "it has too much to say") }
        }
    }

    package var state = State()
    private let keyboard: any PS2Device, aux: any PS2Device
    private let keyboardIRQ: IRQLine, auxIRQ: IRQLine
    private let system: SystemControl
    private let pins: any ProcessorPins
    private let clock: ClockPort

    /// - Parameters:
    ///   - keyboard, aux: what is plugged into the two connectors.
    ///   - system: holds the A20 gate.
    package init(
        keyboard: any PS2Device, aux: any PS2Device, keyboardIRQ: IRQLine, auxIRQ: IRQLine, system: SystemControl, pins: any ProcessorPins,
        clock: ClockPort
    ) {
        (self.keyboard, self.aux, self.keyboardIRQ, self.auxIRQ) = (keyboard, aux, keyboardIRQ, auxIRQ)
        (self.system, self.pins, self.clock) = (system, pins, clock)
        clock.connect(self)
        keyboard.onOutput = { [unowned self] in fill() }
        aux.onOutput = { [unowned self] in fill() }
    }

    package func reset() {
        state = State()
        clock.cancel(0)
        driveLines()
    }

    package func stateRestored() { driveLines() }

    // MARK: Ports: 0 is data, 4 command and status

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        guard offset == 0 else { return UInt32(status.rawValue) }
        let value = state.outputBuffer.value
        if state.isFull {
            state.isFull = false
            state.lineBusyUntil = clock.now &+ Self.lineTime
            // The line falls between two bytes: each is an edge.
            driveLines()
            fill()
        }
        return UInt32(value)
    }

    private var status: Status {
        var status: Status = .notInhibited
        if state.isFull { status.insert(.outputBufferFull) }
        if state.isFull && state.outputBuffer.isAux { status.insert(.auxOutputBufferFull) }
        if state.commandByte.contains(.systemFlag) { status.insert(.systemFlag) }
        if state.lastWasCommand { status.insert(.command) }
        return status
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let value = UInt8(truncatingIfNeeded: value)
        state.lastWasCommand = offset != 0
        if offset != 0 {
            state.awaiting = nil
            command(value)
        } else {
            data(value)
        }
        driveLines()
        fill()
    }

    private func command(_ value: UInt8) {
        switch value {
        case Command.readCommandByte: answer(state.commandByte.rawValue)
        case Command.writeCommandByte, Command.writeOutputPort, Command.writeKeyboardBuffer, Command.writeAuxBuffer, Command.writeAux:
            state.awaiting = value
        case Command.testPassword: answer(Answer.noPassword)
        case Command.disableAux: state.commandByte.insert(.auxDisabled)
        case Command.enableAux: state.commandByte.remove(.auxDisabled)
        case Command.testAux, Command.testKeyboard: answer(Answer.interfaceWorks)
        case Command.selfTest:
            state.commandByte.insert(.systemFlag)
            answer(Answer.selfTestPassed)
        case Command.disableKeyboard: state.commandByte.insert(.keyboardDisabled)
        case Command.enableKeyboard: state.commandByte.remove(.keyboardDisabled)
        case Command.readInputPort: answer(Answer.inputPort)
        case Command.readOutputPort: answer(outputPort.rawValue)
        case Command.shutA20: system.isA20Open = false
        case Command.openA20: system.isA20Open = true
        case Command.readTestInputs: answer(Answer.testInputs)
        case 0xF0...0xFF:
            // Pulses the output port's low bits where the command has a 0.
            if !OutputPort(rawValue: value).contains(.notReset) { pins.requestReset() }
        default: break
        }
    }

    private func data(_ value: UInt8) {
        let awaiting = state.awaiting
        state.awaiting = nil
        switch awaiting {
        case Command.writeCommandByte: state.commandByte = CommandByte(rawValue: value)
        case Command.writeOutputPort:
            let port = OutputPort(rawValue: value)
            system.isA20Open = port.contains(.a20)
            if !port.contains(.notReset) { pins.requestReset() }
        case Command.writeKeyboardBuffer: answer(value)
        case Command.writeAuxBuffer: answer(value, isAux: true)
        case Command.writeAux:
            // Sending to a device lets its clock go.
            state.commandByte.remove(.auxDisabled)
            aux.receive(value)
        default:
            state.commandByte.remove(.keyboardDisabled)
            keyboard.receive(value)
        }
    }

    private var outputPort: OutputPort {
        var port: OutputPort = [.notReset, .idle]
        if system.isA20Open { port.insert(.a20) }
        if state.isFull { port.insert(state.outputBuffer.isAux ? .auxFull : .keyboardFull) }
        return port
    }

    // MARK: The output buffer

    /// Where nobody reads, the oldest answers stay: they are what the reader will ask for first.
    private func answer(_ value: UInt8, isAux: Bool = false) {
        guard state.answers.count < Self.mostAnswers else { return }
        state.answers.append(Byte(value: value, isAux: isAux))
    }

    private func fill() {
        guard !state.isFull, let next = nextByte() else { return }
        state.outputBuffer = next
        state.isFull = true
        driveLines()
    }

    /// The controller first, then answers of the devices, then keys, then motion.
    private func nextByte() -> Byte? {
        if !state.answers.isEmpty { return state.answers.removeFirst() }
        let keyboardSpeaks = !state.commandByte.contains(.keyboardDisabled) && keyboard.hasOutput
        let auxSpeaks = !state.commandByte.contains(.auxDisabled) && aux.hasOutput
        if keyboardSpeaks && keyboard.isAnswering, let byte = keyboardByte() { return byte }
        if auxSpeaks && aux.isAnswering { return auxByte() }
        guard keyboardSpeaks || auxSpeaks else { return nil }
        guard clock.now >= state.lineBusyUntil else {
            clock.schedule(0, at: state.lineBusyUntil)
            return nil
        }
        if keyboardSpeaks, let byte = keyboardByte() { return byte }
        return auxSpeaks ? auxByte() : nil
    }

    package func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64) { fill() }

    private func auxByte() -> Byte? { aux.send().map { Byte(value: $0, isAux: true) } }

    /// Translates scan code set 2 to set 1, where F0h before a code becomes its bit 7. From E0h up stand prefixes and answers: they pass, and an
    /// answer may come between F0h and its code.
    private func keyboardByte() -> Byte? {
        while let byte = keyboard.send() {
            guard state.commandByte.contains(.translate) else {
                state.isBreak = false
                return Byte(value: byte)
            }
            if byte == ScanCodes.breakPrefix {
                state.isBreak = true
            } else if byte >= 0xE0 {
                return Byte(value: byte)
            } else {
                defer { state.isBreak = false }
                return Byte(value: ScanCodes.translate(byte) | (state.isBreak ? 0x80 : 0))
            }
        }
        return nil
    }

    private func driveLines() {
        let isAux = state.outputBuffer.isAux
        keyboardIRQ.set(state.isFull && !isAux && state.commandByte.contains(.keyboardInterrupt))
        auxIRQ.set(state.isFull && isAux && state.commandByte.contains(.auxInterrupt))
    }
}
