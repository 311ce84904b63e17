import Foundation
import FoundationNetworking
import Kubernetes
import Logging
import ServiceLifecycle
import Simulation
import Testing

private struct Answer: Sendable {
    var status: Int
    var body: [UInt8]

    var json: JSON {
        get throws { try JSON(parsing: body) }
    }

    /// A watch's events.
    var events: [JSON] {
        get throws { try body.split(separator: UInt8(ascii: "\n")).map { try JSON(parsing: Array($0)) } }
    }
}

private struct Client: Sendable {
    let port: Int

    func send(
        _ method: String,
        _ path: String,
        _ body: JSON? = nil,
        headers: [String: String] = [:],
        raw: [UInt8]? = nil
    ) async throws -> Answer {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
        request.httpMethod = method
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        request.httpBody = (raw ?? body?.bytes()).map { Data($0) }
        let (data, response) = try await URLSession.shared.data(for: request)
        return Answer(status: (response as? HTTPURLResponse)?.statusCode ?? 0, body: Array(data))
    }
}

extension Client {
    fileprivate func send(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, headers: headers)
    }
}

private let pods = "/api/v1/namespaces/default/pods"

private func pod(_ name: String, _ labels: JSON = .null) -> JSON {
    var pod: JSON = ["metadata": ["name": .string(name)], "spec": ["containers": [["name": "c", "image": "i"]]]]
    pod["metadata"]["labels"] = labels
    return pod
}

@Suite("Kubernetes API")
struct KubernetesAPITests {
    private let cluster = TestCluster()

    @Test("objects are created, read, replaced, patched and deleted, with Status errors")
    func objects() async throws {
        try await cluster.serving { port in
            let call = Client(port: port)
            let created = try await call.send("POST", pods, pod("a"))
            #expect(created.status == 201)
            #expect(try created.json["kind"] == "Pod")
            var changed = try created.json
            changed["metadata"]["labels"]["x"] = "y"
            #expect(try await call.send("PUT", pods + "/a", changed).status == 200)
            let stale = try await call.send("PUT", pods + "/a", changed)
            #expect(stale.status == 409)
            #expect(try stale.json["reason"] == "Conflict")
            let patched = try await call.send(
                "PATCH",
                pods + "/a/status",
                ["status": ["phase": "Running"]],
                headers: ["Content-Type": "application/merge-patch+json"]
            )
            #expect(try patched.json["status"]["phase"] == "Running")
            let apply = try await call.send(
                "PATCH",
                pods + "/a",
                .emptyObject,
                headers: ["Content-Type": "application/apply-patch+yaml"]
            )
            #expect(apply.status == 415)
            #expect(try await call.send("DELETE", pods + "/a?dryRun=All").status == 200)
            #expect(try await call.send("DELETE", pods + "/a").status == 200)
            let missing = try await call.send(pods + "/a")
            #expect(missing.status == 404)
            #expect(try missing.json["message"] == "pods \"a\" not found")
            #expect(try missing.json["details"] == ["name": "a", "kind": "pods"])
            #expect(try await call.send("/api/v1/gizmos").status == 404)
            #expect(try await call.send("POST", pods, raw: Array("{".utf8)).status == 400)
            #expect(try await call.send("POST", "/apis").status == 405)
        }
    }

