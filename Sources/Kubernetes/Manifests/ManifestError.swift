/// What is wrong with a file of Kubernetes objects, and where.
package struct ManifestError: Error, Equatable, CustomStringConvertible {
    package var file: String
    /// Counted from 1; nil where the file is JSON, which is often one line, or where the whole of it is meant.
    package var line: Int?
    package var problem: String

    package init(file: String, line: Int? = nil, problem: String) {
        self.file = file
        self.line = line
        self.problem = problem
    }

    /// The file, and the line in it where one is known.
    package var place: String { line.map { "\(file):\($0)" } ?? file }

    package var description: String { "\(place): \(problem)" }
}
