import Foundation

/// The parameters of AWS's Query protocols: `Filter.1.Value.2=running`.
struct QueryParameters: Sendable {
    /// More than any request of EC2 may carry.
    private static let maximumParameters = 20_000

    private var values: [String: String] = [:]

    init(form: String) throws {
        let pairs = form.split(separator: "&")
        guard pairs.count <= Self.maximumParameters else {
            throw AWSAPIError(code: "InvalidParameterCombination", message: "The request has too many parameters")
        }
        for pair in pairs {
            let cut = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(cut[0]), let value = Self.decode(cut.count > 1 ? cut[1] : "") else {
                throw AWSAPIError(code: "MalformedQueryString", message: "The query string contains a syntax error")
            }
            values[name] = value
        }
    }

    subscript(name: String) -> String? { values[name] }

    /// Values of `name.1`, `name.2`, and so on.
    func list(_ name: String) -> [String] {
        var result: [String] = []
        while let value = values["\(name).\(result.count + 1)"] { result.append(value) }
        return result
    }

    /// Prefixes `name.1`, `name.2` and so on under which there are parameters.
    func prefixes(_ name: String) -> [String] {
        var numbers: Set<Int> = []
        for key in values.keys where key.hasPrefix("\(name).") {
            let rest = key.dropFirst(name.count + 1)
            if let number = Int(rest.prefix { $0 != "." }) { numbers.insert(number) }
        }
        return numbers.sorted().map { "\(name).\($0)" }
    }

    /// Tags under `prefix`, which are `Tag.1.Key` and `Tag.1.Value`.
    func tags(_ prefix: String) -> [String: String] {
        var result: [String: String] = [:]
        for tag in prefixes(prefix) {
            if let key = values["\(tag).Key"] { result[key] = values["\(tag).Value"] ?? "" }
        }
        return result
    }

    /// Tags for one kind of resource under `TagSpecification.N`.
    func tagSpecifications(_ prefix: String, resource: String) -> [String: String] {
        var result: [String: String] = [:]
        for specification in prefixes(prefix) where values["\(specification).ResourceType"] == resource {
            result.merge(tags("\(specification).Tag")) { $1 }
        }
        return result
    }

    func flag(_ name: String) -> Bool { values[name]?.lowercased() == "true" }

    func number(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw AWSAPIError(
                code: "InvalidParameterValue",
                message: "Value (\(text)) for parameter \(name) is invalid. "
                    + "Expecting a number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    func required(_ name: String) throws -> String {
        guard let value = values[name], !value.isEmpty else {
            throw AWSAPIError(code: "MissingParameter", message: "The request must contain the parameter \(name)")
        }
        return value
    }

    private static func decode(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }
}
