import Bus
import Configuration
import Contract
import Foundation
import Picture
import Testing
import Workstation

@Suite struct TypingTests {
    private func codes(_ strokes: [Typist.Stroke]) -> [[UInt8]] { strokes.map { $0.keys.map(\.rawValue) } }

    @Test func textIsTypedByTheGuestsLayout() throws {
        #expect(try codes(Typist.strokes(for: "z@\n", .us)) == [[0x2C], [0x2A, 0x03], [0x1C]])
        #expect(try codes(Typist.strokes(for: "z@é", .de)) == [[0x15], [0xB8, 0x10], [0x0D], [0x12]])
        let error = #expect(throws: KeeperError.self) { try Typist.strokes(for: "a日b\u{1}", .de) }
        #expect(error?.description == "日 (U+65E5), (U+1) are on no key of a German keyboard")
    }

    /// Letters are where the guest has them; names are places.
    @Test func chordsFollowTheLayoutToo() throws {
        #expect(try codes(Typist.strokes(chord: ["ctrl", "z"], .de)) == [[0x1D, 0x15]])
        #expect(try codes(Typist.strokes(chord: ["ctrl", "alt", "delete"], .fr)) == [[0x1D, 0x38, 0xD3]])
        #expect(throws: KeeperError.self) { try Typist.strokes(chord: ["ctrl", "nothing"], .us) }
    }

    @Test func oldFilesHaveAKeyboardToo() throws {
        let old = try ConfigurationFile.decode(Data(#"{"name": "x", "serial": ["terminal", "none"]}"#.utf8), from: "a file")
        #expect(old.keyboard == .us && old.serial == [.terminal, MachineConfiguration.SerialPort.none])
        var new = old
        new.keyboard = .jp
        #expect(try ConfigurationFile.decode(ConfigurationFile.encode(new), from: "a file") == new)
        #expect(throws: KeeperError.self) { try ConfigurationFile.decode(Data(#"{"name": "x", "keyboard": "klingon"}"#.utf8), from: "a file") }
    }

    @Test func aSerialTerminalShowsAndAnswers() {
        let answers = Mutexed<[UInt8]>([])
        let terminal = SerialTerminal { bytes in answers.withLock { $0 += bytes } }
        terminal.send(Array("login: \u{1b}[6".utf8))
        let before = terminal.generation
        terminal.send(Array("n".utf8))
        #expect(terminal.current.picture.text[0] == "login:" && terminal.generation > before)
        #expect(answers.withLock { $0 } == Array("\u{1b}[1;8R".utf8))
    }
}