    @Test("a list is selected and paged, its items without version and kind")
    func lists() async throws {
        try await cluster.serving { port in
            let call = Client(port: port)
            for index in 0..<3 { _ = try await call.send("POST", pods, pod("p\(index)", ["rank": "\(index)"])) }
            // Go's clients write a space in a query as a plus.
            let some = try await call.send(pods + "?labelSelector=rank+in+%280%2C2%29").json
            #expect(some["items"].elements.compactMap { $0["metadata"]["name"].string } == ["p0", "p2"])
            #expect(some["items"][0]["kind"].isNull && some["kind"] == "PodList")
            let first = try await call.send(pods + "?limit=2").json
            let token = try #require(
                first["metadata"]["continue"].string?.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
            )
            let second = try await call.send(pods + "?limit=2&continue=\(token)").json
            #expect(second["items"].elements.count == 1)
            #expect(first["metadata"]["remainingItemCount"] == 1)
            #expect(try await call.send(pods + "?fieldSelector=spec.nope%3D1").status == 400)
        }
    }

    @Test("a watch tells what is there, then what changes, and bookmarks the beginning's end")
    func watching() async throws {
        try await cluster.serving { port in
            let call = Client(port: port)
            _ = try await call.send("POST", pods, pod("a"))
            let query = "?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&timeoutSeconds=2"
            async let watch = call.send(pods + query)
            try await Task.sleep(for: .seconds(1))
            _ = try await call.send("POST", pods, pod("b"))
            _ = try await call.send("DELETE", pods + "/a")
            let events = try await watch.events
            #expect(events.map { $0["type"].string } == ["ADDED", "BOOKMARK", "ADDED", "DELETED"])
            #expect(events[1]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"] == "true")
            let version = events[1]["object"]["metadata"]["resourceVersion"].string ?? ""
            let resumed = try await call.send(pods + "?watch=1&timeoutSeconds=1&resourceVersion=\(version)")
            #expect(try resumed.events == Array(events[2...]))
        }
    }

    @Test("a watch of a quiet kind is kept young by bookmarks")
    func bookmarks() async throws {
        try await cluster.serving { port in
            let call = Client(port: port)
            let version = try await cluster.withStore { store, _ in store.resourceVersion }
            async let watch = call.send(
                "/api/v1/nodes?watch=1&allowWatchBookmarks=1&timeoutSeconds=2&resourceVersion=\(version)"
            )
            try await Task.sleep(for: .seconds(1))
            let end = try await cluster.withStore { store, now in
                for index in 0..<600 {
                    try store.create(["metadata": ["name": "c\(index)"]], as: .namespaces, now: now)
                }
                return store.resourceVersion
            }
            let events = try await watch.events
            #expect(events.map { $0["type"].string } == ["BOOKMARK"])
            #expect(events.first?["object"]["metadata"]["resourceVersion"] == .string(String(end)))
        }
    }

    @Test("a watch from a version that is forgotten ends with an error event that says Expired")
    func expired() async throws {
        try await cluster.serving { port in
            let events = try await Client(port: port).send("/api/v1/pods?watch=true&resourceVersion=999999").events
            #expect(events.map { $0["type"].string } == ["ERROR"])
            #expect(events.first?["object"]["code"] == 410)
            #expect(events.first?["object"]["reason"] == "Expired")
        }
    }

    /// Waits until so many watches are served.
    private func settle(watchers: Int) async throws {
        for _ in 0..<500 where await cluster.watchers != watchers { try await Task.sleep(for: .milliseconds(10)) }
        #expect(await cluster.watchers == watchers)
    }

    @Test("a watch ends when its client goes away, though nothing happens in the cluster")
    func disconnection() async throws {
        try await cluster.serving { port in
            let watch = Task { try await Client(port: port).send("/api/v1/pods?watch=true&timeoutSeconds=600") }
            try await settle(watchers: 1)
            watch.cancel()
            try await settle(watchers: 0)
        }
    }

    @Test("a graceful shutdown ends the watches instead of waiting for them")
    func shutdown() async throws {
        let (ports, port) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let api = KubernetesAPI(front: cluster, logger: logger) { port.yield($0) }
        let group = ServiceGroup(services: [api], logger: logger)
        let server = Task { try await group.run() }
        let number = try #require(await ports.first { _ in true })
        async let watch = Client(port: number).send("/api/v1/pods?watch=true&timeoutSeconds=600")
        try await settle(watchers: 1)
        let clock = ContinuousClock()
        let start = clock.now
        await group.triggerGracefulShutdown()
        let answer = try await watch
        try await server.value
        #expect(answer.status == 200)
        #expect(clock.now - start < .seconds(500))
    }

    @Test("an eviction that breaks a budget is told to wait, in the words that clients know")
    func eviction() async throws {
        try await cluster.serving { port in
            let call = Client(port: port)
            try await cluster.withStore { store, now in
                var running = pod("a", ["app": "x"])
                running["spec"]["nodeName"] = "n1"
                try store.create(running, as: .pods, now: now)
                try store.modify(.pods, in: "default", "a", now: now) { pod in
                    pod["status"]["phase"] = "Running"
                    Conditions.set("Ready", status: true, in: &pod, now: now)
                }
            }
            let budget: JSON = [
                "apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": ["name": "b"],
                "spec": ["minAvailable": 1, "selector": ["matchLabels": ["app": "x"]]],
            ]
            let budgets = "/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets"
            #expect(try await call.send("POST", budgets, budget).json["apiVersion"] == "policy/v1beta1")
            let eviction: JSON = [
                "apiVersion": "policy/v1", "kind": "Eviction", "metadata": ["name": "a", "namespace": "default"],
                "deleteOptions": ["gracePeriodSeconds": 5],
            ]
            let refused = try await call.send("POST", pods + "/a/eviction", eviction)
            #expect(refused.status == 429)
            #expect(try refused.json["details"]["causes"][0]["reason"] == "DisruptionBudget")
            _ = try await call.send("DELETE", budgets.replacing("v1beta1", with: "v1") + "/b")
            #expect(try await call.send("POST", pods + "/a/eviction", eviction).status == 201)
            let going = try await call.send(pods + "/a").json
            #expect(going["metadata"]["deletionGracePeriodSeconds"] == 5)
        }
    }

    @Test("an event written as events.k8s.io/v1 reads as v1, and the other way round")
    func events() async throws {
        try await cluster.serving { port in
            let call = Client(port: port)
            let event: JSON = [
                "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": ["name": "e"], "note": "hello",
                "regarding": ["kind": "Pod", "name": "a"], "reason": "Said", "reportingController": "gleaner",
            ]
            let new = "/apis/events.k8s.io/v1/namespaces/default/events"
            #expect(try await call.send("POST", new, event).json["note"] == "hello")
            let old = try await call.send("/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Da")
                .json
            #expect(old["items"][0]["message"] == "hello")
            #expect(old["items"][0]["reportingComponent"] == "gleaner")
            #expect(old["items"][0]["note"].isNull)
        }
    }

    @Test("the right token is believed, a wrong one or none is not")
    func authentication() async throws {
        try await cluster.serving(.init(token: "correct")) { port in
            let call = Client(port: port)
            #expect(try await call.send("/api/v1/pods", headers: ["Authorization": "Bearer correct"]).status == 200)
            for header in ["Bearer wrong", "Bearer correctcorrect", "Bearer ", "Basic correct"] {
                let refused = try await call.send("/api/v1/pods", headers: ["Authorization": header])
                #expect(refused.status == 401)
                #expect(try refused.json["reason"] == "Unauthorized")
            }
            #expect(try await call.send("/api/v1/pods").status == 401)
            #expect(try await call.send("/livez").status == 200)
        }
        try await cluster.serving(.init(token: "correct", allowsAnonymous: true)) { port in
            let call = Client(port: port)
            let anonymous = try await call.send("/api/v1/pods")
            #expect(anonymous.status == 200)
            #expect(try await call.send("/api/v1/pods", headers: ["Authorization": "Bearer wrong"]).status == 401)
        }
    }

    @Test("a body beyond the limit is refused")
    func bodyLimit() async throws {
        try await cluster.serving(.init(requestLimit: 1000)) { port in
            let large = [UInt8](repeating: 0x20, count: 5000)
            let refused = try await Client(port: port).send("POST", pods, raw: large)
            #expect(refused.status == 413)
        }
    }

    @Test("odd paths, queries and bodies are answered, not died of")
    func oddRequests() async throws {
        try await cluster.serving { port in
            let call = Client(port: port)
            let paths = [
                "/api/v1/pods?limit=-1", "/api/v1/pods?limit=x", "/api/v1/pods?continue=%FF", "/api/v1/pods?%zz",
                "/api/v1/namespaces/a/b/c/d/e", "/api/v1/nodes/a/b", "/api//v1//pods",
                "/api/v1/namespaces/default/nodes",
                "/apis/batch/v1/namespaces", "/api/v1/pods?watch=true&resourceVersion=x", "/%00", "/api/v1/pods/x",
            ]
            for path in paths {
                let status = try await call.send(path).status
                #expect((200..<500).contains(status), "\(path): \(status)")
            }
            for body: JSON in [1, .null, [], "x", ["metadata": []], ["metadata": ["name": 3]], ["spec": "x"]] {
                let status = try await call.send("POST", pods, body).status
                #expect((400..<500).contains(status), "\(body): \(status)")
            }
        }
    }
}
