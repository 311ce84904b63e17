import Foundation
import Logging
package import Model
import Runtime

extension KubernetesCluster {
    package func tell(_ events: [ObjectEvent]) async { await recorder.tell(events) }
}

/// Writes Events (core/v1) onto objects, one after the other and slowly enough to be no burden. What is one event that
/// happened again raises its count. Nothing depends on it: what cannot be written is dropped.
actor EventRecorder {
    /// What waits at most; a cluster where more happens reads the API's decisions.
    private static let queueLimit = 2000
    /// So many at once, and then so many a second.
    private static let burst = 200
    private static let perSecond = 20.0
    /// A server that refuses is not asked again for so long.
    private static let pauseAfterRefusal: Duration = .seconds(300)
    /// The API takes no longer message.
    private static let messageLimitBytes = 1024
    /// Remembered counts; an event that is forgotten is asked for once more.
    private static let knownLimit = 10_000

    private let client: KubernetesClient
    private let clock: any Runtime.Clock
    private let logger: Logger
    private var queue: [ObjectEvent] = []
    private var isWriting = false
    private var counts: [String: Int64] = [:]
    private var tokens = Double(EventRecorder.burst)
    private var refilledAt = ContinuousClock.now
    private var pausedUntil: ContinuousClock.Instant?

    init(client: KubernetesClient, clock: any Runtime.Clock, logger: Logger) {
        self.client = client
        self.clock = clock
        self.logger = logger
    }

    /// Writes events, after those that wait already; one that is called meanwhile leaves them to the first.
    func tell(_ events: [ObjectEvent]) async {
        if let pausedUntil, ContinuousClock.now < pausedUntil { return }
        let room = max(0, Self.queueLimit - queue.count)
        if events.count > room {
            logger.info("Too many events to tell all objects.", metadata: ["dropped": "\(events.count - room)"])
        }
        queue += events.prefix(room)
        guard !isWriting else { return }
        isWriting = true
        defer { isWriting = false }
        while !queue.isEmpty, await takeToken() {
            let next = queue.removeFirst()
            do throws(KubernetesError) {
                try await write(next)
            } catch {
                note(error, next)
            }
        }
        // Cancelled, or refused.
        queue = []
    }

    /// Waits until one more may be written; false when it never may.
    private func takeToken() async -> Bool {
        while !Task.isCancelled {
            let now = ContinuousClock.now
            let passed = refilledAt.duration(to: now) / .seconds(1)
            tokens = min(Double(Self.burst), tokens + passed * Self.perSecond)
            refilledAt = now
            if tokens >= 1 {
                tokens -= 1
                return true
            }
            try? await Task.sleep(for: .seconds((1 - tokens) / Self.perSecond))
        }
        return false
    }

    private func note(_ error: KubernetesError, _ event: ObjectEvent) {
        // A namespace that is on its way out takes nothing new, which says nothing about the others.
        if error.code == 403, case .status(_, _, _, let message, _) = error, !message.contains("being terminated") {
            logger.warning("Objects cannot be told what is decided about them.", metadata: ["reason": "\(error)"])
            pausedUntil = .now + Self.pauseAfterRefusal
            queue = []
        } else {
            logger.debug(
                "An object was not told what was decided about it.",
                metadata: ["object": "\(event.subject.kind) \(event.subject.name)", "reason": "\(error)"]
            )
        }
    }

    // MARK: One event

    private func write(_ event: ObjectEvent) async throws(KubernetesError) {
        let name = Self.name(of: event)
        if let count = counts[name] {
            do throws(KubernetesError) {
                counts[name] = try await raise(event, name, from: count)
                return
            } catch {
                // The API server forgets events after an hour.
                guard error.code == 404 else { throw error }
                counts[name] = nil
            }
        }
        if counts.count >= Self.knownLimit { counts = [:] }
        do throws(KubernetesError) {
            _ = try await client.create(.events, namespace: Self.namespace(of: event), object(event, name))
            counts[name] = 1
        } catch {
            guard error.code == 409 else { throw error }
            // An earlier run of this process wrote it.
            counts[name] = try await raise(event, name, from: nil)
        }
    }

    /// Says that an event has happened once more.
    /// - Parameters:
    ///   - event: The event.
    ///   - name: Of its object.
    ///   - count: How often it had happened; nil when only the server knows.
    /// - Returns: How often it has happened now.
    /// - Throws: `KubernetesError`.
    private func raise(_ event: ObjectEvent, _ name: String, from count: Int64?) async throws(KubernetesError) -> Int64
    {
        let namespace = Self.namespace(of: event)
        var patch: JSON = ["lastTimestamp": .string(now), "message": .string(Self.message(of: event))]
        if let count { patch["count"] = .integer(count + 1) }
        let patched = try await client.patch(.events, namespace: namespace, name: name, patch)
        if let count { return count + 1 }
        let known = patched["count"].integer ?? 1
        _ = try await client.patch(.events, namespace: namespace, name: name, ["count": .integer(known + 1)])
        return known + 1
    }

    private func object(_ event: ObjectEvent, _ name: String) -> JSON {
        let subject = event.subject
        var involved: JSON = [
            "kind": .string(subject.kind), "name": .string(subject.name), "uid": .string(subject.uid),
        ]
        if !subject.namespace.isEmpty { involved["namespace"] = .string(subject.namespace) }
        if let version = Self.apiVersions[subject.kind] { involved["apiVersion"] = .string(version) }
        return [
            "metadata": ["name": .string(name), "namespace": .string(Self.namespace(of: event))],
            "involvedObject": involved, "reason": .string(event.reason.rawValue),
            "message": .string(Self.message(of: event)), "type": event.reason.isWarning ? "Warning" : "Normal",
            "source": ["component": "gleaner"], "reportingComponent": "gleaner", "reportingInstance": "gleaner",
            "firstTimestamp": .string(now), "lastTimestamp": .string(now), "count": 1,
        ]
    }

    /// The API's times have whole seconds.
    private var now: String { Timestamp(seconds: clock.now.seconds).description }

    private static let apiVersions = ["Pod": "v1", "Node": "v1", "Job": "batch/v1"]

    /// Events of what has no namespace stand in this one.
    private static func namespace(of event: ObjectEvent) -> String {
        event.subject.namespace.isEmpty ? "default" : event.subject.namespace
    }

    private static func message(of event: ObjectEvent) -> String {
        guard event.message.utf8.count > messageLimitBytes else { return event.message }
        var result = ""
        var bytes = 3
        for character in event.message {
            bytes += character.utf8.count
            guard bytes <= messageLimitBytes else { break }
            result.append(character)
        }
        return result + "…"
    }

    /// The same for what is one event, after a restart as well: the object's name and a digest of what it is.
    static func name(of event: ObjectEvent) -> String {
        let digest = Fingerprint("\(event.subject.uid)\n\(event.reason.rawValue)\n\(event.words)").value
        // A name that is cut may end in what no part of a name may end in.
        let name = event.subject.name.prefix(200)
        let end = name.lastIndex { $0.isLetter || $0.isNumber } ?? name.startIndex
        return "\(name[...end]).\(String(digest, radix: 16))"
    }
}
