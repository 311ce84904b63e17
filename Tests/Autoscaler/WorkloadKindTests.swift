import Model
import Testing

@testable import Autoscaler

@Suite("Workloads of several owners and of other kinds")
struct WorkloadKindTests {
    private static func object(
        _ kind: WorkloadObject.Kind,
        _ name: String = "llm",
        size: Int,
        minimum: Int? = nil,
        change: (inout WorkloadObject) -> Void = { _ in }
    ) -> WorkloadObject {
        var result = WorkloadObject(
            kind: kind,
            namespace: "vision",
            name: name,
            uid: "uid-set-\(name)",
            createdAt: Scene.start
        )
        result.size = size
        result.minimum = minimum ?? size
        result.annotations = ["gleaner.dev/checkpoint": "signal"]
        result.accelerators = Int64(size) * 8
        change(&result)
        return result
    }

    /// A Job of a JobSet and its only pod.
    private static func child(_ name: String, of set: WorkloadObject) -> (job: Job, pod: Pod) {
        var job = Scene.job(name)
        job.owner = Pod.Owner(kind: set.kind.rawValue, name: set.name, uid: set.uid)
        var pod = Scene.pod("\(name)-0", job: name)
        pod.labels = ["jobset.sigs.k8s.io/jobset-name": set.name]
        return (job, pod)
    }

    private static func owned(_ name: String, by object: WorkloadObject, on node: String? = nil) -> Pod {
        var pod = Scene.pod(name, job: "", on: node)
        pod.owner = Pod.Owner(kind: object.kind.rawValue, name: object.name, uid: object.uid)
        return pod
    }

    private static func ended(_ facts: [Fact]) -> [String] {
        facts.compactMap {
            if case .workloadEnded(let id, let succeeded) = $0 { "\(id.kind) \(succeeded)" } else { nil }
        }
    }

    private static func demands(_ scene: inout Scene) throws -> [PlanInput.Demand] {
        if let asked = scene.core.progress.planInFlight {
            scene.tell([.planned(generation: asked.generation, Plan())])
        }
        scene.forget()
        scene.tell(after: 2)
        scene.tell(after: 61)
        guard let plan = scene.lastPlan else { return [] }
        scene.tell([.planned(generation: plan.generation, Plan())])
        return plan.input.demands
    }

    // MARK: - JobSet

    @Test("the pods of all Jobs of a JobSet are one gang, which waits until all are there")
    func jobSet() throws {
        var scene = Scene()
        let set = Self.object(.jobSet, size: 2)
        let parts = ["llm-leader", "llm-worker"].map { Self.child($0, of: set) }
        scene.tell([.schedulingObjectChanged(.workload(set)), .jobChanged(parts[0].job), .podChanged(parts[0].pod)])
        #expect(try Self.demands(&scene).isEmpty)
        scene.tell([.jobChanged(parts[1].job), .podChanged(parts[1].pod)])
        let demand = try #require(try Self.demands(&scene).first)
        #expect(demand.workload.id == set.workloadID)
        #expect(demand.workload.gang == Gang(minimum: 2, topology: .zone))
        #expect(demand.workload.checkpoint == .signal)
        #expect(demand.workload.accelerators == 16)
        #expect(demand.pods.map(\.id.name) == ["llm-leader-0", "llm-worker-0"])
    }

    @Test("a pod that is seen before the Job that made it becomes no workload of its own")
    func podBeforeJob() throws {
        var scene = Scene()
        let set = Self.object(.jobSet, size: 1)
        let part = Self.child("llm-leader", of: set)
        #expect(scene.tell([.podChanged(part.pod)]).facts.admitted.isEmpty)
        let admitted = scene.tell([.jobChanged(part.job)]).facts.admitted
        #expect(admitted.map(\.id) == [set.workloadID])
    }

