import HTTPTransport
import Kubernetes
import Logging
import Model
import Runtime

/// A clock that stands still.
struct FixedClock: Runtime.Clock {
    var now = Timestamp(milliseconds: 1_795_237_200_500)
    func sleep(until time: Timestamp) async throws {}
}

/// Keeps what is logged as a warning.
struct Warnings: LogHandler {
    let kept: Locked<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { kept.withLock { $0.append("\(event.message)") } }
}

extension ScriptedServer {
    /// What observes this server, and loses no time when it has to begin anew.
    func cluster(
        recheck: Duration = .seconds(300),
        warnings: Locked<[String]> = Locked([])
    ) -> KubernetesCluster {
        KubernetesCluster(
            client: client(),
            clock: FixedClock(),
            logger: Logger(label: "test") { _ in Warnings(kept: warnings) },
            firstBackoff: .milliseconds(1),
            recheckInterval: recheck
        )
    }

    /// What `observe` delivers until the condition holds for all that came.
    func observed(
        recheck: Duration = .seconds(300),
        warnings: Locked<[String]> = Locked([]),
        until isEnough: ([Event]) -> Bool
    ) async -> [Event] {
        let (stream, continuation) = AsyncStream.makeStream(of: [Event].self)
        let cluster = cluster(recheck: recheck, warnings: warnings)
        let task = Task { await cluster.observe { continuation.yield($0) } }
        defer { task.cancel() }
        var all: [Event] = []
        for await events in stream {
            all += events
            if isEnough(all) { break }
        }
        return all
    }
}
