import Model
import Planning
import Testing

@testable import Autoscaler

@Suite("Pods that more nodes would not help")
struct ObstacleTests {
    private static let waiting = Scene.pod("train-0", job: "train")
    private static let job = WorkloadID(namespace: "vision", kind: "Job", name: "train", uid: "uid-job-train")

    /// Asks for a pod that uses a volume claim, beside another one that is there.
    private static func usesClaim(_ scene: inout Scene) {
        var pod = waiting
        pod.volumeClaims = ["data"]
        let other = PersistentVolumeClaim(namespace: "vision", name: "other", volume: "pv-1")
        scene.tell([.schedulingObjectsListed([.volumeClaim(other)]), .podChanged(pod)])
    }

    @Test("nothing is bought for a pod before its volume claim is there, and it is told so")
    func missingClaim() {
        var scene = Scene()
        Self.usesClaim(&scene)
        let told = scene.tell(after: 10).told.map(\.message)
        #expect(scene.lastPlan == nil)
        #expect(Set(told) == ["train-0 uses the volume claim data, which is not there"])
        let claim = PersistentVolumeClaim(namespace: "vision", name: "data", volume: "pv-2")
        scene.tell([.schedulingObjectChanged(.volumeClaim(claim))])
        scene.tell(after: 2)
        #expect(scene.lastPlan?.input.demands.map(\.workload.id) == [Self.job])
    }

    @Test("a gang is not bought for while one member lacks its volume claim")
    func gangMember() {
        var scene = Scene()
        Self.usesClaim(&scene)
        scene.forget()
        var pods = Scene.gangPods
        pods[0].volumeClaims = ["data"]
        scene.tell(pods.map { .podChanged($0) })
        scene.tell(after: 60)
        #expect(scene.lastPlan == nil)
        #expect(scene.core.state.explanations[Scene.gangID] == "llm-0 uses the volume claim data, which is not there")
    }

    @Test("where no claims are known at all, they may only be hidden from us")
    func hiddenClaims() {
        var scene = Scene()
        var pod = Self.waiting
        pod.volumeClaims = ["data"]
        scene.tell([.podChanged(pod)])
        scene.tell(after: 2)
        #expect(scene.lastPlan != nil)
    }

    /// The pod of a Job waits, and a node that was bought for it stands and takes pods.
    private func withNode() throws -> Scene {
        var scene = Scene.provisioning()
        scene.tell([.podChanged(Self.waiting), .jobChanged(Scene.job("train"))])
        let launch = try #require(scene.plan().launches.first)
        scene.bringUp(launch)
        pass(20, &scene)
        #expect(scene.core.progress.placements[Self.waiting.id] != nil)
        return scene
    }

    /// Lets a time pass with fresh news of the cloud, and answers what planning is asked.
    private func pass(_ seconds: Int64, _ scene: inout Scene) {
        let instances = [Scene.instance("i-0", state: .running, at: Scene.start)]
        for _ in 0..<(seconds / 20) {
            scene.tell([.pricesObserved([]), .instancesListed(instances)], after: 20)
            guard let question = scene.lastPlan, question.generation == scene.core.progress.planInFlight?.generation
            else { continue }
            scene.tell([.planned(generation: question.generation, Planning.plan(question.input))])
        }
    }

    @Test("a node is not kept for ever for a pod that the scheduler does not bind to it, nor another bought")
    func unbound() throws {
        var scene = try withNode()
        pass(560, &scene)
        #expect(!scene.facts.contains { if case .claimDraining = $0 { true } else { false } })
        scene.forget()
        pass(60, &scene)
        let reason = try #require(scene.core.state.explanations[Self.job])
        #expect(reason.hasPrefix("node-0 has room for train-0, and the scheduler has not bound it there in 600 s"))
        #expect(scene.core.progress.placements.isEmpty)
        pass(120, &scene)
        #expect(scene.facts.contains { if case .claimDraining = $0 { true } else { false } })
        // Nothing is bought for it until its time is over; then it is tried once more.
        #expect(!scene.commands.contains { if case .launch = $0 { true } else { false } })
        pass(1200, &scene)
        #expect(scene.commands.count { if case .launch = $0 { true } else { false } } == 1)
    }

    @Test("a pod that is bound late, and its successor, are pods like any other")
    func boundLate() throws {
        var scene = try withNode()
        pass(640, &scene)
        #expect(scene.core.progress.unusedRooms.count == 1)
        scene.tell([.podChanged(Scene.running(Self.waiting, on: "node-0", since: scene.now))])
        #expect(scene.core.progress.unusedRooms.isEmpty)
        var next = Self.waiting
        next.uid = "uid-next"
        scene.tell([.podRemoved(Self.waiting), .podChanged(next)])
        scene.forget()
        scene.plan()
        #expect(scene.lastPlan?.input.demands.flatMap(\.pods).map(\.uid) == ["uid-next"])
    }
}
