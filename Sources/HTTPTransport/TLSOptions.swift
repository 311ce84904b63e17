/// Whom a client trusts and as whom it speaks.
package struct TLSOptions: Sendable {
    /// PEM text, in a file or at hand (kubeconfig carries both).
    package enum PEM: Sendable, CustomStringConvertible {
        case file(String)
        case bytes([UInt8])

        package var description: String {
            switch self {
            case .file(let path): path
            case .bytes: "[inline PEM]"
            }
        }
    }

    /// Certificate authorities to trust instead of the system's.
    package var authorities: PEM?
    package var clientCertificate: PEM?
    package var clientKey: PEM?
    /// False accepts any certificate: only for a cluster whose kubeconfig says so.
    package var verifiesPeer: Bool
    /// The name to ask for and to find in the server's certificate, when it is not the URL's host.
    package var serverName: String?

    package init(
        authorities: PEM? = nil,
        clientCertificate: PEM? = nil,
        clientKey: PEM? = nil,
        verifiesPeer: Bool = true,
        serverName: String? = nil
    ) {
        self.authorities = authorities
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
        self.verifiesPeer = verifiesPeer
        self.serverName = serverName
    }
}
