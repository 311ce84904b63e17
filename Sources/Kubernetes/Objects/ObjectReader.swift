import Model

/// Reads the fields of one API object and says of which object a field is wrong. An absent field is no mistake unless
/// it is required; a field of the wrong type always is.
struct ObjectReader {
    let json: JSON
    /// `Pod default/trainer-0`: what an error speaks of.
    let object: String
    /// Where in the object `json` stands; empty at its top.
    private let place: String

    init(_ json: JSON, kind: String) {
        self.json = json
        let name = json.at("metadata", "name").string ?? "(unnamed)"
        object = kind + " " + (json.at("metadata", "namespace").string.map { "\($0)/\(name)" } ?? name)
        place = ""
    }

    private init(_ json: JSON, object: String, place: String) {
        self.json = json
        self.object = object
        self.place = place
    }

    /// The object at a path, nil when it is absent.
    func object(_ path: String...) throws(ObjectError) -> ObjectReader? {
        guard let value = try value(path) else { return nil }
        guard case .object = value else { throw invalid(path, value, "an object") }
        return ObjectReader(value, object: object, place: name(path))
    }

    /// The elements of an array field, none when it is absent.
    func elements(_ path: String...) throws(ObjectError) -> [ObjectReader] { try elements(path) }

    func elements(_ path: [String]) throws(ObjectError) -> [ObjectReader] {
        guard let value = try value(path) else { return [] }
        guard case .array(let elements) = value else { throw invalid(path, value, "a list") }
        let field = name(path)
        return elements.enumerated().map { ObjectReader($1, object: object, place: "\(field)[\($0)]") }
    }

    func string(_ path: String...) throws(ObjectError) -> String? {
        guard let value = try value(path) else { return nil }
        guard case .string(let text) = value else { throw invalid(path, value, "a string") }
        return text
    }

    /// A string that must be there and hold something.
    func required(_ path: String...) throws(ObjectError) -> String {
        guard let value = try value(path) else { throw .missing(object: object, field: name(path)) }
        guard case .string(let text) = value, !text.isEmpty else { throw invalid(path, value, "a string with content") }
        return text
    }

    func bool(_ path: String...) throws(ObjectError) -> Bool? {
        guard let value = try value(path) else { return nil }
        guard case .bool(let flag) = value else { throw invalid(path, value, "true or false") }
        return flag
    }

    func integer(_ path: String...) throws(ObjectError) -> Int64? {
        guard let value = try value(path) else { return nil }
        guard let number = value.integer else { throw invalid(path, value, "a whole number") }
        return number
    }

    func timestamp(_ path: String...) throws(ObjectError) -> Timestamp? {
        guard let value = try value(path) else { return nil }
        guard let time = value.string.flatMap({ Timestamp(rfc3339: $0) }) else {
            throw invalid(path, value, "an RFC 3339 time")
        }
        return time
    }

    func strings(_ path: String...) throws(ObjectError) -> [String: String] { try strings(path) }

    func strings(_ path: [String]) throws(ObjectError) -> [String: String] {
        guard let value = try value(path) else { return [:] }
        guard case .object(let fields) = value else { throw invalid(path, value, "a map of strings") }
        var result = [String: String](minimumCapacity: fields.count)
        for (key, value) in fields {
            guard case .string(let text) = value else { throw invalid(path + [key], value, "a string") }
            result[key] = text
        }
        return result
    }

    /// A map of quantities, such as `requests`. What is negative counts as nothing, what does not fit as the most that
    /// does: an API server lets both through in places, and neither may stop everything else.
    func resources(_ path: String...) throws(ObjectError) -> Resources {
        guard let value = try value(path) else { return Resources() }
        guard case .object(let fields) = value else { throw invalid(path, value, "a map of quantities") }
        var amounts = [String: Quantity](minimumCapacity: fields.count)
        for (key, value) in fields {
            guard let quantity = Self.quantity(value) else { throw invalid(path + [key], value, "a quantity") }
            amounts[key] = quantity
        }
        return Resources(amounts)
    }

    /// A list of strings, none when it is absent.
    func strings(in field: String) throws(ObjectError) -> [String] {
        var result = [String]()
        for element in try elements(field) {
            guard case .string(let text) = element.json else { throw element.invalid([], element.json, "a string") }
            result.append(text)
        }
        return result
    }

    func creation() throws(ObjectError) -> Timestamp {
        guard let time = try timestamp("metadata", "creationTimestamp") else {
            throw .missing(object: object, field: "metadata.creationTimestamp")
        }
        return time
    }

    /// The controlling owner, where there is one.
    func controller() throws(ObjectError) -> Pod.Owner? {
        for reference in try elements("metadata", "ownerReferences")
        where try reference.bool("controller") == true {
            return Pod.Owner(
                kind: try reference.required("kind"),
                name: try reference.required("name"),
                uid: try reference.required("uid")
            )
        }
        return nil
    }

    /// The first condition of that type in the status.
    func condition(_ type: String) throws(ObjectError) -> ObjectReader? {
        for condition in try elements("status", "conditions") where condition.json["type"].string == type {
            return condition
        }
        return nil
    }

    private static let largest = Quantity(thousandths: .max)

    private static func quantity(_ value: JSON) -> Quantity? {
        switch value {
        case .integer(let whole):
            return whole > .max / 1000 ? largest : Quantity(max(0, whole))
        case .number, .string:
            let text = value.string ?? value.description
            if let quantity = Quantity(text) { return max(.zero, quantity) }
            return isTooLarge(text) ? largest : nil
        default:
            return nil
        }
    }

    /// Whether a text that is no `Quantity` is one for its form, so that only its size can be the reason.
    private static func isTooLarge(_ text: String) -> Bool {
        let number = text.prefix { "0123456789.".contains($0) }
        let suffixes = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
        return number.contains { $0 != "." } && number.count { $0 == "." } <= 1
            && suffixes.contains(String(text.dropFirst(number.count)))
    }

    private func value(_ path: [String]) throws(ObjectError) -> JSON? {
        var value = json
        for (index, key) in path.enumerated() {
            guard case .object(let fields) = value else { throw invalid(Array(path[..<index]), value, "an object") }
            guard let next = fields[key], next != .null else { return nil }
            value = next
        }
        return value
    }

    private func name(_ path: [String]) -> String {
        let field = path.joined(separator: ".")
        return place.isEmpty ? field : field.isEmpty ? place : "\(place).\(field)"
    }

    private func invalid(_ path: [String], _ value: JSON, _ expected: String) -> ObjectError {
        let shown: String =
            switch value {
            case .object: "an object"
            case .array: "a list"
            case .string(let text): "\"\(text.prefix(80))\""
            default: value.description
            }
        let field = name(path)
        return .invalid(object: object, field: field.isEmpty ? "it" : field, value: shown, expected: expected)
    }
}
