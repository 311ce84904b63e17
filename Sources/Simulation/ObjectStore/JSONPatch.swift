import Kubernetes

/// JSON Patch (RFC 6902) with JSON pointers (RFC 6901).
enum JSONPatch {
    /// More operations than anybody means to send; the API server's own limit.
    private static let operationLimit = 10_000

    static func apply(_ operations: JSON, to object: JSON) throws(Patch.Failure) -> JSON {
        guard let list = operations.array else { throw .init(message: "a JSON patch is an array of operations") }
        guard list.count <= operationLimit else {
            throw .init(message: "a JSON patch has at most \(operationLimit) operations, this has \(list.count)")
        }
        var object = object
        for operation in list { try apply(one: operation, to: &object) }
        return object
    }

    private static func apply(one operation: JSON, to object: inout JSON) throws(Patch.Failure) {
        let path = try pointer(operation, "path")
        switch operation["op"].string {
        case "add": try add(operation["value"], to: &object, path[...])
        case "replace":
            guard value(in: object, path[...]) != nil else { throw missing(operation) }
            try remove(from: &object, path[...], operation)
            try add(operation["value"], to: &object, path[...])
        case "remove": try remove(from: &object, path[...], operation)
        case "test":
            let found = value(in: object, path[...]) ?? .null
            guard found == operation["value"] else {
                throw .init(message: "testing path \(operation["path"].string ?? "") failed: found \(found)")
            }
        case "move":
            let source = try pointer(operation, "from")
            guard let moved = value(in: object, source[...]) else { throw missing(operation) }
            try remove(from: &object, source[...], operation)
            try add(moved, to: &object, path[...])
        case "copy":
            let source = try pointer(operation, "from")
            guard let copied = value(in: object, source[...]) else { throw missing(operation) }
            try add(copied, to: &object, path[...])
        default:
            throw .init(message: "unknown operation \(operation["op"]): one of add, replace, remove, test, move, copy")
        }
    }

    private static func missing(_ operation: JSON) -> Patch.Failure {
        .init(message: "\(operation["op"].string ?? "") operation does not apply: nothing at \(operation["path"])")
    }

    private static func pointer(_ operation: JSON, _ field: String) throws(Patch.Failure) -> [String] {
        guard let text = operation[field].string, text.isEmpty || text.hasPrefix("/") else {
            throw .init(message: "\(field) must be a JSON pointer, not \(operation[field])")
        }
        return text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { part in
            part.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
                .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
        }
    }

    private static func value(in json: JSON, _ path: ArraySlice<String>) -> JSON? {
        guard let key = path.first else { return json }
        switch json {
        case .object(let fields): return fields[key].flatMap { value(in: $0, path.dropFirst()) }
        case .array(let elements):
            guard let index = index(key), elements.indices.contains(index) else { return nil }
            return value(in: elements[index], path.dropFirst())
        default: return nil
        }
    }

    private static func index(_ key: String) -> Int? {
        guard key == "0" || !key.hasPrefix("0"), key.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int(key)
    }

    private static func add(_ value: JSON, to json: inout JSON, _ path: ArraySlice<String>) throws(Patch.Failure) {
        guard let key = path.first else {
            json = value
            return
        }
        let rest = path.dropFirst()
        switch json {
        case .object(var fields):
            if rest.isEmpty {
                fields[key] = value
            } else {
                guard var child = fields[key] else { throw .init(message: "add operation: missing parent \"\(key)\"") }
                try add(value, to: &child, rest)
                fields[key] = child
            }
            json = .object(fields)
        case .array(var elements):
            if rest.isEmpty, key == "-" {
                elements.append(value)
            } else if let index = index(key), index < elements.count || (rest.isEmpty && index == elements.count) {
                if rest.isEmpty {
                    elements.insert(value, at: index)
                } else {
                    try add(value, to: &elements[index], rest)
                }
            } else {
                throw .init(message: "add operation: index \"\(key)\" is out of bounds")
            }
            json = .array(elements)
        default: throw .init(message: "add operation: \"\(key)\" is inside neither an object nor an array")
        }
    }

    private static func remove(
        from json: inout JSON,
        _ path: ArraySlice<String>,
        _ operation: JSON
    ) throws(Patch.Failure) {
        guard let key = path.first else {
            json = .null
            return
        }
        let rest = path.dropFirst()
        switch json {
        case .object(var fields):
            guard var child = fields[key] else { throw missing(operation) }
            if rest.isEmpty {
                fields[key] = nil
            } else {
                try remove(from: &child, rest, operation)
                fields[key] = child
            }
            json = .object(fields)
        case .array(var elements):
            guard let index = index(key), elements.indices.contains(index) else { throw missing(operation) }
            if rest.isEmpty { elements.remove(at: index) } else { try remove(from: &elements[index], rest, operation) }
            json = .array(elements)
        default: throw missing(operation)
        }
    }
}
