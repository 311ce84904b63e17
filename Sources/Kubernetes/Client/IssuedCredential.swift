import Foundation
import Model

/// A credential as a request carries it.
struct IssuedCredential: Sendable, Equatable {
    /// Expiry is foreseen by this much, or by a tenth of the whole life when that is less.
    private static let marginSeconds: Double = 60

    var token: String?
    /// PEM.
    var certificate: [UInt8]?
    /// PEM.
    var key: [UInt8]?
    /// When to ask for another; nil for never.
    private(set) var renewAt: Date?

    init(token: String? = nil, certificate: [UInt8]? = nil, key: [UInt8]? = nil) {
        self.token = token
        self.certificate = certificate
        self.key = key
    }

    mutating func expires(at expiry: Date, now: Date = Date()) {
        renewAt = expiry - min(Self.marginSeconds, max(0, expiry.timeIntervalSince(now) / 10))
    }

    func isFresh(at now: Date = Date()) -> Bool {
        renewAt.map { now < $0 } ?? true
    }

    /// Reads an RFC 3339 time.
    static func expiry(_ text: String) -> Date? {
        Timestamp(rfc3339: text).map { Date(timeIntervalSince1970: Double($0.milliseconds) / 1000) }
    }
}
