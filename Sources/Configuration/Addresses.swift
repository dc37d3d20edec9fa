/// Addresses stand as one word in files that people write.
private protocol Worded: Codable {
    var word: String { get }
    init?(word: String)
    static var words: String { get }
}

extension Worded {
    fileprivate init(reading decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let word = try container.decode(String.self)
        guard let value = Self(word: word) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(word) is none of \(Self.words)")
        }
        self = value
    }

    fileprivate func write(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(word)
    }
}

extension MachineConfiguration.SerialPort: Worded {
    fileprivate static var words: String { "none, terminal, stdio, pty, file:PATH, unix:PATH" }

    package var word: String {
        switch self {
        case .none: "none"
        case .terminal: "terminal"
        case .stdio: "stdio"
        case .pty: "pty"
        case .file(let path): "file:" + path
        case .unix(let path): "unix:" + path
        }
    }

    package init?(word: String) {
        switch word {
        case "none": self = .none
        case "terminal": self = .terminal
        case "stdio": self = .stdio
        case "pty": self = .pty
        case let file where file.hasPrefix("file:") && file.count > 5: self = .file(String(file.dropFirst(5)))
        case let socket where socket.hasPrefix("unix:") && socket.count > 5: self = .unix(String(socket.dropFirst(5)))
        default: return nil
        }
    }

    package init(from decoder: any Decoder) throws { try self.init(reading: decoder) }
    package func encode(to encoder: any Encoder) throws { try write(to: encoder) }
}

extension MachineConfiguration.ScreenAddress: Worded {
    fileprivate static var words: String { "automatic, none, 127.0.0.1:PORT, unix:PATH" }

    package var word: String {
        switch self {
        case .automatic: "automatic"
        case .none: "none"
        case .port(let port): "127.0.0.1:\(port)"
        case .unix(let path): "unix:" + path
        }
    }

    package init?(word: String) {
        switch word {
        case "automatic": self = .automatic
        case "none": self = .none
        case let socket where socket.hasPrefix("unix:") && socket.count > 5: self = .unix(String(socket.dropFirst(5)))
        default:
            guard word.hasPrefix("127.0.0.1:"), let port = UInt16(word.dropFirst(10)) else { return nil }
            self = .port(port)
        }
    }

    package init(from decoder: any Decoder) throws { try self.init(reading: decoder) }
    package func encode(to encoder: any Encoder) throws { try write(to: encoder) }
}
