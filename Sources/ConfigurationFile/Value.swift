import Model
import Yams

/// A value of the file and where it stands. Reads scalars by their text, as they are written: YAML's own idea of
/// `no`, `010`, `12:30` or `1_000` never counts. Every reader gives nil after it has noted a mistake.
struct Value {
    let node: Yams.Node
    let path: String
    let mistakes: MistakeList

    func refuse(_ problem: String, suggestion: String? = nil) {
        mistakes.add(node.mark, path, problem, suggestion: suggestion)
    }

    /// Whether nothing stands after the key.
    var isNull: Bool {
        guard let scalar = node.scalar, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// A scalar that is not empty, as it is written.
    func text(_ what: String = "text") -> String? {
        guard let scalar = node.scalar else {
            refuse("must be \(what), not a \(node.mapping == nil ? "list" : "map")")
            return nil
        }
        guard !isNull, !scalar.string.isEmpty else {
            refuse("has no value; give it one or remove the key")
            return nil
        }
        guard scalar.string.utf8.count <= 1024, scalar.string.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            refuse("must be \(what) in one line of at most 1024 bytes")
            return nil
        }
        return scalar.string
    }

    /// A text of which `isValid` holds.
    func text(_ what: String, where isValid: (String) -> Bool) -> String? {
        guard let text = text(what) else { return nil }
        guard isValid(text) else {
            refuse("\"\(text)\" is not \(what)")
            return nil
        }
        return text
    }

    func flag() -> Bool? {
        guard let text = text("true or false") else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            let meant = ["yes": "true", "on": "true", "no": "false", "off": "false"][text.lowercased()]
            refuse(
                "\"\(text)\" is not true or false",
                suggestion: meant ?? Suggestion.nearest(to: text, among: ["true", "false"])
            )
            return nil
        }
    }

    /// A whole number of at least `minimum`.
    func count(atLeast minimum: Int64 = 0) -> Int64? {
        guard let text = text("a whole number") else { return nil }
        let digits = text.drop { $0 == "-" }
        guard let number = Int64(text), number <= 1_000_000_000,
            text.utf8.allSatisfy({ $0 == 0x2D || (48...57).contains($0) }), digits == "0" || digits.first != "0"
        else {
            let plain = text.filter { !"_, ".contains($0) }.drop { $0 == "0" }
            let meant = Int64(plain).flatMap { $0 >= minimum && $0 <= 1_000_000_000 ? String($0) : nil }
            refuse("\"\(text)\" is not a whole number", suggestion: meant)
            return nil
        }
        guard number >= minimum else {
            refuse(number < 0 ? "must not be negative, is \(text)" : "must be at least \(minimum), is \(text)")
            return nil
        }
        return number
    }

    /// An amount of money, not negative.
    func money() -> Money? {
        guard let text = text("an amount of money") else { return nil }
        guard let money = Money(text) else {
            let plain = text.filter { !"$_, ".contains($0) && !$0.isLetter }
            refuse(
                "\"\(text)\" is not an amount of money; write a decimal number such as \"12.50\"",
                suggestion: plain != text && Money(plain) != nil && !text.contains("e") && !text.contains("E")
                    ? plain : nil
            )
            return nil
        }
        guard money >= .zero else {
            refuse("must not be negative, is \(text)")
            return nil
        }
        return money
    }

    /// A length of time, such as `90s`.
    func duration(atLeast minimum: Duration = .zero) -> Duration? {
        guard let text = text("a duration such as 90s") else { return nil }
        switch DurationText.read(text) {
        case .duration(let duration) where duration < minimum:
            refuse("must be at least \(DurationText.write(minimum)), is \(text)")
            return nil
        case .duration(let duration):
            return duration
        case .mistake(let problem, let suggestion):
            refuse(problem, suggestion: suggestion)
            return nil
        }
    }

    /// One of some words.
    func choice<Choice: CaseIterable & RawRepresentable<String>>(_ type: Choice.Type) -> Choice? {
        let words = type.allCases.map(\.rawValue)
        return choice(words).flatMap(Choice.init(rawValue:))
    }

    func choice(_ words: [String]) -> String? {
        guard let text = text("one of \(words.joined(separator: ", "))") else { return nil }
        guard words.contains(text) else {
            refuse(
                "\"\(text)\" is not one of \(words.joined(separator: ", "))",
                suggestion: Suggestion.nearest(to: text, among: words)
            )
            return nil
        }
        return text
    }

    /// The elements of a list.
    func elements() -> [Value] {
        guard let sequence = node.sequence else {
            if let text = node.scalar?.string, !isNull, !text.isEmpty {
                refuse("must be a list", suggestion: "[\(text.prefix(80))]")
            } else {
                refuse(isNull ? "has no value; give it one or remove the key" : "must be a list")
            }
            return []
        }
        return sequence.enumerated().map { Value(node: $1, path: "\(path)[\($0)]", mistakes: mistakes) }
    }

    /// A list of texts, each of which `read` accepts, none twice.
    func list<Element: Hashable>(_ read: (Value) -> Element?) -> [Element] {
        var seen = Set<Element>()
        var result = [Element]()
        for value in elements() {
            guard let element = read(value) else { continue }
            guard seen.insert(element).inserted else {
                value.refuse("\"\(value.node.scalar?.string ?? "it")\" is listed twice")
                continue
            }
            result.append(element)
        }
        return result
    }

    /// A map from texts to texts.
    func texts(key isKey: (String) -> Bool, value isValue: (String) -> Bool) -> [String: String] {
        guard let section = Section(self) else { return [:] }
        var result = [String: String]()
        for (key, value) in section.values {
            if !isKey(key) { value.refuse("\"\(key)\" is not a valid key") }
            guard let scalar = value.node.scalar else {
                value.refuse("must be text")
                continue
            }
            guard isValue(scalar.string), !value.isNull || scalar.string.isEmpty else {
                value.refuse("\"\(scalar.string.prefix(80))\" is not a valid value")
                continue
            }
            result[key] = scalar.string
        }
        return result
    }
}
