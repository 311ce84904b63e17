import Model
import Testing

@testable import Autoscaler

@Suite("Asking for regular checkpoints")
struct RegularCheckpointTests {
    private static func notice(at: Timestamp, instance: String = "i-0") -> Event {
        .noticeReceived(Notice(id: "n-1", kind: .interruption, instance: InstanceID(instance), at: at))
    }

    private static func acknowledged(_ request: CheckpointRequest) -> Event {
        .checkpointAnswered(request, .acknowledged(CheckpointReceipt(step: 7)))
    }

    private static func failed(_ request: CheckpointRequest, _ reason: String = "it answers 500") -> Event {
        .checkpointAnswered(request, .failed(reason: reason))
    }

    private static func advice(_ scene: Scene) throws -> Status.CheckpointAdvice {
        let shown = scene.core.status(at: scene.now).workloads.first { $0.workload.id == Scene.gangID }
        return try #require(shown?.checkpointAdvice)
    }

    /// Lets time pass until the gang's time has come; the longer nothing happens, the later that is.
    private static func untilDue(_ scene: inout Scene) throws -> Decisions {
        let first = try #require(try advice(scene).asksAt)
        let patience = (first - scene.now).components.seconds / 2
        while true {
            let at = try #require(try advice(scene).asksAt)
            try #require(at <= first + .seconds(patience))
            let early = scene.tell(after: (at - scene.now).components.seconds - 1)
            #expect(early.checkpointRequests.isEmpty)
            let decisions = scene.tell(after: 1)
            if decisions.facts.contains(where: { if case .regularCheckpoint = $0 { true } else { false } }) {
                return decisions
            }
        }
    }

    private static func untilAsked(_ scene: inout Scene) throws -> [CheckpointRequest] {
        let requests = try untilDue(&scene).checkpointRequests
        try #require(requests.count == 2)
        return requests
    }

    private static let proving = Scene.configuration {
        $0.checkpoints.allowedPrefixes = [.init(namespaces: ["vision"], prefixes: ["s3://models/vision/"])]
    }

    private static func found(_ search: CheckpointSearch) -> Event {
        .checkpointSearched(search, .found(uri: "s3://models/vision/llm/1", writtenAt: search.since + .seconds(1)))
    }

    private static func regular(_ scene: Scene) -> [String] {
        scene.facts.compactMap { fact in
            guard case .regularCheckpoint(_, let step) = fact else { return nil }
            return switch step {
            case .requested(let attempt, let requests): "asked \(requests.count) of attempt \(attempt)"
            case .completed(_, _, let seconds): "saved in \(seconds) s"
            case .failed(_, let reason, _): "failed: \(reason)"
            }
        }
    }

    /// What a new core with the same journal does when it sees the gang running.
    private static func restarted(
        _ scene: Scene,
        since: Timestamp,
        after seconds: Int64,
        _ configuration: GleanerConfiguration = Scene.configuration(),
        _ change: (inout [Pod]) -> Void = { _ in }
    ) -> (Autoscaler, Decisions) {
        var core = Autoscaler(configuration: configuration, identity: "journal", entries: scene.entries)
        #expect(core.state == scene.core.state)
        var pods = Scene.httpPods.enumerated().map { Scene.running($1, on: "node-\($0)", since: since) }
        change(&pods)
        let listed = Event.clusterListed(
            pods: pods,
            nodes: ["0", "1"].map { Scene.node("node-\($0)", instance: "i-\($0)", taints: []) },
            jobs: [Scene.job("llm", parallelism: 2)]
        )
        let events: [Event] = [.catalogueObserved(Scene.catalogue), .leadership(epoch: 2), listed]
        let decisions = core.step(events, at: scene.now + .seconds(seconds))
        return (core, decisions)
    }

