/// Where credentials come from. Asked before every request, so that rotated ones take effect.
package protocol CredentialProvider: Sendable {
    /// A name for error messages.
    var source: String { get }

    /// The credentials, or nil when this source has none.
    /// - Returns: nil to let the next source try.
    /// - Throws: `CredentialError` when there is something that cannot be used.
    func credentials() async throws(CredentialError) -> Credentials?
}

/// Credentials given at hand.
package struct StaticCredentials: CredentialProvider {
    private let given: Credentials

    package init(_ given: Credentials) {
        self.given = given
    }

    package var source: String { "given credentials" }

    package func credentials() -> Credentials? { given }
}

/// The first source that has credentials.
package struct CredentialChain: CredentialProvider {
    private let providers: [any CredentialProvider]

    package init(_ providers: [any CredentialProvider]) {
        self.providers = providers
    }

    /// Environment variables, then the shared credentials file.
    /// - Parameter environment: of the process.
    package init(environment: [String: String]) {
        self.init([EnvironmentCredentials(environment), SharedFileCredentials(environment: environment)])
    }

    package var source: String { providers.map(\.source).joined(separator: ", then ") }

    package func credentials() async throws(CredentialError) -> Credentials? {
        for provider in providers {
            if let found = try await provider.credentials() { return found }
        }
        throw .notFound(tried: providers.map(\.source))
    }
}
