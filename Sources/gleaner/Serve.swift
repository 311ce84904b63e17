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
            AWS credentials are looked for as AWS's own tools do: environment, profile (AWS_PROFILE), web identity \
            (IRSA), container's agent (EKS Pod Identity), instance's role; the configuration may name a role to assume \
            on top. The region comes from the configuration; the cluster from a kubeconfig or the pod's service account. \
            AWS_ENDPOINT_URL, or AWS_ENDPOINT_URL_EC2, _PRICING, _S3, _SERVICE_QUOTAS, _SQS, _SSM and _STS, name other \
            endpoints; AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT choose among AWS's. HTTPS_PROXY, NO_PROXY \
            and AWS_CA_BUNDLE are obeyed.
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

    @Option(
        help: """
            Address and port of the API and the page; port 0 takes a free one. Beyond loopback only with authentication \
            and TLS.
            """
    )
    var listen = "127.0.0.1:8080"

    @OptionGroup
    var trust: ServeTrust

    @Option(help: "Take the time from a world's clock at this URL.")
    var clock: String?

    @Flag(
        help: """
            Act only while holding the Lease "gleaner" in the kubeconfig's or the pod's namespace. Until then the process \
            stands by: /livez and /metrics answer, /readyz and all reports are 503 with the name of the one that leads. \
            Several processes of one machine may share a journal so.
            """
    )
    var leaderElect = false

    @Flag(help: "Decide and explain, but launch, drain and evict nothing, and leave the interruption queue unread.")
    var dryRun = false

    @Option(help: "trace, debug, info (the default), notice, warning, error or critical.", transform: Console.logLevel)
    var logLevel: Logger.Level = .info

    @Option(help: .hidden)
    var readyFile: String?

    func run() async throws {
        try await Console.run {
            var configuration = try ConfigurationFile.load(path: config)
            if dryRun { configuration.isDryRun = true }
            let address = try ListenAddress(listen)
            try trust.check(address, text: listen)
            let logger = Console.logger(level: logLevel)
            try await ServiceWiring(
                configuration: configuration,
                kubeconfig: kubeconfig,
                context: context,
                isElected: leaderElect,
                journalPath: journal,
                address: address,
                trust: trust,
                tls: try trust.files(logger: logger),
                clockURL: clock,
                readyFile: readyFile,
                logger: logger
            ).run()
        }
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
    var trust: ServeTrust
    var tls: TLSFiles?
    var clockURL: String?
    var readyFile: String?
    var logger: Logger

    func run() async throws {
        let access = try Kubeconfig.access(
            path: kubeconfig,
            context: context,
            environment: ProcessInfo.processInfo.environment
        )
        let process = "\(ProcessInfo.processInfo.hostName)_\(UUID().uuidString.lowercased())"
        let election = isElected ? LeaseElection(access, name: "gleaner", identity: process, logger: logger) : nil
        let environment = ProcessInfo.processInfo.environment
        let logger = logger
        let shared = try SharedConfiguration.load(environment)
        let http = HTTPClient(configuration: AWSConfiguration.http(environment: environment, shared: shared))
        var services: [any Service] = []
        let clock: any Runtime.Clock
        if let clockURL {
            let world = try await WorldClock(url: clockURL, client: http)
            services.append(BackgroundService { await world.follow() })
            clock = world
        } else {
            clock = WallClock()
        }
        let client = try AWSClient(
            settings: configuration.aws,
            environment: environment,
            http: http,
            shared: shared,
            logger: logger
        )
        let cluster = KubernetesCluster(client: KubernetesClient(access), clock: clock, logger: logger)
        do {
            try await cluster.check()
        } catch {
            throw CommandFailure("the cluster at \(access.server): \(error)")
        }
        let queue = configuration.aws.interruptionQueue.map {
            InterruptionQueue(client: client, name: $0, logger: logger)
        }
        if let queue {
            if configuration.isDryRun {
                logger.notice("a dry run leaves the interruption queue alone")
            } else {
                await find(queue)
            }
        }
        let journal = try SQLiteJournal(path: journalPath, sharing: isElected ? .shared : .alone)
        let books = Books(configuration: configuration)
        let engine = Engine(
            configuration: configuration,
            parts: Engine.Parts(
                cloud: AWSCloud(client: client, configuration: configuration, clock: clock, logger: logger),
                notices: queue,
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
        let source = LiveStatus(
            engine: engine,
            books: books,
            clock: clock,
            configuration: configuration,
            standingBy: { election?.standby }
        )
        let (address, tls, readyFile) = (address, tls, readyFile)
        services.append(
            GleanerServer(
                source: source,
                host: address.host,
                port: address.port,
                gate: trust.gate(access, logger: logger),
                tls: tls,
                logger: logger
            ) { port in
                let url = address.url(port: port, isSecure: tls != nil)
                logger.notice("serving", metadata: ["url": "\(url)/"])
                guard let readyFile else { return }
                do {
                    try ReadyFile(path: readyFile).write(ServiceAddress(url: url))
                } catch {
                    logger.error("ready file not written", metadata: ["path": "\(readyFile)", "error": "\(error)"])
                }
            }
        )
        services.append(BackgroundService { try await act(engine, journal, election) })
        try await runTogether(services, logger: logger)
        try journal.close()
        await http.shutDown()
    }

    /// Says at the start what is wrong with the queue. Nodes are worth buying without it, so that this ends nothing.
    private func find(_ queue: InterruptionQueue) async {
        do {
            try await queue.check()
        } catch {
            logger.error(
                "the interruption queue cannot be used: no notice is heard until it can",
                metadata: [
                    "aws.interruptionQueue": "\(configuration.aws.interruptionQueue ?? "")", "error": "\(error)",
                ]
            )
        }
    }
}

/// Runs the loop, for as long as we lead where there is an election.
private func act(_ engine: Engine, _ journal: SQLiteJournal, _ election: LeaseElection?) async throws {
    guard let election else { return try await engine.run() }
    do {
        try await election.lead(after: { try await journal.newestEpoch() }) { epoch in
            try await engine.run(under: Leadership(epoch: epoch) { election.isLeading })
        }
    } catch is CancellationError {
        // It was told to end while it stood by.
    }
}

extension LeaseElection {
    /// What a process that stands by says of itself; nil when it leads.
    fileprivate var standby: String? {
        guard !isLeading else { return nil }
        return "Stands by: " + (leader.map { "\($0) leads." } ?? "nobody is known to lead yet.")
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
                // A server that is cancelled may bring the process down before the failure is told.
                .init(
                    service: $0,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                )
            },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet
        )
    )
    try await group.run()
}