    @Test("when its time has come every rank is asked at once, the core wakes for it, and nobody is told to stop")
    func asked() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        let advice = try Self.advice(scene)
        #expect(!advice.isMeasured && advice.costSeconds == 60)
        let due = try #require(advice.asksAt)
        let wakes = scene.core.progress.wakeAt
        #expect(try #require(wakes) <= due)
        let requests = try Self.untilAsked(&scene)
        #expect(requests.map(\.pod.name) == ["llm-0", "llm-1"])
        #expect(requests.allSatisfy { $0.isRegular && $0.url.hasSuffix(":8080/checkpoint") })
        let done = scene.tell(requests.map(Self.acknowledged), after: 20)
        #expect(done.evictions.isEmpty && done.updates.isEmpty && done.plans.isEmpty)
        #expect(Self.regular(scene) == ["asked 2 of attempt 1", "saved in 20 s"])
        let status = try #require(scene.core.status(at: scene.now).workloads.first)
        #expect(status.phase == .running && status.interruptions == 0 && status.attempts == 1)
    }

    @Test("what was saved is durable up to the request, and its cost is measured and used from then on")
    func acknowledged() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        let requests = try Self.untilAsked(&scene)
        let asked = scene.now
        scene.tell([Self.acknowledged(requests[0])], after: 100)
        #expect(scene.core.state.records[Scene.gangID]?.durableUntil == nil)
        scene.tell([Self.acknowledged(requests[1])], after: 140)
        let record = try #require(scene.core.state.records[Scene.gangID])
        #expect(record.durableUntil == asked)
        #expect(record.savingSeconds == 240)
        #expect(record.asks.isEmpty && record.checkpointRequestedAt == nil)
        let advice = try Self.advice(scene)
        #expect(advice.isMeasured && advice.costSeconds == 240)
        let next = try #require(advice.asksAt)
        #expect(next == scene.now + .seconds(try #require(advice.intervalSeconds)))
        // A node that fails an hour later costs an hour, not all.
        let ended = asked + .seconds(600)
        let crashed = zip(Scene.httpPods, ["node-0", "node-1"]).map { pod, node -> Event in
            var gone = Scene.running(pod, on: node, since: since)
            gone.phase = .failed
            gone.isReady = false
            gone.finishedAt = ended
            return .podChanged(gone)
        }
        scene.tell(crashed, after: 360)
        scene.tell(after: 31)
        let end = try #require(scene.facts.ends.first)
        #expect(end.lostWork.seconds == 600)
        #expect(end.checkpointSeconds == 0)
        // The save itself lies within what is lost, and is not taken off once more.
        #expect(scene.core.state.records[Scene.gangID]?.keptSeconds == (asked - since).components.seconds)
    }

    @Test("one that saves within a notice is asked far less often than one that does not")
    func noticeFits() throws {
        func interval(saving seconds: Int64) throws -> Int64 {
            var scene = Scene()
            try scene.runHTTPGang()
            scene.core.state.records[Scene.gangID]?.savingSeconds = seconds
            return try #require(Self.advice(scene).intervalSeconds)
        }
        #expect(try interval(saving: 115) > 3 * interval(saving: 116))
        #expect(try interval(saving: 600) > interval(saving: 240))
        // Costs are known to the second, and one of less counts as one.
        #expect(try interval(saving: 0) == interval(saving: 1))
        // A quarter of an hour, where the clamp is a minute: one that fits answers for few of the interruptions.
        #expect(try interval(saving: 1) == 958)
        #expect(try interval(saving: 116) == 2932)
    }

    @Test("on-demand capacity, other contracts, and those that save often enough by themselves are not asked")
    func notAsked() throws {
        var onDemand = Scene()
        try onDemand.runHTTPGang()
        for id in onDemand.core.state.claims.keys { onDemand.core.state.claims[id]?.offering = Scene.onDemand }
        #expect(onDemand.core.status(at: onDemand.now).workloads.allSatisfy { $0.checkpointAdvice == nil })
        #expect(onDemand.tell(after: 30 * 86_400).checkpointRequests.isEmpty)
        for (name, value) in [("checkpoint", "signal"), ("checkpoint", "none"), ("checkpoint-interval", "5m")] {
            var scene = Scene()
            try scene.runHTTPGang { $0.annotations["gleaner.dev/\(name)"] = value }
            let advice = try Self.advice(scene)
            #expect(advice.intervalSeconds != nil && advice.asksAt == nil, "\(name): \(value)")
            #expect(scene.tell(after: 86_400).checkpointRequests.isEmpty, "\(name): \(value)")
        }
        var seldom = Scene()
        try seldom.runHTTPGang { $0.annotations["gleaner.dev/checkpoint-interval"] = "10h" }
        #expect(try Self.untilDue(&seldom).checkpointRequests.count == 2)
    }

    @Test("where nothing is ever taken back there is no advice")
    func noHazard() throws {
        var scene = Scene(Scene.configuration { $0.economics.priorInterruptionsPerDay = 0 })
        try scene.runHTTPGang()
        #expect(scene.core.status(at: scene.now).workloads.allSatisfy { $0.checkpointAdvice == nil })
        #expect(scene.tell(after: 86_400).checkpointRequests.isEmpty)
    }

    @Test("in a dry run, without leadership, or switched off nobody is asked, and the advice is shown all the same")
    func passive() throws {
        var off = Scene(Scene.configuration { $0.checkpoints.asksRegularly = false })
        try off.runHTTPGang()
        #expect(try Self.advice(off).intervalSeconds != nil)
        #expect(try Self.advice(off).asksAt == nil)
        #expect(off.tell(after: 86_400).checkpointRequests.isEmpty)

        var scene = Scene()
        let since = try scene.runHTTPGang()
        for (isDryRun, leads) in [(true, true), (false, false)] {
            let configuration = Scene.configuration { $0.isDryRun = isDryRun }
            var core = Autoscaler(configuration: configuration, identity: "journal", entries: scene.entries)
            let pods = Scene.httpPods.enumerated().map { Scene.running($1, on: "node-\($0)", since: since) }
            let nodes = ["0", "1"].map { Scene.node("node-\($0)", instance: "i-\($0)", taints: []) }
            var events: [Event] = [
                .catalogueObserved(Scene.catalogue),
                .clusterListed(pods: pods, nodes: nodes, jobs: [Scene.job("llm", parallelism: 2)]),
            ]
            if leads { events.append(.leadership(epoch: 2)) }
            let late = scene.now + .seconds(86_400)
            #expect(core.step(events, at: late).checkpointRequests.isEmpty)
            #expect(core.status(at: late).workloads.first?.checkpointAdvice?.asksAt == nil)
            #expect(core.status(at: late).workloads.first?.checkpointAdvice?.intervalSeconds != nil)
        }
    }

    @Test("a notice during a save asks anew as ever, and the answer to the save still counts")
    func notice() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        let requests = try Self.untilAsked(&scene)
        let asked = scene.now
        scene.forget()
        let at = scene.now + .seconds(10)
        let decisions = scene.tell([Self.notice(at: at)], after: 10)
        #expect(decisions.checkpointRequests.count == 2)
        #expect(decisions.checkpointRequests.allSatisfy { !$0.isRegular })
        #expect(
            decisions.facts.steps == [
                "notice", "cordoned node-0", "checkpoint llm", "ask llm-0", "ask llm-1", "planned",
            ]
        )
        scene.tell(requests.map(Self.acknowledged), after: 5)
        #expect(scene.core.state.records[Scene.gangID]?.durableUntil == asked)
        #expect(scene.facts.steps.filter { $0.hasPrefix("acknowledged") }.isEmpty)
        let told = scene.tell(decisions.checkpointRequests.map(Self.acknowledged), after: 5)
        #expect(told.evictions.count == 2)
        #expect(scene.core.state.records[Scene.gangID]?.durableUntil == at)
    }

    @Test("from a notice on nobody is asked regularly, and a save that failed is not tried again")
    func afterNotice() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        let requests = try Self.untilAsked(&scene)
        scene.tell([Self.notice(at: scene.now)])
        let later = scene.tell([Self.failed(requests[0]), Self.failed(requests[1])], after: 1)
        #expect(later.checkpointRequests.isEmpty)
        #expect(scene.tell(after: 15).checkpointRequests.allSatisfy { !$0.isRegular })

        var early = Scene()
        try early.runHTTPGang()
        let due = try #require(try Self.advice(early).asksAt)
        early.tell([Self.notice(at: due - .seconds(5))], after: (due - early.now).components.seconds - 5)
        #expect(early.tell(after: 60).checkpointRequests.isEmpty)
    }

    @Test("one that fails is tried twice more, then left until the next interval, with the reason shown")
    func failing() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        var requests = try Self.untilAsked(&scene)
        scene.tell([Self.acknowledged(requests[0]), Self.failed(requests[1])], after: 5)
        for pause in [10, 20] as [Int64] {
            #expect(scene.tell(after: pause - 1).checkpointRequests.isEmpty)
            let again = scene.tell(after: 1).checkpointRequests
            #expect(again == [requests[1]])
            scene.tell([Self.failed(again[0], "it answers 503")])
        }
        #expect(Self.regular(scene).last == "failed: vision/llm-1: it answers 503")
        #expect(scene.core.state.records[Scene.gangID]?.durableUntil == nil)
        #expect(scene.core.state.records[Scene.gangID]?.answers == true)
        #expect(try Self.advice(scene).failure == "vision/llm-1: it answers 503")
        let interval = try #require(try Self.advice(scene).intervalSeconds)
        #expect(try Self.advice(scene).asksAt == scene.now + .seconds(2 * interval))
        requests = try Self.untilAsked(&scene)
        #expect(requests.count == 2)
        scene.tell(requests.map(Self.acknowledged), after: 5)
        #expect(try Self.advice(scene).failure == nil)
    }

    @Test("one that never answers is given up after five minutes where nothing is known of its saves")
    func silent() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        let requests = try Self.untilAsked(&scene)
        scene.tell([Self.acknowledged(requests[0])], after: 30)
        scene.tell(after: 269)
        #expect(Self.regular(scene) == ["asked 2 of attempt 1"])
        scene.tell(after: 1)
        #expect(Self.regular(scene).last == "failed: no answer from vision/llm-1 within 5 min")
        scene.tell([Self.acknowledged(requests[1])], after: 1)
        #expect(scene.core.state.records[Scene.gangID]?.durableUntil == nil)
    }

    @Test("a pod that may not be asked is not, and nobody else of its gang is")
    func refused() throws {
        var scene = Scene()
        try scene.runHTTPGang { if $0.id.name == "llm-1" { $0.containerPorts = [9090] } }
        #expect(try Self.untilDue(&scene).checkpointRequests.isEmpty)
        let reason = try #require(try Self.advice(scene).failure)
        #expect(reason.hasPrefix("vision/llm-1: no container declares port 8080"))
        #expect(scene.tell(after: 60).checkpointRequests.isEmpty)
    }

    @Test("a gang is asked whole or not at all: while a rank is not at work nobody is")
    func gang() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        let due = try #require(try Self.advice(scene).asksAt)
        var restarting = Scene.running(Scene.httpPods[1], on: "node-1", since: since)
        restarting.createdAt = scene.now + .seconds(60)
        restarting.isReady = false
        scene.tell([.podChanged(restarting)], after: 60)
        #expect(scene.tell(after: (due - scene.now).components.seconds + 1200).checkpointRequests.isEmpty)
        scene.tell([.podChanged(Scene.running(Scene.httpPods[1], on: "node-1", since: since))], after: 5)
        #expect(scene.tell(after: 60).checkpointRequests.count == 2)
    }

    @Test("a member that has not begun, and that its gang can go without, holds nobody up")
    func elastic() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        var extra = Scene.httpPods[0]
        extra.id.name = "llm-2"
        extra.uid = "uid-llm-2"
        extra.createdAt = scene.now + .seconds(60)
        scene.tell([.podChanged(extra)], after: 60)
        #expect(try Self.untilAsked(&scene).map(\.pod.name) == ["llm-0", "llm-1"])
    }

    @Test("a restart keeps the schedule")
    func restart() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        let requests = try Self.untilAsked(&scene)
        scene.tell(requests.map(Self.acknowledged), after: 240)
        var (core, decisions) = Self.restarted(scene, since: since, after: 5)
        #expect(decisions.checkpointRequests.isEmpty)
        let begun = scene.now
        try #require(try Self.untilAsked(&scene).count == 2)
        #expect(scene.now > begun + .seconds(600))
        #expect(core.step([.wake], at: scene.now - .seconds(1)).checkpointRequests.isEmpty)
        #expect(core.step([.wake], at: scene.now).checkpointRequests.count == 2)
    }

    @Test("a restart in the middle of a save asks all of it again, and it counts from the first request")
    func restartDuring() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        let requests = try Self.untilAsked(&scene)
        let asked = scene.now
        scene.tell([Self.acknowledged(requests[0])], after: 5)
        var (core, decisions) = Self.restarted(scene, since: since, after: 60)
        #expect(decisions.checkpointRequests == requests)
        let done = core.step(requests.map(Self.acknowledged), at: scene.now + .seconds(90))
        #expect(done.checkpointRequests.isEmpty)
        #expect(core.state.records[Scene.gangID]?.durableUntil == asked)
        #expect(core.state.records[Scene.gangID]?.savingSeconds == 30)
        #expect(core.state.regularSaves.isEmpty)
    }

    @Test("after a restart nobody is asked at an address that is not that pod's any more, and the save has failed")
    func strangers() throws {
        let gone = "vision/llm-1 is not at work any more at the address where it was asked"
        let changes: [(reason: String?, change: (inout [Pod]) -> Void)] = [
            (gone, { $0[1].ip = "10.0.0.99" }),
            (
                gone,
                {
                    $0[1].isReady = false
                    $0[1].createdAt = $0[1].createdAt + .seconds(86_400)
                }
            ),
            (gone, { $0[1].deletedAt = Scene.start }),
            (gone, { $0[1].containerPorts = [] }),
            // Another has taken its place already: the attempt and its save are over.
            (nil, { $0[1].uid = "another" }),
            ("its attempt is ending", { $0.removeLast() }),
        ]
        for (reason, change) in changes {
            var scene = Scene()
            let since = try scene.runHTTPGang()
            let requests = try Self.untilAsked(&scene)
            var (core, decisions) = Self.restarted(scene, since: since, after: 60, Scene.configuration(), change)
            #expect(decisions.checkpointRequests.isEmpty, "\(reason ?? "replaced")")
            #expect(core.state.regularSaves.isEmpty)
            #expect(core.state.records[Scene.gangID]?.regularFailure == reason)
            _ = core.step(requests.map(Self.acknowledged), at: scene.now + .seconds(61))
            #expect(core.state.records[Scene.gangID]?.durableUntil == nil)
        }
    }

    @Test("what answers at a pod's address counts only while it is still that pod's")
    func answerOfStranger() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        let requests = try Self.untilAsked(&scene)
        var moved = Scene.running(Scene.httpPods[1], on: "node-1", since: since)
        moved.ip = "10.0.0.99"
        scene.tell([.podChanged(moved)] + requests.map(Self.acknowledged), after: 5)
        #expect(scene.core.state.records[Scene.gangID]?.durableUntil == nil)
        #expect(Self.regular(scene).last?.hasPrefix("failed: vision/llm-1 is not at work any more") == true)
    }

    @Test("a save that takes longer than it may is not tried again, and the next comes later and is known to cost more")
    func runsOut() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang { $0.annotations["gleaner.dev/checkpoint-timeout"] = "90s" }
        let requests = try Self.untilAsked(&scene)
        let asked = scene.now
        scene.tell([Self.failed(requests[1], "it does not answer")], after: 90)
        // The other still saves: it is not asked for the next one besides.
        #expect(Self.regular(scene) == ["asked 2 of attempt 1"])
        #expect(scene.tell(after: 15).checkpointRequests.isEmpty)
        scene.tell([Self.acknowledged(requests[0])], after: 15)
        #expect(Self.regular(scene).last == "failed: vision/llm-1: it does not answer")
        let record = try #require(scene.core.state.records[Scene.gangID])
        #expect(record.regularSavingSeconds == 120 && record.savingSeconds == nil && record.durableUntil == nil)
        let advice = try Self.advice(scene)
        #expect(!advice.isMeasured && advice.costSeconds == 120)
        #expect(advice.asksAt == scene.now + .seconds(2 * (try #require(advice.intervalSeconds))))
        #expect(scene.tell(after: 60).checkpointRequests.isEmpty)
        // The training says that it has saved by itself: what the save took by then is no work that was kept.
        let saved = asked + .seconds(400)
        var member = Scene.running(Scene.httpPods[0], on: "node-0", since: since)
        member.annotations["gleaner.dev/last-checkpoint"] = saved.description
        scene.tell([.podChanged(member)], after: 300)
        let crashed = zip([member, Scene.httpPods[1]], ["node-0", "node-1"]).map { pod, node -> Event in
            var gone = Scene.running(pod, on: node, since: since)
            gone.phase = .failed
            gone.finishedAt = saved + .seconds(50)
            return .podChanged(gone)
        }
        scene.tell(crashed, after: 60)
        scene.tell(after: 31)
        #expect(scene.facts.ends.first?.lostWork.seconds == 50)
        #expect(scene.core.state.records[Scene.gangID]?.keptSeconds == (saved - since).components.seconds - 120)
    }

    @Test("whoever fails again and again is asked half as often each time, down to a sixty-fourth")
    func backsOff() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        let interval = try #require(try Self.advice(scene).intervalSeconds)
        for (failures, times) in [(0, 1), (1, 2), (2, 4), (6, 64), (7, 64), (1000, 64)] as [(Int, Int64)] {
            scene.core.state.records[Scene.gangID]?.regularFailures = failures
            #expect(try Self.advice(scene).asksAt == since + .seconds(times * interval), "\(failures)")
        }
    }

    @Test("a save may take four times what it took before or what its owner says, from 5 to 30 minutes")
    func patience() throws {
        func patience(measured: Int64? = nil, failed: Int64? = nil, own: String? = nil) throws -> Int64 {
            var scene = Scene()
            try scene.runHTTPGang { if let own { $0.annotations["gleaner.dev/checkpoint-timeout"] = own } }
            scene.core.state.records[Scene.gangID]?.savingSeconds = measured
            scene.core.state.records[Scene.gangID]?.failedSavingSeconds = failed
            for _ in 0..<400 {
                guard let request = scene.tell(after: 3600).checkpointRequests.first else { continue }
                return (request.deadline - scene.now).components.seconds
            }
            return 0
        }
        #expect(try patience() == 300)
        #expect(try patience(measured: 30, own: "60s") == 300)
        #expect(try patience(measured: 240) == 960)
        #expect(try patience(measured: 240, failed: 300) == 1200)
        #expect(try patience(own: "20m") == 1200)
        #expect(try patience(measured: 2000, own: "20m") == 1800)
        #expect(try patience(own: "9000h") == 1800)
    }

    @Test("a reason names three ranks that did not answer, and how many more there are")
    func manySilent() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        let request = try Self.untilAsked(&scene)[1]
        scene.core.state.regularSaves[Scene.gangID]?.requests = Array(repeating: request, count: 5)
        scene.tell(after: 300)
        let names = "vision/llm-1, vision/llm-1, vision/llm-1 and 2 more"
        #expect(Self.regular(scene).last == "failed: no answer from \(names) within 5 min")
    }

    @Test("switched off, a restart ends the saves that are under way")
    func switchedOff() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        try #require(try Self.untilAsked(&scene).count == 2)
        let off = Scene.configuration { $0.checkpoints.asksRegularly = false }
        let (core, decisions) = Self.restarted(scene, since: since, after: 60, off)
        #expect(decisions.checkpointRequests.isEmpty)
        #expect(core.state.regularSaves.isEmpty)
        #expect(core.state.records[Scene.gangID]?.regularFailure == "switched off")
    }

    @Test("an attempt that ends takes its save with it, and an answer of it changes nothing")
    func ended() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        let requests = try Self.untilAsked(&scene)
        let ended = scene.now
        scene.tell(
            zip(Scene.httpPods, ["node-0", "node-1"]).map {
                .podRemoved(Scene.stopped($0, on: $1, since: since, deletedAt: ended, finishedAt: ended))
            },
            after: 1
        )
        scene.tell(after: 31)
        #expect(scene.core.state.regularSaves.isEmpty)
        let state = scene.core.state
        #expect(scene.tell(requests.map(Self.acknowledged), after: 1).facts.isEmpty)
        #expect(scene.core.state == state)
    }

    @Test("a checkpoint that the training makes by itself puts the next one off")
    func ownCheckpoint() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        let due = try #require(try Self.advice(scene).asksAt)
        var member = Scene.running(Scene.httpPods[0], on: "node-0", since: since)
        member.annotations["gleaner.dev/last-checkpoint"] = (due - .seconds(60)).description
        scene.tell([.podChanged(member)], after: (due - scene.now).components.seconds - 30)
        #expect(scene.tell(after: 60).checkpointRequests.isEmpty)
        #expect(try #require(try Self.advice(scene).asksAt) > due + .seconds(600))
    }

    @Test("where proof is promised, what was saved counts once the object is there, and a later notice is proven anew")
    func proof() throws {
        var scene = Scene(
            Scene.configuration {
                $0.checkpoints.allowedPrefixes = [.init(namespaces: ["vision"], prefixes: ["s3://models/vision/"])]
            }
        )
        try scene.runHTTPGang { $0.annotations["gleaner.dev/checkpoint-uri"] = "s3://models/vision/llm" }
        let requests = try Self.untilAsked(&scene)
        let asked = scene.now
        let search = try #require(scene.tell(requests.map(Self.acknowledged), after: 10).searches.first)
        #expect(search.since == asked)
        #expect(scene.core.state.records[Scene.gangID]?.durableUntil == nil)
        let found = CheckpointFinding.found(uri: "s3://models/vision/llm/1", writtenAt: asked + .seconds(9))
        scene.tell([.checkpointSearched(search, found)], after: 1)
        #expect(scene.core.state.records[Scene.gangID]?.durableUntil == asked)
        let at = scene.now + .seconds(100)
        let again = scene.tell([Self.notice(at: at)], after: 100).checkpointRequests
        let next = try #require(scene.tell(again.map(Self.acknowledged), after: 5).searches.first)
        #expect(next.since == at)
        scene.tell([.checkpointSearched(next, .found(uri: "s3://models/vision/llm/2", writtenAt: at))], after: 1)
        #expect(scene.core.state.records[Scene.gangID]?.durableUntil == at)
    }

    @Test("a notice's save is proven by itself, whether its object or that of a regular save before is found first")
    func proofOrder() throws {
        for order in ["regular, asked, notice", "asked, regular, notice", "asked, notice, regular"] {
            var scene = Scene(Self.proving)
            try scene.runHTTPGang { $0.annotations["gleaner.dev/checkpoint-uri"] = "s3://models/vision/llm" }
            let requests = try Self.untilAsked(&scene)
            let asked = scene.now
            let first = try #require(scene.tell(requests.map(Self.acknowledged), after: 10).searches.first)
            let at = scene.now + .seconds(2)
            let again = scene.tell([Self.notice(at: at)], after: 2).checkpointRequests
            try #require(again.count == 2)
            var second: CheckpointSearch?
            for step in order.split(separator: ", ") {
                let before = scene.core.state.records[Scene.gangID]?.durableUntil
                switch step {
                case "regular":
                    scene.tell([Self.found(first)], after: 1)
                    let durable = scene.core.state.records[Scene.gangID]?.durableUntil
                    #expect(durable == before ?? asked, "\(order)")
                case "asked":
                    second = scene.tell(again.map(Self.acknowledged), after: 1).searches.first
                    #expect(second?.since == at, "\(order)")
                default:
                    scene.tell([Self.found(try #require(second, "\(order)"))], after: 1)
                    #expect(scene.core.state.records[Scene.gangID]?.durableUntil == at, "\(order)")
                }
            }
            #expect(scene.core.state.records[Scene.gangID]?.durableUntil == at, "\(order)")
            #expect(scene.core.progress.searches.isEmpty)
        }
    }

    @Test("a restart goes on looking for what a regular save was to leave, and gives it up at the same time")
    func proofRestart() throws {
        var scene = Scene(Self.proving)
        let since = try scene.runHTTPGang { $0.annotations["gleaner.dev/checkpoint-uri"] = "s3://models/vision/llm" }
        let requests = try Self.untilAsked(&scene)
        let asked = scene.now
        let search = try #require(scene.tell(requests.map(Self.acknowledged), after: 10).searches.first)
        func restarted(after seconds: Int64) -> (Autoscaler, Decisions) {
            Self.restarted(scene, since: since, after: seconds, Self.proving) { pods in
                for index in pods.indices {
                    pods[index].annotations["gleaner.dev/checkpoint-uri"] = "s3://models/vision/llm"
                }
            }
        }
        var (core, decisions) = restarted(after: 60)
        #expect(decisions.searches == [search])
        _ = core.step([Self.found(search)], at: scene.now + .seconds(61))
        #expect(core.state.records[Scene.gangID]?.durableUntil == asked)
        #expect(restarted(after: 299).1.searches == [search])
        #expect(restarted(after: 300).1.searches.isEmpty)
    }

    @Test("an object that never appears is looked for five minutes, not for as long as the training runs")
    func proofMissing() throws {
        var scene = Scene(
            Scene.configuration {
                $0.checkpoints.allowedPrefixes = [.init(namespaces: ["vision"], prefixes: ["s3://models/vision/"])]
            }
        )
        try scene.runHTTPGang { $0.annotations["gleaner.dev/checkpoint-uri"] = "s3://models/vision/llm" }
        let requests = try Self.untilAsked(&scene)
        var search = try #require(scene.tell(requests.map(Self.acknowledged), after: 10).searches.first)
        for _ in 0..<99 {
            scene.tell([.checkpointSearched(search, .absent)])
            search = try #require(scene.tell(after: 3).searches.first)
        }
        scene.tell([.checkpointSearched(search, .absent)])
        #expect(scene.tell(after: 3).searches.isEmpty)
        #expect(scene.core.progress.searches.isEmpty)
    }

    @Test("no more than 32 save at a time, those that are most overdue first, and the others as these are done")
    func limit() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        let jobs = (0..<40).map { "job-\($0)" }
        for (index, job) in jobs.enumerated() {
            var pod = Scene.pod(
                "\(job)-0",
                job: job,
                gpus: 0,
                annotations: ["checkpoint": "http", "checkpoint-url": ":8080/checkpoint"]
            )
            pod.ip = "10.0.1.\(index)"
            pod.containerPorts = [8080]
            scene.tell([.jobChanged(Scene.job(job)), .podChanged(pod)])
            scene.tell([.podChanged(Scene.running(pod, on: "node-0", since: since + .seconds(60)))], after: 1)
        }
        #expect(scene.core.status(at: scene.now).workloads.count { $0.checkpointAdvice != nil } == 41)
        let asked = scene.tell(after: 86_400).checkpointRequests
        #expect(Set(asked.map(\.workload)).count == 32)
        #expect(asked.contains { $0.workload == Scene.gangID })
        #expect(scene.tell(after: 60).checkpointRequests.isEmpty)
        let lone = asked.filter { $0.workload != Scene.gangID }.prefix(5)
        let next = scene.tell(lone.map(Self.acknowledged), after: 10).checkpointRequests
        #expect(next.count == 5)
        #expect(Set(next.map(\.workload)).isDisjoint(with: asked.map(\.workload)))
    }

    @Test("no namespace has more than half of the places while another waits, and all of them when none does")
    func fairness() throws {
        func asked(others: Int) throws -> [String: Int] {
            var scene = Scene()
            let since = try scene.runGang()
            let jobs = (0..<40).map { ("vision", "v-\($0)") } + (0..<others).map { ("language", "l-\($0)") }
            for (index, (namespace, job)) in jobs.enumerated() {
                var pod = Scene.pod(
                    "\(job)-0",
                    job: job,
                    namespace: namespace,
                    gpus: 0,
                    annotations: ["checkpoint": "http", "checkpoint-url": ":8080/checkpoint"]
                )
                pod.ip = "10.0.1.\(index)"
                pod.containerPorts = [8080]
                scene.tell([.jobChanged(Scene.job(job, namespace: namespace)), .podChanged(pod)])
                scene.tell([.podChanged(Scene.running(pod, on: "node-0", since: since + .seconds(60)))], after: 1)
            }
            let requests = scene.tell(after: 86_400).checkpointRequests
            return Dictionary(grouping: requests, by: \.workload.namespace).mapValues(\.count)
        }
        #expect(try asked(others: 0) == ["vision": 32])
        #expect(try asked(others: 3) == ["vision": 29, "language": 3])
        #expect(try asked(others: 30) == ["vision": 16, "language": 16])
    }

    @Test("no more than 512 ranks save at a time, but for one larger gang, which saves alone")
    func mostRanks() throws {
        for (others, isAsked) in [(510, true), (511, false)] {
            var scene = Scene()
            let since = try scene.runHTTPGang()
            var pod = Scene.pod(
                "lone-0",
                job: "lone",
                gpus: 0,
                annotations: ["checkpoint": "http", "checkpoint-url": ":8080/checkpoint", "checkpoint-timeout": "30m"]
            )
            pod.ip = "10.0.1.1"
            pod.containerPorts = [8080]
            scene.tell([.jobChanged(Scene.job("lone")), .podChanged(pod)])
            scene.tell([.podChanged(Scene.running(pod, on: "node-0", since: since + .seconds(60)))], after: 1)
            let both = scene.tell(after: 86_400).checkpointRequests
            let lone = try #require(both.first { $0.pod == pod.id })
            scene.tell(both.filter { $0.workload == Scene.gangID }.map(Self.acknowledged), after: 5)
            scene.core.state.regularSaves[lone.workload]?.requests = Array(repeating: lone, count: others)
            scene.core.state.records[Scene.gangID]?.lastRegularAt = nil
            scene.core.state.records[Scene.gangID]?.durableUntil = nil
            scene.core.progress.nextRegularLook = nil
            #expect(scene.tell(after: 60).checkpointRequests.count == (isAsked ? 2 : 0), "\(others)")
            scene.core.state.regularSaves = [:]
            scene.core.progress.nextRegularLook = nil
            #expect(scene.tell(after: 600).checkpointRequests.isEmpty == isAsked, "\(others)")
        }
    }

    @Test("the advice says what is wasted now, what would be, and what that is worth")
    func worth() throws {
        var scene = Scene()
        try scene.runHTTPGang { $0.annotations["gleaner.dev/checkpoint"] = "none" }
        let worth = try Self.advice(scene).worth()
        #expect(worth.wastedShare > 0 && worth.wastedShare < worth.presentWastedShare)
        // Two nodes at 10 dollars an hour, of which the gang holds what its GPUs are.
        let share = worth.presentWastedShare - worth.wastedShare
        #expect(worth.savedPerHour > .zero && abs(worth.savedPerHour.approximate - 20 * share) < 0.01)
        // Whoever saves about as often by itself has less to gain.
        var careful = Scene()
        try careful.runHTTPGang {
            $0.annotations["gleaner.dev/checkpoint"] = "none"
            $0.annotations["gleaner.dev/checkpoint-interval"] = "35m"
        }
        #expect(try Self.advice(careful).worth().savedPerHour < worth.savedPerHour)
    }
}