    @Test("a JobSet ends when it says so, not with the first of its Jobs")
    func jobSetEnds() throws {
        var scene = Scene()
        var set = Self.object(.jobSet, size: 2)
        let parts = ["llm-leader", "llm-worker"].map { Self.child($0, of: set) }
        scene.tell([.schedulingObjectChanged(.workload(set))])
        scene.tell(parts.flatMap { [.jobChanged($0.job), .podChanged($0.pod)] })
        var leader = parts[0].job
        leader.completedAt = scene.now
        #expect(Self.ended(scene.tell([.jobChanged(leader)], after: 10).facts).isEmpty)
        set.end = WorkloadObject.End(succeeded: true, at: scene.now)
        #expect(Self.ended(scene.tell([.schedulingObjectChanged(.workload(set))]).facts) == ["JobSet true"])
    }

    @Test("a JobSet that may not be read ends with the last of its Jobs")
    func unreadable() throws {
        var scene = Scene()
        let set = Self.object(.jobSet, size: 2)
        var parts = ["llm-leader", "llm-worker"].map { Self.child($0, of: set) }
        let admitted = scene.tell(parts.flatMap { [.jobChanged($0.job), .podChanged($0.pod)] }).facts.admitted
        #expect(Set(admitted.map(\.id)) == [set.workloadID])
        parts[0].job.completedAt = scene.now
        #expect(Self.ended(scene.tell([.jobChanged(parts[0].job)], after: 1).facts).isEmpty)
        parts[1].job.failedAt = scene.now
        #expect(Self.ended(scene.tell([.jobChanged(parts[1].job)], after: 1).facts) == ["JobSet false"])
    }

    @Test("a JobSet's runs and their ends are its own through a restart of all its Jobs, and of Gleaner")
    func restarts() throws {
        var scene = Scene()
        let set = Self.object(.jobSet, size: 2)
        let parts = ["llm-leader", "llm-worker"].map { Self.child($0, of: set) }
        scene.tell([.schedulingObjectChanged(.workload(set))])
        scene.tell(parts.flatMap { [.jobChanged($0.job), .podChanged($0.pod)] })
        let generation = try #require(scene.tell(after: 2).plans.first?.generation)
        let plan = Scene.purchase(set.workloadID, nodes: 2)
        let request = try #require(scene.tell([.planned(generation: generation, plan)]).launches.first)
        let instances = ["i-0", "i-1"].map { Scene.instance($0, at: scene.now) }
        scene.tell([.launchEnded(request.id, .launched(instances))])
        scene.tell((0...1).map { .nodeChanged(Scene.node("node-\($0)", instance: "i-\($0)", taints: [])) }, after: 90)
        let running = parts.enumerated().map { Scene.running($1.pod, on: "node-\($0)", since: scene.now) }
        let started = scene.tell(running.map { .podChanged($0) }).facts.starts
        #expect(started.map(\.workload) == [set.workloadID])
        #expect(started.first?.accelerators == 16)
        // The JobSet's controller removes all Jobs, whose pods follow them, and makes new ones.
        scene.tell(parts.map { .jobRemoved($0.job) }, after: 600)
        scene.tell(running.map { .podRemoved($0) }, after: 1)
        let ends = scene.tell(after: 60).facts.ends
        #expect(ends.map(\.workload) == [set.workloadID])
        let again = parts.map { part in
            var pod = part.pod
            pod.uid += "-again"
            var job = part.job
            job.uid += "-again"
            pod.owner?.uid = job.uid
            return (job: job, pod: pod)
        }
        scene.forget()
        scene.tell(again.flatMap { [.jobChanged($0.job), .podChanged($0.pod)] })
        let demand = try #require(try Self.demands(&scene).first)
        #expect(demand.workload.id == set.workloadID && demand.pods.count == 2)
        #expect(scene.facts.admitted.isEmpty)
        let replayed = Autoscaler(configuration: Scene.configuration(), identity: "journal", entries: scene.entries)
        #expect(replayed.state == scene.core.state)
    }

    @Test("a member that has done its part is not waited for when another must start again")
    func partDone() throws {
        var scene = Scene()
        let set = Self.object(.jobSet, size: 2)
        var parts = ["llm-leader", "llm-worker"].map { Self.child($0, of: set) }
        parts[0].pod.phase = .succeeded
        parts[0].pod.nodeName = "elsewhere"
        scene.tell([.schedulingObjectChanged(.workload(set))])
        scene.tell(parts.flatMap { [.jobChanged($0.job), .podChanged($0.pod)] })
        #expect(try Self.demands(&scene).first?.pods.map(\.id.name) == ["llm-worker-0"])
    }

