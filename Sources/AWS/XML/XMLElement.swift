/// An element of an answer: its name, its text and the elements in it.
struct XMLElement: Equatable {
    let name: String
    private(set) var text = ""
    private(set) var children: [XMLElement] = []

    /// Reads a whole document.
    /// - Parameter bytes: UTF-8.
    /// - Returns: the root element.
    /// - Throws: `XMLError`.
    static func parse(_ bytes: [UInt8]) throws(XMLError) -> XMLElement {
        var reader = try XMLReader(bytes)
        var path: [XMLElement] = []
        var root: XMLElement?
        while let token = try reader.next() {
            switch token {
            case .start(let name): path.append(XMLElement(name: name))
            case .text(let text): path[path.count - 1].text += text
            case .end:
                let done = path.removeLast()
                if path.isEmpty { root = done } else { path[path.count - 1].children.append(done) }
            }
        }
        guard let root else { throw .malformed("no element", offset: 0) }
        return root
    }

    private init(name: String) {
        self.name = name
    }

    /// The first child of that name.
    subscript(name: String) -> XMLElement? {
        children.first { $0.name == name }
    }

    /// The elements of an EC2 list: each is called `item`.
    func items(_ name: String) -> [XMLElement] {
        self[name]?.children.filter { $0.name == "item" } ?? []
    }

    /// A child's text, or nil when the child is missing or empty.
    func string(_ name: String) -> String? {
        guard let text = self[name]?.text, !text.isEmpty else { return nil }
        return text
    }

    /// A child's text.
    /// - Throws: `XMLShapeError` when it is missing or empty.
    func required(_ name: String) throws(XMLShapeError) -> String {
        guard let text = string(name) else { throw .missing(name, in: self.name) }
        return text
    }

    /// A child read as something else than a text.
    /// - Parameters:
    ///   - name: of the child.
    ///   - read: nil for a text that is none.
    /// - Returns: the value.
    /// - Throws: `XMLShapeError` when it is missing or cannot be read.
    func required<Value>(_ name: String, _ read: (String) -> Value?) throws(XMLShapeError) -> Value {
        let text = try required(name)
        guard let value = read(text) else { throw .unreadable(name, in: self.name, text) }
        return value
    }
}

/// An answer that is XML but not what the operation promises.
enum XMLShapeError: Error, Equatable, CustomStringConvertible {
    case missing(String, in: String)
    case unreadable(String, in: String, String)

    var description: String {
        switch self {
        case .missing(let name, let parent): "\(name) is missing in \(parent)"
        case .unreadable(let name, let parent, let text): "\(name) in \(parent) cannot be \"\(text.prefix(60))\""
        }
    }
}
