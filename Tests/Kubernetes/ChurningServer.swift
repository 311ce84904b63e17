import Foundation
import Glibc
import HTTPTransport
import Loopback

/// An API server whose pods change all the time, that cuts every watch and now and then says that a version is too
/// old. It keeps a few bytes a pod: what it costs does not hide what its client costs.
final class ChurningServer: Sendable {
    struct Habits: Sendable {
        var pods: Int
        /// One change after the other, in bursts this far apart.
        var burstEvery: Duration = .milliseconds(20)
        var burst = 20
        var cutAfter: Duration = .seconds(1)
        /// How often in a hundred an opened watch, or a page after the first, is answered with 410.
        var expiredPercent = 10
        /// How often in a hundred a page breaks off in the middle.
        var brokenPagePercent = 5
        var seed: UInt64
    }

    /// A pod as the server has it; its number is its name.
    struct Pod: Sendable, Equatable {
        var number: Int
        var uid: Int
        var version: Int
    }

    struct Counts: Sendable {
        var lists = 0
        var watches = 0
        var expired = 0
        var changes = 0
    }

    private enum Kind: String {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
    }

    private struct State {
        var version = 1000
        /// By number; nil when it is deleted.
        var pods: [Pod?]
        var changes = [(kind: Kind, pod: Pod)]()
        /// The lists whose pages are being read, by version.
        var snapshots = [Int: [Pod]]()
        var counts = Counts()
        var isChurning = true
        var isOpen = true
        var generator: SplitMix

        mutating func happens(_ percent: Int) -> Bool { Int(generator.next() % 100) < percent }
    }

    private static let keptChanges = 20_000
    private static let keptSnapshots = 8

    let url: String
    private let habits: Habits
    private let listener: LoopbackListener
    private let state: Locked<State>

    init(_ habits: Habits) throws {
        self.habits = habits
        var state = State(pods: [], generator: SplitMix(state: habits.seed))
        state.pods = (0..<habits.pods).map { Pod(number: $0, uid: $0, version: $0 % 1000) }
        self.state = Locked(state)
        listener = try LoopbackListener()
        url = "http://127.0.0.1:\(listener.port)"
        let (locked, listener) = (self.state, listener)
        let burstEvery = habits.burstEvery
        let burst = habits.burst
        Thread.detachNewThread {
            while locked.withLock({ $0.isOpen }) {
                locked.withLock { state in
                    for _ in 0..<burst where state.isChurning { Self.change(&state) }
                }
                Thread.sleep(forTimeInterval: burstEvery / .seconds(1))
            }
        }
        Thread.detachNewThread {
            while let socket = listener.accept() {
                Thread.detachNewThread {
                    while let target = socket.readTarget(), Self.answer(target, socket, habits, locked) {}
                    socket.close()
                }
            }
        }
    }

    deinit {
        state.withLock { $0.isOpen = false }
        listener.close()
    }

    var counts: Counts { state.withLock { $0.counts } }
    var pods: [Pod] { state.withLock { $0.pods.compactMap(\.self) } }

    /// Lets the cluster come to rest.
    func stopChurning() {
        state.withLock { $0.isChurning = false }
    }

    private static func change(_ state: inout State) {
        state.version += 1
        state.counts.changes += 1
        let number = Int(state.generator.next() % UInt64(state.pods.count))
        let kind: Kind
        var pod: Pod
        if let present = state.pods[number] {
            kind = state.happens(20) ? .deleted : .modified
            pod = present
            pod.version = state.version
        } else {
            kind = .added
            pod = Pod(number: number, uid: state.version, version: state.version)
        }
        state.pods[number] = kind == .deleted ? nil : pod
        state.changes.append((kind, pod))
        if state.changes.count > 2 * keptChanges { state.changes.removeFirst(keptChanges) }
    }

    // MARK: Answers

