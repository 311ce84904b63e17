import Foundation
import HTTPTypes

/// The token that a request carries.
enum BearerToken {
    /// Reads `Authorization: Bearer TOKEN`, or, for browsers, which ask for a name and a password, the password of
    /// `Basic`.
    /// - Parameter headers: The request's.
    /// - Returns: Nil when there is none.
    static func read(_ headers: HTTPFields) -> String? {
        guard let value = headers[.authorization] else { return nil }
        let words = value.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return nil }
        let rest = words[1].trimmingCharacters(in: .whitespaces)
        switch words[0].lowercased() {
        case "bearer": return rest
        case "basic":
            guard let data = Data(base64Encoded: rest), let text = String(data: data, encoding: .utf8),
                let colon = text.firstIndex(of: ":")
            else { return nil }
            return String(text[text.index(after: colon)...])
        default: return nil
        }
    }

    /// What a request without a good one is asked for.
    static let challenge = "Bearer realm=\"gleaner\", Basic realm=\"gleaner: any name, a token as the password\""
}
