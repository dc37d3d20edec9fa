/// What strings from outside look like in cells: widths, clipping by grapheme, and nothing that could steer a terminal.
package enum Text {
    /// What one grapheme becomes in the grid: the scalars to draw and 1 or 2 cells.
    package static func cell(of character: Character) -> (text: String, width: Int) {
        if let ascii = character.asciiValue {
            return ascii >= 0x20 && ascii < 0x7f ? (String(character), 1) : ("·", 1)
        }
        guard let first = character.unicodeScalars.first, isDrawable(first) else { return ("·", 1) }
        let width = width(of: first)
        if character.unicodeScalars.count == 1 { return (String(character), width) }
        // A terminal cell takes one spacing character and a few marks; joiners and selectors make widths nobody agrees on.
        var text = String(Character(first))
        for mark in character.unicodeScalars.dropFirst().prefix(3) where mark.properties.generalCategory == .nonspacingMark && mark.value < 0xfe00 {
            text.unicodeScalars.append(mark)
        }
        return (text, width)
    }

    /// Cells that a string takes.
    package static func width(_ text: some StringProtocol) -> Int {
        var sum = 0
        for character in text { sum += cell(of: character).width }
        return sum
    }

    /// Cut to a width at a grapheme's end, with `…` where something is lost.
    package static func clipped(_ text: String, to width: Int) -> String {
        guard width > 0 else { return "" }
        var used = 0
        var result = ""
        for character in text {
            let next = cell(of: character).width
            if used + next > width {
                while used > width - 1, let last = result.popLast() { used -= cell(of: last).width }
                return result + "…"
            }
            result.append(character)
            used += next
        }
        return result
    }

    /// Cut in the middle, for paths: both ends say most.
    package static func middleClipped(_ text: String, to width: Int) -> String {
        guard width > 0 else { return "" }
        guard Text.width(text) > width else { return text }
        var front = "", back = ""
        var frontWidth = 0, backWidth = 0
        for character in text {
            let next = cell(of: character).width
            if frontWidth + next > (width - 1) / 2 { break }
            front.append(character)
            frontWidth += next
        }
        for character in text.reversed() {
            let next = cell(of: character).width
            if frontWidth + 1 + backWidth + next > width { break }
            back.append(character)
            backWidth += next
        }
        return front + "…" + String(back.reversed())
    }

    package static func padded(_ text: String, to width: Int) -> String {
        let text = clipped(text, to: width)
        return text + String(repeating: " ", count: max(0, width - Text.width(text)))
    }

    package static func rightAligned(_ text: String, to width: Int) -> String {
        let text = clipped(text, to: width)
        return String(repeating: " ", count: max(0, width - Text.width(text))) + text
    }

    /// Words broken into lines; a word longer than a line is cut. Between wide characters a line may end, as in Japanese, but for marks that do not
    /// begin one.
    package static func wrapped(_ text: String, to width: Int) -> [String] {
        guard width > 0 else { return [] }
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            for word in paragraph.split(separator: " ") {
                var joint = " "
                for var piece in pieces(of: word) {
                    if !line.isEmpty, Text.width(line) + joint.count + Text.width(piece) > width {
                        lines.append(line)
                        line = ""
                    }
                    while Text.width(piece) > width {
                        var head = ""
                        while let character = piece.first, Text.width(head) + cell(of: character).width <= width { head.append(piece.removeFirst()) }
                        if head.isEmpty { piece.removeFirst() } else { lines.append(head) }
                    }
                    line += line.isEmpty ? piece : joint + piece
                    joint = ""
                }
            }
            lines.append(line)
        }
        return lines
    }

    /// What is kept together of a word.
    private static func pieces(of word: Substring) -> [String] {
        var pieces: [String] = []
        var last: Character?
        for character in word {
            if let before = last, cell(of: before).width == 2 || cell(of: character).width == 2, mayBreak(before, character) {
                pieces.append(String(character))
            } else if pieces.isEmpty {
                pieces.append(String(character))
            } else {
                pieces[pieces.count - 1].append(character)
            }
            last = character
        }
        return pieces
    }

    /// Whether a line may end between two characters of which one is wide.
    private static func mayBreak(_ before: Character, _ after: Character) -> Bool {
        !"「『（".contains(before) && !"、。」』）・ーっゃゅょッャュョ〜：！？.,:;)%".contains(after)
    }

    private static func isDrawable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .nonspacingMark, .enclosingMark: false
        default: true
        }
    }

    private static func width(of scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        guard value >= 0x1100 else { return 1 }
        var low = 0, high = wide.count - 1
        while low <= high {
            let middle = (low + high) / 2
            if value < wide[middle].lowerBound {
                high = middle - 1
            } else if value > wide[middle].upperBound {
                low = middle + 1
            } else {
                return 2
            }
        }
        return 1
    }

    /// East Asian Wide and Fullwidth of Unicode 15; ambiguous characters are narrow.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x231a...0x231b, 0x2329...0x232a, 0x23e9...0x23ec, 0x23f0...0x23f0, 0x23f3...0x23f3, 0x25fd...0x25fe, 0x2614...0x2615,
        0x2648...0x2653, 0x267f...0x267f, 0x2693...0x2693, 0x26a1...0x26a1, 0x26aa...0x26ab, 0x26bd...0x26be, 0x26c4...0x26c5, 0x26ce...0x26ce,
        0x26d4...0x26d4, 0x26ea...0x26ea, 0x26f2...0x26f3, 0x26f5...0x26f5, 0x26fa...0x26fa, 0x26fd...0x26fd, 0x2705...0x2705, 0x270a...0x270b,
        0x2728...0x2728, 0x274c...0x274c, 0x274e...0x274e, 0x2753...0x2755, 0x2757...0x2757, 0x2795...0x2797, 0x27b0...0x27b0, 0x27bf...0x27bf,
        0x2b1b...0x2b1c, 0x2b50...0x2b50, 0x2b55...0x2b55, 0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0xa4cf, 0xa960...0xa97c,
        0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6b, 0xff01...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18cff, 0x1aff0...0x1b2fb,
        0x1f004...0x1f004, 0x1f0cf...0x1f0cf, 0x1f18e...0x1f18e, 0x1f191...0x1f19a, 0x1f200...0x1f320, 0x1f32d...0x1f335, 0x1f337...0x1f37c,
        0x1f37e...0x1f393, 0x1f3a0...0x1f3ca, 0x1f3cf...0x1f3d3, 0x1f3e0...0x1f3f0, 0x1f3f4...0x1f3f4, 0x1f3f8...0x1f43e, 0x1f440...0x1f440,
        0x1f442...0x1f4fc, 0x1f4ff...0x1f53d, 0x1f54b...0x1f54e, 0x1f550...0x1f567, 0x1f57a...0x1f57a, 0x1f595...0x1f596, 0x1f5a4...0x1f5a4,
        0x1f5fb...0x1f64f, 0x1f680...0x1f6c5, 0x1f6cc...0x1f6cc, 0x1f6d0...0x1f6d2, 0x1f6d5...0x1f6d7, 0x1f6dc...0x1f6df, 0x1f6eb...0x1f6ec,
        0x1f6f4...0x1f6fc, 0x1f7e0...0x1f7f0, 0x1f90c...0x1f93a, 0x1f93c...0x1f945, 0x1f947...0x1f9ff, 0x1fa70...0x1faff, 0x20000...0x2fffd,
        0x30000...0x3fffd,
    ]

    /// Order as people count: `vm2` stands before `vm10`. nil where neither comes first.
    package static func comesBefore(_ a: String, _ b: String) -> Bool? {
        var a = Array(a.unicodeScalars)[...], b = Array(b.unicodeScalars)[...]
        func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
        /// A number's digits, without the noughts before them.
        func number(_ text: inout ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
            let digits = text.prefix(while: isDigit)
            text = text.dropFirst(digits.count)
            return digits.drop { $0 == "0" }
        }
        while let first = a.first, let second = b.first {
            if isDigit(first), isDigit(second) {
                let left = number(&a), right = number(&b)
                if left.count != right.count { return left.count < right.count }
                if let (one, other) = zip(left, right).first(where: { $0 != $1 }) { return one < other }
                continue
            }
            if first != second { return first < second }
            a.removeFirst()
            b.removeFirst()
        }
        return a.isEmpty == b.isEmpty ? nil : a.isEmpty
    }
}
