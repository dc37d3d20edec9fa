/// The characters of the PC's own font, by glyph number.
package enum CodePage437 {
    /// 256 characters; 00h and FFh are blanks.
    package static let characters: [Character] = Array(
        " \u{263A}\u{263B}\u{2665}\u{2666}\u{2663}\u{2660}\u{2022}\u{25D8}\u{25CB}\u{25D9}\u{2642}\u{2640}\u{266A}\u{266B}\u{263C}"
            + "\u{25BA}\u{25C4}\u{2195}\u{203C}\u{00B6}\u{00A7}\u{25AC}\u{21A8}\u{2191}\u{2193}\u{2192}\u{2190}\u{221F}\u{2194}\u{25B2}\u{25BC}"
            + " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\u{2302}"
            + "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥\u{20A7}ƒáíóúñÑªº¿\u{2310}¬½¼¡«»"
            + "░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
            + "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ")
}

extension TextPicture {
    /// What each glyph of this picture's font stands for. The font's own shapes are not recognised but for blanks and solid blocks: glyph
    /// numbers are taken as code page 437, and a glyph of a second font as the glyph of the first that looks the same, if there is one.
    package var alphabet: [Character] {
        let height = max(font.height, 1)
        let count = font.rows.count / height
        func shape(_ glyph: Int) -> ArraySlice<UInt8> { font.rows[(glyph * height)..<((glyph + 1) * height)] }
        var alphabet = CodePage437.characters
        // Guests that change glyphs outside ASCII often blank them or fill them; showing a letter there would be wrong.
        for glyph in 0..<min(count, 256) where !(0x21...0x7E).contains(glyph) {
            if shape(glyph).allSatisfy({ $0 == 0 }) { alphabet[glyph] = " " }
            if shape(glyph).allSatisfy({ $0 == 0xFF }) { alphabet[glyph] = "█" }
        }
        guard count > 256 else { return alphabet }
        var known: [ArraySlice<UInt8>: Character] = [:]
        for glyph in 0..<256 where known[shape(glyph)] == nil { known[shape(glyph)] = alphabet[glyph] }
        for glyph in 256..<count {
            let rows = shape(glyph)
            alphabet.append(rows.allSatisfy { $0 == 0 } ? " " : known[rows] ?? "\u{FFFD}")
        }
        return alphabet
    }

    /// One string a row, `columns` characters each.
    package var lines: [String] {
        guard columns > 0, rows > 0, cells.count >= columns * rows else { return [] }
        let alphabet = alphabet
        return (0..<rows).map { row in
            String(cells[(row * columns)..<((row + 1) * columns)].map { Int($0.glyph) < alphabet.count ? alphabet[Int($0.glyph)] : "\u{FFFD}" })
        }
    }

    /// The lines without trailing blanks, each with its end.
    package var text: String {
        lines.map { line in
            var line = line
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

extension Picture {
    /// The rows of a text mode; empty in others.
    package var textLines: [String] {
        if case .text(let text) = self { text.lines } else { [] }
    }
}
