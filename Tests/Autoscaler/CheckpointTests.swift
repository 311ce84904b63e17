import Model
import Testing

@testable import Autoscaler

@Suite("Asking pods to save over HTTP")
struct CheckpointTests {
    static let annotations = [
        "gang": "llm", "gang-size": "2", "checkpoint": "http", "checkpoint-url": ":8080/checkpoint",
    ]

    private static func notice(at: Timestamp, instance: String = "i-0", id: String = "n-1") -> Event {
        .noticeReceived(Notice(id: id, kind: .interruption, instance: InstanceID(instance), at: at))
    }

    private static func acknowledged(_ request: CheckpointRequest, step: Int64 = 7) -> Event {
        .checkpointAnswered(request, .acknowledged(CheckpointReceipt(step: step, uri: "s3://models/llm/7")))
    }

    private static func failed(_ request: CheckpointRequest, _ reason: String = "it answers 500") -> Event {
        .checkpointAnswered(request, .failed(reason: reason))
    }

    @Test("every rank is asked at its own address at once, nobody is told to stop yet, and the replacement is planned")
    func asked() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        let decisions = scene.tell([Self.notice(at: scene.now)])
        #expect(decisions.updates.map(\.node) == ["node-0"])
        #expect(
            decisions.checkpointRequests.map(\.url) == [
                "http://10.0.0.10:8080/checkpoint", "http://10.0.0.11:8080/checkpoint",
            ]
        )
        #expect(decisions.evictions.isEmpty)
        // The old node still stands, and the pod on it is bound: what will come back is demand already.
        let input = try #require(decisions.plans.first?.input)
        #expect(input.demands.first?.pods.map(\.id.name) == ["llm-0"])
        #expect(input.demands.first?.pods.first?.nodeName == nil)
        #expect(!input.hosts.contains { $0.name == "node-0" })
        #expect(
            decisions.facts.steps == [
                "notice", "cordoned node-0", "checkpoint llm", "ask llm-0", "ask llm-1", "planned",
            ]
        )
    }

    @Test("when all have answered they are told to stop at once with their own grace, and nothing is lost")
    func acknowledged() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        scene.tell(after: 3600)
        let at = scene.now
        let asked = scene.tell([Self.notice(at: at)]).checkpointRequests
        #expect(scene.tell([Self.acknowledged(asked[0])], after: 5).evictions.isEmpty)
        let told = scene.tell([Self.acknowledged(asked[1])], after: 5)
        #expect(told.evictions.map(\.pod.name).sorted() == ["llm-0", "llm-1"])
        #expect(told.evictions.allSatisfy { $0.graceSeconds == 60 && !$0.overridesBudget })
        let ended = at + .seconds(12)
        let events: [Event] = zip(Scene.gangPods, ["node-0", "node-1"]).map { pod, node in
            .podRemoved(Scene.stopped(pod, on: node, since: since, deletedAt: scene.now, finishedAt: ended))
        }
        let end = try #require(scene.tell(events, after: 2).facts.ends.first)
        #expect(end.lostWork == LostWork(seconds: 0, accelerators: 16))
        #expect(end.checkpointSeconds == 12)
        #expect(end.outcome == .interrupted)
    }

    @Test("one that does not answer is asked again, twice; then all are told to stop at the last safe moment")
    func partial() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        scene.tell(after: 3600)
        let at = scene.now
        let asked = scene.tell([Self.notice(at: at)]).checkpointRequests
        scene.tell([Self.acknowledged(asked[0]), Self.failed(asked[1])], after: 1)
        #expect(scene.tell(after: 1).checkpointRequests == [asked[1]])
        scene.tell([Self.failed(asked[1])])
        #expect(scene.tell(after: 2).checkpointRequests == [asked[1]])
        scene.tell([Self.failed(asked[1], "it answers 503")])
        #expect(scene.tell(after: 10).checkpointRequests.isEmpty)
        #expect(scene.facts.steps.contains("failed llm-1: it answers 503"))
        // Reclaim at 120 s; 30 s to stop, 5 s of margin and 4 s for the budget's word.
        #expect(scene.tell(after: 66).evictions.isEmpty)
        let told = scene.tell(after: 1).evictions
        #expect(told.map(\.pod.name).sorted() == ["llm-0", "llm-1"])
        #expect(told.allSatisfy { $0.graceSeconds == 34 && !$0.overridesBudget })
        let ended = at + .seconds(100)
        let events: [Event] = zip(Scene.gangPods, ["node-0", "node-1"]).map { pod, node in
            .podRemoved(Scene.stopped(pod, on: node, since: since, deletedAt: at + .seconds(81), finishedAt: ended))
        }
        scene.tell(events, after: 20)
        let end = try #require(scene.tell(after: 31).facts.ends.first)
        #expect(end.lostWork.seconds == 3600 + 81)
    }

    @Test("an answer that comes while another try is on its way counts, and counts once")
    func lateAnswer() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        let asked = scene.tell([Self.notice(at: scene.now)]).checkpointRequests
        scene.tell([Self.failed(asked[0]), Self.acknowledged(asked[1])], after: 1)
        scene.tell(after: 1)
        let told = scene.tell([Self.acknowledged(asked[0]), Self.acknowledged(asked[0], step: 9)], after: 1)
        #expect(told.facts.steps.filter { $0.hasPrefix("acknowledged") } == ["acknowledged llm-0"])
        #expect(told.evictions.count == 2)
    }

    @Test("a notice that comes twice, and others of the same reclaim in whatever order, ask once")
    func once() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        let at = scene.now
        scene.tell([Self.notice(at: at, id: "n-2"), Self.notice(at: at - .seconds(3), id: "n-1")])
        let again = scene.tell([Self.notice(at: at), Self.notice(at: at, id: "n-2")], after: 1)
        #expect(again.checkpointRequests.isEmpty)
        #expect(again.facts.isEmpty)
        #expect(scene.commands.count { if case .requestCheckpoint = $0 { true } else { false } } == 2)
    }

    @Test("after a restart whoever has answered is not asked again, and whoever has not is")
    func restart() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        let asked = scene.tell([Self.notice(at: scene.now)]).checkpointRequests
        scene.tell([Self.acknowledged(asked[0])], after: 1)
        var next = Autoscaler(configuration: Scene.configuration(), identity: "journal", entries: scene.entries)
        #expect(next.state == scene.core.state)
        let listed = Event.clusterListed(
            pods: Scene.httpPods.enumerated().map { Scene.running($1, on: "node-\($0)", since: since) },
            nodes: ["0", "1"].map { Scene.node("node-\($0)", instance: "i-\($0)", taints: []) },
            jobs: [Scene.job("llm", parallelism: 2)]
        )
        let decisions = next.step([.leadership(epoch: 2), listed], at: scene.now + .seconds(3))
        #expect(decisions.checkpointRequests == [asked[1]])
        #expect(decisions.evictions.isEmpty)
        let told = next.step([Self.acknowledged(asked[1])], at: scene.now + .seconds(4))
        #expect(told.evictions.count == 2)
    }

    @Test("a rank whose probe fails for a moment is asked as well, and stops with the others")
    func unready() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        var rank = Scene.running(Scene.httpPods[0], on: "node-0", since: since)
        rank.isReady = false
        scene.tell([.podChanged(rank)], after: 60)
        let decisions = scene.tell([Self.notice(at: scene.now)])
        #expect(decisions.checkpointRequests.map(\.pod.name) == ["llm-0", "llm-1"])
        #expect(decisions.evictions.isEmpty)
        let told = scene.tell(decisions.checkpointRequests.map { Self.acknowledged($0) }, after: 5)
        #expect(told.evictions.map(\.pod.name).sorted() == ["llm-0", "llm-1"])
    }

    @Test("one whose eviction a budget refused, and that ends by itself later, has computed until its end")
    func endedAfterRefusal() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang { $0.annotations["gleaner.dev/checkpoint"] = "none" }
        scene.tell(after: 600)
        scene.tell([Self.notice(at: scene.now, instance: "i-1")])
        let ended = scene.now + .seconds(60)
        var crashed = Scene.running(Scene.httpPods[0], on: "node-0", since: since)
        crashed.phase = .failed
        crashed.isReady = false
        crashed.finishedAt = ended
        let end = try #require(scene.tell([.podChanged(crashed)], after: 60).facts.ends.first)
        #expect(end.lostWork.seconds == 660)
        #expect(end.checkpointSeconds == 0)
    }

    @Test("the pods that wait again are seen, once")
    func requeued() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        let at = scene.now
        for request in scene.tell([Self.notice(at: at)]).checkpointRequests { scene.tell([Self.acknowledged(request)]) }
        let ended = at + .seconds(4)
        scene.tell(
            zip(Scene.gangPods, ["node-0", "node-1"]).map { pod, node in
                .podRemoved(Scene.stopped(pod, on: node, since: since, deletedAt: at, finishedAt: ended))
            },
            after: 5
        )
        let waiting = ["llm-2", "llm-3"].map { name in
            var pod = Scene.pod(name, job: "llm", annotations: Self.annotations)
            pod.createdAt = ended
            return pod
        }
        #expect(scene.tell([.podChanged(waiting[0])]).facts.steps.isEmpty)
        #expect(scene.tell([.podChanged(waiting[1])]).facts.steps == ["requeued llm 2"])
        #expect(scene.tell(after: 1).facts.steps.isEmpty)
    }

    @Test(
        "a pod on its node's network, a port nobody declares or a URL with a host is not asked, and the reason is kept"
    )
    func forged() throws {
        func reasons(_ change: (inout Pod) -> Void) throws -> [String] {
            var scene = Scene()
            try scene.runHTTPGang { change(&$0) }
            let decisions = scene.tell([Self.notice(at: scene.now)])
            #expect(decisions.checkpointRequests.isEmpty)
            return decisions.facts.steps.filter { $0.hasPrefix("failed llm-0") }
        }
        let network = try reasons { $0.usesHostNetwork = true }
        #expect(network == ["failed llm-0: a pod on its node's network is not asked: run it on a network of its own"])
        let port = try reasons { $0.containerPorts = [9090] }
        #expect(port == ["failed llm-0: no container declares port 8080: add it to containers[].ports"])
        for url in [
            "http://10.1.2.3:8080/checkpoint", "//evil:8080/", "evil:8080/", ":8080@evil/", "http://u:p@:8080/",
            ":0/", ":80800/", ":8080/a b", ":8080/#x", "ftp://:8080/", "file:///etc/passwd", "",
        ] {
            let refused = try reasons { $0.annotations["gleaner.dev/checkpoint-url"] = url }
            #expect(refused.first?.contains("gleaner.dev/checkpoint-url") == true, "\(url)")
        }
        let address = try reasons { $0.ip = "metadata.internal" }
        #expect(address == ["failed llm-0: it has no address yet"])
    }

    @Test("port and path, and TLS when it is asked for, become a URL at the pod's own address")
    func url() throws {
        var pod = Scene.httpPods[0]
        #expect(try CheckpointURL(":8080")?.url(of: pod) == "http://10.0.0.10:8080/")
        pod.ip = "fd00::1"
        #expect(try CheckpointURL("https://:8080/a?b=1")?.url(of: pod) == "https://[fd00::1]:8080/a?b=1")
        #expect(try CheckpointURL("http://:8080//evil/x")?.url(of: pod) == "http://[fd00::1]:8080//evil/x")
    }

    // MARK: - Proof

    private static let allowing = Scene.configuration { configuration in
        configuration.checkpoints.allowedPrefixes = [
            .init(namespaces: ["vision"], prefixes: ["s3://models/vision/"])
        ]
    }

    @Test("where proof was promised an answer alone does not count; the object does")
    func proven() throws {
        for isFound in [true, false] {
            var scene = Scene(Self.allowing)
            let since = try scene.runHTTPGang {
                $0.annotations["gleaner.dev/checkpoint-uri"] = "s3://models/vision/llm"
            }
            scene.tell(after: 600)
            let at = scene.now
            var searches: [CheckpointSearch] = []
            for request in scene.tell([Self.notice(at: at)]).checkpointRequests {
                searches += scene.tell([Self.acknowledged(request)], after: 1).searches
            }
            let search = try #require(searches.first)
            #expect(search.prefix == "s3://models/vision/llm/")
            #expect(search.since == at)
            #expect(scene.tell([.checkpointSearched(search, .absent)]).searches.isEmpty)
            #expect(scene.tell(after: 3).searches == [search])
            let written = at + .seconds(4)
            scene.tell([
                .checkpointSearched(
                    search,
                    isFound
                        ? .found(uri: "s3://models/vision/llm/7", writtenAt: written)
                        : .failed(reason: "s3.ListObjectsV2: AccessDenied")
                )
            ])
            let events: [Event] = zip(Scene.gangPods, ["node-0", "node-1"]).map { pod, node in
                .podRemoved(
                    Scene.stopped(pod, on: node, since: since, deletedAt: at + .seconds(2), finishedAt: written)
                )
            }
            scene.tell(events, after: 1)
            scene.tell(after: 31)
            #expect(scene.facts.ends.map(\.lostWork.seconds) == [isFound ? 0 : 600])
            let verified = scene.facts.steps.filter { $0.hasPrefix("verified") || $0.hasPrefix("unproven") }
            #expect(
                verified == [
                    isFound
                        ? "verified s3://models/vision/llm/7" : "unproven llm: s3.ListObjectsV2: AccessDenied"
                ]
            )
        }
    }

    @Test("what was saved on SIGTERM is proven by an object written since then")
    func provenSignal() throws {
        var scene = Scene(Self.allowing)
        let since = try scene.runHTTPGang {
            $0.annotations["gleaner.dev/checkpoint"] = "signal"
            $0.annotations["gleaner.dev/checkpoint-uri"] = "s3://models/vision/llm/"
        }
        let at = scene.now + .seconds(300)
        #expect(scene.tell([Self.notice(at: at)], after: 300).evictions.count == 2)
        let events: [Event] = zip(Scene.gangPods, ["node-0", "node-1"]).map { pod, node in
            .podRemoved(
                Scene.stopped(pod, on: node, since: since, deletedAt: at, finishedAt: at + .seconds(20))
            )
        }
        let search = try #require(scene.tell(events, after: 20).searches.first)
        #expect(search.since == at)
        let found = Event.checkpointSearched(search, .found(uri: "s3://models/vision/llm/1", writtenAt: at))
        #expect(scene.tell([found], after: 1).facts.ends.map(\.lostWork.seconds) == [0])
    }

    @Test("a prefix that the configuration does not allow is not looked at, and the workload says so")
    func refusedPrefix() throws {
        for prefix in ["s3://models/", "s3://models/vision-other/", "s3://models/visio", "s3://other/vision/"] {
            var scene = Scene(Self.allowing)
            try scene.runHTTPGang { $0.annotations["gleaner.dev/checkpoint-uri"] = prefix }
            let workload = try #require(scene.core.state.records[Scene.gangID]?.workload)
            #expect(workload.checkpointPrefix == nil)
            #expect(workload.overruled.contains { $0.hasPrefix("gleaner.dev/checkpoint-uri") })
        }
    }
}

