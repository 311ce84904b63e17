import Foundation
import Model
import Testing

@testable import Autoscaler

@Suite("From pending pods to initialised nodes")
struct LaunchTests {
    @Test("pods are collected for the planning window, then planned together")
    func window() throws {
        var scene = Scene()
        #expect(scene.tell(Scene.gangPods.map { .podChanged($0) }).plans.isEmpty)
        let asked = scene.tell(after: 1)
        let demand = try #require(asked.plans.first?.input.demands.first)
        #expect(demand.pods.count == 2)
        #expect(demand.workload.gang == Gang(minimum: 2))
        #expect(demand.workload.team == "vision")
        #expect(demand.capacityTypes.contains(.spot))
    }

    @Test("a gang is planned only once all its members exist")
    func incompleteGang() {
        var scene = Scene()
        scene.tell([.podChanged(Scene.gangPods[0])])
        #expect(scene.tell(after: 5).plans.isEmpty)
    }

    @Test("a launch is recorded with its whole request before it is sent, under an id of its own")
    func intent() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        #expect(request.id == "journal-1")
        #expect(request.count == 2)
        #expect(request.nodeTaints.contains(.starting))
        #expect(request.tags[Tag.cluster] == "test")
        #expect(request.tags[Tag.claim] == request.id)
        #expect(scene.facts.contains { if case .launchIntended(request, _) = $0 { true } else { false } })
    }

    @Test("the same pods are not bought for twice while their nodes boot")
    func bootingCounts() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        let again = scene.tell([
            .launchEnded(
                request.id,
                .launched([Scene.instance("i-0", at: scene.now), Scene.instance("i-1", at: scene.now)])
            )
        ])
        let hosts = try #require(again.plans.first?.input.hosts)
        #expect(hosts.count == 2)
        #expect(hosts.allSatisfy { $0.reservedFor == Scene.gangID && $0.free.accelerators == 8 })
    }

    @Test("a node counts as initialised only once its accelerators are allocatable")
    func devicePlugin() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        scene.tell([
            .launchEnded(
                request.id,
                .launched([Scene.instance("i-0", at: scene.now), Scene.instance("i-1", at: scene.now)])
            )
        ])
        #expect(scene.tell([.nodeChanged(Scene.node("node-0", instance: "i-0", gpus: 0))]).facts.initialised.isEmpty)
        #expect(
            scene.tell([.nodeChanged(Scene.node("node-0", instance: "i-0"))]).facts.initialised == [request.claims[0]]
        )
    }

    @Test("a gang's nodes keep the starting taint until the last is initialised")
    func startingTaint() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        scene.tell([
            .launchEnded(
                request.id,
                .launched([Scene.instance("i-0", at: scene.now), Scene.instance("i-1", at: scene.now)])
            )
        ])
        #expect(scene.tell([.nodeChanged(Scene.node("node-0", instance: "i-0"))]).updates.isEmpty)
        let opened = scene.tell([.nodeChanged(Scene.node("node-1", instance: "i-1"))]).updates
        #expect(opened.map(\.node).sorted() == ["node-0", "node-1"])
        #expect(opened.allSatisfy { $0.removeTaintKeys == [Taint.starting.key] })
    }

    @Test("a refusal for want of capacity closes the offering, for longer each time, and is planned around at once")
    func noCapacity() throws {
        var scene = Scene()
        var request = try scene.launchGang()
        var lengths: [Int64] = []
        for _ in 0..<3 {
            let answer = scene.tell([.launchEnded(request.id, .failed(.noCapacity, message: "none"))])
            let until = answer.facts.compactMap { fact -> Timestamp? in
                if case .offeringClosed(Scene.spot, let until, _, _) = fact { until } else { nil }
            }
            lengths.append((try #require(until.first) - scene.now).components.seconds)
            let plan = try #require(answer.plans.first)
            let closed = plan.input.choices.filter { $0.closedBecause != nil }
            #expect(closed.map(\.offering) == [Scene.spot])
            let next = scene.tell([.planned(generation: plan.generation, Scene.purchase(Scene.gangID, nodes: 2))])
            request = try #require(next.launches.first)
        }
        #expect(lengths[0] == 180 && (270...360).contains(lengths[1]) && (540...720).contains(lengths[2]))
        #expect(request.id == "journal-4")
    }

    @Test("a launch without an answer is sent again unchanged, under the same id")
    func unanswered() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        #expect(scene.tell([.launchEnded(request.id, .failed(.unanswered, message: "timed out"))]).launches.isEmpty)
        #expect(scene.tell(after: 5).launches == [request])
        #expect(scene.tell(after: 100).launches.isEmpty)
    }

    @Test("after a restart an unanswered launch is sent again unchanged")
    func restart() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        var restarted = Autoscaler(configuration: Scene.configuration(), identity: "journal", entries: scene.entries)
        let decisions = restarted.step([.leadership(epoch: 2)], at: scene.now)
        #expect(decisions.launches == [request])
    }

    @Test("a plan made before claims changed is discarded and asked for again")
    func stalePlan() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        scene.tell([.podChanged(Scene.pod("other-0", job: "other"))])
        let plan = try #require(scene.tell(after: 2).plans.first)
        let changed = scene.tell([
            .launchEnded(
                request.id,
                .launched([Scene.instance("i-0", at: scene.now), Scene.instance("i-1", at: scene.now)])
            )
        ])
        #expect(changed.plans.map(\.generation) == [plan.generation + 1])
        let other = WorkloadID(namespace: "vision", kind: "Job", name: "other", uid: "uid-job-other")
        let answer = scene.tell([.planned(generation: plan.generation, Scene.purchase(other, nodes: 1, gang: false))])
        #expect(answer.launches.isEmpty)
    }

    @Test("nothing is launched, drained or evicted without leadership", arguments: [false, true])
    func passive(dryRun: Bool) throws {
        var scene = Scene(Scene.configuration { $0.isDryRun = dryRun }, leads: dryRun)
        scene.tell(Scene.gangPods.map { .podChanged($0) })
        let plan = try #require(scene.tell(after: 2).plans.first)
        let answer = scene.tell([.planned(generation: plan.generation, Scene.purchase(Scene.gangID, nodes: 2))])
        #expect(answer.launches.isEmpty)
        #expect(answer.facts.explanations.count == 1)
        let expected = dryRun ? "dry run" : "another instance"
        #expect(answer.facts.explanations.first?.hasPrefix(expected) == true)
    }

    @Test("while paused nothing is launched, and resuming plans at once")
    func paused() throws {
        var scene = Scene()
        scene.tell([.pauseRequested(true, by: "alice")] + Scene.gangPods.map { .podChanged($0) })
        let plan = try #require(scene.tell(after: 2).plans.first)
        let answer = scene.tell([.planned(generation: plan.generation, Scene.purchase(Scene.gangID, nodes: 2))])
        #expect(answer.launches.isEmpty)
        #expect(answer.facts.explanations == ["paused: nothing is launched until someone resumes"])
        #expect(scene.tell([.pauseRequested(false, by: "alice")]).plans.count == 1)
    }

    @Test("a launch that would pass a cap or a budget is held, and the reason has the sums")
    func budgets() throws {
        let tooMuch: [(String, (inout GleanerConfiguration) -> Void)] = [
            ("an hour", { $0.spendCap.perHour = Money("19.99") }),
            ("the spend cap of 99 a month", { $0.spendCap.perMonth = Money("99") }),
            ("the budget of team vision of 99 a month", { $0.teams[0].budgetPerMonth = Money("99") }),
        ]
        for (words, change) in tooMuch {
            var scene = Scene(Scene.configuration(change))
            scene.tell(Scene.gangPods.map { .podChanged($0) })
            let plan = try #require(scene.tell(after: 2).plans.first)
            let answer = scene.tell([.planned(generation: plan.generation, Scene.purchase(Scene.gangID, nodes: 2))])
            #expect(answer.launches.isEmpty)
            #expect(answer.facts.explanations.first?.contains(words) == true)
        }
    }

    @Test("planning is told of every cap and budget what is left of it: to the cent what a launch may still reserve")
    func budgetsPlanned() throws {
        let change: (inout GleanerConfiguration) -> Void = {
            $0.spendCap.perHour = Money("50")
            $0.spendCap.perMonth = Money("1000")
            $0.teams[0].budgetPerMonth = Money("300")
        }
        var scene = Scene(Scene.configuration(change))
        scene.tell(Scene.gangPods.map { .podChanged($0) })
        let first = try #require(scene.tell(after: 2).plans.first)
        #expect(
            first.input.budgets.map(\.left) == [.perHour(Money(50)), .toFinish(Money(1000)), .toFinish(Money(300))]
        )
        #expect(first.input.budgets.map(\.team) == [nil, nil, "vision"])
        // Two nodes at 10 are bought, and reserve 100 until their work is done.
        scene.tell([.planned(generation: first.generation, Scene.purchase(Scene.gangID, nodes: 2))])
        scene.tell([.podChanged(Scene.pod("b-0", job: "b"))])
        let second = try #require(scene.tell(after: 2).plans.last)
        #expect(second.generation > first.generation)
        let rooms = second.input.budgets
        #expect(rooms.map(\.left) == [.perHour(Money(30)), .toFinish(Money(900)), .toFinish(Money(200))])
        // A purchase that takes all of it is let through, and a cent more is not.
        let other = WorkloadID(namespace: "vision", kind: "Job", name: "b", uid: "uid-job-b")
        for (cost, isRefused) in [("200", false), ("200.01", true)] {
            let plan = Scene.purchase(other, nodes: 1, gang: false, expectedCost: cost)
            #expect((scene.core.budgetRefusal(of: plan.purchases[0], at: scene.now) != nil) == isRefused)
        }
    }

    @Test("a launch reserves its expected cost: the second of two that fit alone is held")
    func reservation() throws {
        var scene = Scene(Scene.configuration { $0.spendCap.perMonth = Money("150") })
        scene.tell(Scene.gangPods.map { .podChanged($0) })
        let plan = try #require(scene.tell(after: 2).plans.first)
        var both = Scene.purchase(Scene.gangID, nodes: 2)
        both.purchases += both.purchases
        #expect(scene.tell([.planned(generation: plan.generation, both)]).launches.count == 1)
    }

    @Test("a node that is not initialised in time is given up")
    func registrationTimeout() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        let instances = ["i-0", "i-1"].map { Scene.instance($0, state: .running, at: scene.now) }
        scene.tell([.launchEnded(request.id, .launched(instances))])
        scene.tell([.nodeChanged(Scene.node("node-0", instance: "i-0"))])
        #expect(scene.tell([.instancesListed(instances)], after: 899).terminations.isEmpty)
        #expect(scene.tell([.wake], after: 1).terminations == [InstanceID("i-1")])
    }

    @Test("what stands of a gang is released when the rest does not come within the hold time")
    func partialGang() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        let instances = ["i-0", "i-1"].map { Scene.instance($0, state: .running, at: scene.now) }
        scene.tell([.launchEnded(request.id, .launched(instances))])
        scene.tell([.nodeChanged(Scene.node("node-0", instance: "i-0"))])
        scene.tell([.instancesListed(instances)], after: 599)
        #expect(!scene.facts.contains { if case .claimDraining = $0 { true } else { false } })
        // The missing node is given up at 900 s; by then the other has been held for longer than its time.
        let released = scene.tell([.instancesListed(instances)], after: 301)
        #expect(released.facts.contains { if case .claimDraining(request.claims[0], _) = $0 { true } else { false } })
        #expect(released.updates.first?.unschedulable == true)
    }

    @Test("annotations that can raise cost count only where a pool accepts them, and the decision says so")
    func policy() throws {
        var scene = Scene()
        let annotations = [
            "deadline": "2026-08-04T00:00:00Z", "do-not-disrupt": "true", "expected-runtime": "1000h",
            "checkpoint": "maybe",
        ]
        let admitted = scene.tell([.podChanged(Scene.pod("a-0", job: "a", annotations: annotations))]).facts.admitted
        let workload = try #require(admitted.first)
        #expect(workload.deadline == Timestamp(rfc3339: "2026-08-04T00:00:00Z"))
        #expect(!workload.doNotDisrupt)
        #expect(workload.expectedRuntimeSeconds == Int64(259_200))
        #expect(workload.checkpoint == .none)
        #expect(workload.overruled.count == 3)
    }

    @Test("absurd requests and annotations break nothing")
    func absurdities() throws {
        var scene = Scene()
        let forever = String(repeating: "999999999d", count: 200)
        let annotations = ["max-wait": forever, "expected-runtime": forever, "gang": "g", "gang-size": "10000"]
        var pod = Scene.pod("a-0", job: "a", annotations: annotations)
        pod.requests["nvidia.com/gpu"] = Quantity(thousandths: .max)
        pod.requests["amd.com/gpu"] = Quantity(thousandths: .max)
        let workload = try #require(scene.tell([.podChanged(pod)]).facts.admitted.first)
        #expect(workload.maxWaitSeconds == nil && workload.expectedRuntimeSeconds == nil)
        #expect(workload.overruled.count == 2)
        scene.tell(after: 5)
    }

    @Test("a workload that saves on a request must say where, and is told so when it does not")
    func httpContract() throws {
        var scene = Scene()
        let pod = Scene.pod("a-0", job: "a", annotations: ["checkpoint": "http"])
        let workload = try #require(scene.tell([.podChanged(pod)]).facts.admitted.first)
        #expect(workload.checkpoint == .http)
        let reason = "gleaner.dev/checkpoint-url: is missing; say a port and a path like :8080/checkpoint"
        #expect(workload.overruled == [reason])
    }

    @Test("spot is planned while the deadline leaves room for an interruption, on-demand alone after")
    func deadline() throws {
        for (deadline, expectsSpot) in [("2026-08-03T12:00:00Z", true), ("2026-08-03T09:05:00Z", false)] {
            var scene = Scene()
            let annotations = ["deadline": deadline, "expected-runtime": "1h"]
            scene.tell([.podChanged(Scene.pod("a-0", job: "a", annotations: annotations))])
            let demand = try #require(scene.tell(after: 2).plans.first?.input.demands.first)
            #expect(demand.capacityTypes.contains(.spot) == expectsSpot, "\(deadline)")
        }
    }

    @Test("a workload that is willing to wait for spot gets no on-demand until it has waited")
    func maxWait() throws {
        var scene = Scene()
        scene.tell([.podChanged(Scene.pod("a-0", job: "a", annotations: ["max-wait": "30m"]))])
        #expect(try #require(scene.tell(after: 2).plans.first).input.demands[0].capacityTypes == [.reserved, .spot])
        var later = scene
        later.tell([.planned(generation: 1, Plan())])
        #expect(try #require(later.tell(after: 1800).plans.first).input.demands[0].capacityTypes.contains(.onDemand))
    }
}
