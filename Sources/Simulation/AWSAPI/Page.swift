import Foundation

/// One page of a long answer and the way to the next: an opaque token with a position in it.
struct Page {
    /// A number that the service understands: how many were shown, or the last one shown.
    var position: Int64
    /// What the first page fixed for all later ones, such as the end of the time it covers.
    var anchor: Int64

    init(position: Int64, anchor: Int64 = 0) {
        self.position = position
        self.anchor = anchor
    }

    /// - Throws: InvalidPaginationToken when it is no token of ours.
    init(token: String) throws {
        guard let data = Data(base64Encoded: token) else { throw Self.invalid }
        let parts = String(decoding: data, as: UTF8.self).split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "page", let position = Int64(parts[1]), let anchor = Int64(parts[2]),
            position >= 0
        else { throw Self.invalid }
        self.init(position: position, anchor: anchor)
    }

    var token: String { Data("page|\(position)|\(anchor)".utf8).base64EncodedString() }

    private static let invalid = AWSAPIError(
        code: "InvalidPaginationToken",
        message: "The specified pagination token is not valid or is expired."
    )
}
