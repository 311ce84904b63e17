import Model
import Testing

@testable import Autoscaler

@Suite("Suspended Jobs that are ours to unsuspend")
struct SuspendedJobTests {
    private static func job(_ name: String = "sweep", pods: Int = 2, gang: String? = nil) -> Job {
        var job = Scene.job(name, parallelism: pods)
        job.isSuspended = true
        job.gang = gang
        var annotations = ["checkpoint": "signal"]
        if let gang { annotations["gang"] = gang }
        var template = Scene.pod(name, job: name, annotations: annotations)
        template.uid = job.uid
        job.template = template
        return job
    }

    private static func begun(_ job: Job) -> Job {
        var result = job
        result.isSuspended = false
        result.template = nil
        return result
    }

    private static func id(_ name: String = "sweep") -> WorkloadID {
        WorkloadID(namespace: "vision", kind: "Job", name: name, uid: "uid-job-\(name)")
    }

    /// A Job's pods on nodes that stand or boot.
    private static func places(_ job: Job, _ hosts: [String]) -> Plan {
        Plan(placements: Dictionary(uniqueKeysWithValues: zip(job.expectedPods.map(\.id), hosts)))
    }

    /// A scene in which the Job's two nodes boot; their claims.
    private static func bought(_ job: Job, _ scene: inout Scene) throws -> [ClaimID] {
        scene.tell([.jobChanged(job)])
        let generation = try #require(scene.tell(after: 2).plans.first?.generation)
        let request = try #require(
            scene.tell([.planned(generation: generation, Scene.purchase(id(), nodes: 2))]).launches.first
        )
        let instances = ["i-0", "i-1"].map { Scene.instance($0, at: scene.now) }
        scene.tell([.launchEnded(request.id, .launched(instances))], after: 2)
        let next = try #require(scene.tell(after: 2).plans.last ?? scene.lastPlan)
        scene.tell([.planned(generation: next.generation, places(job, request.claims.map(\.value)))])
        return request.claims
    }

    private static func stands(_ index: Int, isOpen: Bool = false) -> Event {
        .nodeChanged(Scene.node("node-\(index)", instance: "i-\(index)", taints: isOpen ? [] : [.starting]))
    }

    private static func pod(_ name: String, on node: String? = nil) -> Pod {
        var pod = Scene.pod(name, job: "sweep", on: node)
        pod.isUnschedulable = false
        return pod
    }

    @Test("a suspended Job is demand as a whole before it has pods")
    func demand() throws {
        var scene = Scene()
        scene.tell([.jobChanged(Self.job())])
        let demand = try #require(scene.tell(after: 2).plans.first?.input.demands.first)
        #expect(demand.workload.id == Self.id())
        #expect(demand.workload.gang == Gang(minimum: 2, topology: .any))
        #expect(demand.workload.checkpoint == .signal)
        #expect(demand.pods.map(\.id.name) == ["sweep[0]", "sweep[1]"])
        #expect(scene.core.status(at: scene.now).pendingPods == 2)
    }

    @Test("a suspended Job that is not ours is no demand")
    func others() {
        var scene = Scene()
        var job = Self.job()
        job.template = nil
        scene.tell([.jobChanged(job)])
        #expect(scene.tell(after: 2).plans.isEmpty)
        #expect(scene.facts.admitted.isEmpty)
    }

    @Test("a Job is unsuspended once all its nodes are initialised, and those open then")
    func unsuspends() throws {
        var scene = Scene()
        let job = Self.job()
        _ = try Self.bought(job, &scene)
        let early = scene.tell([Self.stands(0)], after: 60)
        #expect(early.unsuspensions.isEmpty && early.opened.isEmpty)
        let both = scene.tell([Self.stands(1)], after: 5)
        #expect(both.unsuspensions == [Unsuspension(namespace: "vision", name: "sweep", uid: job.uid)])
        #expect(both.facts.explanations == ["unsuspended: the nodes for it stand (node-0, node-1)"])
        let told = try #require(both.unsuspensions.first)
        #expect(both.opened + scene.tell([.unsuspensionEnded(told, .accepted)]).opened == ["node-0", "node-1"])
        // Once.
        #expect(scene.tell([.jobChanged(Self.begun(job))], after: 1).unsuspensions.isEmpty)
        #expect(scene.tell(after: 40).unsuspensions.isEmpty)
    }

    @Test("a Job is told again when it failed, and when the cluster does not show that it has begun")
    func retries() throws {
        var scene = Scene()
        let job = Self.job()
        _ = try Self.bought(job, &scene)
        let told = try #require(scene.tell([Self.stands(0), Self.stands(1)], after: 60).unsuspensions.first)
        #expect(scene.tell([.unsuspensionEnded(told, .failed(message: "busy"))]).unsuspensions.isEmpty)
        #expect(scene.tell(after: 4).unsuspensions.isEmpty)
        #expect(scene.tell(after: 1).unsuspensions == [told])
        #expect(scene.tell([.unsuspensionEnded(told, .accepted)]).unsuspensions.isEmpty)
        #expect(scene.tell(after: 30).unsuspensions == [told])
        scene.tell([.jobChanged(Self.begun(job))])
        #expect(scene.tell(after: 60).unsuspensions.isEmpty)
    }

    @Test("nobody else is given the room until the pods are there, and the nodes do not count as idle")
    func holdsRoom() throws {
        var scene = Scene()
        let job = Self.job()
        _ = try Self.bought(job, &scene)
        let told = try #require(scene.tell([Self.stands(0), Self.stands(1)], after: 60).unsuspensions.first)
        scene.tell([.unsuspensionEnded(told, .accepted), .jobChanged(Self.begun(job))])
        scene.tell([Self.stands(0, isOpen: true), Self.stands(1, isOpen: true)])
        func free(_ scene: inout Scene) -> [String: Int64] {
            // The plan that is under way is not waited for.
            let generation = scene.core.progress.planInFlight?.generation ?? 0
            scene.tell([.planned(generation: generation, Plan())])
            scene.forget()
            scene.tell([.podChanged(Scene.pod("other-0", job: "other"))], after: 61)
            scene.tell(after: 2)
            let hosts = scene.lastPlan?.input.hosts ?? []
            return Dictionary(uniqueKeysWithValues: hosts.map { ($0.name, $0.free.accelerators) })
        }
        #expect(free(&scene) == ["node-0": 0, "node-1": 0])
        scene.tell([.instancesListed(["i-0", "i-1"].map { Scene.instance($0, state: .running, at: scene.now) })])
        #expect(scene.core.progress.quiet.count == 2)
        #expect(scene.core.progress.quiet.values.allSatisfy { $0.heldBecause != nil })
        // One pod runs, elsewhere than it was thought to; the other is looked for by the scheduler.
        scene.tell([.podChanged(Self.pod("sweep-a", on: "node-1"))])
        #expect(free(&scene) == ["node-0": 0, "node-1": 0])
        var stuck = Self.pod("sweep-b")
        stuck.isUnschedulable = true
        scene.tell([.podChanged(stuck)])
        #expect(free(&scene) == ["node-0": 8, "node-1": 0])
        #expect(scene.core.progress.unsuspensions.isEmpty)
    }

    @Test("room is not kept for ever when no pods come")
    func givesUpRoom() throws {
        var scene = Scene()
        let job = Self.job()
        _ = try Self.bought(job, &scene)
        let told = try #require(scene.tell([Self.stands(0), Self.stands(1)], after: 60).unsuspensions.first)
        scene.tell([.unsuspensionEnded(told, .accepted), .jobChanged(Self.begun(job))])
        scene.tell(after: 599)
        #expect(!scene.core.keptRooms.isEmpty)
        scene.tell(after: 1)
        #expect(scene.core.keptRooms.isEmpty)
    }

    @Test("a Job that somebody suspends again waits again, once its pods are gone")
    func suspendedAgain() throws {
        var scene = Scene()
        let job = Self.job()
        _ = try Self.bought(job, &scene)
        let told = try #require(scene.tell([Self.stands(0), Self.stands(1)], after: 60).unsuspensions.first)
        scene.tell([.unsuspensionEnded(told, .accepted), .jobChanged(Self.begun(job))])
        let pod = Self.pod("sweep-a", on: "node-0")
        scene.tell([.podChanged(pod)])
        scene.tell([.jobChanged(job)])
        #expect(scene.core.suspendedJobs.isEmpty)
        scene.tell([.podRemoved(pod)])
        #expect(scene.core.suspendedJobs.map(\.uid) == [job.uid])
    }

    @Test("a Job that is refused or gone is left alone for a while")
    func refused() throws {
        for outcome in [UnsuspensionOutcome.refused, .gone] {
            var scene = Scene()
            _ = try Self.bought(Self.job(), &scene)
            let told = try #require(scene.tell([Self.stands(0), Self.stands(1)], after: 60).unsuspensions.first)
            scene.tell([.unsuspensionEnded(told, outcome)])
            #expect(scene.core.keptRooms.isEmpty)
            #expect(scene.tell(after: 20).unsuspensions.isEmpty)
        }
    }

    @Test("nothing is unsuspended in a dry run, without leadership, or while paused")
    func holdsStill() throws {
        func told(_ scene: inout Scene) throws -> [Unsuspension] {
            let job = Self.job()
            scene.tell([
                .jobChanged(job),
                .nodeChanged(Scene.node("own-0", instance: "i-8", taints: [])),
                .nodeChanged(Scene.node("own-1", instance: "i-9", taints: [])),
            ])
            let plan = try #require(scene.tell(after: 2).plans.first)
            let answer = Self.places(job, ["own-0", "own-1"])
            return scene.tell([.planned(generation: plan.generation, answer)]).unsuspensions
        }
        var leading = Scene()
        #expect(try told(&leading).count == 1)
        var standby = Scene(leads: false)
        #expect(try told(&standby).isEmpty)
        var dry = Scene(Scene.configuration { $0.isDryRun = true })
        #expect(try told(&dry).isEmpty)
        var paused = Scene()
        paused.tell([.pauseRequested(true, by: "test")])
        #expect(try told(&paused).isEmpty)
    }

    @Test("the Jobs of one gang begin together")
    func gang() throws {
        var scene = Scene()
        let jobs = ["a", "b"].map { Self.job($0, pods: 1, gang: "llm") }
        scene.tell([
            .jobChanged(jobs[0]), .jobChanged(jobs[1]),
            .nodeChanged(Scene.node("own-0", instance: "i-8", taints: [])),
            .nodeChanged(Scene.node("own-1", instance: "i-9", taints: [])),
        ])
        let plan = try #require(scene.tell(after: 2).plans.first)
        #expect(plan.input.demands.map(\.workload.id.kind) == ["Gang"])
        #expect(plan.input.demands.first?.pods.count == 2)
        var answer = Self.places(jobs[0], ["own-0"])
        #expect(scene.tell([.planned(generation: plan.generation, answer)]).unsuspensions.isEmpty)
        let next = try #require(scene.tell(after: 61).plans.first)
        answer.placements.merge(Self.places(jobs[1], ["own-1"]).placements) { $1 }
        let told = scene.tell([.planned(generation: next.generation, answer)]).unsuspensions
        #expect(told.map(\.name) == ["a", "b"])
    }

    @Test("room that somebody else took meanwhile is no room")
    func stolen() throws {
        var scene = Scene()
        let job = Self.job()
        _ = try Self.bought(job, &scene)
        let thief = Scene.running(Scene.pod("thief-0", job: "thief"), on: "node-0", since: scene.now)
        let told = scene.tell([Self.stands(0), Self.stands(1), .podChanged(thief)], after: 60)
        #expect(told.unsuspensions.isEmpty)
    }
}

extension Decisions {
    /// Nodes that lose their starting taint.
    fileprivate var opened: [String] { updates.filter { !$0.removeTaintKeys.isEmpty }.map(\.node) }

    fileprivate var unsuspensions: [Unsuspension] {
        commands.compactMap { if case .unsuspend(let unsuspension) = $0 { unsuspension } else { nil } }
    }
}
