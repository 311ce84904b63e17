import ArgumentParser
import Kubernetes
import HTTPTransport
import Logging
import Server

/// Who may speak with the service, and how it shows who it is.
struct ServeTrust: ParsableArguments {
    enum Authentication: String, ExpressibleByArgument, CaseIterable {
        case none
        case kubernetes
    }

    /// The audience of the tokens that `gleaner agent` is given.
    static let standardAudience = "gleaner"

    @Option(
        help: """
            none: everybody is answered, so --listen must be on loopback. kubernetes: callers send a token of the cluster, \
            and may do what its roles allow on the nonResourceURLs /gleaner/...; reports show the namespaces whose pods \
            they may list.
            """
    )
    var authentication = Authentication.none

    @Option(help: "Tokens must be meant for this audience; may be given several times. (default: gleaner)")
    var tokenAudience: [String] = []

    @Option(help: "The certificate to serve HTTPS with, PEM, its chain after it; read anew when the file changes.")
    var tlsCertificate: String?

    @Option(help: "The certificate's key, PEM; read anew when the file changes.")
    var tlsKey: String?

    /// Refuses what would let strangers in, or their tokens out.
    func check(_ address: ListenAddress, text: String) throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw CommandFailure("--tls-certificate and --tls-key belong together: give both or none")
        }
        if authentication == .none, !tokenAudience.isEmpty {
            throw CommandFailure("--token-audience: nobody is asked for a token; add --authentication kubernetes")
        }
        guard !address.isLoopback else { return }
        guard authentication != .none else {
            throw CommandFailure(
                "--listen \(text): whoever reaches this address could read reports and stop launches; "
                    + "add --authentication kubernetes, or listen on 127.0.0.1"
            )
        }
        guard tlsCertificate != nil else {
            throw CommandFailure(
                "--listen \(text): tokens would cross the network in the clear; add --tls-certificate FILE and "
                    + "--tls-key FILE, or listen on 127.0.0.1 behind something that speaks TLS"
            )
        }
    }

    func files(logger: Logger) throws -> TLSFiles? {
        guard let tlsCertificate, let tlsKey else { return nil }
        return try TLSFiles(certificate: tlsCertificate, key: tlsKey, logger: logger)
    }

    /// Asks the cluster over connections of its own: neither watches nor evictions wait for a caller, nor it for them.
    func gate(_ access: KubernetesAccess, logger: Logger) -> Gate? {
        guard authentication == .kubernetes else { return nil }
        let client = KubernetesClient(
            access,
            retries: RetryPolicy(
                maximumAttempts: 2,
                baseDelay: .milliseconds(100),
                maximumDelay: .milliseconds(500),
                longestRetryAfter: .seconds(1)
            ),
            timeout: .seconds(5)
        )
        let audiences = tokenAudience.isEmpty ? [Self.standardAudience] : tokenAudience
        return Gate(reviewer: KubernetesReviewer(client: client), audiences: audiences, logger: logger)
    }
}
