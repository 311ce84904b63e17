extension Duration {
    /// Nothing that anybody waits for or computes takes longer: ten years.
    private static let longestSeconds: Int64 = 10 * 365 * 86_400

    /// Reads a length of time as people write it in annotations and manifests: `90s`, `15m`, `8h`, `2d`, or several in
    /// a row such as `1h30m`. Nil when it is none, or longer than ten years.
    package init?(shorthand text: some StringProtocol) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        var total: Int64 = 0
        var number = ""
        for character in text {
            if character.isASCII, character.isNumber {
                number.append(character)
            } else {
                guard let unit = units[character], number.count <= 9, let value = Int64(number) else { return nil }
                total += value * unit
                guard total <= Self.longestSeconds else { return nil }
                number = ""
            }
        }
        guard number.isEmpty, !text.isEmpty else { return nil }
        self = .seconds(total)
    }
}
