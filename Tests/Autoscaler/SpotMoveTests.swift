import Foundation
import Model
import Planning
import Testing

@testable import Autoscaler

@Suite("Moves between spot and on-demand")
struct SpotMoveTests {
    private static let id = WorkloadID(namespace: "vision", kind: "Job", name: "a", uid: "uid-job-a")

    private static func node(_ name: String, _ instance: String, _ offering: Offering, taints: [Taint] = []) -> Node {
        var node = Scene.node(name, instance: instance, taints: taints)
        node.labels[Label.capacityType] = offering.capacityType.rawValue
        node.labels[Label.instanceType] = offering.instanceType
        return node
    }

    /// Four hours of work of a single pod or of a gang of two, which run on an offering.
    fileprivate struct Runner {
        var scene: Scene
        var pods: [Pod]
        let id: WorkloadID
        /// The last question that was answered.
        var answered = 0
        /// Prices beside the catalogue's.
        var morePrices: [PricePoint] = []

        init(
            on offering: Offering,
            deadline: Int64? = nil,
            checkpoint: String = "signal",
            gang: Bool = false,
            readyAfter: Int64 = 100,
            _ change: (inout GleanerConfiguration) -> Void = { _ in }
        ) throws {
            scene = Scene(Scene.configuration(change))
            var annotations = ["checkpoint": checkpoint, "expected-runtime": "4h"]
            if checkpoint == "http" { annotations["checkpoint-url"] = ":8080/checkpoint" }
            if let deadline { annotations["deadline"] = "\(Scene.start + .seconds(deadline))" }
            if gang { annotations.merge(["gang": "llm", "gang-size": "2"]) { $1 } }
            let job = gang ? "llm" : "a"
            pods = (gang ? ["llm-0", "llm-1"] : ["a-0"]).map { name in
                var pod = Scene.pod(name, job: job, annotations: annotations)
                pod.ip = "10.0.0.1"
                pod.containerPorts = [8080]
                return pod
            }
            id = gang ? Scene.gangID : SpotMoveTests.id
            let count = pods.count
            scene.tell(pods.map { .podChanged($0) } + [.jobChanged(Scene.job(job, parallelism: count))])
            let generation = try #require(scene.tell(after: 2).plans.first?.generation)
            let plan = Scene.purchase(id, nodes: count, offering: offering, gang: gang)
            let request = try #require(scene.tell([.planned(generation: generation, plan)]).launches.first)
            start(request, from: 0, after: readyAfter)
        }

        /// A launch's nodes stand, initialised and open.
        mutating func stand(_ request: LaunchRequest, from first: Int, after seconds: Int64) {
            let instances = (0..<request.count).map {
                Scene.instance("i-\(first + $0)", request.offering, at: scene.now)
            }
            scene.tell([.launchEnded(request.id, .launched(instances))], after: 1)
            let running = instances.map { instance in
                Notice(id: "run-\(instance.id)", kind: .stateChange(.running), instance: instance.id, at: scene.now)
            }
            scene.tell(running.map { .noticeReceived($0) })
            for taints in [[Taint.starting], []] {
                let nodes = (0..<request.count).map {
                    SpotMoveTests.node("node-\(first + $0)", "i-\(first + $0)", request.offering, taints: taints)
                }
                scene.tell(nodes.map { .nodeChanged($0) }, after: taints.isEmpty ? 0 : seconds)
            }
            scene.tell()
        }

        mutating func start(_ request: LaunchRequest, from first: Int, after seconds: Int64) {
            stand(request, from: first, after: seconds)
            let since = scene.now
            pods = pods.enumerated().map { Scene.running($1, on: "node-\(first + $0)", since: since) }
            scene.tell(pods.map { .podChanged($0) })
        }

        /// Lets time pass in steps of a minute, as prices and lists come in, until planning is asked for a move.
        mutating func untilAsked(within seconds: Int64 = 600) -> (generation: Int, input: ConsolidationInput)? {
            for _ in 0...(seconds / 60) {
                scene.tell([Scene.prices, .pricesObserved(morePrices), .instancesListed(instances)])
                let asked = scene.commands.questions.last { $0.generation > answered }
                if let asked, !asked.input.moves.isEmpty { return asked }
                // Another question, for consolidation as such, finds nothing.
                if let asked { answer(asked) }
                scene.now = scene.now + .seconds(60)
            }
            return nil
        }

        /// Whether a move is asked for, of a copy.
        func asks(within seconds: Int64 = 600) -> Bool {
            var copy = self
            return copy.untilAsked(within: seconds) != nil
        }

        /// The question for a move, which must come.
        mutating func asked(within seconds: Int64 = 0) throws -> (generation: Int, input: ConsolidationInput) {
            let asked = untilAsked(within: seconds)
            return try #require(asked)
        }

        /// What a move buys first.
        mutating func bought(within seconds: Int64 = 0) throws -> LaunchRequest {
            let request = answer(try asked(within: seconds)).launches.first
            return try #require(request)
        }

        var instances: [Instance] {
            scene.core.liveClaims.compactMap { claim in
                claim.instance.map { Scene.instance($0.value, claim.offering, state: .running, at: Scene.start) }
            }
        }

        @discardableResult
        mutating func answer(_ asked: (generation: Int, input: ConsolidationInput)) -> Decisions {
            answered = asked.generation
            return scene.tell([.consolidated(generation: asked.generation, Planning.consolidate(asked.input))])
        }

        /// The pods that were told to stop have, and others wait in their place.
        mutating func requeue(finishedAfter seconds: Int64 = 20) {
            let since = Scene.start
            let told = scene.now
            scene.now = scene.now + .seconds(seconds)
            let stopped = pods.map { pod in
                Scene.stopped(pod, on: pod.nodeName ?? "", since: since, deletedAt: told, finishedAt: scene.now)
            }
            scene.tell(stopped.map { .podChanged($0) })
            scene.tell(stopped.map { .podRemoved($0) })
            pods = pods.map { pod in
                var next = pod
                next.id.name += "x"
                next.uid += "x"
                next.createdAt = scene.now
                next.nodeName = nil
                next.phase = .pending
                next.isReady = false
                next.isUnschedulable = true
                return next
            }
            scene.tell(pods.map { .podChanged($0) })
        }
    }

