import AWS
import ArgumentParser
import ConfigurationFile
import Foundation
import HTTPTransport
import Journal
import Kubernetes
import Logging
import Model
import Runtime
import Server
import ServiceLifecycle
import Simulation
import UnixSignals

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the autoscaler beside a cluster.",
        discussion: """
            Credentials come from AWS_ACCESS_KEY_ID and its companions, else from the shared credentials file; the region \
            from the configuration; the cluster from a kubeconfig. AWS_ENDPOINT_URL, or AWS_ENDPOINT_URL_EC2, _PRICING, \
            _S3 and _SQS, name other endpoints.
            """
    )

    @Option(help: "The YAML configuration.")
    var config: String

    @Option(help: "The kubeconfig; by default KUBECONFIG, ~/.kube/config, or the pod's service account.")
    var kubeconfig: String?

    @Option(help: "The kubeconfig's context; by default its current one.")
    var context: String?

    @Option(help: "Where facts are kept.")
    var journal = "gleaner-journal.sqlite"

    @Option(help: "Address and port of the API and the page; port 0 takes a free one.")
    var listen = "127.0.0.1:8080"

    @Option(help: "Take the time from a world's clock at this URL.")
    var clock: String?

    @Flag(
        help: """
            Act only while holding the Lease "gleaner" in the kubeconfig's or the pod's namespace; until then nothing is \
            read, decided or served.
            """
    )
    var leaderElect = false

    @Flag(help: "Decide and explain, but launch, drain and evict nothing.")
    var dryRun = false

    @Option(help: "trace, debug, info, notice, warning, error or critical.", transform: Console.logLevel)
    var logLevel: Logger.Level = .info

    @Option(help: .hidden)
    var readyFile: String?

    func run() async throws {
        try await Console.run {
            var configuration = try ConfigurationFile.load(path: config)
            if dryRun { configuration.isDryRun = true }
            let address = try ListenAddress(listen)
            try await ServiceWiring(
                configuration: configuration,
                kubeconfig: kubeconfig,
                context: context,
                isElected: leaderElect,
                journalPath: journal,
                address: address,
                clockURL: clock,
                readyFile: readyFile,
                logger: Console.logger(level: logLevel)
            ).run()
        }
    }
}

/// `host:port`, or a port alone for loopback.
struct ListenAddress {
    var host: String
    var port: Int

    init(_ text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let port = parts.last.flatMap({ Int($0) }), (0...65_535).contains(port), parts.count <= 2 else {
            throw CommandFailure("--listen \(text): must be ADDRESS:PORT, such as 127.0.0.1:8080")
        }
        host = parts.count == 2 && !parts[0].isEmpty ? String(parts[0]) : "127.0.0.1"
        self.port = port
    }
}

/// Where a service answers.
struct ServiceAddress: Codable {
    var url: String
}

/// Puts the rooms together; decides nothing.
struct ServiceWiring {
    var configuration: GleanerConfiguration
    var kubeconfig: String?
    var context: String?
    /// Whether other processes may want to do the same.
    var isElected = false
    var journalPath: String
    var address: ListenAddress
    var clockURL: String?
    var readyFile: String?
    var logger: Logger

    func run() async throws {
        let access = try Kubeconfig.access(
            path: kubeconfig,
            context: context,
            environment: ProcessInfo.processInfo.environment
        )
        guard isElected else { return try await serve(access) }
        let process = "\(ProcessInfo.processInfo.hostName)_\(UUID().uuidString.lowercased())"
        let election = LeaseElection(access, name: "gleaner", identity: process, logger: logger)
        // The journal is opened by the leader alone, and closed before another one can lead.
        try await election.lead { _ in try await serve(access) }
    }

    private func serve(_ access: KubernetesAccess) async throws {
        let environment = ProcessInfo.processInfo.environment
        let logger = logger
        let http = HTTPClient()
        var services: [any Service] = []
        let clock: any Runtime.Clock
        if let clockURL {
            let world = try await WorldClock(url: clockURL, client: http)
            services.append(BackgroundService { await world.follow() })
            clock = world
        } else {
            clock = WallClock()
        }
        let client = AWSClient(
            configuration: try AWSConfiguration(region: configuration.aws.region, environment: environment),
            credentials: CredentialChain(environment: environment),
            http: http
        )
        let cluster = KubernetesCluster(client: KubernetesClient(access), clock: clock, logger: logger)
        do {
            try await cluster.check()
        } catch {
            throw CommandFailure("the cluster at \(access.server): \(error)")
        }
        let journal = try SQLiteJournal(path: journalPath)
        let books = Books(configuration: configuration)
        let engine = Engine(
            configuration: configuration,
            parts: Engine.Parts(
                cloud: AWSCloud(client: client, configuration: configuration, clock: clock, logger: logger),
                notices: configuration.aws.interruptionQueue.map {
                    InterruptionQueue(client: client, name: $0, logger: logger)
                },
                cluster: cluster,
                journal: journal,
                clock: clock,
                trainings: PodCheckpoints(),
                checkpoints: S3Checkpoints(client: client),
                observe: { await books.record($0) },
                observeCatalogue: { await books.record($0) }
            ),
            logger: logger
        )
        let source = LiveStatus(engine: engine, books: books, clock: clock, configuration: configuration)
        let (host, readyFile) = (address.host, readyFile)
        services.append(
            GleanerServer(source: source, host: host, port: address.port, logger: logger) { port in
                logger.notice("serving", metadata: ["url": "http://\(host):\(port)/"])
                guard let readyFile else { return }
                do {
                    try ReadyFile(path: readyFile).write(ServiceAddress(url: "http://\(host):\(port)"))
                } catch {
                    logger.error("ready file not written", metadata: ["path": "\(readyFile)", "error": "\(error)"])
                }
            }
        )
        services.append(BackgroundService { try await engine.run() })
        try await runTogether(services, logger: logger)
        try journal.close()
        await http.shutDown()
    }
}

/// Something that runs until it is cancelled.
struct BackgroundService: Service {
    var body: @Sendable () async throws -> Void

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await body() }
    }
}

/// Runs services until a signal or the first failure.
func runTogether(_ services: [any Service], logger: Logger) async throws {
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .error)
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
            services: services.map {
                .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet
        )
    )
    try await group.run()
}
