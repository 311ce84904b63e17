/// Why an object of the API is not one we can read. Names the object and the field, so that a person can look at it.
package enum ObjectError: Error, Equatable, CustomStringConvertible {
    case missing(object: String, field: String)
    case invalid(object: String, field: String, value: String, expected: String)

    package var description: String {
        switch self {
        case .missing(let object, let field):
            "\(object): \(field) is missing"
        case .invalid(let object, let field, let value, let expected):
            "\(object): \(field) is \(value), not \(expected)"
        }
    }
}
