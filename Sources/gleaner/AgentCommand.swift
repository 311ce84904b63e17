import AWS
import Agent
import ArgumentParser
import HTTPTransport
import Logging

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Reports what a node's metadata service announces, for clusters without an interruption queue.",
        discussion: """
            Runs on each node, as a DaemonSet: asks the instance metadata service (IMDSv2) every 2 s for interruptions, \
            rebalance recommendations and scheduled maintenance, and reports them to gleaner serve until each is in its \
            journal. A report without a notice, at the start and every 10 minutes, proves that one would be taken; \
            when not, the log says why.

            The pod needs hostNetwork, since the metadata service answers over one hop (and dnsPolicy \
            ClusterFirstWithHostNet, to find the service's name), and a projected token of its service account with \
            the audience of the service, gleaner. The service looks up on which node that pod runs, and refuses what \
            another node says. The account must be bound to the ClusterRole gleaner-agent.
            """
    )

    static let standardTokenFile = "/var/run/secrets/gleaner.dev/token"

    @Option(help: "The URL of gleaner serve: https, or http on loopback.")
    var service = "https://gleaner.gleaner.svc:8443"

    @Option(help: "Holds the projected service-account token; read for every report, as it rotates.")
    var tokenFile = standardTokenFile

    @Option(help: "Certificate authorities of the service, PEM; read for every report. By default the system's.")
    var caFile: String?

    @Option(help: "The instance metadata service.")
    var metadataEndpoint = InstanceMetadata.standardEndpoint

    @Option(help: "trace, debug, info (the default), notice, warning, error or critical.", transform: Console.logLevel)
    var logLevel: Logger.Level = .info

    func run() async throws {
        try await Console.run {
            let logger = Console.logger(level: logLevel)
            do throws(HTTPError) {
                _ = try HTTPAddress(url: metadataEndpoint)
            } catch {
                throw CommandFailure("--metadata-endpoint \(metadataEndpoint): \(error)")
            }
            let agent = try Agent(
                metadata: InstanceMetadata(endpoint: metadataEndpoint, http: HTTPClient()),
                service: service,
                tokenFile: tokenFile,
                authorities: caFile,
                logger: logger
            )
            try await runTogether([BackgroundService { await agent.run() }], logger: logger)
        }
    }
}
