package import Logging
package import Runtime

/// The cluster behind a real API server, or behind the world's.
package struct KubernetesCluster: Runtime.Cluster {
    let client: KubernetesClient
    let clock: any Clock
    let logger: Logger
    /// The first wait after a failure; each later one is twice as long.
    let firstBackoff: Duration
    /// How long until what we may not list or watch is asked for again.
    let recheckInterval: Duration
    let recorder: EventRecorder
    static let longestBackoff: Duration = .seconds(30)

    /// - Parameters:
    ///   - client: Speaks to the server.
    ///   - clock: Dates what we write into objects.
    ///   - logger: For what nobody needs to act on.
    ///   - firstBackoff: How long `observe` waits after its first failure.
    ///   - recheckInterval: How long until `observe` asks again for what it may not list or watch.
    package init(
        client: KubernetesClient,
        clock: any Clock,
        logger: Logger,
        firstBackoff: Duration = .milliseconds(500),
        recheckInterval: Duration = .seconds(300)
    ) {
        self.client = client
        self.clock = clock
        self.logger = logger
        self.firstBackoff = firstBackoff
        self.recheckInterval = recheckInterval
        recorder = EventRecorder(client: client, clock: clock, logger: logger)
    }

    /// Asks for one object of each kind that we need.
    /// - Throws: `KubernetesError`, when the server is not there, does not know us or forbids it.
    package func check() async throws(KubernetesError) {
        for resource in [APIResource.pods, .nodes, .jobs] { try await client.probe(resource) }
    }
}
