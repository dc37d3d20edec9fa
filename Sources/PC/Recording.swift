package import Bus
package import Configuration

/// What entered a machine from outside, and when: text, one line an event, that a person can read and edit.
///
///     vitrine recording 1
///     option memory: 128 MB
///     6120451870 611543201 key 1E down
///     6135451870 612843207 serial 1 6C 73 0A
///     9000000000 870000412 end
///
/// A line of an event begins with virtual nanoseconds and the count of instructions. `#` begins a comment. A file without `end` was cut short.
package struct Recording: Equatable, Sendable {
    package struct Moment: Equatable, Sendable {
        /// Virtual ns since power-on.
        package var time: UInt64
        package var instructions: UInt64
        package init(time: UInt64, instructions: UInt64) { (self.time, self.instructions) = (time, instructions) }
    }

    package enum Event: Equatable, Sendable {
        case input(InputEvent)
        /// Port 0 is COM1.
        case serial(port: Int, [UInt8])
        /// nil: the drive was emptied.
        case medium(MachineConfiguration.Drive.Slot, path: String?)
        case powerButton, reset
        /// The machine was turned off, or ended by itself.
        case end
    }

    package struct Entry: Equatable, Sendable {
        package var line: Int
        package var moment: Moment
        package var event: Event
    }

    package struct Mistake: Error, Equatable, CustomStringConvertible {
        package var line: Int
        package var problem: String
        package var description: String { "line \(line): \(problem)" }
    }

    static let title = "vitrine recording 1"
    /// What the machine was built with, by name.
    package private(set) var options: [String: String] = [:]
    package private(set) var entries: [Entry] = []

    package init(parsing text: String) throws(Mistake) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, first == Self.title else {
            throw Mistake(line: 1, problem: "a recording begins with \"\(Self.title)\"; this file does not")
        }
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty && !line.hasPrefix("#") {
            do { try add(line, number: index + 1) } catch { throw Mistake(line: index + 1, problem: error.text) }
        }
        guard entries.last?.event == .end else {
            throw Mistake(line: lines.count, problem: "the recording breaks off here, before its \"end\": it is incomplete")
        }
    }

    private struct Problem: Error { var text: String }

    private mutating func add(_ line: Substring, number: Int) throws(Problem) {
        if line.hasPrefix("option ") {
            guard let colon = line.firstRange(of: ": "), entries.isEmpty else {
                throw Problem(text: "an option reads \"option NAME: VALUE\" and stands before the events")
            }
            options[String(line[..<colon.lowerBound].dropFirst(7))] = String(line[colon.upperBound...])
            return
        }
        let words = line.split(separator: " ", maxSplits: 3)
        guard words.count >= 3, let time = UInt64(words[0]), let instructions = UInt64(words[1]) else {
            throw Problem(text: "an event reads \"NANOSECONDS INSTRUCTIONS WHAT …\"")
        }
        if let last = entries.last {
            guard last.event != .end else { throw Problem(text: "after \"end\" nothing follows") }
            guard time >= last.moment.time, instructions >= last.moment.instructions else {
                throw Problem(text: "this event lies before the one above it")
            }
        }
        let event = try Self.event(words[2], words.count > 3 ? words[3] : "")
        entries.append(Entry(line: number, moment: Moment(time: time, instructions: instructions), event: event))
    }

    // MARK: One event

    private static func event(_ verb: Substring, _ rest: Substring) throws(Problem) -> Event {
        let words = rest.split(separator: " ")
        func number<T: FixedWidthInteger>(_ index: Int, _: T.Type) -> T? { words.count > index ? T(words[index]) : nil }
        switch verb {
        case "key":
            guard words.count == 2, let code = UInt8(words[0], radix: 16), ["down", "up"].contains(words[1]) else {
                throw Problem(text: "a key reads \"key CODE down\" or \"up\", its code in hexadecimal")
            }
            return .input(.key(KeyCode(rawValue: code), down: words[1] == "down"))
        case "pointer":
            guard words.count == 3, let x = number(0, UInt16.self), let y = number(1, UInt16.self), let buttons = number(2, UInt8.self) else {
                throw Problem(text: "a position reads \"pointer X Y BUTTONS\"")
            }
            return .input(.pointer(x: x, y: y, buttons: PointerButtons(rawValue: buttons)))
        case "motion":
            guard words.count == 3, let x = number(0, Int16.self), let y = number(1, Int16.self), let buttons = number(2, UInt8.self) else {
                throw Problem(text: "a motion reads \"motion X Y BUTTONS\"")
            }
            return .input(.motion(dx: x, dy: y, buttons: PointerButtons(rawValue: buttons)))
        case "wheel":
            guard words.count == 1, let clicks = number(0, Int8.self) else { throw Problem(text: "a wheel reads \"wheel CLICKS\"") }
            return .input(.wheel(clicks))
        case "serial":
            let bytes = words.dropFirst().map { $0.count == 2 ? UInt8($0, radix: 16) : nil }
            guard let port = number(0, Int.self), (1...2).contains(port), !bytes.isEmpty, !bytes.contains(nil) else {
                throw Problem(text: "serial input reads \"serial PORT BYTES\": port 1 or 2, bytes of two hexadecimal digits each")
            }
            return .serial(port: port - 1, bytes.compactMap { $0 })
        case "medium":
            guard let name = words.first, let slot = MachineConfiguration.Drive.Slot(rawValue: String(name)), words.count > 1 else {
                throw Problem(text: "a medium reads \"medium DRIVE PATH\"")
            }
            return .medium(slot, path: String(rest.dropFirst(name.count + 1)))
        case "eject":
            guard words.count == 1, let slot = MachineConfiguration.Drive.Slot(rawValue: String(words[0])) else {
                throw Problem(text: "an ejection reads \"eject DRIVE\"")
            }
            return .medium(slot, path: nil)
        case "power-button", "reset", "end":
            guard words.isEmpty else { throw Problem(text: "after \(verb) nothing follows") }
            return verb == "end" ? .end : verb == "reset" ? .reset : .powerButton
        default:
            let verbs = "key, pointer, motion, wheel, serial, medium, eject, power-button, reset and end"
            throw Problem(text: "\(verb) is unknown; what may stand here is \(verbs)")
        }
    }

    /// An event as its line says it.
    static func text(_ event: Event) -> String {
        func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }
        switch event {
        case .input(.key(let code, let down)): return "key \(hex(code.rawValue)) \(down ? "down" : "up")"
        case .input(.pointer(let x, let y, let buttons)): return "pointer \(x) \(y) \(buttons.rawValue)"
        case .input(.motion(let dx, let dy, let buttons)): return "motion \(dx) \(dy) \(buttons.rawValue)"
        case .input(.wheel(let clicks)): return "wheel \(clicks)"
        case .serial(let port, let bytes): return (["serial \(port + 1)"] + bytes.map(hex)).joined(separator: " ")
        case .medium(let slot, let path?): return "medium \(slot.rawValue) \(path)"
        case .medium(let slot, nil): return "eject \(slot.rawValue)"
        case .powerButton: return "power-button"
        case .reset: return "reset"
        case .end: return "end"
        }
    }
}

extension VirtualMachine.Command {
    /// What this command brings into the machine; nil where it is about the machine.
    var event: Recording.Event? {
        switch self {
        case .input(let event): .input(event)
        case .serialInput(let port, let bytes): .serial(port: port, bytes)
        case .changeMedium(let slot, let medium, let path): .medium(slot, path: medium == nil ? nil : path ?? "")
        case .powerButton: .powerButton
        case .reset: .reset
        case .pause, .resume, .turnOff, .save: nil
        }
    }
}
