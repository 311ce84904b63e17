import Billing

/// Sentences for a terminal.
enum TextLines {
    /// A terminal's usual width, at which everything stays legible.
    static let columns = 100

    /// Broken at blanks, the further lines indented; what could steer a terminal is shown as `?`.
    static func wrapped(_ text: String) -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if line.count + word.count + 1 > columns, !line.isEmpty {
                lines.append(line)
                line = "    \(word)"
            } else {
                line += line.isEmpty ? "\(word)" : " \(word)"
            }
        }
        return (lines + [line]).map { TextTable.harmless($0) + "\n" }.joined()
    }
}
