import Foundation
package import Logging
package import Model
import ServiceLifecycle

/// A world behind real sockets on loopback: the cloud's API, the cluster's API, and its own clock and truth.
package struct WorldServer: Service {
    /// Where everything answers.
    package struct Addresses: Codable, Sendable {
        package var cloud: String
        package var kubernetes: String
        /// For `gleaner serve --clock`.
        package var clock: String
        package var status: String
        /// Takes a POST that names a spot node to be taken back: `?node=NAME`.
        package var interruptions: String
        package var kubeconfig: String
        package var credentials: String
    }

    private let configuration: WorldConfiguration
    private let stateFolder: String
    private let kubernetesPort: Int
    private let cloudPort: Int
    private let logger: Logger
    private let onReady: @Sendable (Addresses) throws -> Void

    /// - Parameters:
    ///   - configuration: of the world.
    ///   - stateFolder: where a kubeconfig and AWS credentials are written, for this run alone.
    ///   - kubernetesPort: 0 takes a free one.
    ///   - cloudPort: 0 takes a free one.
    ///   - logger: takes what goes wrong.
    ///   - onReady: called once, when everything answers.
    package init(
        configuration: WorldConfiguration,
        stateFolder: String,
        kubernetesPort: Int,
        cloudPort: Int,
        logger: Logger,
        onReady: @escaping @Sendable (Addresses) throws -> Void
    ) {
        self.configuration = configuration
        self.stateFolder = stateFolder
        self.kubernetesPort = kubernetesPort
        self.cloudPort = cloudPort
        self.logger = logger
        self.onReady = onReady
    }

    package func run() async throws {
        let driver = WorldDriver(world: configuration.world(), pace: WorldDriver.Pace(ceiling: configuration.speed))
        let secret = Self.randomText(length: 40)
        let token = Self.randomText(length: 32)
        let (listening, announce) = AsyncStream<(String, Int)>.makeStream()
        var cloud = AWSAPIConfiguration(accessKeys: [Self.accessKeyID: secret])
        cloud.port = cloudPort
        cloud.region = configuration.cloud.region
        cloud.queueName = Self.queueName
        cloud.seed = configuration.cloud.seed
        let awsAPI = AWSAPIServer(configuration: cloud, front: driver, logger: logger) { announce.yield(("cloud", $0)) }
        let kubernetesAPI = KubernetesAPI(
            front: driver,
            settings: .init(port: kubernetesPort, token: token, allowsAnonymous: true),
            logger: logger
        ) { announce.yield(("kubernetes", $0)) }
        let worldAPI = WorldAPI(
            driver: driver,
            host: "127.0.0.1",
            port: 0,
            seed: configuration.cloud.seed,
            startedAt: configuration.cloud.startsAt,
            logger: logger
        ) { announce.yield(("world", $0)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await awsAPI.run() }
            group.addTask { try await kubernetesAPI.run() }
            group.addTask { try await worldAPI.run() }
            group.addTask {
                var ports: [String: Int] = [:]
                for await (name, port) in listening {
                    ports[name] = port
                    if ports.count == 3 { break }
                }
                try announceReady(ports, secret: secret, token: token)
                try await cancelWhenGracefulShutdown { try await driver.run() }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private static let accessKeyID = "AKIAWORLDWORLDWORLD1"
    /// The queue's name in the demo's configuration.
    private static let queueName = "gleaner-demo"

    private func announceReady(_ ports: [String: Int], secret: String, token: String) throws {
        func address(_ name: String) -> String { "http://127.0.0.1:\(ports[name] ?? 0)" }
        let folder = URL(filePath: stateFolder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let kubeconfig = folder.appending(path: "kubeconfig")
        let credentials = folder.appending(path: "credentials")
        let server = address("kubernetes")
        try write(
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: world, cluster: {server: "\(server)"}}]
            users: [{name: gleaner, user: {token: "\(token)"}}]
            contexts: [{name: world, context: {cluster: world, user: gleaner}}]
            current-context: world

            """,
            to: kubeconfig
        )
        try write(
            """
            [default]
            aws_access_key_id = \(Self.accessKeyID)
            aws_secret_access_key = \(secret)

            """,
            to: credentials
        )
        try onReady(
            Addresses(
                cloud: address("cloud"),
                kubernetes: server,
                clock: address("world") + "/clock",
                status: address("world") + "/status",
                interruptions: address("world") + "/interruptions",
                kubeconfig: kubeconfig.path(percentEncoded: false),
                credentials: credentials.path(percentEncoded: false)
            )
        )
    }

    /// Only its owner can read it.
    private func write(_ text: String, to url: URL) throws {
        let path = url.path(percentEncoded: false)
        _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        try Data(text.utf8).write(to: url)
    }

    private static func randomText(length: Int) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        return String((0..<length).compactMap { _ in letters.randomElement() })
    }
}

extension WorldDriver: CloudFront {
    package func withCloud<R: Sendable>(
        _ body: @Sendable (CloudModel, Timestamp) throws -> R
    ) async throws -> R {
        try withWorld { try body($0.cloud, $0.now) }
    }
}

extension WorldConfiguration {
    /// Lets offerings follow recorded capacity.
    /// - Parameter texts: each `TYPE/ZONE/CAPACITY-TYPE=FILE`.
    /// - Throws: `WorldConfigurationError`.
    package mutating func addTraces(_ texts: [String]) throws {
        for text in texts {
            let parts = text.split(separator: Character("="), maxSplits: 1).map { String($0) }
            guard parts.count == 2, let pattern = OfferingPattern(parts[0]) else {
                throw WorldConfigurationError(
                    place: "--trace \(text)",
                    problem: "must be TYPE/ZONE/CAPACITY-TYPE=FILE, with * as wildcard"
                )
            }
            guard let data = FileManager.default.contents(atPath: parts[1]) else {
                throw WorldConfigurationError(place: "--trace \(parts[1])", problem: "cannot be read")
            }
            do {
                let trace = try CapacityTrace(json: data)
                cloud.capacityRules.append(CapacityRule(pattern, .trace(trace, factor: 1)))
            } catch {
                throw WorldConfigurationError(place: "--trace \(parts[1])", problem: "\(error)")
            }
        }
    }
}
