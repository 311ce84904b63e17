package import HTTPTransport

/// Where an API server is, whom to trust there and as whom to speak: what a kubeconfig comes down to.
package struct KubernetesAccess: Sendable {
    package enum Credential: Sendable, CustomStringConvertible {
        /// No credential but perhaps the client certificate of the TLS options.
        case none
        case token(String)
        /// Read anew for every request: the kubelet replaces it before it expires.
        case tokenFile(String)
        /// A command is asked, and asked again before what it gave expires.
        case exec(ExecPlugin)

        package var description: String {
            switch self {
            case .none: "none"
            case .token: "[token]"
            case .tokenFile(let path): "token file \(path)"
            case .exec(let plugin): "command \(plugin.command)"
            }
        }
    }

    /// Without a slash at its end.
    package var server: String
    package var tls: TLSOptions
    package var credential: Credential
    /// The proxy on the way to the server; nil for that of the environment.
    package var proxy: String?
    /// Where we belong: the pod's own namespace, or the context's.
    package var namespace: String

    package init(
        server: String,
        tls: TLSOptions = TLSOptions(),
        credential: Credential = .none,
        proxy: String? = nil,
        namespace: String = "default"
    ) {
        self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
        self.tls = tls
        self.credential = credential
        self.proxy = proxy
        self.namespace = namespace
    }
}
