import Model
import Testing

@testable import Autoscaler

@Suite("When workloads end, and when they do not")
struct WorkloadLifeTests {
    private static func replica(_ name: String) -> Pod {
        var pod = Scene.pod(name, job: "notebook")
        pod.owner = Pod.Owner(kind: "ReplicaSet", name: "notebook", uid: "uid-set")
        return pod
    }

    private static func ended(_ decisions: Decisions) -> Int {
        decisions.facts.count { if case .workloadEnded = $0 { true } else { false } }
    }

    @Test("a workload whose pod is replaced is not taken for removed")
    func replaced() {
        var scene = Scene()
        let first = Self.replica("notebook-a")
        scene.tell([.podChanged(first)])
        #expect(Self.ended(scene.tell([.podRemoved(first), .jobRemoved(Scene.job("other"))], after: 10)) == 0)
        scene.tell([.podChanged(Self.replica("notebook-b"))], after: 60)
        #expect(Self.ended(scene.tell(after: 600)) == 0)
        #expect(!scene.tell(after: 60).plans.isEmpty || !scene.commands.isEmpty)
    }

    @Test("a workload that had no pods for long has ended, and is planned for again when it has some")
    func back() throws {
        var scene = Scene()
        let first = Self.replica("notebook-a")
        scene.tell([.podChanged(first)])
        scene.tell([.podRemoved(first)])
        #expect(Self.ended(scene.tell(after: 299)) == 0)
        #expect(Self.ended(scene.tell(after: 1)) == 1)
        let again = Self.replica("notebook-b")
        #expect(scene.tell([.podChanged(again)]).facts.admitted.count == 1)
        let plan = try #require(scene.tell(after: 2).plans.first)
        #expect(plan.input.demands.flatMap(\.pods).map(\.uid) == [again.uid])
    }

    @Test("a lone pod that someone deletes ends its workload at once, and a job's removal that of its gang")
    func removed() {
        var scene = Scene()
        var lone = Scene.pod("lone", job: "")
        lone.owner = nil
        scene.tell([.podChanged(lone), .jobChanged(Scene.job("llm"))] + Scene.gangPods.map { .podChanged($0) })
        #expect(Self.ended(scene.tell([.podRemoved(lone)])) == 1)
        let removals: [Event] = Scene.gangPods.map { .podRemoved($0) }
        #expect(Self.ended(scene.tell(removals + [.jobRemoved(Scene.job("llm"))])) == 1)
    }

    @Test("why a workload waits is not written down again each time only a sum has moved")
    func explanations() throws {
        var scene = Scene(Scene.configuration { $0.spendCap.perMonth = Money("250") })
        _ = try scene.runGang()
        for generation in 1...9 { scene.tell([.planned(generation: generation, Plan())]) }
        scene.tell([.podChanged(Scene.pod("other-0", job: "other"))])
        let other = WorkloadID(namespace: "vision", kind: "Job", name: "other", uid: "uid-job-other")
        var written = 0
        for _ in 0..<120 {
            for plan in scene.tell([.pricesObserved([])], after: 60).plans {
                let answer = Scene.purchase(other, nodes: 1, gang: false, expectedCost: "200")
                written += scene.tell([.planned(generation: plan.generation, answer)]).facts.explanations.count
            }
        }
        #expect((1...4).contains(written))
    }

    @Test("evictions of pods that are no workload of ours leave nothing behind")
    func foreignEviction() throws {
        var scene = Scene()
        let since = try scene.runGang()
        var foreign = Scene.running(Scene.pod("x", job: "x", namespace: "elsewhere"), on: "node-0", since: since)
        foreign.annotations = ["gleaner.dev/gang": "nobody"]
        let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-0"), at: scene.now)
        scene.tell([.podChanged(foreign), .noticeReceived(notice)])
        #expect(scene.core.progress.evictions[foreign.uid] != nil)
        scene.tell([.podRemoved(foreign)], after: 1)
        #expect(scene.core.progress.evictions[foreign.uid] == nil)
        #expect(scene.core.state.evictedAt[foreign.uid] == nil)
    }
}
