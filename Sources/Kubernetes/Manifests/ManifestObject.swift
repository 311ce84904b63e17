import Yams

/// One object of a file, and where it stands there.
package struct ManifestObject {
    package let file: String
    package let kind: String
    package var json: JSON
    /// Where the file is YAML: to find the lines of fields.
    let node: Yams.Node?

    /// Says of which file, and in YAML of which line, a wrong field is.
    /// - Parameter error: The object and the field.
    /// - Returns: The same with its place.
    package func error(_ error: ObjectError) -> ManifestError {
        ManifestError(file: file, line: node?.line(ofField: error.field), problem: error.description)
    }

    /// Where a field stands, or the nearest one around it that is there.
    /// - Parameter field: Such as `spec.containers[0].resources`.
    /// - Returns: The file and, in YAML, the line.
    package func place(ofField field: String) -> String {
        ManifestError(file: file, line: node?.line(ofField: field), problem: "").place
    }

    /// Says that something is wrong with the object as a whole.
    /// - Parameter problem: What, with the name of the object.
    /// - Returns: The same with its place.
    package func error(_ problem: String) -> ManifestError {
        ManifestError(file: file, line: node?.mark?.line, problem: problem)
    }
}

extension ObjectError {
    fileprivate var field: String {
        switch self {
        case .missing(_, let field), .invalid(_, let field, _, _): field
        }
    }
}

extension Yams.Node {
    /// The line of a field such as `spec.containers[0].resources`, or of the nearest one around it that is there.
    fileprivate func line(ofField path: String) -> Int? {
        switch self {
        case .mapping(let mapping):
            // Keys may hold dots themselves.
            let fitting = mapping.filter { key, _ in
                guard let name = key.string, path.hasPrefix(name) else { return false }
                let rest = path.dropFirst(name.count)
                return rest.isEmpty || rest.first == "." || rest.first == "["
            }
            let best = fitting.max { ($0.key.string?.count ?? 0) < ($1.key.string?.count ?? 0) }
            guard let best else { return mark?.line }
            let rest = path.dropFirst(best.key.string?.count ?? 0)
            let inner = rest.first == "." ? String(rest.dropFirst()) : String(rest)
            return (inner.isEmpty ? nil : best.value.line(ofField: inner)) ?? best.key.mark?.line
        case .sequence(let sequence):
            guard path.first == "[", let end = path.firstIndex(of: "]"),
                let index = Int(path[path.index(after: path.startIndex)..<end]), sequence.indices.contains(index)
            else { return mark?.line }
            let rest = path[path.index(after: end)...]
            let inner = rest.first == "." ? String(rest.dropFirst()) : String(rest)
            return sequence[index].line(ofField: inner)
        case .scalar, .alias:
            return mark?.line
        }
    }
}