    // MARK: - To on-demand, for a deadline

    @Test("a gang on spot whose deadline comes near moves as a whole: on-demand first, then the save, then the stop")
    func urgent() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, gang: true, readyAfter: 600)
        let asked = try run.asked()
        #expect(asked.input.moves.map(\.isUrgent) == [true])
        #expect(asked.input.moves[0].demand.capacityTypes == [.reserved, .onDemand])
        let bought = run.answer(asked)
        let request = try #require(bought.launches.first)
        #expect(request.offering == Scene.onDemand && request.count == 2)
        #expect(bought.updates.isEmpty && bought.evictions.isEmpty)
        let intent = try #require(run.scene.facts.intents.first)
        #expect(intent.reason == .repriced && intent.isUrgent == true && intent.launch == request.id)
        #expect(
            intent.summary.hasPrefix(
                "move vision/llm from node-0 (p4d.24xlarge us-east-1a spot), node-1 (p4d.24xlarge us-east-1a spot) at 20 an "
                    + "hour to 2 × p4d.24xlarge us-east-1a on-demand at 60, for its deadline of 2026-08-03T12:20:00Z: 4 h "
            ),
            "\(intent.summary)"
        )
        run.scene.forget()
        run.stand(request, from: 2, after: 150)
        let evictions = run.scene.commands.evictions
        #expect(evictions.map(\.pod.name).sorted() == ["llm-0", "llm-1"])
        #expect(evictions.allSatisfy { !$0.overridesBudget && $0.graceSeconds == 115 && $0.reason == "move" })
        #expect(run.scene.core.liveClaims.filter { $0.phase == .draining }.map(\.offering) == [Scene.spot, Scene.spot])
        // No third pair of nodes is bought for the pods that leave.
        run.requeue()
        run.scene.tell(after: 2)
        let plan = try #require(run.scene.lastPlan)
        #expect(plan.input.demands.allSatisfy { $0.capacityTypes == [.reserved, .onDemand] })
        let found = Planning.plan(plan.input)
        #expect(found.purchases.isEmpty && Set(found.placements.values) == ["node-2", "node-3"])
        run.pods = run.pods.enumerated().map { Scene.running($1, on: "node-\(2 + $0)", since: run.scene.now) }
        run.scene.tell(run.pods.map { .podChanged($0) })
        #expect(run.scene.facts.starts.last?.claims.count == 2)
        #expect(run.scene.facts.ends.last?.outcome == .drained)
        let record = try #require(run.scene.core.state.records[run.id])
        #expect(!run.scene.core.isMoving(record))
    }

    @Test("work whose deadline leaves time for an interruption stays on spot")
    func safe() throws {
        let run = try Runner(on: Scene.spot, deadline: 8 * 3600)
        #expect(!run.asks())
    }

    @Test("a move that cannot help is not made: on demand the deadline would be missed as well")
    func tooLate() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 100, readyAfter: 90)
        let asked = run.untilAsked()
        #expect(asked == nil)
        let said = "vision/a stays on spot: on demand it would not meet its deadline of 2026-08-03T12:01:40Z either"
        #expect(run.scene.facts.explanations.contains(said))
    }

    @Test("work that cannot be saved goes on demand while all of it can be done again, and never later")
    func withoutCheckpoint() throws {
        var run = try Runner(on: Scene.spot, deadline: 5 * 3600, checkpoint: "none")
        #expect(!run.asks(within: 1800))
        let asked = try run.asked(within: 5400)
        #expect(asked.input.moves[0].isUrgent)
        // All four hours can be done from their beginning.
        let left = (Scene.start + .seconds(5 * 3600) - run.scene.now).components.seconds
        #expect(left >= 4 * 3600 + 300 && left < 4 * 3600 + 1200, "\(left)")
        // An hour later it would only lose what it has.
        var late = try Runner(on: Scene.spot, deadline: 5 * 3600, checkpoint: "none")
        late.scene.now = late.scene.now + .seconds(5400)
        #expect(!late.asks())
    }

    @Test("while nothing is to be had on demand the work stays where it is, and the next minute tries again")
    func refused() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, readyAfter: 600)
        let request = try run.bought()
        run.scene.tell([.launchEnded(request.id, .failed(.noCapacity, message: "none"))], after: 2)
        #expect(run.scene.facts.abandoned == ["what it was to move to is not to be had"])
        #expect(run.scene.core.state.closures[Scene.onDemand] != nil)
        #expect(run.scene.commands.evictions.isEmpty)
        run.scene.now = run.scene.now + .seconds(200)
        let again = try run.asked(within: 240)
        let found = run.answer(again)
        #expect(found.launches.map(\.offering) == [Scene.onDemand])
    }

    @Test("a move whose start would come too late is not made, as the workload's own starts have shown")
    func slowStart() throws {
        // Its first start took ten minutes, of which a node's boot takes two and a half.
        let run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 900, readyAfter: 600)
        #expect(!run.asks())
    }

    @Test("where a limit does not let both stand at a time, work leaves first while its deadline allows a whole start")
    func withinLimits() throws {
        let one: (inout GleanerConfiguration) -> Void = { $0.pools[0].limits.nodes = 1 }
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 500, one)
        run.answer(try run.asked())
        let intent = try #require(run.scene.facts.intents.first)
        #expect(intent.launch == nil)
        #expect(run.scene.commands.evictions.map(\.pod.name) == ["a-0"])
        // As long as its longest start is no longer left.
        var late = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, readyAfter: 600, one)
        late.answer(try late.asked())
        #expect(late.scene.facts.intents.isEmpty && late.scene.commands.evictions.isEmpty)
        let said = "vision/a stays on spot: no on-demand node beside what it runs on is to be had, for its deadline"
        #expect(late.scene.facts.explanations.contains { $0.hasPrefix(said) })
    }

    @Test("work does not leave for what its budget would refuse afterwards")
    func leavesWithinBudget() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 500) {
            $0.pools[0].limits.nodes = 1
            $0.spendCap.perMonth = Money(110)
        }
        run.answer(try run.asked())
        #expect(run.scene.facts.intents.isEmpty && run.scene.commands.evictions.isEmpty)
        let said = run.scene.facts.explanations.last ?? ""
        let expected = "vision/a cannot move to p4d.24xlarge us-east-1a on-demand: over the spend cap of 110 a month"
        #expect(said.hasPrefix(expected), "\(said)")
    }

    @Test("for a deadline what is left behind is reserved only until it goes, so that both fit one budget")
    func reservedOnce() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, readyAfter: 600) {
            $0.spendCap.perMonth = Money(150)
        }
        #expect(try run.bought().offering == Scene.onDemand)
    }

    @Test("where the cap of an hour does not let both stand at a time, work leaves first while its deadline allows it")
    func withinCap() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 500) { $0.spendCap.perHour = Money(35) }
        let answered = run.answer(try run.asked())
        #expect(answered.launches.isEmpty)
        #expect(run.scene.facts.intents.map(\.launch) == [nil])
        #expect(run.scene.commands.evictions.map(\.pod.name) == ["a-0"])
    }

    @Test("an interruption that comes before the move ends it, and what was bought takes in the work")
    func interrupted() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, readyAfter: 600)
        let request = try run.bought()
        let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-0"), at: run.scene.now)
        run.scene.tell([.noticeReceived(notice)], after: 1)
        let instance = Scene.instance("i-1", request.offering, at: run.scene.now)
        run.scene.tell([.launchEnded(request.id, .launched([instance]))], after: 1)
        #expect(run.scene.facts.abandoned == ["node-0 does not stand as it did"])
        run.scene.tell(after: 2)
        let plan = try #require(run.scene.lastPlan)
        let found = Planning.plan(plan.input)
        #expect(found.purchases.isEmpty && found.placements.values.first == request.claims[0].value)
    }

    @Test("work that another left behind on a node is still moved for its own deadline")
    func leftBehind() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, readyAfter: 600)
        let other = Scene.running(Scene.pod("b-0", job: "b"), on: "node-0", since: run.scene.now)
        run.scene.tell([.podChanged(other), .jobChanged(Scene.job("b"))])
        let request = try run.bought()
        run.stand(request, from: 1, after: 150)
        #expect(run.scene.commands.evictions.map(\.pod.name) == ["a-0"])
        let id = WorkloadID(namespace: "vision", kind: "Job", name: "b", uid: "uid-job-b")
        let record = try #require(run.scene.core.state.records[id])
        var look = SpotLook(answer: .onDemand, types: [.onDemand], step: 60)
        look.move = SpotLook.Move(isToOnDemand: true, isUrgent: true, reason: "for its deadline")
        run.scene.core.progress.spot.looks[id] = Autoscaler.SpotProgress.Looked(
            look: look,
            basis: Autoscaler.SpotProgress.Basis(workload: record.workload),
            marketVersion: 0,
            nextAt: .distantFuture
        )
        let moves = run.scene.core.wantedMoves(at: run.scene.now)
        #expect(moves.map(\.demand.workload.id) == [id])
        #expect(moves.map(\.claims) == moves.map { Array($0.emptied) })
        // Both are let go then, whichever is quicker.
        var input = try #require(run.scene.commands.questions.last).input
        input.nodes = run.scene.core.standingNodes(at: run.scene.now)
        input.moves = moves
        let found = try #require(Planning.consolidate(input).first { $0.workloads == [id] })
        run.scene.core.carryOutMove(found, at: run.scene.now)
        let next = try #require(run.scene.core.state.openLaunches.first)
        #expect(next.workloads == [id])
    }

    // MARK: - To spot, where it pays

    @Test("work on demand moves to spot when that pays: not at once, spot first, and nothing is lost")
    func toSpot() throws {
        var run = try Runner(on: Scene.onDemand, deadline: 24 * 3600)
        #expect(!run.asks(within: 720))
        let asked = try run.asked(within: 1500)
        #expect(asked.input.moves.map(\.isUrgent) == [false])
        let request = try #require(run.answer(asked).launches.first)
        #expect(request.offering == Scene.spot)
        let summary = try #require(run.scene.facts.intents.first).summary
        #expect(summary.contains("since p4d.24xlarge us-east-1a spot costs 33% of on-demand, and its deadline of"))
        #expect(summary.contains("; saves "))
        run.scene.forget()
        run.stand(request, from: 1, after: 150)
        #expect(run.scene.commands.evictions.map(\.pod.name) == ["a-0"])
        var job = Scene.job("a")
        job.annotations[Annotation.lastCheckpoint.key] = "\(run.scene.now)"
        run.scene.tell([.jobChanged(job)])
        run.requeue()
        #expect(run.scene.facts.ends.map(\.outcome) == [.drained])
        #expect(run.scene.facts.ends.map(\.lostWork.seconds) == [0])
    }

    @Test("a refusal costs nothing: the pool is closed, and the work goes on where it is")
    func spotRefused() throws {
        var run = try Runner(on: Scene.onDemand, deadline: 24 * 3600)
        let request = try run.bought(within: 1800)
        run.scene.tell([.launchEnded(request.id, .failed(.noCapacity, message: "none"))], after: 2)
        #expect(run.scene.facts.abandoned.count == 1)
        #expect(run.scene.core.state.closures[Scene.spot] != nil)
        #expect(run.scene.commands.evictions.isEmpty)
        #expect(!run.asks(within: 120))
    }

    @Test("what cannot be saved stays on demand")
    func staysOnDemand() throws {
        let unsaved = try Runner(on: Scene.onDemand, deadline: 24 * 3600, checkpoint: "none")
        #expect(!unsaved.asks(within: 3600))
    }

    @Test("nodes that others share are not emptied to save money")
    func shared() throws {
        var run = try Runner(on: Scene.onDemand, deadline: 24 * 3600)
        var other = Scene.pod("b-0", job: "b", gpus: 0)
        other.requests = Scene.resources(cpu: 1, memoryGi: 1, gpus: 0)
        run.scene.tell([.podChanged(Scene.running(other, on: "node-0", since: run.scene.now))])
        let asked = try run.asked(within: 1800)
        #expect(Planning.consolidate(asked.input).isEmpty)
    }

    @Test("a disruption budget holds up a move that saves money, and none for a deadline")
    func budgets() throws {
        let none: (inout GleanerConfiguration) -> Void = {
            $0.pools[0].disruption.budgets = [DisruptionBudget(nodes: .count(0))]
        }
        var saving = try Runner(on: Scene.onDemand, deadline: 24 * 3600, none)
        let held = try saving.asked(within: 1800)
        #expect(Planning.consolidate(held.input).isEmpty)
        var urgent = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, readyAfter: 600, none)
        let free = try urgent.asked()
        #expect(Planning.consolidate(free.input).map(\.isUrgent) == [true])
    }

    @Test("a move that saves money is given up when a budget lets nobody go, and is not tried again for an hour")
    func blocked() throws {
        var run = try Runner(on: Scene.onDemand, deadline: 24 * 3600)
        let request = try run.bought(within: 1800)
        run.stand(request, from: 1, after: 150)
        let began = run.scene.now
        #expect(run.scene.commands.evictions.map(\.pod.name) == ["a-0"])
        for _ in 0..<200 where run.scene.facts.abandoned.isEmpty {
            let told = run.scene.commands.evictions.map { eviction in
                Event.evictionEnded(eviction.pod, uid: eviction.uid, .blockedByBudget(message: "budget"))
            }
            run.scene.commands = []
            run.scene.tell(told + [.wake], after: 2)
        }
        #expect(run.scene.facts.abandoned == ["a disruption budget has let no pod of vision/a go for 300 s"])
        #expect(run.scene.now - began >= .seconds(300) && run.scene.now - began < .seconds(310))
        #expect(run.scene.core.state.relocations.isEmpty && run.scene.core.state.evictedAt.isEmpty)
        #expect(run.scene.core.liveClaims.map(\.phase) == [.initialised, .initialised])
        run.scene.commands = []
        run.scene.tell(after: 2)
        #expect(run.scene.commands.evictions.isEmpty)
        #expect(!run.asks(within: 3000))
        #expect(run.asks(within: 4800))
        let replayed = Autoscaler(
            configuration: run.scene.core.configuration,
            identity: "journal",
            entries: run.scene.entries
        )
        #expect(replayed.state == run.scene.core.state)
    }

    @Test("work is not to leave spot for dearer capacity when no deadline needs it")
    func dearer() throws {
        struct Never: SpotPolicy {
            func choose(_ question: SpotQuestion) -> SpotPlacement { .onDemand }
        }
        var run = try Runner(on: Scene.spot, deadline: 24 * 3600)
        run.scene.core.progress.spot.policy = DeadlineShield(Never())
        #expect(!run.asks(within: 2400))
    }

    @Test("work leaves spot that has become dearer than on demand, once it has run for a while")
    func cheaperOnDemand() throws {
        var run = try Runner(on: Scene.spot, deadline: 24 * 3600)
        run.morePrices = [PricePoint(offering: Scene.spot, pricePerHour: Money(45), effectiveAt: run.scene.now)]
        #expect(!run.asks(within: 600))
        let asked = try run.asked(within: 2400)
        #expect(!asked.input.moves[0].isUrgent)
        #expect(asked.input.moves[0].reason == "since spot at 150% of its price does not pay")
        #expect(run.answer(asked).launches.map(\.offering) == [Scene.onDemand])
    }

    @Test("a move is made although nodes came or went while it was planned")
    func busyCluster() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, readyAfter: 600)
        let asked = try run.asked()
        run.scene.core.state.claimsVersion += 1
        #expect(run.answer(asked).launches.map(\.offering) == [Scene.onDemand])
    }

    @Test("work whose spot pool is not sold any more is still moved for its deadline")
    func notSoldAnyMore() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, readyAfter: 600)
        var configuration = run.scene.core.configuration
        configuration.pools[0].capacityTypes = [.onDemand]
        try run.restart(configuration)
        let asked = try run.asked(within: 120)
        #expect(asked.input.moves.map(\.isUrgent) == [true])
        #expect(run.answer(asked).launches.map(\.offering) == [Scene.onDemand])
        // With time enough it goes on where it is.
        var early = try Runner(on: Scene.spot, deadline: 8 * 3600)
        try early.restart(configuration)
        #expect(!early.asks(within: 1800))
    }

    @Test("whoever was asked to save and does not answer stays, and the node takes pods again")
    func unanswered() throws {
        var run = try Runner(on: Scene.onDemand, deadline: 24 * 3600, checkpoint: "http")
        let request = try run.bought(within: 1800)
        run.stand(request, from: 1, after: 150)
        let ask = try #require(run.scene.commands.requests.first)
        for seconds in [1, 2, 3] as [Int64] {
            run.scene.tell([.checkpointAnswered(ask, .failed(reason: "it answers 500"))], after: seconds)
            run.scene.tell(after: seconds)
        }
        #expect(run.scene.facts.abandoned == ["vision/a was asked to save and did not answer"])
        #expect(run.scene.commands.evictions.isEmpty)
        #expect(run.scene.core.state.relocations.isEmpty)
        #expect(run.scene.core.liveClaims.filter { $0.offering == Scene.onDemand }.map(\.phase) == [.initialised])
        #expect(!run.asks(within: 1200))
    }

    @Test("work moves from one spot pool to another when the policy says so, and to no third")
    func betweenPools() throws {
        struct Second: SpotPolicy {
            func choose(_ question: SpotQuestion) -> SpotPlacement {
                question.pools.count > 1 ? .spot(pool: 1) : question.spotOrWaiting
            }
        }
        var run = try Runner(on: Scene.spot, deadline: 24 * 3600)
        run.scene.core.progress.spot.policy = DeadlineShield(Second())
        let others = ["us-east-1b", "us-east-1c"].map { zone in
            Offering(instanceType: "p4d.24xlarge", zone: zone, capacityType: .spot)
        }
        let prices = others.map { PricePoint(offering: $0, pricePerHour: Money(4), effectiveAt: run.scene.now) }
        run.scene.tell([.pricesObserved(prices)])
        run.morePrices = prices
        let asked = try run.asked(within: 2400)
        #expect(asked.input.moves[0].demand.avoided == [Scene.spot, others[1]])
        let request = run.answer(asked).launches.first
        #expect(request?.offering == others[0])
    }

    // MARK: - Who may act

    @Test("a move over the spend cap is not made, and the decision says so")
    func spendCap() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, readyAfter: 600) {
            $0.spendCap.perHour = Money(35)
        }
        let answered = run.answer(try run.asked())
        #expect(answered.launches.isEmpty)
        let said = run.scene.facts.explanations.last ?? ""
        #expect(
            said.hasPrefix("vision/a cannot move to p4d.24xlarge us-east-1a on-demand: over the spend cap of 35"),
            "\(said)"
        )
    }

    @Test("in a dry run a move is only spoken of")
    func dryRun() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, readyAfter: 600)
        var configuration = run.scene.core.configuration
        configuration.isDryRun = true
        try run.restart(configuration)
        let answered = run.answer(try run.asked(within: 600))
        #expect(answered.launches.isEmpty && answered.facts.intents.isEmpty)
        #expect(answered.facts.explanations.contains { $0.hasPrefix("dry run: would move vision/a from node-0") })
    }

    @Test("whoever does not lead moves nothing")
    func leadership() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, readyAfter: 600)
        let asked = try run.asked()
        run.scene.tell([.leadership(epoch: nil)])
        let answered = run.answer(asked)
        #expect(answered.launches.isEmpty)
        #expect(!run.asks())
    }

    @Test("a pause holds moves as it holds launches")
    func paused() throws {
        var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, readyAfter: 600)
        run.scene.tell([.pauseRequested(true, by: "someone")])
        #expect(!run.asks())
    }

    @Test("after a restart a move goes on from where it was, at every point of it")
    func restart() throws {
        for point in 0..<3 {
            var run = try Runner(on: Scene.spot, deadline: 4 * 3600 + 1200, gang: true, readyAfter: 600)
            let request = try run.bought()
            if point == 0 { try run.restart() }
            run.stand(request, from: 2, after: 150)
            if point == 1 { try run.restart() }
            run.scene.tell(after: 1)
            #expect(
                Set(run.scene.commands.evictions.map(\.pod.name)) == ["llm-0", "llm-1"],
                "restarted at point \(point)"
            )
            if point == 2 { try run.restart() }
            run.requeue()
            run.pods = run.pods.enumerated().map { Scene.running($1, on: "node-\(2 + $0)", since: run.scene.now) }
            run.scene.tell(run.pods.map { .podChanged($0) }, after: 1)
            #expect(run.scene.core.state.records[run.id]?.running?.number == 2, "restarted at point \(point)")
            let replayed = Autoscaler(
                configuration: run.scene.core.configuration,
                identity: "journal",
                entries: run.scene.entries
            )
            #expect(replayed.state == run.scene.core.state)
        }
    }
}

