/// What requests are signed with.
package struct Credentials: Sendable, Equatable, CustomStringConvertible {
    package var accessKeyID: String
    package var secretAccessKey: Secret
    /// There for temporary credentials only.
    package var sessionToken: Secret?
    /// When they end, since 1970; nil for those without an end, or whose end nobody told.
    package var expiresAtMilliseconds: Int64?

    package init(
        accessKeyID: String,
        secretAccessKey: Secret,
        sessionToken: Secret? = nil,
        expiresAtMilliseconds: Int64? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiresAtMilliseconds = expiresAtMilliseconds
    }

    package var description: String { "credentials of \(accessKeyID)" }

    /// The text with every secret of these credentials blotted out: AWS repeats signed headers in some errors.
    func redacting(_ text: String) -> String {
        var clean = text
        for secret in [secretAccessKey.value, sessionToken?.value ?? ""] where !secret.isEmpty {
            clean = clean.replacing(secret, with: Secret.shown)
        }
        return clean
    }
}
