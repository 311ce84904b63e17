/// Why a catalogue file cannot be used.
package enum CloudCatalogueError: Error, Equatable, CustomStringConvertible {
    package struct Place: Equatable, Sendable, CustomStringConvertible {
        package var file: String
        /// Counted from 1.
        package var line: Int

        package var description: String { "\(file):\(line)" }
    }

    case unreadable(path: String)
    case empty(file: String)
    case tooLong(Place)
    case missingColumn(Place, String)
    case badValue(Place, column: String, value: String, expected: String)
    case duplicate(Place, String)

    package var description: String {
        switch self {
        case .unreadable(let path):
            "\(path): no such file, or it may not be read; name a CSV file like config/catalogues/aws-us-east-1.csv"
        case .empty(let file):
            "\(file): the catalogue is empty; it needs a header line and at least one instance type"
        case .tooLong(let place):
            "\(place): too many lines for a catalogue"
        case .missingColumn(let place, let column):
            "\(place): the header has no column \"\(column)\""
        case .badValue(let place, let column, let value, let expected):
            "\(place): \(column): \"\(value)\" is not \(expected)"
        case .duplicate(let place, let name):
            "\(place): \"\(name)\" is listed twice; keep one line an instance type"
        }
    }
}
