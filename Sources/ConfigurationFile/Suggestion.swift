/// Finds what was probably meant by a word that is not known.
package enum Suggestion {
    /// The nearest of the candidates, or nil when none is near.
    package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let plain = folded(word)
        guard !plain.isEmpty, plain.count <= 100 else { return nil }
        let allowed = max(1, plain.count / 3)
        var best: (distance: Int, word: String)?
        for candidate in candidates.sorted() {
            let other = folded(candidate)
            let distance =
                other == plain ? 0 : min(editDistance(plain, other), isPart(plain, of: other) ? allowed : .max)
            if distance <= allowed, distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.word
    }

    /// Case, dashes and underscores are what is mixed up most.
    private static func folded(_ word: String) -> [Character] {
        word.lowercased().filter { $0 != "-" && $0 != "_" }
    }

    /// Whether one begins with the other and is at least half as long: `planning` for `planningWindow`.
    private static func isPart(_ left: [Character], of right: [Character]) -> Bool {
        let (short, long) = left.count < right.count ? (left, right) : (right, left)
        return short.count * 2 >= long.count && long.starts(with: short)
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
    static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast = [Int]()
        var last = Array(0...right.count)
        for (row, character) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (character == other ? 0 : 1))
                if row > 0, column > 0, character == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
