import Foundation

/// A role, assumed with a token in a file, as Kubernetes writes it for a service account (IRSA). The file is read anew
/// each time: it is rotated.
struct WebIdentityCredentials: CredentialProvider {
    private static let longestTokenBytes = 64 << 10

    let role: STSClient.Role
    let tokenFile: String
    let sts: STSClient

    /// By `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME`.
    /// - Parameters:
    ///   - environment: of the process.
    ///   - sts: gives the credentials.
    /// - Returns: nil when none of this is set.
    /// - Throws: `CredentialError.incomplete` when one is missing.
    static func named(
        by environment: [String: String],
        sts: STSClient
    ) throws(CredentialError) -> WebIdentityCredentials? {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let (file, arn) = (variable("AWS_WEB_IDENTITY_TOKEN_FILE"), variable("AWS_ROLE_ARN"))
        // AWS_ROLE_ARN alone is what other tools are told.
        guard let file else { return nil }
        guard let arn else { throw .incomplete(source: "web identity", missing: "AWS_ROLE_ARN") }
        var role = STSClient.Role(arn: arn)
        if let name = variable("AWS_ROLE_SESSION_NAME") { role.sessionName = name }
        return WebIdentityCredentials(role: role, tokenFile: file, sts: sts)
    }

    var source: String { "web identity of \(tokenFile)" }

    func credentials() async throws(CredentialError) -> Credentials? {
        let token: String
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: tokenFile))
            guard data.count <= Self.longestTokenBytes else {
                throw CredentialError.unreadable(path: tokenFile, reason: "it is longer than a token")
            }
            token = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        } catch let error as CredentialError {
            throw error
        } catch {
            throw .unreadable(path: tokenFile, reason: error.localizedDescription)
        }
        guard !token.isEmpty else { throw .unreadable(path: tokenFile, reason: "it is empty") }
        do throws(AWSError) {
            return try await sts.assumeRole(role, webIdentity: Secret(token))
        } catch {
            throw .refused(
                source: "role \(role.arn) by web identity",
                reason: "\(error)",
                isTransient: error.kind.isRetried
            )
        }
    }
}
