import ArgumentParser
import Foundation
import HTTPTransport

/// How a command proves to a service who it is, and whom it trusts to be that service.
struct ServiceAccess: ParsableArguments {
    @Option(
        help: """
            A file with the token to send to --server, such as kubectl create token --audience gleaner prints; by default \
            what the environment has as GLEANER_TOKEN.
            """
    )
    var tokenFile: String?

    @Option(help: "Certificate authorities of --server, PEM; by default the system's.")
    var caFile: String?

    func api(_ url: String) throws -> ServiceAPI {
        let token = try token()
        let address: HTTPAddress
        do throws(HTTPError) {
            address = try HTTPAddress(url: url)
        } catch {
            throw CommandFailure("--server \(url): \(error)")
        }
        guard token == nil || address.scheme == "https" || address.isLoopback else {
            throw CommandFailure(
                "--server \(url): the token would cross the network in the clear; give an https:// URL"
            )
        }
        let tls = TLSOptions(authorities: caFile.map { .file($0) })
        return ServiceAPI(
            url: url,
            http: HTTPClient(configuration: HTTPClientConfiguration(tls: tls)),
            token: token
        )
    }

    private func token() throws -> String? {
        guard let tokenFile else {
            return ProcessInfo.processInfo.environment["GLEANER_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        }
        do {
            return try String(contentsOfFile: tokenFile, encoding: .utf8).trimmingCharacters(
                in: .whitespacesAndNewlines
            )
        } catch {
            throw CommandFailure("--token-file \(tokenFile): it cannot be read")
        }
    }
}
