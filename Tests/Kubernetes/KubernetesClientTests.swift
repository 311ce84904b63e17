import Foundation
import HTTPTransport
import Kubernetes
import Testing

@Suite("Kubernetes client")
struct KubernetesClientTests {
    private static func list(_ names: [String], version: String = "7", next: String = "") -> ScriptedServer.Answer {
        let items = names.map { JSON.object(["metadata": ["name": .string($0)]]) }
        let metadata: JSON = ["resourceVersion": .string(version), "continue": .string(next)]
        return .whole(200, JSON.object(["metadata": metadata, "items": .array(items)]).description)
    }

    private func names(_ client: KubernetesClient) async throws -> [String] {
        try await client.list(.pods) { $0.at("metadata", "name").string ?? "" }.items
    }

    @Test("a list is read page by page, with the token of each page")
    func pages() async throws {
        let server = try ScriptedServer { request in
            request.target.contains("continue=a%2Fb%3D%3D")
                ? Self.list(["c"], version: "9") : Self.list(["a", "b"], next: "a/b==")
        }
        let listing = try await server.client().list(.pods) { $0.at("metadata", "name").string ?? "" }
        #expect(listing.items == ["a", "b", "c"])
        #expect(listing.resourceVersion == "9")
        #expect(
            server.requests.map(\.target) == ["/api/v1/pods?limit=500", "/api/v1/pods?limit=500&continue=a%2Fb%3D%3D"]
        )
    }

    @Test("a list whose pages expire under way begins anew, and holds nothing twice")
    func expiredPages() async throws {
        let count = Locked(0)
        let server = try ScriptedServer { request in
            guard request.target.contains("continue") else { return Self.list(["a"], next: "t") }
            let attempt = count.withLock { attempt in
                attempt += 1
                return attempt
            }
            return attempt == 1 ? ScriptedServer.status(410, "Expired") : Self.list(["b"])
        }
        #expect(try await names(server.client()) == ["a", "b"])
    }

    @Test("an empty list may say null")
    func nullItems() async throws {
        let server = try ScriptedServer { _ in .whole(200, #"{"metadata":{"resourceVersion":"1"},"items":null}"#) }
        #expect(try await names(server.client()).isEmpty)
    }

    @Test("what is no list of a Kubernetes API is refused by name")
    func notAList() async throws {
        let server = try ScriptedServer { request in
            .whole(200, request.target.hasPrefix("/api/v1/pods") ? "<html>" : #"{"items":[]}"#)
        }
        await #expect(
            throws: KubernetesError.invalidAnswer(
                request: "GET /api/v1/pods",
                problem: "JSON: expected an object at byte 0"
            )
        ) { try await names(server.client()) }
        await #expect(throws: KubernetesError.invalidAnswer(request: "GET /api/v1/nodes", problem: "it is not a list"))
        {
            try await server.client().list(.nodes) { $0 }
        }
    }

    @Test("a server that has too much to do is asked again")
    func retries() async throws {
        let count = Locked(0)
        let server = try ScriptedServer { _ in
            let attempt = count.withLock { attempt in
                attempt += 1
                return attempt
            }
            return attempt < 3 ? ScriptedServer.status(attempt == 1 ? 429 : 503, "Busy") : Self.list(["a"])
        }
        #expect(try await names(server.client(attempts: 3)) == ["a"])
    }

    @Test("a server that asks for patience gets as much as it asks for, within reason")
    func patience() async throws {
        let count = Locked(0)
        let server = try ScriptedServer { request in
            if request.target.hasPrefix("/api/v1/nodes") { return .later(429, seconds: 3600) }
            let attempt = count.withLock { attempt in
                attempt += 1
                return attempt
            }
            return attempt == 1 ? .later(429, seconds: 1) : Self.list(["a"])
        }
        let began = ContinuousClock.now
        #expect(try await names(server.client(attempts: 3)) == ["a"])
        #expect(began.duration(to: .now) >= .seconds(1))
        do {
            try await server.client(attempts: 3).probe(.nodes)
            Issue.record("a server that has no time was taken for one that has")
        } catch {
            #expect(error.code == 429)
        }
        #expect(server.requests.count == 3)
    }

    @Test("the token file is read for every request")
    func tokenFile() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let server = try ScriptedServer { _ in Self.list([]) }
        let client = server.client(.tokenFile(path))
        try Data("first\n".utf8).write(to: URL(filePath: path))
        _ = try await names(client)
        try Data("second".utf8).write(to: URL(filePath: path))
        _ = try await names(client)
        #expect(server.requests.map { $0.header("Authorization") } == ["Bearer first", "Bearer second"])
        try Data().write(to: URL(filePath: path))
        await #expect(throws: KubernetesError.self) { try await names(client) }
        #expect(server.requests.count == 2)
    }

    @Test("errors say what was asked, what came back and what to do, and no secret")
    func errors() async throws {
        let server = try ScriptedServer { request in
            request.target.contains("nodes")
                ? ScriptedServer.status(403, "Forbidden", "nodes is forbidden")
                : ScriptedServer.status(401, "Unauthorized", "Unauthorized")
        }
        let client = server.client(.token("s3cret"))
        func message(_ resource: APIResource) async -> String {
            do {
                try await client.probe(resource)
                return "no error"
            } catch {
                return error.description
            }
        }
        #expect(
            await message(.pods)
                == "GET /api/v1/pods: the API server does not know us (Unauthorized): check the token or client certificate"
        )
        #expect(
            await message(.nodes)
                == "GET /api/v1/nodes: the API server forbids it (nodes is forbidden): check the role that is bound to our user"
        )
    }

    @Test("a watch brings changes in order, whatever the network cuts them into, and ends with its version")
    func watch() async throws {
        let server = try ScriptedServer { _ in
            .stream(
                [
                    #"{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"8"}}}"# + "\n"
                        + #"{"type":"MODI"#,
                    #"FIED","object":{"metadata":{"name":"é","resourceVersion":"9"}}}"# + "\n",
                    #"{"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"10"}}}"# + "\n",
                    #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"20"}}}"# + "\n",
                ],
                staysOpen: false
            )
        }
        var changes = [WatchChange]()
        let version = try await server.client().watch(.pods, from: "7") { changes += $0 }
        #expect(version == "20")
        #expect(
            changes == [
                .changed(["metadata": ["name": "a", "resourceVersion": "8"]]),
                .changed(["metadata": ["name": "é", "resourceVersion": "9"]]),
                .deleted(["metadata": ["name": "a", "resourceVersion": "10"]]),
            ]
        )
        let target = try #require(server.requests.first?.target)
        #expect(target == "/api/v1/pods?watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=7")
    }

    @Test(
        "a version that is too old is told apart from other errors, in the answer and in the stream",
        arguments: [
            ScriptedServer.status(410, "Gone", "too old"),
            .stream(
                [#"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}"# + "\n"],
                staysOpen: true
            ),
        ]
    )
    func expiredWatch(answer: ScriptedServer.Answer) async throws {
        let server = try ScriptedServer { _ in answer }
        await #expect(throws: KubernetesError.expired(request: "watch of /api/v1/pods")) {
            _ = try await server.client().watch(.pods, from: "7") { _ in }
        }
    }

    @Test("an event that never ends is cut off")
    func endlessLine() async throws {
        let server = try ScriptedServer { _ in
            .stream(Array(repeating: String(repeating: "x", count: 1 << 20), count: 9), staysOpen: true)
        }
        await #expect(
            throws: KubernetesError.invalidAnswer(
                request: "watch of /api/v1/pods",
                problem: "an event of more than 8388608 bytes"
            )
        ) { _ = try await server.client().watch(.pods, from: "7") { _ in } }
    }

    @Test(
        "an eviction names the pod's uid and grace, in the version that the server says once",
        arguments: ["v1", "v1beta1", ""]
    )
    func eviction(version: String) async throws {
        let server = try ScriptedServer { request in
            guard request.method == "GET" else { return .whole(201, "{}") }
            guard !version.isEmpty else { return ScriptedServer.status(403, "Forbidden") }
            let eviction = #"{"name":"pods/eviction","group":"policy","version":"\#(version)"}"#
            return .whole(200, #"{"resources":[{"name":"pods"},\#(eviction)]}"#)
        }
        let client = server.client()
        try await client.evict(namespace: "a", pod: "p", uid: "u", graceSeconds: 40)
        if !version.isEmpty { try await client.evict(namespace: "a", pod: "p", uid: "u", graceSeconds: 40) }
        let evictions = server.requests.filter { $0.method == "POST" }
        #expect(server.requests.count == evictions.count + 1)
        // What the server does not say is taken for the newest.
        let expected = JSON.string(version.isEmpty ? "policy/v1" : "policy/\(version)")
        #expect(evictions.allSatisfy { $0.json["apiVersion"] == expected })
        let request = try #require(evictions.first)
        #expect(request.method == "POST" && request.target == "/api/v1/namespaces/a/pods/p/eviction")
        #expect(request.json["deleteOptions"] == ["gracePeriodSeconds": 40, "preconditions": ["uid": "u"]])
    }

    @Test("what says who wrote which field is stepped over in lists and watches")
    func managedFields() async throws {
        let object = #"{"metadata":{"managedFields":[{"a\"}":{"b":[1,"]"]}},null],"name":"n"}}"#
        let server = try ScriptedServer { request in
            guard request.target.contains("watch=1") else {
                return .whole(200, #"{"items":[\#(object)],"metadata":{"resourceVersion":"1"}}"#)
            }
            return .stream([#"{"type":"ADDED","object":\#(object)}"# + "\n"], staysOpen: false)
        }
        let client = server.client()
        #expect(try await client.list(.pods) { $0 }.items == [["metadata": ["name": "n"]]])
        var changes = [WatchChange]()
        _ = try await client.watch(.pods, from: "1") { changes += $0 }
        #expect(changes == [.changed(["metadata": ["name": "n"]])])
    }

    @Test("a watch that is silent for too long ends where it was, so that it is opened anew", .timeLimit(.minutes(10)))
    func silence() async throws {
        let server = try ScriptedServer { _ in
            .stream(
                [#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"12"}}}"# + "\n"],
                staysOpen: true
            )
        }
        let client = KubernetesClient(
            KubernetesAccess(server: server.url),
            watching: WatchHabits(seconds: 3600, longestSilence: .seconds(1))
        )
        #expect(try await client.watch(.pods, from: "7") { _ in } == "12")
    }

    @Test("a watch that the server does not take for now is asked for again")
    func busyWatch() async throws {
        let count = Locked(0)
        let server = try ScriptedServer { _ in
            let attempt = count.withLock { attempt in
                attempt += 1
                return attempt
            }
            guard attempt > 2 else { return ScriptedServer.status(attempt == 1 ? 429 : 503, "Busy") }
            return .stream(
                [#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"12"}}}"# + "\n"],
                staysOpen: false
            )
        }
        #expect(try await server.client(attempts: 3).watch(.pods, from: "7") { _ in } == "12")
    }

    @Test("a name cannot reach beyond its place in a path")
    func paths() async throws {
        let server = try ScriptedServer { _ in .whole(200, "{}") }
        _ = try await server.client().get(.nodes, name: "../pods?x=é")
        #expect(server.requests.map(\.target) == ["/api/v1/nodes/..%2Fpods%3Fx%3D%C3%A9"])
    }
}