    // MARK: - PyTorchJob and MPIJob

    @Test("an elastic PyTorchJob starts with fewer pods than it has, and all of them are planned for")
    func elastic() throws {
        var scene = Scene()
        let job = Self.object(.pyTorchJob, size: 4, minimum: 2)
        scene.tell([.schedulingObjectChanged(.workload(job)), .podChanged(Self.owned("llm-worker-0", by: job))])
        #expect(try Self.demands(&scene).isEmpty)
        scene.tell((1...2).map { .podChanged(Self.owned("llm-worker-\($0)", by: job)) })
        let demand = try #require(try Self.demands(&scene).first)
        #expect(demand.workload.id.kind == "PyTorchJob")
        #expect(demand.workload.gang?.minimum == 2 && demand.pods.count == 3)
    }

    @Test("what an operator removes because all is done does not count as lost work, though it is seen first")
    func cleanedUp() throws {
        var scene = Scene()
        var job = Self.object(.mpiJob, size: 1)
        job.annotations = [:]
        let pod = Self.owned("llm-worker-0", by: job)
        scene.tell([.schedulingObjectChanged(.workload(job)), .podChanged(pod)])
        let generation = try #require(scene.tell(after: 2).plans.first?.generation)
        let plan = Scene.purchase(job.workloadID, nodes: 1, gang: false)
        let request = try #require(scene.tell([.planned(generation: generation, plan)]).launches.first)
        scene.tell([.launchEnded(request.id, .launched([Scene.instance("i-0", at: scene.now)]))])
        scene.tell([.nodeChanged(Scene.node("node-0", instance: "i-0", taints: []))], after: 90)
        let running = Scene.running(pod, on: "node-0", since: scene.now)
        scene.tell([.podChanged(running)])
        #expect(scene.tell([.podRemoved(running)], after: 600).facts.ends.isEmpty)
        job.end = WorkloadObject.End(succeeded: true, at: scene.now)
        let facts = scene.tell([.schedulingObjectChanged(.workload(job))], after: 1).facts
        #expect(facts.ends.map(\.outcome) == [.completed])
        #expect(facts.ends.first?.lostWork == LostWork.none)
        #expect(Self.ended(facts) == ["MPIJob true"])
    }

    // MARK: - PodGroup

    private static func member(_ name: String, job: String, group: String = "band", key: String = Label.podGroup[0])
        -> Pod
    {
        var pod = Scene.pod(name, job: job)
        pod.labels = [key: group]
        return pod
    }

    @Test("pods that name a PodGroup are one gang, whoever owns them, by its old label and its new one")
    func podGroup() throws {
        var scene = Scene()
        let group = Self.object(.podGroup, "band", size: 2)
        scene.tell([.schedulingObjectChanged(.workload(group))])
        scene.tell([.podChanged(Self.member("a-0", job: "a"))])
        #expect(try Self.demands(&scene).isEmpty)
        scene.tell([.podChanged(Self.member("b-0", job: "b", key: Label.podGroup[1]))])
        let demand = try #require(try Self.demands(&scene).first)
        #expect(demand.workload.id == group.workloadID)
        #expect(demand.pods.map(\.id.name) == ["a-0", "b-0"] && demand.workload.gang?.minimum == 2)
    }

