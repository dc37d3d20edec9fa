/// Finding by letters in their order, as people type them; case does not count.
enum Fuzzy {
    struct Pattern {
        private let letters: [Character]
        private let whole: String

        init(_ typed: String) {
            whole = typed.lowercased()
            letters = whole.filter { $0 != " " }.map { $0 }
        }

        var isEmpty: Bool { letters.isEmpty }

        /// How well a title matches and which of its letters did; nil where they are not all there in order. Letters beside each other and at
        /// beginnings of words count most.
        func match(_ title: String) -> (score: Int, positions: Set<Int>)? {
            let title = title.map { $0.lowercased() }
            // The first letter decides where the rest falls: the best of all places is taken.
            var best: (score: Int, positions: Set<Int>)?
            guard let first = letters.first else { return (0, []) }
            for start in title.indices where title[start] == String(first) {
                guard let found = match(title, from: start) else { break }
                if best == nil || found.score > best?.score ?? 0 { best = found }
            }
            return best
        }

        private func match(_ title: [String], from start: Int) -> (score: Int, positions: Set<Int>)? {
            var score = 0, positions: Set<Int> = [], at = start, last = -2
            for letter in letters {
                guard let index = title[at...].firstIndex(of: String(letter)) else { return nil }
                score += 10
                if index == last + 1 { score += 20 }
                if index == 0 { score += 25 } else if title[index - 1] == " " { score += 15 }
                positions.insert(index)
                (last, at) = (index, index + 1)
            }
            return (score * 10 - min(title.count, 99), positions)
        }

        /// A word of another name: all of it is as good as can be, its beginning is something.
        func score(alias: String) -> Int {
            let alias = alias.lowercased()
            if alias == whole { return 50_000 }
            return alias.hasPrefix(whole) ? 200 * whole.count : 0
        }
    }
}
