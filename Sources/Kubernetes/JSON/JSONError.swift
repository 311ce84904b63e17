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

    /// The byte that does not fit; nil when it is the size of the whole.
    var offset: Int? {
        switch self {
        case .tooLarge: nil
        case .tooDeep(_, let offset), .expected(_, let offset), .invalidNumber(let offset), .invalidString(let offset):
            offset
        }
    }

    /// The same of bytes before which others stand.
    func shifted(by count: Int) -> JSONError {
        switch self {
        case .tooLarge: self
        case .tooDeep(let limit, let offset): .tooDeep(limit: limit, offset: offset + count)
        case .expected(let what, let offset): .expected(what, offset: offset + count)
        case .invalidNumber(let offset): .invalidNumber(offset: offset + count)
        case .invalidString(let offset): .invalidString(offset: offset + count)
        }
    }
}
