/// What requests are signed with.
package struct Credentials: Sendable, Equatable, CustomStringConvertible {
    package var accessKeyID: String
    package var secretAccessKey: Secret
    /// There for temporary credentials only.
    package var sessionToken: Secret?

    package init(accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    package var description: String { "credentials of \(accessKeyID)" }

    /// The text with every secret of these credentials blotted out: AWS repeats signed headers in some errors.
    func redacting(_ text: String) -> String {
        var clean = text
        for secret in [secretAccessKey.value, sessionToken?.value ?? ""] where !secret.isEmpty {
            clean = clean.replacing(secret, with: "[redacted]")
        }
        return clean
    }
}
