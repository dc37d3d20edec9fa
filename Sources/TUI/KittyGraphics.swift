/// Pictures for terminals with kitty's graphics protocol: PNG files in base64, in pieces.
package enum KittyGraphics {
    /// Characters of base64 in one piece, as the protocol asks.
    private static let piece = 4096

    /// Shows a picture from the cursor on, stretched over `columns` × `rows` cells, in place of the one that had this number.
    /// - Returns: the sequences; empty where there is nothing to show.
    package static func encode(png file: [UInt8], columns: Int, rows: Int, number: Int = 1) -> [UInt8] {
        guard !file.isEmpty, columns > 0, rows > 0 else { return [] }
        let text = Array(Base64.encode(file).utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count + text.count / piece * 16 + 128)
        for start in stride(from: 0, to: text.count, by: piece) {
            let end = min(text.count, start + piece), more = end < text.count ? 1 : 0
            // q=2: no answers, which would come as input; C=1: the cursor stays.
            let head = start == 0 ? "a=T,f=100,t=d,i=\(number),p=1,c=\(columns),r=\(rows),C=1,q=2,m=\(more)" : "m=\(more),q=2"
            bytes += "\u{1b}_G\(head);".utf8
            bytes += text[start..<end]
            bytes += [0x1b, 0x5c]
        }
        return bytes
    }

    /// Takes a picture off the screen and out of the terminal's memory.
    package static func remove(number: Int = 1) -> [UInt8] { Array("\u{1b}_Ga=d,d=I,i=\(number),q=2\u{1b}\\".utf8) }
}
