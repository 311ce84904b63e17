import Foundation
import HTTPTransport
import Kubernetes
import Logging
import Model
import Runtime

/// The control plane that `deploy/kubernetes-cluster` started, and short ways to put things into it.
struct RealCluster {
    struct WallClock: Runtime.Clock {
        var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
        func sleep(until time: Timestamp) async throws {}
    }

    /// Where it was started; nil when there is none, and the tests are left out.
    static let folder = ProcessInfo.processInfo.environment["GLEANER_CLUSTER"]

    static let namespaces = APIResource(prefix: "/api/v1", plural: "namespaces")
    static let configMaps = APIResource(prefix: "/api/v1", plural: "configmaps")
    static let budgets = APIResource(prefix: "/apis/policy/v1beta1", plural: "poddisruptionbudgets")

    /// May do everything.
    let admin: KubernetesClient

    init() throws {
        admin = KubernetesClient(try Self.access("admin"))
    }

    static func access(_ name: String) throws -> KubernetesAccess {
        try Kubeconfig.access(path: "\(folder ?? "")/\(name).kubeconfig", environment: [:])
    }

    static func cluster(_ client: KubernetesClient) -> KubernetesCluster {
        KubernetesCluster(
            client: client,
            clock: WallClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            firstBackoff: .milliseconds(10)
        )
    }

    /// A client that may do exactly what the deployed role allows.
    func deployed() async throws -> KubernetesClient {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "deploy/kubernetes/rbac.yaml").path()
        var objects = [(resource: APIResource, json: JSON)]()
        try Manifests.read(path: file) { object in
            let version = object.json["apiVersion"].string ?? ""
            let prefix = version.contains("/") ? "/apis/\(version)" : "/api/\(version)"
            objects.append((APIResource(prefix: prefix, plural: object.kind.lowercased() + "s"), object.json))
        }
        for (resource, json) in objects {
            do throws(KubernetesError) {
                _ = try await admin.create(resource, namespace: json.at("metadata", "namespace").string, json)
            } catch {
                // Another test was here before.
                guard error.code == 409 else { throw error }
            }
        }
        let client = KubernetesClient(try Self.access("gleaner"))
        // Roles count once the server's caches know them.
        let isAllowed = try await Self.until { (try? await Self.cluster(client).check()) != nil }
        guard isAllowed else { throw RoleDoesNotCount() }
        return client
    }

    struct RoleDoesNotCount: Error {}

    /// Takes away the lease that another test may have left.
    func forgetLease() async throws {
        do throws(KubernetesError) {
            let uid = try await admin.get(.leases, namespace: "gleaner", name: "gleaner").uid
            try await admin.delete(.leases, namespace: "gleaner", name: "gleaner", uid: uid)
        } catch {
            guard error.code == 404 else { throw error }
        }
    }

    /// Makes a namespace that no other test has.
    func namespace() async throws -> String {
        let name = "test-\(UUID().uuidString.lowercased().prefix(8))"
        _ = try await admin.create(Self.namespaces, ["metadata": ["name": .string(name)]])
        return name
    }

    /// Makes a pod; on a node it runs and is ready, as a kubelet would have it.
    func pod(_ name: String, in namespace: String, on node: String? = nil) async throws -> JSON {
        var spec: JSON = ["containers": [["name": "main", "image": "none"]], "terminationGracePeriodSeconds": 7]
        if let node { spec["nodeName"] = .string(node) }
        let pod: JSON = ["metadata": ["name": .string(name), "labels": ["app": "test"]], "spec": spec]
        let created = try await admin.create(.pods, namespace: namespace, pod)
        guard node != nil else { return created }
        return try await admin.patch(
            .pods,
            namespace: namespace,
            name: name,
            subresource: "status",
            ["status": ["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]]],
            as: .strategicMerge
        )
    }

    /// Makes a node that takes pods.
    func node(_ name: String) async throws {
        _ = try await admin.create(.nodes, ["metadata": ["name": .string(name)]])
        _ = try await admin.patch(
            .nodes,
            name: name,
            subresource: "status",
            [
                "status": [
                    "allocatable": ["cpu": "4", "memory": "8Gi", "pods": "50"],
                    "capacity": ["cpu": "4", "memory": "8Gi", "pods": "50"],
                    "conditions": [["type": "Ready", "status": "True"]],
                ]
            ],
            as: .strategicMerge
        )
        // A controller of this version takes off the taint of a new node by writing all taints as it last saw them.
        let isSettled = try await Self.until {
            let taints = try await admin.get(.nodes, name: name).at("spec", "taints").elements
            return !taints.contains { $0["key"] == "node.kubernetes.io/not-ready" }
        }
        guard isSettled else { throw NodeStaysTainted(name: name) }
    }

    struct NodeStaysTainted: Error {
        var name: String
    }

    func configMap(_ name: String, in namespace: String) async throws -> JSON {
        try await admin.create(Self.configMaps, namespace: namespace, ["metadata": ["name": .string(name)]])
    }

    /// Lets every version up to this moment expire, wherever no watch cache stands before etcd.
    static func compact() throws {
        // A write of our own: compaction up to it leaves nothing of what was before.
        let written = try etcd("put", #"{"key":"Z2xlYW5lcg==","value":""}"#)
        guard let revision = written.at("header", "revision").string else { throw EtcdFailed(answer: written) }
        _ = try etcd("compaction", #"{"revision":"\#(revision)","physical":true}"#)
    }

    /// Asks etcd through its JSON gateway, and blocks until it answers.
    private static func etcd(_ call: String, _ body: String) throws -> JSON {
        let url = try String(contentsOfFile: "\(folder ?? "")/etcd-url", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/curl")
        process.arguments = ["-sS", "--noproxy", "*", "-d", body, "\(url)/v3/kv/\(call)"]
        process.standardOutput = output
        try process.run()
        let answer = try JSON(parsing: Array(output.fileHandleForReading.readDataToEndOfFile()))
        process.waitUntilExit()
        guard answer["error"] == .null else { throw EtcdFailed(answer: answer) }
        return answer
    }

    struct EtcdFailed: Error {
        var answer: JSON
    }

    /// Waits until something holds.
    static func until(
        _ seconds: Int = 20,
        _ condition: () async throws -> Bool
    ) async throws -> Bool {
        for _ in 0..<(seconds * 20) {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }
}

extension JSON {
    var name: String { at("metadata", "name").string ?? "" }
    var uid: String { at("metadata", "uid").string ?? "" }
    var version: String { at("metadata", "resourceVersion").string ?? "" }
}
