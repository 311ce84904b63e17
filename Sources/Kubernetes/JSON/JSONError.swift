/// Why some bytes are not a JSON value we read.
package enum JSONError: Error, Equatable, CustomStringConvertible {
    case tooLarge(bytes: Int, limit: Int)
    case tooDeep(limit: Int, offset: Int)
    case expected(String, offset: Int)
    case invalidNumber(offset: Int)
    case invalidString(offset: Int)

    package var description: String {
        switch self {
        case .tooLarge(let bytes, let limit): "JSON of \(bytes) bytes is larger than the limit of \(limit) bytes"
        case .tooDeep(let limit, let offset): "JSON is nested deeper than \(limit) levels at byte \(offset)"
        case .expected(let what, let offset): "JSON: expected \(what) at byte \(offset)"
        case .invalidNumber(let offset): "JSON: invalid number at byte \(offset)"
        case .invalidString(let offset): "JSON: invalid string (escape, control character or UTF-8) at byte \(offset)"
        }
    }
}
