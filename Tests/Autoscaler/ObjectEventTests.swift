import Model
import Testing

@testable import Autoscaler

@Suite("What objects are told")
struct ObjectEventTests {
    private static let unplaceable = Plan(unplaceable: [waits("0/2 offerings: 2 too few cpu")])

    private static func waits(_ summary: String) -> Plan.Unplaceable {
        Plan.Unplaceable(
            pods: Scene.gangPods.map(\.id),
            explanation: Explanation(workloads: [Scene.gangID], summary: summary)
        )
    }

    /// A job of two pods that wait, up to the question about them.
    private func waiting(_ configuration: GleanerConfiguration = Scene.configuration()) throws -> (Scene, Int) {
        var scene = Scene(configuration)
        scene.tell(
            ["train-0", "train-1"].map { .podChanged(Scene.pod($0, job: "train")) }
                + [.jobChanged(Scene.job("train", parallelism: 2))]
        )
        let asked = scene.tell(after: 2)
        return (scene, try #require(asked.plans.first?.generation))
    }

    private static let job = WorkloadID(namespace: "vision", kind: "Job", name: "train", uid: "uid-job-train")

    private static func refused(_ summary: String) -> Plan {
        Plan(unplaceable: [
            Plan.Unplaceable(pods: [], explanation: Explanation(workloads: [job], summary: summary))
        ])
    }

    private static func words(_ decisions: Decisions) -> [String] {
        decisions.told.map { "\($0.subject.kind) \($0.subject.name) \($0.reason.rawValue): \($0.message)" }.sorted()
    }

    @Test("pods that wait and their job are told why; the same is not told again for ten minutes, whatever its numbers")
    func waiting() throws {
        var (scene, generation) = try waiting()
        let told = scene.tell([.planned(generation: generation, Self.refused("0/2 offerings: 2 too few cpu"))])
        #expect(
            Self.words(told) == [
                "Job train NotTriggerScaleUp: 0/2 offerings: 2 too few cpu",
                "Pod train-0 NotTriggerScaleUp: 0/2 offerings: 2 too few cpu",
                "Pod train-1 NotTriggerScaleUp: 0/2 offerings: 2 too few cpu",
            ]
        )
        #expect(told.told.first?.subject.uid == "uid-job-train" || told.told.last?.subject.uid == "uid-job-train")
        for _ in 0..<9 {
            let plan = try #require(scene.tell(after: 60).plans.first)
            let again = scene.tell([
                .planned(generation: plan.generation, Self.refused("0/3 offerings: 3 too few cpu"))
            ])
            #expect(again.told.isEmpty)
        }
        let plan = try #require(scene.tell(after: 60).plans.first)
        let later = scene.tell([.planned(generation: plan.generation, Self.refused("0/4 offerings: 4 too few cpu"))])
        #expect(later.told.map(\.subject.name).sorted() == ["train-0", "train-1"])
        // Something else is told with the next plan.
        let next = try #require(scene.tell(after: 60).plans.first)
        let other = scene.tell([.planned(generation: next.generation, Self.refused("waits for fresh prices"))])
        #expect(other.told.count == 3)
    }

    @Test("a pod that takes another's place is told why it waits, though its workload was told before")
    func successor() throws {
        var (scene, generation) = try waiting()
        scene.tell([.planned(generation: generation, Self.refused("no room"))])
        let gone = Scene.pod("train-1", job: "train")
        scene.tell([.podRemoved(gone), .podChanged(Scene.pod("train-2", job: "train"))], after: 5)
        let plan = try #require(scene.tell(after: 2).plans.first)
        let told = scene.tell([.planned(generation: plan.generation, Self.refused("no room"))])
        #expect(told.told.map(\.subject.name) == ["train-2"])
    }

    @Test(
        "what is bought is told to those for whom it is bought, and so is a refusal; pods of a gang have no one object"
    )
    func bought() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        let told = scene.commands.flatMap { command -> [ObjectEvent] in
            if case .tell(let events) = command { events } else { [] }
        }
        #expect(told.map(\.subject.name) == ["llm-0", "llm-1"])
        #expect(Set(told.map(\.reason)) == [.triggeredScaleUp])
        #expect(told.first?.message == "cheapest")
        let refused = scene.tell([.launchEnded(request.id, .failed(.noCapacity, message: "none left"))])
        #expect(
            Self.words(refused) == [
                "Pod llm-0 FailedScaleUp: 2 x p4d.24xlarge us-east-1a spot at 10 $/h each was refused: none left",
                "Pod llm-1 FailedScaleUp: 2 x p4d.24xlarge us-east-1a spot at 10 $/h each was refused: none left",
            ]
        )
        #expect(Set(refused.told.map(\.reason)) == [.failedScaleUp])
    }

    @Test("members that wait for the rest of their gang are told so, once the rest has had time to come")
    func shortGang() throws {
        var scene = Scene()
        scene.tell([.podChanged(Scene.gangPods[0])])
        #expect(scene.tell(after: 9).told.isEmpty)
        let told = scene.tell(after: 1)
        #expect(
            Self.words(told) == ["Pod llm-0 NotTriggerScaleUp: the gang has 1 of its 2 members, and starts whole"]
        )
        #expect(scene.tell(after: 60).told.isEmpty)

        var quick = Scene()
        quick.tell([.podChanged(Scene.gangPods[0])])
        quick.tell([.podChanged(Scene.gangPods[1])], after: 9)
        quick.tell(after: 60)
        #expect(quick.facts.explanations.isEmpty)
    }

    @Test("a pod for which there is room by now is not told any more that there is none")
    func hasRoom() throws {
        var (scene, generation) = try waiting()
        scene.tell([.planned(generation: generation, Self.refused("no room"))])
        let again = try #require(scene.tell(after: 601).plans.first)
        let plan = Plan(placements: [PodID(namespace: "vision", name: "train-0"): "node-9"])
        let told = scene.tell([.planned(generation: again.generation, plan)])
        #expect(Self.words(told) == ["Pod train-1 NotTriggerScaleUp: no room"])
    }

    @Test("nodes are told when they are initialised, drained and taken back; pods when they must go")
    func nodes() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let told = scene.commands.flatMap { command -> [ObjectEvent] in
            if case .tell(let events) = command { events } else { [] }
        }
        let initialised = told.filter { $0.reason == .nodeInitialised }
        #expect(initialised.map(\.subject.name) == ["node-0", "node-1"])
        #expect(
            initialised.first?.message == "bought as p4d.24xlarge us-east-1a spot at 10 $/h for vision/llm"
        )
        let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-0"), at: scene.now)
        let taken = scene.tell([.noticeReceived(notice)])
        let reclaim = scene.now + .seconds(120)
        let noticed = taken.told.filter { $0.reason == .interruptionNotice }
        #expect(noticed.map { "\($0.subject.kind) \($0.subject.name)" } == ["Node node-0", "Pod llm-0"])
        #expect(noticed.allSatisfy { $0.message == "the cloud takes the node back at \(reclaim)" })
    }

    @Test("nothing is told in a dry run or without leadership")
    func silent() throws {
        var (scene, generation) = try waiting(Scene.configuration { $0.isDryRun = true })
        #expect(scene.tell([.planned(generation: generation, Self.refused("no room"))]).told.isEmpty)
        var (led, question) = try waiting()
        led.tell([.leadership(epoch: nil)])
        #expect(led.tell([.planned(generation: question, Self.refused("no room"))]).told.isEmpty)
    }
}