extension Scene {
    static let httpPods = gangPods.enumerated().map { index, pod in
        var pod = pod
        for (name, value) in CheckpointTests.annotations { pod.annotations["gleaner.dev/\(name)"] = value }
        pod.ip = "10.0.0.1\(index)"
        pod.containerPorts = [8080]
        return pod
    }

    /// The gang of two runs, and saves over HTTP.
    @discardableResult
    mutating func runHTTPGang(_ change: (inout Pod) -> Void = { _ in }) throws -> Timestamp {
        let since = try runGang()
        tell(
            zip(Scene.httpPods, ["node-0", "node-1"]).map { pod, node in
                var pod = pod
                change(&pod)
                return .podChanged(Scene.running(pod, on: node, since: since))
            }
        )
        forget()
        return since
    }
}

extension Decisions {
    var checkpointRequests: [CheckpointRequest] {
        commands.compactMap { if case .requestCheckpoint(let request) = $0 { request } else { nil } }
    }
    var searches: [CheckpointSearch] {
        commands.compactMap { if case .searchCheckpoint(let search) = $0 { search } else { nil } }
    }
}

extension [Fact] {
    /// The steps of an interruption in words, in order.
    var steps: [String] {
        compactMap { fact in
            switch fact {
            case .noticeReceived: "notice"
            case .interruptionStep(.cordoned(_, let node)): "cordoned \(node)"
            case .interruptionStep(.replacementPlanned): "planned"
            case .interruptionStep(.requeued(let id, let pods)): "requeued \(id.name) \(pods)"
            case .interruptionStep(.relocationIntended(let relocation)): "moving: \(relocation.summary)"
            case .interruptionStep(.relocationAbandoned(_, let reason)): "abandoned: \(reason)"
            case .checkpointRequested(let id, _, _): "checkpoint \(id.name)"
            case .podCheckpointRequested(let request): "ask \(request.pod.name)"
            case .checkpointAcknowledged(let answer): "acknowledged \(answer.pod.name)"
            case .checkpointFailed(let failure): "failed \(failure.pod.name): \(failure.reason)"
            case .checkpointVerified(let proof):
                proof.uri.map { "verified \($0)" } ?? "unproven \(proof.workload.name): \(proof.reason ?? "")"
            default: nil
            }
        }
    }
}
