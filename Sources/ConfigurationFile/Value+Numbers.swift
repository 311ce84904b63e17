/// Numbers that are no money: rates, shares, and times in whole seconds.
extension Value {
    /// A decimal number without sign and exponent, such as `0.45`.
    func decimal(from minimum: Double, to maximum: Double) -> Double? {
        guard let text = text("a number") else { return nil }
        guard let number = Self.decimal(text) else {
            let plain = text.replacing(",", with: ".").filter { $0 != " " && $0 != "_" }
            refuse(
                "\"\(text)\" is not a decimal number such as 0.45",
                suggestion: Self.decimal(plain).flatMap { minimum <= $0 && $0 <= maximum ? plain : nil }
            )
            return nil
        }
        guard minimum <= number, number <= maximum else {
            refuse("must be from \(Self.write(minimum)) to \(Self.write(maximum)), is \(text)")
            return nil
        }
        return number
    }

    /// A part of a whole, written as `50%`: more than nothing, at most all of it.
    func share() -> Double? {
        guard let text = text("a share such as 50%") else { return nil }
        guard text.last == "%", let percent = Self.decimal(String(text.dropLast())) else {
            let meant = Self.decimal(text).map { $0 <= 1 ? $0 * 100 : $0 }
            refuse(
                "\"\(text)\" is not a share such as 50%",
                suggestion: meant.flatMap { 0 < $0 && $0 <= 100 ? "\(Self.write($0))%" : nil }
            )
            return nil
        }
        guard percent > 0, percent <= 100 else {
            refuse("must be more than 0% and at most 100%, is \(text)")
            return nil
        }
        return percent / 100
    }

    func wholeSeconds() -> Int64? {
        guard let duration = duration() else { return nil }
        guard duration.components.attoseconds == 0 else {
            refuse("must be whole seconds, is \(DurationText.write(duration))")
            return nil
        }
        return duration.components.seconds
    }

    /// Digits, with or without a point between them.
    private static func decimal(_ text: String) -> Double? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, text.utf8.count <= 20,
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } })
        else { return nil }
        return Double(text)
    }

    private static func write(_ number: Double) -> String {
        number == number.rounded() ? "\(Int64(number))" : "\(number)"
    }
}
