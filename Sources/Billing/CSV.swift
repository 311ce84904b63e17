/// Rows as RFC 4180 has them: fields with a comma, a quote or a line break in quotes, lines ended by CR LF.
package struct CSV {
    package private(set) var text = ""

    package init() {}

    package mutating func append(_ fields: [String]) {
        text += fields.map(Self.quoted).joined(separator: ",") + "\r\n"
    }

    /// A name that a spreadsheet would take for a formula is made text by an apostrophe before it.
    /// https://owasp.org/www-community/attacks/CSV_Injection
    package static func name(_ text: String) -> String {
        guard let first = text.unicodeScalars.first, "=+-@\t\r\n".unicodeScalars.contains(first) else { return text }
        return "'" + text
    }

    private static func quoted(_ field: String) -> String {
        guard field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}
