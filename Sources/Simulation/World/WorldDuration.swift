/// Durations as people write them in manifests and on the command line: `90s`, `20m`, `6h`, `2d`, or several in a row.
package enum WorldDuration {
    /// Nil when the text is no duration.
    package static func parse(_ text: some StringProtocol) -> Duration? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        var total: Int64 = 0
        var number = ""
        for character in text {
            if character.isASCII, character.isNumber {
                number.append(character)
            } else {
                guard let unit = units[character], number.count <= 9, let value = Int64(number) else { return nil }
                total += value * unit
                number = ""
            }
        }
        return number.isEmpty && !text.isEmpty ? .seconds(total) : nil
    }
}