    @Test("a PodGroup waits until its pods ask for what it says that they need")
    func minimumResources() throws {
        var scene = Scene()
        let group = Self.object(.podGroup, "band", size: 1) {
            $0.minimumResources = Resources(["nvidia.com/gpu": Quantity(16)])
        }
        scene.tell([.schedulingObjectChanged(.workload(group)), .podChanged(Self.member("a-0", job: "a"))])
        #expect(try Self.demands(&scene).isEmpty)
        #expect(
            scene.core.state.explanations[group.workloadID]
                == "its pods ask for 8 of the 16 nvidia.com/gpu that PodGroup band needs at least"
        )
        scene.tell([.podChanged(Self.member("a-1", job: "a"))])
        #expect(try Self.demands(&scene).first?.pods.count == 2)
    }

    @Test("what a member of a PodGroup asked for counts after it has done its part")
    func minimumResourcesOfFinished() throws {
        var scene = Scene()
        let group = Self.object(.podGroup, "band", size: 2) {
            $0.minimumResources = Resources(["nvidia.com/gpu": Quantity(16)])
        }
        var done = Self.member("a-0", job: "a")
        done.phase = .succeeded
        done.nodeName = "elsewhere"
        scene.tell([.schedulingObjectChanged(.workload(group)), .podChanged(done)])
        scene.tell([.podChanged(Self.member("a-1", job: "a"))])
        #expect(try Self.demands(&scene).first?.pods.map(\.id.name) == ["a-1"])
    }

    @Test("pods that name a PodGroup that is not there belong to what owns them")
    func noPodGroup() throws {
        var scene = Scene()
        let admitted = scene.tell([.podChanged(Self.member("a-0", job: "a"))]).facts.admitted
        #expect(admitted.map(\.id.kind) == ["Job"])
    }

    @Test("a PodGroup ends with the last of its Jobs, or of its pods where nobody owns them")
    func podGroupEnds() throws {
        var scene = Scene()
        let group = Self.object(.podGroup, "band", size: 2)
        scene.tell([.schedulingObjectChanged(.workload(group))])
        var jobs = ["a", "b"].map { Scene.job($0) }
        for index in jobs.indices { jobs[index].podGroup = "band" }
        scene.tell(jobs.flatMap { [.jobChanged($0), .podChanged(Self.member("\($0.name)-0", job: $0.name))] })
        jobs[0].completedAt = scene.now
        #expect(Self.ended(scene.tell([.jobChanged(jobs[0])], after: 1).facts).isEmpty)
        jobs[1].completedAt = scene.now
        #expect(Self.ended(scene.tell([.jobChanged(jobs[1])], after: 1).facts) == ["PodGroup true"])

        var other = Scene()
        other.tell([.schedulingObjectChanged(.workload(group))])
        var pods = ["x", "y"].map { name in
            var pod = Self.member(name, job: "")
            pod.owner = nil
            return pod
        }
        other.tell(pods.map { .podChanged($0) })
        for index in pods.indices {
            pods[index].phase = .succeeded
            pods[index].finishedAt = other.now
        }
        #expect(Self.ended(other.tell([.podChanged(pods[0])], after: 1).facts).isEmpty)
        #expect(Self.ended(other.tell([.podChanged(pods[1])], after: 1).facts) == ["PodGroup true"])
    }

    // MARK: - Gangs of several Jobs

    @Test("a gang of several Jobs ends with the last of them, and a failed one fails it")
    func gangOfJobs() throws {
        for fails in [false, true] {
            var scene = Scene()
            var jobs = ["a", "b"].map { Scene.job($0) }
            for index in jobs.indices { jobs[index].gang = "llm" }
            let pods = jobs.map { Scene.pod("\($0.name)-0", job: $0.name, annotations: Scene.gangAnnotations) }
            scene.tell(jobs.map { .jobChanged($0) } + pods.map { .podChanged($0) })
            // The first one gives the gang its uid, and its end is not the gang's.
            jobs[0].completedAt = scene.now
            #expect(Self.ended(scene.tell([.jobChanged(jobs[0])], after: 1).facts).isEmpty)
            #expect(Self.ended(scene.tell([.jobRemoved(jobs[0]), .podRemoved(pods[0])], after: 400).facts).isEmpty)
            if fails { jobs[1].failedAt = scene.now } else { jobs[1].completedAt = scene.now }
            #expect(Self.ended(scene.tell([.jobChanged(jobs[1])], after: 1).facts) == ["Gang \(!fails)"])
        }
    }

    @Test("a pod that the scheduler has not called unschedulable, or that a gate holds, is no demand")
    func noDemand() throws {
        var scene = Scene()
        var fresh = Scene.pod("fresh", job: "a")
        fresh.isUnschedulable = false
        var gated = Scene.pod("gated", job: "b")
        gated.isGated = true
        scene.tell([.podChanged(fresh), .podChanged(gated)])
        #expect(try Self.demands(&scene).isEmpty)
        gated.isGated = false
        scene.tell([.podChanged(gated)])
        #expect(try Self.demands(&scene).flatMap(\.pods).map(\.id.name) == ["gated"])
    }
}
