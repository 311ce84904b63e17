import HTTPTransport

/// The HTTP client of the certificate that we speak with now; another certificate is another client, since a
/// connection keeps the one it was made with.
final class Connection: Sendable {
    private struct State {
        var certificate: [UInt8]?
        var http: HTTPClient
    }

    private let access: KubernetesAccess
    private let state: Locked<State>

    init(_ access: KubernetesAccess) {
        self.access = access
        state = Locked(State(http: Self.client(access, access.tls)))
    }

    /// The client to speak with under a credential; exchanges under an older one end in peace.
    func client(for credential: IssuedCredential) -> HTTPClient {
        state.withLock { state in
            guard credential.certificate != state.certificate else { return state.http }
            var tls = access.tls
            if let certificate = credential.certificate, let key = credential.key {
                tls.clientCertificate = .bytes(certificate)
                tls.clientKey = .bytes(key)
            }
            state = State(certificate: credential.certificate, http: Self.client(access, tls))
            return state.http
        }
    }

    private static func client(_ access: KubernetesAccess, _ tls: TLSOptions) -> HTTPClient {
        HTTPClient(configuration: HTTPClientConfiguration(tls: tls, proxy: access.proxy))
    }
}