    /// Answers one request.
    /// - Returns: Whether the connection goes on.
    private static func answer(
        _ target: String,
        _ socket: LoopbackSocket,
        _ habits: Habits,
        _ state: Locked<State>
    ) -> Bool {
        var query = [String: String]()
        for item in URLComponents(string: target)?.queryItems ?? [] { query[item.name] = item.value }
        let isPods = target.hasPrefix("/api/v1/pods")
        if query["watch"] != nil {
            return watch(isPods, from: query["resourceVersion"].flatMap { Int($0) } ?? 0, socket, habits, state)
        }
        guard isPods else {
            let version = state.withLock { $0.version }
            return socket.write(whole(200, #"{"items":[],"metadata":{"resourceVersion":"\#(version)"}}"#))
        }
        return page(query["continue"], limit: query["limit"].flatMap { Int($0) } ?? 500, socket, habits, state)
    }

    private static func page(
        _ token: String?,
        limit: Int,
        _ socket: LoopbackSocket,
        _ habits: Habits,
        _ state: Locked<State>
    ) -> Bool {
        let parts = token?.split(separator: ".").compactMap { Int($0) } ?? []
        let (version, snapshot, isBroken) = state.withLock { state -> (Int, [Pod]?, Bool) in
            let isBroken = state.happens(habits.brokenPagePercent)
            guard parts.count == 2 else {
                state.counts.lists += 1
                let pods = state.pods.compactMap(\.self)
                state.snapshots[state.version] = pods
                if state.snapshots.count > keptSnapshots, let oldest = state.snapshots.keys.min() {
                    state.snapshots[oldest] = nil
                }
                return (state.version, pods, isBroken)
            }
            guard !state.happens(habits.expiredPercent / 4), let pods = state.snapshots[parts[0]] else {
                state.counts.expired += 1
                return (parts[0], nil, isBroken)
            }
            return (parts[0], pods, isBroken)
        }
        guard let snapshot else { return socket.write(whole(410, expired)) }
        let start = parts.count == 2 ? parts[1] : 0
        let end = min(start + limit, snapshot.count)
        let items = snapshot[start..<end].map { object($0) }.joined(separator: ",")
        let next = end < snapshot.count ? "\(version).\(end)" : ""
        let body = #"{"metadata":{"resourceVersion":"\#(version)","continue":"\#(next)"},"items":[\#(items)]}"#
        let answer = whole(200, body)
        guard isBroken else { return socket.write(answer) }
        _ = socket.write(String(answer.prefix(answer.utf8.count / 2)))
        return false
    }

    private static func watch(
        _ isPods: Bool,
        from version: Int,
        _ socket: LoopbackSocket,
        _ habits: Habits,
        _ state: Locked<State>
    ) -> Bool {
        let (isExpired, isInStream) = state.withLock { state in
            state.counts.watches += 1
            let oldest = state.version - state.changes.count
            let isExpired = isPods && (version < oldest || state.happens(habits.expiredPercent))
            if isExpired { state.counts.expired += 1 }
            return (isExpired, state.happens(50))
        }
        if isExpired, !isInStream { return socket.write(whole(410, expired)) }
        guard socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") else { return false }
        if isExpired {
            _ = socket.write(chunk(#"{"type":"ERROR","object":\#(expired)}"# + "\n"))
            return socket.write("0\r\n\r\n")
        }
        var sent = version
        let end = ContinuousClock.now + habits.cutAfter
        while ContinuousClock.now < end, state.withLock({ $0.isOpen }) {
            let (changes, current) = state.withLock { state in
                let first = state.version - state.changes.count
                return (isPods ? Array(state.changes[(sent - first)...].prefix(500)) : [], state.version)
            }
            var text = changes.map { line($0.kind, $0.pod) }.joined()
            if changes.isEmpty {
                text = #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"\#(current)"}}}"# + "\n"
                sent = current
            } else {
                sent += changes.count
            }
            guard socket.write(chunk(text)) else { return false }
            Thread.sleep(forTimeInterval: habits.burstEvery / .seconds(1))
        }
        // Cut off in the middle of an event.
        _ = socket.write(chunk(String(line(.modified, Pod(number: 0, uid: 0, version: 0)).prefix(80))))
        return false
    }

    private static let expired = #"{"kind":"Status","code":410,"reason":"Expired","message":"too old"}"#

    private static func whole(_ status: Int, _ body: String) -> String {
        "HTTP/1.1 \(status) Status\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func chunk(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }

    private static func line(_ kind: Kind, _ pod: Pod) -> String {
        #"{"type":"\#(kind.rawValue)","object":\#(object(pod))}"# + "\n"
    }

    /// The size and make of a training pod.
    private static func object(_ pod: Pod) -> String {
        #"{"metadata":{"namespace":"team-a","name":"trainer-\#(pod.number)","uid":"0b9f1d3c-5a77-4f0e-9c1d-\#(100_000_000 + pod.uid)","#
            + #""resourceVersion":"\#(pod.version)","annotations":{"gleaner.dev/version":"\#(pod.version)","#
            + body
    }

    private static let body =
        #""gleaner.dev/checkpoint":"signal"},"creationTimestamp":"2026-11-21T05:00:00Z","#
        + #""labels":{"app":"trainer","batch.kubernetes.io/job-name":"train-resnet","team":"vision","run":"nightly-7"},"#
        + #""ownerReferences":[{"apiVersion":"batch/v1","kind":"Job","name":"train-resnet","uid":"0b9f1d3c-5a77","#
        + #""controller":true}],"managedFields":[{"manager":"kube-controller-manager","operation":"Update","fieldsV1":{"#
        + (0..<20).map { #""f:field-\#($0)":{"f:of":{},"f:some":{},"f:depth":{".":{}}}"# }.joined(separator: ",")
        + #"}}]},"spec":{"nodeName":"ip-10-0-17-31.ec2.internal","terminationGracePeriodSeconds":120,"containers":["#
        + #"{"name":"main","image":"registry.test/vision/trainer:2026.11","command":["python","train.py"],"#
        + #""resources":{"requests":{"cpu":"8","memory":"64Gi","nvidia.com/gpu":"1"},"limits":{"nvidia.com/gpu":"1"}}}],"#
        + #""tolerations":[{"key":"nvidia.com/gpu","operator":"Exists","effect":"NoSchedule"},"#
        + #"{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}]},"#
        + #""status":{"phase":"Running","podIP":"10.0.3.7","conditions":["#
        + #"{"type":"PodScheduled","status":"True","lastTransitionTime":"2026-11-21T05:00:01Z"},"#
        + #"{"type":"Ready","status":"True","lastTransitionTime":"2026-11-21T05:00:09Z"}],"containerStatuses":["#
        + #"{"name":"main","ready":true,"state":{"running":{"startedAt":"2026-11-21T05:00:05Z"}}}]}}"#
}

/// Numbers that look random and are the same every time.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension LoopbackSocket {
    /// Reads a request without a body.
    /// - Returns: Path and query; nil when the client is gone.
    fileprivate func readTarget() -> String? {
        var head = [UInt8]()
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            head += buffer[..<count]
        }
        let words = String(decoding: head, as: UTF8.self).split(separator: " ", maxSplits: 2)
        return words.count == 3 ? String(words[1]) : nil
    }
}
