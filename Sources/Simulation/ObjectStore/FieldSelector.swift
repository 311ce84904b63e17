package import Kubernetes

/// A field selector: `spec.nodeName=n1,status.phase!=Failed`.
package struct FieldSelector: Sendable, Hashable {
    private struct Requirement: Sendable, Hashable {
        var path: [String]
        var value: String
        var isNegative: Bool
    }

    private var requirements: [Requirement] = []

    /// Selects everything.
    package static let everything = FieldSelector()

    private init() {}

    /// Reads the text of a `fieldSelector` parameter.
    ///
    /// - Parameters:
    ///   - text: Requirements between commas.
    ///   - kind: The kind whose fields are named.
    /// - Throws: `APIError.badRequest` for a field that objects of this kind are not selected by.
    package init(query text: String, kind: ResourceKind) throws(APIError) {
        for part in text.split(separator: ",") {
            guard let equals = part.firstIndex(of: "=") else {
                throw .badRequest("invalid selector: '\(text)'; can't understand '\(part)'")
            }
            var field = part[..<equals]
            var value = part[part.index(after: equals)...]
            let isNegative = field.last == "!"
            if isNegative { field = field.dropLast() } else if value.first == "=" { value = value.dropFirst() }
            var name = field.trimmed
            if kind == .events, name.hasPrefix("regarding.") { name = "involvedObject." + name.dropFirst(10) }
            let isKnown = name == "metadata.name" || (name == "metadata.namespace" && kind.isNamespaced)
            guard isKnown || kind.selectableFields.contains(name) else {
                throw .badRequest("field label not supported: \(field)")
            }
            let path = kind == .events && name == "source" ? "source.component" : name
            requirements.append(
                Requirement(
                    path: path.split(separator: ".").map(String.init),
                    value: value.trimmed,
                    isNegative: isNegative
                )
            )
        }
    }

    package func matches(_ object: JSON) -> Bool {
        requirements.allSatisfy { (Self.text(object.at($0.path), at: $0.path) == $0.value) != $0.isNegative }
    }

    private static func text(_ value: JSON, at path: [String]) -> String {
        switch value {
        case .string(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        default: path.last == "unschedulable" || path.last == "hostNetwork" ? "false" : ""
        }
    }
}
