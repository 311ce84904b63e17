import Foundation
import HTTPTransport
package import Model

/// An API server with one training on each of many nodes, and the trainings themselves: every second one saves on
/// SIGTERM, the others on a POST. Remembers when each was asked.
package final class CrowdedCluster: Sendable {
    /// When something arrived that told a training to save, by its number, as often as it did.
    private let asked = Locked<[Int: [ContinuousClock.Instant]]>([:])
    private let evicted = Locked<[Int: Int]>([:])
    private let cordoned = Locked<Set<String>>([])
    private let servers: [LoopbackServer]
    package let url: String

    /// - Parameters:
    ///   - instances: the machines under the nodes, one each.
    ///   - answerAfter: how long the API server takes for each answer.
    /// - Throws: `POSIXError` when there is no port.
    package init(instances: [InstanceID], answerAfter: Duration) throws {
        let (asked, evicted, cordoned) = (asked, evicted, cordoned)
        let pause = answerAfter.inSeconds
        let pods = try LoopbackServer { request in
            let now = ContinuousClock.now
            guard request.method == "POST", let number = Int(request.target.dropFirst("/save/".count)) else {
                return .whole(404, "{}")
            }
            asked.withLock { $0[number, default: []].append(now) }
            return .whole(200, #"{"step": \#(number), "uri": "s3://models/\#(number)"}"#)
        }
        let lists = Self.lists(instances, podPort: pods.port)
        let api = try LoopbackServer { request in
            let now = ContinuousClock.now
            Thread.sleep(forTimeInterval: pause)
            let path = String(request.target.prefix { $0 != "?" })
            if request.target.contains("watch=1") { return .open }
            if request.method == "POST", path.hasSuffix("/eviction"), let number = Self.number(in: path) {
                let isHTTP = !number.isMultiple(of: 2)
                if !isHTTP { asked.withLock { $0[number, default: []].append(now) } }
                evicted.withLock { $0[number, default: 0] += 1 }
                return .whole(201, "{}")
            }
            if path.hasPrefix("/api/v1/nodes/") {
                let name = String(path.dropFirst("/api/v1/nodes/".count))
                if request.method == "PATCH" { cordoned.withLock { _ = $0.insert(name) } }
                let number = Self.number(in: name) ?? 0
                guard instances.indices.contains(number) else { return .whole(404, #"{"kind":"Status","code":404}"#) }
                return .whole(200, Self.node(number, instances[number]))
            }
            if path == "/api/v1" { return .whole(200, Self.resources) }
            guard let list = lists[path] else { return .whole(404, #"{"kind":"Status","code":404}"#) }
            return .whole(200, list)
        }
        url = "http://127.0.0.1:\(api.port)"
        servers = [api, pods]
    }

    package func close() {
        for server in servers { server.close() }
    }

    /// How many have been asked.
    package var askedCount: Int { asked.withLock { $0.count } }
    package var evictedCount: Int { evicted.withLock { $0.count } }
    package var cordonedCount: Int { cordoned.withLock { $0.count } }
    /// When each was asked first, by number.
    var firstAsked: [Int: ContinuousClock.Instant] { asked.withLock { $0.compactMapValues(\.first) } }
    /// Those that were asked, or told to stop, more often than once.
    var repeated: Int {
        asked.withLock { $0.values.count { $0.count > 1 } } + evicted.withLock { $0.values.count { $0 > 1 } }
    }

    // MARK: - Objects

    static let instanceType = "g5.xlarge"
    static func nodeName(_ number: Int) -> String { "node-\(number)" }

    private static let createdAt = "2026-11-21T05:00:00Z"
    private static let resources = """
        {"resources":[{"name":"pods/eviction","kind":"Eviction","group":"policy","version":"v1"}]}
        """

    /// The number in `/api/v1/namespaces/n/pods/train-17/eviction` or `node-17`.
    private static func number(in path: String) -> Int? {
        path.split(separator: "/").compactMap { part in
            part.hasPrefix("train-") || part.hasPrefix("node-") ? Int(part.drop { $0 != "-" }.dropFirst()) : nil
        }.first
    }

    private static func lists(_ instances: [InstanceID], podPort: UInt16) -> [String: String] {
        func list(_ items: [String]) -> String {
            #"{"metadata":{"resourceVersion":"5"},"items":[\#(items.joined(separator: ","))]}"#
        }
        var result = [
            "/api/v1/nodes": list(instances.enumerated().map { node($0.offset, $0.element) }),
            "/api/v1/pods": list(instances.indices.map { pod($0, port: podPort) }),
            "/apis/batch/v1/jobs": list(instances.indices.map(job)),
        ]
        for path in [
            "/api/v1/namespaces", "/api/v1/persistentvolumeclaims", "/api/v1/persistentvolumes",
            "/apis/storage.k8s.io/v1/storageclasses", "/apis/apps/v1/daemonsets",
        ] { result[path] = list([]) }
        return result
    }

    private static func node(_ number: Int, _ instance: InstanceID) -> String {
        """
        {"metadata":{"name":"\(nodeName(number))","uid":"node-uid-\(number)","resourceVersion":"3",\
        "creationTimestamp":"\(createdAt)","labels":{"gleaner.dev/pool":"single",\
        "topology.kubernetes.io/zone":"us-east-1a","node.kubernetes.io/instance-type":"\(instanceType)"}},\
        "spec":{"providerID":"aws:///us-east-1a/\(instance)"},"status":{"allocatable":{"cpu":"4",\
        "memory":"16Gi","nvidia.com/gpu":"1","pods":"50"},"conditions":[{"type":"Ready","status":"True",\
        "lastTransitionTime":"\(createdAt)"}]}}
        """
    }

    private static func pod(_ number: Int, port: UInt16) -> String {
        let contract =
            number.isMultiple(of: 2)
            ? #""gleaner.dev/checkpoint":"signal""#
            : #""gleaner.dev/checkpoint":"http","gleaner.dev/checkpoint-url":":\#(port)/save/\#(number)""#
        return """
            {"metadata":{"namespace":"crowd","name":"train-\(number)","uid":"pod-uid-\(number)",\
            "resourceVersion":"4","creationTimestamp":"\(createdAt)","annotations":{\(contract)},\
            "ownerReferences":[{"kind":"Job","name":"job-\(number)","uid":"job-uid-\(number)","controller":true}]},\
            "spec":{"nodeName":"\(nodeName(number))","terminationGracePeriodSeconds":30,"containers":[{"name":"c",\
            "ports":[{"containerPort":\(port)}],"resources":{"requests":{"cpu":"2","nvidia.com/gpu":"1"}}}]},\
            "status":{"phase":"Running","podIP":"127.0.0.1","conditions":[{"type":"Ready","status":"True",\
            "lastTransitionTime":"\(createdAt)"}]}}
            """
    }

    private static func job(_ number: Int) -> String {
        """
        {"metadata":{"namespace":"crowd","name":"job-\(number)","uid":"job-uid-\(number)",\
        "creationTimestamp":"\(createdAt)"},"spec":{"parallelism":1,"completions":1},"status":{"active":1}}
        """
    }
}
