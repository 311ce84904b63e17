/// Writes XML as EC2 does: elements and text, no attributes but the namespace.
struct XMLWriter {
    private var text = ""

    var document: String { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + text }

    mutating func element(_ name: String, _ value: some CustomStringConvertible) {
        text += "<\(name)>"
        escape(value.description)
        text += "</\(name)>"
    }

    /// Nothing for a value that is not there.
    mutating func element(_ name: String, _ value: (some CustomStringConvertible)?) {
        if let value { element(name, value) }
    }

    mutating func element(_ name: String, namespace: String? = nil, _ content: (inout XMLWriter) -> Void) {
        text += namespace.map { "<\(name) xmlns=\"\($0)\">" } ?? "<\(name)>"
        content(&self)
        text += "</\(name)>"
    }

    /// A set in EC2's form: every member in an `item`.
    mutating func list<Values: Sequence>(
        _ name: String,
        _ values: Values,
        _ content: (inout XMLWriter, Values.Element) -> Void
    ) {
        element(name) { xml in
            for value in values { xml.element("item") { content(&$0, value) } }
        }
    }

    mutating func list(_ name: String, _ values: some Sequence<String>) {
        element(name) { xml in
            for value in values { xml.element("item", value) }
        }
    }

    mutating func tags(_ tags: [String: String]) {
        list("tagSet", tags.sorted { $0.key < $1.key }) { xml, tag in
            xml.element("key", tag.key)
            xml.element("value", tag.value)
        }
    }

    private mutating func escape(_ value: String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "\r": text += "&#13;"
            // XML 1.0 has no form for other control characters.
            case _ where scalar.value < 0x20 && scalar != "\n" && scalar != "\t": text += "\u{FFFD}"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
