/// Why a text is not the XML that AWS writes.
package enum XMLError: Error, Sendable, Equatable, CustomStringConvertible {
    case tooLong(limitBytes: Int)
    case tooDeep(limit: Int, offset: Int)
    case malformed(String, offset: Int)

    package var description: String {
        switch self {
        case .tooLong(let limit): "more than \(limit) bytes"
        case .tooDeep(let limit, let offset): "more than \(limit) elements inside one another, at byte \(offset)"
        case .malformed(let what, let offset): "\(what), at byte \(offset)"
        }
    }
}
