/// A JSON value: what an API server stores, patches and sends, before anyone reads it as a pod or a node.
///
/// Integers and other numbers are kept apart, so that a resource version or a byte count keeps its last digit.
package enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])
}

extension JSON {
    /// An object without fields.
    package static var emptyObject: JSON { .object([:]) }

    package var isNull: Bool { self == .null }

    package var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The value as an integer; a number without a fraction counts as one.
    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    package var array: [JSON]? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    package var object: [String: JSON]? {
        guard case .object(let value) = self else { return nil }
        return value
    }

    /// The elements of an array, none for anything else.
    package var elements: [JSON] { array ?? [] }

    /// The fields of an object, none for anything else.
    package var fields: [String: JSON] { object ?? [:] }

    /// The string fields of an object: labels, annotations, selectors.
    package var strings: [String: String] { fields.compactMapValues(\.string) }
}

extension JSON {
    /// The field of that name: `null` when it is absent or this is no object.
    ///
    /// Setting a field makes an object of anything that is none; setting `null` removes the field, because the API
    /// keeps no nulls.
    package subscript(key: String) -> JSON {
        get {
            guard case .object(let fields) = self else { return .null }
            return fields[key] ?? .null
        }
        set {
            var fields = [String: JSON]()
            if case .object(let present) = self {
                fields = present
                self = .null
            }
            fields[key] = newValue == .null ? nil : newValue
            self = .object(fields)
        }
    }

    /// The element at that place: `null` when there is none. Setting a place that does not exist changes nothing.
    package subscript(index: Int) -> JSON {
        get {
            guard case .array(let elements) = self, elements.indices.contains(index) else { return .null }
            return elements[index]
        }
        set {
            guard case .array(var elements) = self, elements.indices.contains(index) else { return }
            self = .null
            elements[index] = newValue
            self = .array(elements)
        }
    }

    /// The value at a path of field names: `json.at("spec", "nodeName")`.
    package func at(_ path: String...) -> JSON { at(path) }

    /// The value at a path of field names: `null` when any of them is absent.
    package func at(_ path: some Sequence<String>) -> JSON { path.reduce(self) { $0[$1] } }

    /// Takes a field's default: sets it when it is absent.
    package mutating func setDefault(_ key: String, _ value: @autoclosure () -> JSON) {
        if self[key] == .null { self[key] = value() }
    }
}

// No nil literal: it would turn `fields[key] = gone ? nil : value` into a stored null.
extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }

    /// Labels, annotations, selectors.
    package init(_ strings: [String: String]) { self = .object(strings.mapValues { .string($0) }) }

    package init(_ value: some BinaryInteger) { self = .integer(Int64(clamping: value)) }

    /// The string, or `null` for none.
    package init(_ value: String?) { self = value.map { .string($0) } ?? .null }
}

extension JSON: CustomStringConvertible {
    package var description: String { String(decoding: bytes(), as: UTF8.self) }
}
