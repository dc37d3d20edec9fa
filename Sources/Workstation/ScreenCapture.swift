import Bus
import Contract
import Foundation
import Picture

/// A guest's screen for programs: read without a viewer.
extension KeeperCore {
    /// Rasterising takes its time, so that happens beside the keeper's thread.
    func screen(_ id: MachineID, _ format: ScreenFormat, _ reply: @escaping Reply) throws(KeeperError) {
        guard let record = records[id] else { throw .noMachine(id) }
        let name = record.summary.name
        guard let display = displays.withLock({ $0[id] }) else {
            throw KeeperError(.wrongState, "\(name) is \(record.summary.state.rawValue) and shows nothing; vitrine start \(id) starts it")
        }
        HostThread.start(name: "screen:\(id)") {
            let picture = display.current.picture
            switch (format, picture) {
            case (_, .blank): reply(.failure(KeeperError(.wrongState, "\(name) shows nothing: its screen is blank")))
            case (.text, .text(let text)): reply(.success(.screen(text.text)))
            case (.text, .pixels(let pixels)):
                let size = "\(pixels.width)x\(pixels.height)"
                reply(.failure(KeeperError(.wrongState, "\(name) shows graphics, \(size), and no text; --ansi and --png show them")))
            case (.ansi, _): reply(.success(.screen(picture.ansi)))
            case (.png, _): reply(.success(.screen(Data(PNG.encode(picture)).base64EncodedString())))
            }
        }
    }
}
