import HTTPTransport

/// Where credentials come from. Asked before every request, so that rotated ones take effect.
package protocol CredentialProvider: Sendable {
    /// A name for error messages.
    var source: String { get }

    /// The credentials, or nil when this source has none.
    /// - Returns: nil to let the next source try.
    /// - Throws: `CredentialError` when there is something that cannot be used.
    func credentials() async throws(CredentialError) -> Credentials?

    /// Lets go of credentials that AWS does not take any more.
    /// - Parameter refused: those that it was asked with.
    func forget(_ refused: Credentials) async
}

extension CredentialProvider {
    package func forget(_ refused: Credentials) async {}
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

/// The first source that has credentials. The one that had them is asked first from then on.
package struct CredentialChain: CredentialProvider {
    private let providers: [any CredentialProvider]
    private let found = Locked<Int?>(nil)

    package init(_ providers: [any CredentialProvider]) {
        self.providers = providers
    }

    package var source: String { providers.map(\.source).joined(separator: ", then ") }

    package func credentials() async throws(CredentialError) -> Credentials? {
        if let index = found.withLock({ $0 }), let again = try await providers[index].credentials() { return again }
        for (index, provider) in providers.enumerated() {
            guard let new = try await provider.credentials() else { continue }
            found.withLock { $0 = index }
            return new
        }
        throw .notFound(tried: providers.map(\.source))
    }
}
