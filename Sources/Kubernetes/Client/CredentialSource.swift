import Foundation

/// Says who we are at this moment: reads, asks and renews what a credential stands for.
actor CredentialSource {
    private let credential: KubernetesAccess.Credential
    private var issued: IssuedCredential?
    /// The one run of the command that everybody who needs a credential waits for.
    private var running: Task<IssuedCredential, any Error>?

    init(_ credential: KubernetesAccess.Credential) {
        self.credential = credential
    }

    /// The credential for the next request.
    /// - Parameter refused: One that the server does not know any more.
    /// - Returns: The same as `refused` when there is no other.
    /// - Throws: `CredentialError`.
    func current(insteadOf refused: IssuedCredential? = nil) async throws(CredentialError) -> IssuedCredential {
        switch credential {
        case .none: return IssuedCredential()
        case .token(let token): return IssuedCredential(token: token)
        case .tokenFile(let path): return IssuedCredential(token: try Self.token(in: path))
        case .exec(let plugin):
            if let issued, issued.isFresh(), issued != refused { return issued }
            return try await renewed(plugin)
        }
    }

    private func renewed(_ plugin: ExecPlugin) async throws(CredentialError) -> IssuedCredential {
        // Apart from any caller: one that is cancelled does not take the others with it.
        let task = running ?? Task { try await plugin.issue() }
        running = task
        do {
            let renewed = try await task.value
            issued = renewed
            running = nil
            return renewed
        } catch {
            running = nil
            throw error as? CredentialError ?? .unreadable(command: plugin.command, problem: "\(error)")
        }
    }

    private static func token(in path: String) throws(CredentialError) -> String {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty else { throw .tokenFile(path: path) }
        return token
    }
}
