import Foundation
import HTTPTransport
package import Logging

/// Chooses one leader among several processes by a Lease (coordination.k8s.io/v1) that the leader renews.
package final class LeaseElection: Sendable {
    private let client: KubernetesClient
    private let namespace: String
    private let name: String
    private let logger: Logger
    private let times: LeaseTimes
    private let candidacy: Locked<Candidacy>

    /// - Parameters:
    ///   - access: Where the lease is kept and as whom to speak; it stands in the namespace of the access.
    ///   - name: The lease's.
    ///   - identity: Differs from that of every other process, and of this one after a restart.
    ///   - times: How long a leader leads without a sign of life.
    ///   - logger: Tells who leads.
    package init(
        _ access: KubernetesAccess,
        name: String,
        identity: String,
        times: LeaseTimes = LeaseTimes(),
        logger: Logger
    ) {
        // Connections of its own, and no second attempts behind our back: a renewal never waits behind a large list.
        client = KubernetesClient(access, retries: RetryPolicy(maximumAttempts: 1), timeout: times.renewal)
        namespace = access.namespace
        self.name = name
        self.logger = logger
        self.times = times
        candidacy = Locked(Candidacy(identity: identity, times: times))
    }

    private var place: String { "\(namespace)/\(name)" }

    /// Whether we lead at this moment: never past the time within which the lease had to be renewed.
    package var isLeading: Bool { candidacy.withLock { $0.isLeading(at: .now) } }

    /// Who holds the lease as far as we know; nil before the first look, and while nobody does.
    package var leader: String? { candidacy.withLock { $0.holder } }

    /// Waits until this process leads, and does something for as long as it does.
    /// - Parameters:
    ///   - newestEpoch: The newest epoch that somebody has acted under, wherever that is kept: a lease that was deleted
    ///     and made anew goes on counting from there.
    ///   - body: Takes the epoch, which grows with every change of hands; it is cancelled when leadership is lost. Once
    ///     it has ended, the lease is free for others.
    /// - Throws: `LeadershipLost`, what `body` throws, or `CancellationError` when it is cancelled while it waits.
    package func lead(
        after newestEpoch: @escaping @Sendable () async throws -> Int64 = { 0 },
        _ body: @escaping @Sendable (Int64) async throws -> Void
    ) async throws {
        let epoch = try await acquire(after: newestEpoch)
        logger.notice("leading", metadata: ["lease": "\(place)", "epoch": "\(epoch)"])
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await body(epoch) }
                group.addTask { try await self.keep() }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch let error as LeadershipLost {
            throw error
        } catch {
            await release()
            throw error
        }
        await release()
    }

    // MARK: Becoming the leader

    private func acquire(after newestEpoch: @escaping @Sendable () async throws -> Int64) async throws -> Int64 {
        var last = ""
        while true {
            try Task.checkCancellation()
            var next = ContinuousClock.now + times.retry
            do {
                let deadline = ContinuousClock.now + times.renewal
                let held = try await within(deadline) { try await self.attempt(after: try await newestEpoch()) }
                switch held {
                case .leading(let epoch): return epoch
                case .waiting(let holder, let freeAt):
                    if holder != last {
                        logger.info("standing by", metadata: ["lease": "\(place)", "leader": "\(holder)"])
                    }
                    last = holder
                    next = min(next, freeAt)
                case .outpaced: break
                }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                logger.warning("the lease cannot be had", metadata: ["lease": "\(place)", "reason": "\(error)"])
            }
            // Spread, so that those who wait for the same lease do not ask together.
            try await Task.sleep(until: next + times.retry * Double.random(in: 0...0.1), clock: .continuous)
        }
    }

    // MARK: Staying the leader

    /// Renews until that fails. Only returns by throwing.
    private func keep() async throws {
        while true {
            try await Task.sleep(for: times.retry)
            guard let deadline = candidacy.withLock({ $0.deadline }) else {
                throw LeadershipLost.notRenewed(lease: place, reason: "it was let go")
            }
            do {
                switch try await within(deadline, { try await self.attempt() }) {
                case .leading, .outpaced: break
                case .waiting(let holder, _):
                    candidacy.withLock { $0.lost() }
                    throw LeadershipLost.taken(lease: place, by: holder)
                }
            } catch let error as LeadershipLost {
                throw error
            } catch {
                try Task.checkCancellation()
                logger.warning("the lease was not renewed", metadata: ["lease": "\(place)", "reason": "\(error)"])
                guard ContinuousClock.now + times.retry < deadline else {
                    try await Task.sleep(until: deadline, clock: .continuous)
                    candidacy.withLock { $0.lost() }
                    throw LeadershipLost.notRenewed(lease: place, reason: "\(error)")
                }
            }
        }
    }

    // MARK: One look at the lease

    private enum Outcome: Sendable {
        case leading(epoch: Int64)
        case waiting(holder: String, freeAt: ContinuousClock.Instant)
        /// Somebody wrote the lease between our look and our write: look again.
        case outpaced
    }

    /// Reads the lease and takes or renews it, when it is ours to take.
    private func attempt(after floor: Int64 = 0) async throws -> Outcome {
        let lease = try await client.find(.leases, namespace: namespace, name: name)
        let wall = Self.wallTime()
        let (move, freeAt) = candidacy.withLock {
            ($0.move(lease, after: floor, at: .now, wall: wall), $0.freeAt())
        }
        let sentAt = ContinuousClock.now
        do {
            let written: JSON
            switch move {
            case .wait(let holder): return .waiting(holder: holder, freeAt: freeAt ?? sentAt + times.retry)
            case .create(var lease):
                lease["metadata"] = ["name": .string(name), "namespace": .string(namespace)]
                written = try await client.create(.leases, namespace: namespace, lease)
            case .replace(let lease):
                written = try await client.replace(.leases, namespace: namespace, name: name, lease)
            }
            return candidacy.withLock { candidacy in
                candidacy.succeeded(written, sentAt: sentAt)
                return .leading(epoch: candidacy.held?.epoch ?? 0)
            }
        } catch {
            guard error.code == 409 else { throw error }
            return .outpaced
        }
    }

    /// Lets the next one begin at once. Also done when we are being cancelled.
    private func release() async {
        guard isLeading else { return }
        candidacy.withLock { $0.lost() }
        await Task {
            do {
                let deadline = ContinuousClock.now + times.retry
                try await within(deadline) {
                    let lease = try await self.client.get(.leases, namespace: self.namespace, name: self.name)
                    let identity = self.candidacy.withLock { $0.identity }
                    guard lease.at("spec", "holderIdentity").string == identity else { return }
                    let free = self.candidacy.withLock { $0.released(lease, wall: Self.wallTime()) }
                    _ = try await self.client.replace(.leases, namespace: self.namespace, name: self.name, free)
                }
            } catch {
                // The others wait for its end then.
                logger.warning("the lease was not released", metadata: ["lease": "\(place)", "reason": "\(error)"])
            }
        }.value
    }

    /// Runs something that ends at a moment in any case.
    private func within<Value: Sendable>(
        _ deadline: ContinuousClock.Instant,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(until: deadline, clock: .continuous)
                throw KubernetesError.noAnswerInTime(request: "lease \(self.place)")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    /// The API's MicroTime.
    private static func wallTime() -> String {
        let microseconds = Int64(Date().timeIntervalSince1970 * 1_000_000)
        let seconds = Date(timeIntervalSince1970: Double(microseconds / 1_000_000))
        let whole = seconds.formatted(.iso8601).dropLast()
        let fraction = String(microseconds % 1_000_000)
        return "\(whole).\(String(repeating: "0", count: 6 - fraction.count))\(fraction)Z"
    }
}
