import Foundation
import HTTPTransport
import Kubernetes
import Logging
import Model
import Testing

@Suite("Watch torture", .serialized)
struct WatchTortureTests {
    /// What an observer knows, and everything that should not have come to it.
    private struct Cache {
        var pods = [PodID: Pod]()
        /// The version of the last change since the last list: on this server each change has the next number.
        var last: Int?
        var lists = 0
        var changes = 0
        var problems = [String]()

        mutating func apply(_ event: Event) {
            switch event {
            case .clusterListed(let listed, _, _):
                lists += 1
                pods = [:]
                for pod in listed { pods[pod.id] = pod }
                if pods.count != listed.count { problems.append("a list of \(listed.count) pods with doubles") }
                last = nil
            case .podChanged(let pod):
                note(pod, "changed")
                pods[pod.id] = pod
            case .podRemoved(let pod):
                note(pod, "removed")
                if pods.removeValue(forKey: pod.id) == nil { problems.append("an unknown pod was removed: \(pod.id)") }
            default: break
            }
        }

        private mutating func note(_ pod: Pod, _ what: String) {
            changes += 1
            let version = Self.version(pod)
            if let last, version != last + 1 { problems.append("\(pod.id) \(what) at \(version) after \(last)") }
            if let known = pods[pod.id], Self.version(known) >= version {
                problems.append("\(pod.id) \(what) at \(version), known at \(Self.version(known))")
            }
            last = version
        }

        static func version(_ pod: Pod) -> Int { pod.annotations["gleaner.dev/version"].flatMap { Int($0) } ?? -1 }

        /// In the server's words.
        var known: [ChurningServer.Pod] {
            pods.values.map { pod in
                ChurningServer.Pod(
                    number: Int(pod.id.name.drop { $0 != "-" }.dropFirst()) ?? -1,
                    uid: (pod.uid.split(separator: "-").last.flatMap { Int($0) } ?? 0) - 100_000_000,
                    version: Self.version(pod)
                )
            }.sorted { $0.number < $1.number }
        }
    }

    /// Observes a server for a while, at least until a version has expired, and then until it has come to rest.
    private func torture(_ habits: ChurningServer.Habits, for duration: Duration) async throws -> ChurningServer.Counts
    {
        let server = try ChurningServer(habits)
        let cache = Locked(Cache())
        let cluster = KubernetesCluster(
            client: KubernetesClient(
                KubernetesAccess(server: server.url),
                retries: RetryPolicy(baseDelay: .milliseconds(10))
            ),
            clock: FixedClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            firstBackoff: .milliseconds(10)
        )
        let task = Task {
            await cluster.observe { events in cache.withLock { cache in for event in events { cache.apply(event) } } }
        }
        defer { task.cancel() }
        try await Task.sleep(for: duration)
        for _ in 0..<300 where server.counts.expired == 0 || cache.withLock({ $0.changes == 0 }) {
            try await Task.sleep(for: .milliseconds(200))
        }
        server.stopChurning()
        let expected = server.pods
        let deadline = ContinuousClock.now + .seconds(300)
        while cache.withLock({ $0.known }) != expected, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(200))
        }
        let (known, problems, lists, changes) = cache.withLock { ($0.known, $0.problems, $0.lists, $0.changes) }
        #expect(known == expected)
        #expect(problems == [])
        #expect(lists > 0 && changes > 0)
        return server.counts
    }

    @Test("cut off every moment and told at random that it is late, an observer misses nothing and hears nothing twice")
    func small() async throws {
        let habits = ChurningServer.Habits(
            pods: 700,
            cutAfter: .milliseconds(300),
            expiredPercent: 50,
            seed: 7
        )
        let counts = try await torture(habits, for: .seconds(4))
        #expect(counts.expired > 0 && counts.watches > 3)
    }

    /// `deploy/test kubernetes` runs it alone, so that the memory is its own.
    @Test(
        "with 20,000 pods, connections cut every second and 410 at random, all of it stays under 150 MB",
        .enabled(if: ProcessInfo.processInfo.environment["GLEANER_WATCH_TORTURE"] != nil)
    )
    func large() async throws {
        let counts = try await torture(
            ChurningServer.Habits(pods: 20_000, expiredPercent: 8, seed: 11),
            for: .seconds(20)
        )
        let megabytes = try peakMegabytes()
        print("watch torture: \(counts), peak of the process \(megabytes) MB")
        #expect(counts.changes > 5_000 && counts.expired > 0)
        #expect(megabytes < 150)
    }

    /// The largest memory that this process had in use.
    private func peakMegabytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        let kilobytes = try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
        return kilobytes / 1024
    }
}
