/// One thing that is wrong in a configuration file, and where.
package struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
    package var file: String
    /// Counted from 1; nil when the file as a whole is meant.
    package var line: Int?
    package var column: Int?
    /// `pools[0].limits.nodes`; empty when no field is meant.
    package var path: String
    package var problem: String
    /// What was probably meant.
    package var suggestion: String?

    package var description: String {
        let place = [file, line.map(String.init), column.map(String.init)].compactMap(\.self).joined(separator: ":")
        let field = path.isEmpty ? "" : "\(path): "
        return "\(place): \(field)\(problem)" + (suggestion.map { "; did you mean \"\($0)\"?" } ?? "")
    }
}

extension Mistake {
    /// A mistake that was found after the file was read, when its place is a key alone.
    package init(file: String, path: String, problem: String) {
        self.init(file: file, line: nil, column: nil, path: path, problem: problem, suggestion: nil)
    }
}

/// Everything that is wrong in a configuration file, in the order of the file.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    package var mistakes: [Mistake]

    package init(mistakes: [Mistake]) {
        self.mistakes = mistakes
    }

    package var description: String { mistakes.map(\.description).joined(separator: "\n") }
}
