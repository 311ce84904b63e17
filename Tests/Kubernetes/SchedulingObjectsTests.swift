import HTTPTransport
import Kubernetes
import Model
import Testing

@Suite("Observing volumes, namespaces and daemon sets")
struct SchedulingObjectsTests {
    private static func list(_ items: String = "") -> ScriptedServer.Answer {
        .whole(200, #"{"metadata":{"resourceVersion":"5"},"items":[\#(items)]}"#)
    }

    private static func object(_ name: String, labels: String = "{}") -> String {
        #"{"metadata":{"name":"\#(name)","namespace":"a","resourceVersion":"6","labels":\#(labels)}}"#
    }

    private func lists(_ events: [Event]) -> [[SchedulingObject]] {
        events.compactMap { if case .schedulingObjectsListed(let objects) = $0 { objects } else { nil } }
    }

    private func changes(_ events: [Event]) -> [String] {
        events.compactMap { event in
            switch event {
            case .schedulingObjectChanged(.namespace(let name, let labels)): "changed \(name) \(labels["k"] ?? "")"
            case .schedulingObjectRemoved(.volume(let volume)): "removed \(volume.name)"
            default: nil
            }
        }
    }

    @Test("they are listed with everything else, and their changes come")
    func observe() async throws {
        let server = try ScriptedServer { request in
            guard request.target.contains("watch=1") else {
                switch request.target.split(separator: "?").first ?? "" {
                case "/api/v1/namespaces": return Self.list(Self.object("a"))
                case "/api/v1/persistentvolumeclaims": return Self.list(Self.object("claim"))
                case "/api/v1/persistentvolumes": return Self.list(Self.object("volume"))
                case "/apis/storage.k8s.io/v1/storageclasses": return Self.list(Self.object("fast"))
                default: return Self.list()
                }
            }
            if request.target.hasPrefix("/api/v1/namespaces") {
                let changed = Self.object("a", labels: #"{"k":"v"}"#)
                return .stream([#"{"type":"MODIFIED","object":\#(changed)}"# + "\n"], staysOpen: true)
            }
            if request.target.hasPrefix("/api/v1/persistentvolumes") {
                return .stream([#"{"type":"DELETED","object":\#(Self.object("volume"))}"# + "\n"], staysOpen: true)
            }
            return .stream([], staysOpen: true)
        }
        let events = await server.observed { changes($0).count == 2 }
        #expect(
            lists(events) == [
                [
                    .namespace(name: "a", labels: ["kubernetes.io/metadata.name": "a"]),
                    .volumeClaim(PersistentVolumeClaim(namespace: "a", name: "claim")),
                    .volume(PersistentVolume(name: "volume")), .storageClass(StorageClass(name: "fast")),
                ]
            ]
        )
        #expect(changes(events).sorted() == ["changed a v", "removed volume"])
    }

    @Test("a cluster or a role without them works, each is warned of once, and they are asked for again")
    func refused() async throws {
        let lists = Locked(0)
        let server = try ScriptedServer { request in
            if request.target.contains("watch=1") { return .stream([], staysOpen: true) }
            if request.target.hasPrefix("/api/v1/persistentvolumes") {
                return ScriptedServer.status(403, "Forbidden", "no")
            }
            guard request.target.hasPrefix("/apis/apps/v1/daemonsets") else { return Self.list() }
            let count = lists.withLock { count in
                count += 1
                return count
            }
            return count < 3 ? ScriptedServer.status(404, "NotFound", "none") : Self.list()
        }
        let warnings = Locked<[String]>([])
        let events = await server.observed(recheck: .milliseconds(20), warnings: warnings) { events in
            self.lists(events).count == 2
        }
        let isUnreachable = events.contains { if case .clusterUnreachable = $0 { true } else { false } }
        #expect(!isUnreachable)
        // Whether it is there by now is asked without listing all the rest again.
        #expect(server.requests.count { $0.target.hasPrefix("/api/v1/pods?limit") } == 2)
        #expect(
            warnings.withLock { $0 } == [
                "The persistentvolumes cannot be listed: Gleaner works without knowing them, and so the zones of volumes.",
                "The daemonsets cannot be listed: Gleaner works without knowing them, but by their pods, "
                    + "so that the first nodes may come out too small.",
            ]
        )
    }

    @Test("what may be listed but not watched is listed time and again")
    func unwatched() async throws {
        let server = try ScriptedServer { request in
            guard request.target.contains("watch=1") else {
                return request.target.hasPrefix("/api/v1/persistentvolumes") ? Self.list(Self.object("v")) : Self.list()
            }
            guard request.target.hasPrefix("/api/v1/persistentvolumes") else { return .stream([], staysOpen: true) }
            return ScriptedServer.status(403, "Forbidden", "no")
        }
        let warnings = Locked<[String]>([])
        let events = await server.observed(recheck: .milliseconds(20), warnings: warnings) { lists($0).count == 4 }
        #expect(lists(events).allSatisfy { $0 == [.volume(PersistentVolume(name: "v"))] })
        #expect(server.requests.count { $0.target.hasPrefix("/api/v1/persistentvolumes?watch") } == 1)
        #expect(warnings.withLock { $0.count } == 1)
    }

    @Test("a server that fails is a broken watch, whatever was asked")
    func failing() async throws {
        let server = try ScriptedServer { request in
            if request.target.contains("watch=1") { return .stream([], staysOpen: true) }
            return request.target.hasPrefix("/apis/storage.k8s.io")
                ? ScriptedServer.status(500, "InternalError", "etcd is away") : Self.list()
        }
        let events = await server.observed { !$0.isEmpty }
        guard case .clusterUnreachable(let reason) = try #require(events.first) else {
            Issue.record("it is not unreachable")
            return
        }
        #expect(reason.contains("etcd is away"))
    }
}
