import Model
import Testing

@testable import Autoscaler

@Suite("Nodes before they are opened")
struct StartingNodeTests {
    /// A gang of two whose instances stand and whose nodes have not registered.
    private func booting() throws -> Scene {
        var scene = Scene()
        let request = try scene.launchGang()
        let instances = ["i-0", "i-1"].map { Scene.instance($0, at: scene.now) }
        scene.tell([.launchEnded(request.id, .launched(instances))], after: 2)
        return scene
    }

    private static func node(_ index: Int, taints: [Taint] = [.starting], gpus: Int64 = 8) -> Node {
        Scene.node("node-\(index)", instance: "i-\(index)", taints: taints, gpus: gpus)
    }

    @Test(
        "a node with a start-up taint of Kubernetes, the cloud or a daemon is not initialised, one with another taint is",
        arguments: [
            ("node.kubernetes.io/not-ready", false), ("node.cloudprovider.kubernetes.io/uninitialized", false),
            ("node.cilium.io/agent-not-ready", false), ("ebs.csi.aws.com/agent-not-ready", false),
            ("example.com/dedicated", true),
        ]
    )
    func startupTaints(key: String, isInitialised: Bool) throws {
        var scene = try booting()
        let taints = [.starting, Taint(key: key, effect: .noSchedule)]
        let told = scene.tell([.nodeChanged(Self.node(0, taints: taints))])
        #expect(told.facts.initialised.isEmpty != isInitialised)
        #expect(scene.tell([.nodeChanged(Self.node(0))], after: 1).facts.initialised.isEmpty == isInitialised)
    }

    @Test("a node is not initialised before it is ready and has all its accelerators")
    func accelerators() throws {
        var scene = try booting()
        var unready = Self.node(0)
        unready.isReady = false
        #expect(scene.tell([.nodeChanged(unready)]).facts.initialised.isEmpty)
        #expect(scene.tell([.nodeChanged(Self.node(0, gpus: 7))]).facts.initialised.isEmpty)
        #expect(scene.tell([.nodeChanged(Self.node(0))]).facts.initialised.count == 1)
    }

    @Test("a starting taint that somebody took off is put back until the node is opened, and not after that")
    func erased() throws {
        var scene = try booting()
        #expect(scene.tell([.nodeChanged(Self.node(0, taints: [], gpus: 0))]).updates.map(\.addTaints) == [[.starting]])
        // The one that is initialised waits for the other of its gang, so it must not lose the taint either.
        #expect(scene.tell([.nodeChanged(Self.node(0))], after: 20).updates.isEmpty)
        let erased = scene.tell([.nodeChanged(Self.node(0, taints: []))], after: 20).updates
        #expect(erased.map(\.node) == ["node-0"] && erased.map(\.addTaints) == [[.starting]])
        #expect(scene.tell([.nodeUpdated(erased[0]), .nodeChanged(Self.node(0))], after: 1).updates.isEmpty)
        let opened = scene.tell([.nodeChanged(Self.node(1))], after: 1).updates
        #expect(opened.map(\.node) == ["node-0", "node-1"])
        #expect(opened.allSatisfy { $0.removeTaintKeys == [Taint.starting.key] && $0.addTaints.isEmpty })
        let after = scene.tell((0..<2).map { .nodeChanged(Self.node($0, taints: [])) }, after: 60).updates
        #expect(after.isEmpty)
    }

    @Test("nodes of a gang stay closed while one that was bought with them is gone and nothing takes its place")
    func bereft() throws {
        var scene = try booting()
        func answer(_ plan: Plan) throws -> Decisions {
            let generation = try #require(scene.core.progress.planInFlight?.generation)
            return scene.tell([.planned(generation: generation, plan)])
        }
        let members = Scene.gangPods.map(\.id)
        let hosts = Dictionary(uniqueKeysWithValues: zip(members, ["journal-1-0", "journal-1-1"]))
        #expect(try answer(Plan(placements: hosts)).updates.isEmpty)
        #expect(scene.tell([.nodeChanged(Self.node(0))], after: 60).updates.isEmpty)
        let end = Notice(id: "e", kind: .stateChange(.shuttingDown), instance: InstanceID("i-1"), at: scene.now)
        #expect(scene.tell([.noticeReceived(end)], after: 1).updates.isEmpty)
        let none = Explanation(workloads: [Scene.gangID], summary: "no capacity")
        #expect(try answer(Plan(unplaceable: [Plan.Unplaceable(pods: members, explanation: none)])).updates.isEmpty)
        #expect(scene.tell(after: 60).updates.isEmpty)
        // Room on a node that stands takes its place.
        scene.tell([.nodeChanged(Scene.foreignNode("other"))])
        let opened = try answer(Plan(placements: [members[0]: "journal-1-0", members[1]: "other"]))
        #expect(opened.updates.map(\.removeTaintKeys) == [[Taint.starting.key]])
    }

    @Test("a node that joins a gang which runs does not close the nodes that were opened")
    func replaced() throws {
        var scene = Scene()
        _ = try scene.runGang()
        scene.forget()
        let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-0"), at: scene.now)
        let plan = try #require(scene.tell([.noticeReceived(notice)]).plans.last)
        let bought = scene.tell([.planned(generation: plan.generation, Scene.purchase(Scene.gangID, nodes: 1))])
        let request = try #require(bought.launches.first)
        scene.tell([.launchEnded(request.id, .launched([Scene.instance("i-2", at: scene.now)]))])
        let starting = scene.tell([.nodeChanged(Self.node(2, taints: [], gpus: 0))], after: 30).updates
        #expect(starting.filter { $0.addTaints == [.starting] }.map(\.node) == ["node-2"])
    }

    @Test("labels that an image did not pass on to its kubelet are put on, those of the cloud provider are left to it")
    func labels() throws {
        var scene = try booting()
        var bare = Self.node(0)
        bare.labels = [Label.accelerator: "A100"]
        let update = try #require(scene.tell([.nodeChanged(bare)], after: 60).updates.first)
        #expect(update.addTaints.isEmpty)
        #expect(
            update.addLabels == [Label.pool: "training", Label.shape: "a100-8", Label.capacityType: "spot"]
        )
    }

    @Test("an instance whose node never registers is given up when its time is over")
    func neverRegisters() throws {
        var scene = try booting()
        let instances = ["i-0", "i-1"].map { Scene.instance($0, state: .running, at: scene.now) }
        #expect(scene.tell([.instancesListed(instances)], after: 897).terminations.isEmpty)
        let given = scene.tell([.instancesListed(instances)], after: 1)
        #expect(given.terminations == [InstanceID("i-0"), InstanceID("i-1")])
    }
}
