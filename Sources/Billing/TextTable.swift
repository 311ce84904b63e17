/// Columns of text for a terminal: headers above, names to the left, numbers to the right.
package struct TextTable: Sendable {
    package enum Alignment: Sendable {
        case left
        case right
    }

    private let alignments: [Alignment]
    private var lines: [[String]]

    package init(columns: [(title: String, alignment: Alignment)]) {
        alignments = columns.map(\.alignment)
        lines = [columns.map { $0.title.uppercased() }]
    }

    /// Adds a line; control characters, which could steer a terminal, are shown as `?`. Cells beyond the columns are left
    /// out.
    package mutating func append(_ cells: [String]) {
        lines.append(cells.prefix(alignments.count).map(Self.harmless))
    }

    /// The table, each line ended by a newline, without blanks at line ends.
    package var text: String {
        let widths = alignments.indices.map { column in
            lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return lines.map { cells in
            let padded = cells.indices.map { column in
                let blanks = String(repeating: " ", count: widths[column] - cells[column].count)
                return alignments[column] == .left ? cells[column] + blanks : blanks + cells[column]
            }
            let line = padded.joined(separator: "  ")
            let end = line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.startIndex
            return line[..<end] + "\n"
        }.joined()
    }

    /// The text with control characters, which could steer a terminal, shown as `?`.
    package static func harmless(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: result.append("?")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
