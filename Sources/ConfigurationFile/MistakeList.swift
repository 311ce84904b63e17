import Yams

/// Collects mistakes while a file is read on.
final class MistakeList {
    let file: String
    private(set) var mistakes: [Mistake] = []

    init(file: String) {
        self.file = file
    }

    func add(_ mark: Mark?, _ path: String, _ problem: String, suggestion: String? = nil) {
        mistakes.append(
            Mistake(
                file: file,
                line: mark?.line,
                column: mark?.column,
                path: path,
                problem: problem,
                suggestion: suggestion
            )
        )
    }

    /// Throws everything collected, in the order of the file.
    func throwIfAny() throws(ConfigurationError) {
        guard mistakes.isEmpty else {
            throw ConfigurationError(
                mistakes: mistakes.enumerated().sorted {
                    ($0.element.line ?? 0, $0.element.column ?? 0, $0.offset)
                        < ($1.element.line ?? 0, $1.element.column ?? 0, $1.offset)
                }
                .map(\.element)
            )
        }
    }
}
