import Foundation

/// A parameter of a route: what it is called, what it means and what it may hold.
struct Parameter: Sendable {
    var name: String
    var summary: String
    var schema: JSONValue

    init(_ name: String, _ summary: String, _ schema: JSONValue) {
        self.name = name
        self.summary = summary
        self.schema = schema
    }
}

/// The query of a request, checked against the parameters that its route takes.
struct Parameters: Sendable {
    private var values: [String: String] = [:]

    /// A `+` stands for itself, as RFC 3986 has it: times with an offset and filters hold some.
    ///
    /// - Parameters:
    ///   - query: The part of the URI after the question mark, still encoded.
    ///   - known: What the route takes.
    /// - Throws: for a parameter that is unknown, given twice or badly encoded.
    init(query: String, known: [Parameter]) throws(Problem) {
        let names = known.map(\.name)
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = String(parts[0]).removingPercentEncoding,
                let value = (parts.count > 1 ? String(parts[1]) : "").removingPercentEncoding
            else { throw .badEncoding(String(pair.prefix(200))) }
            guard names.contains(name) else {
                throw .unknownParameter(
                    String(name.prefix(100)),
                    nearest: nearest(to: name, among: names),
                    known: names
                )
            }
            guard values[name] == nil else { throw .repeatedParameter(name) }
            values[name] = value
        }
    }

    subscript(name: String) -> String? { values[name] }

    func flag(_ name: String, default standard: Bool) throws(Problem) -> Bool {
        switch values[name] {
        case nil: return standard
        case "true": return true
        case "false": return false
        case .some(let given): throw .badParameter(name, given: given.cut, allowed: "true or false")
        }
    }

    func integer(_ name: String, default standard: Int, in range: ClosedRange<Int>) throws(Problem) -> Int {
        guard let given = values[name] else { return standard }
        guard let value = Int(given), range.contains(value) else {
            let allowed = "a whole number from \(range.lowerBound) to \(range.upperBound)"
            throw .badParameter(name, given: given.cut, allowed: allowed)
        }
        return value
    }
}

extension String {
    /// Short enough to be quoted in an answer.
    var cut: String { count <= 100 ? self : prefix(100) + "…" }
}