extension SpotMoveTests.Runner {
    /// The process begins anew with what the journal holds, and sees cluster and cloud as they are.
    fileprivate mutating func restart(_ configuration: GleanerConfiguration? = nil) throws {
        let before = scene.core
        answered = 0
        scene.forget()
        scene.core = Autoscaler(
            configuration: configuration ?? before.configuration,
            identity: "journal",
            entries: scene.entries
        )
        #expect(scene.core.state == before.state)
        let nodes = before.cluster.nodes.values.sorted { $0.name < $1.name }
        let jobs = before.cluster.jobs.byUID.values.sorted { $0.name < $1.name }
        scene.tell([
            .catalogueObserved(Scene.catalogue), .leadership(epoch: 2), .instancesListed(instances),
            .clusterListed(pods: pods, nodes: nodes, jobs: jobs),
        ])
    }
}

extension [Command] {
    fileprivate var questions: [(generation: Int, input: ConsolidationInput)] {
        compactMap { command in
            if case .consolidate(let generation, let input) = command { (generation, input) } else { nil }
        }
    }
    fileprivate var evictions: [Eviction] { compactMap { if case .evict(let eviction) = $0 { eviction } else { nil } } }
    fileprivate var requests: [CheckpointRequest] {
        compactMap { if case .requestCheckpoint(let request) = $0 { request } else { nil } }
    }
}

extension [Fact] {
    fileprivate var intents: [ConsolidationIntent] {
        compactMap { if case .consolidationIntended(let intent) = $0 { intent } else { nil } }
    }
    fileprivate var abandoned: [String] {
        compactMap { if case .consolidationAbandoned(_, let reason) = $0 { reason } else { nil } }
    }
}
