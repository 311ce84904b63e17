package import Kubernetes

/// A label selector, from a query (`a=b,c in (d,e),!f`) or from an object (`matchLabels`, `matchExpressions`).
package struct LabelSelector: Sendable, Hashable {
    package enum Requirement: Sendable, Hashable {
        case `in`(String, Set<String>)
        case notIn(String, Set<String>)
        case exists(String)
        case absent(String)
    }

    package var requirements: [Requirement]

    /// Selects everything.
    package static let everything = LabelSelector(requirements: [])

    package init(requirements: [Requirement]) { self.requirements = requirements }

    /// Reads the text of a `labelSelector` parameter.
    ///
    /// - Parameter text: Requirements between commas.
    /// - Throws: `APIError.badRequest` that shows the part which is no requirement.
    package init(query text: String) throws(APIError) {
        requirements = []
        for part in Self.split(text) {
            let requirement = part.trimmed
            guard !requirement.isEmpty else { continue }
            requirements.append(try Self.requirement(requirement))
        }
    }

    /// Reads an object's selector; an empty one selects everything.
    ///
    /// - Parameter object: A `metav1.LabelSelector`.
    package init(object: JSON) {
        requirements = object["matchLabels"].strings.sorted { $0.key < $1.key }.map { .in($0.key, [$0.value]) }
        for expression in object["matchExpressions"].elements {
            guard let key = expression["key"].string else { continue }
            let values = Set(expression["values"].elements.compactMap(\.string))
            switch expression["operator"].string {
            case "In": requirements.append(.in(key, values))
            case "NotIn": requirements.append(.notIn(key, values))
            case "Exists": requirements.append(.exists(key))
            case "DoesNotExist": requirements.append(.absent(key))
            default: requirements.append(.in(key, []))
            }
        }
    }

    package func matches(_ labels: JSON) -> Bool {
        requirements.allSatisfy { requirement in
            switch requirement {
            case .in(let key, let values): labels[key].string.map(values.contains) ?? false
            case .notIn(let key, let values): !(labels[key].string.map(values.contains) ?? false)
            case .exists(let key): labels[key].string != nil
            case .absent(let key): labels[key].string == nil
            }
        }
    }

    /// Splits at the commas outside parentheses.
    private static func split(_ text: String) -> [Substring] {
        var depth = 0
        return text.split(
            omittingEmptySubsequences: true,
            whereSeparator: {
                if $0 == "(" { depth += 1 }
                if $0 == ")" { depth -= 1 }
                return $0 == "," && depth == 0
            }
        )
    }

    private static func requirement(_ text: String) throws(APIError) -> Requirement {
        if text.hasPrefix("!") { return .absent(String(text.dropFirst()).trimmed) }
        if text.hasSuffix(")"), let open = text.firstIndex(of: "(") {
            let words = text[..<open].split(whereSeparator: \.isWhitespace)
            let values = Set(text[text.index(after: open)...].dropLast().split(separator: ",").map(\.trimmed))
            if words.count == 2, words[1] == "in" { return .in(String(words[0]), values) }
            if words.count == 2, words[1] == "notin" { return .notIn(String(words[0]), values) }
        } else if let equals = text.firstIndex(of: "=") {
            var key = text[..<equals]
            var value = text[text.index(after: equals)...]
            let isNegative = key.last == "!"
            if isNegative { key = key.dropLast() } else if value.first == "=" { value = value.dropFirst() }
            if !key.trimmed.isEmpty, !value.contains(where: { "=!() ".contains($0) && !$0.isWhitespace }) {
                return isNegative ? .notIn(key.trimmed, [value.trimmed]) : .in(key.trimmed, [value.trimmed])
            }
        } else if !text.contains(where: { $0.isWhitespace || "()!".contains($0) }) {
            return .exists(text)
        }
        throw .badRequest("unable to parse requirement: \"\(text)\" is no label selector requirement")
    }
}

extension StringProtocol {
    /// The text without white space around it.
    var trimmed: String {
        let start = drop { $0.isWhitespace }
        return String(start[..<(start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)])
    }
}
