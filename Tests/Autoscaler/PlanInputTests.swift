import Model
import Testing

@testable import Autoscaler

@Suite("What planning is told")
struct PlanInputTests {
    private static let waiting = Scene.pod("lone-0", job: "lone")

    /// Lets a pod wait and returns the question that follows.
    private func question(_ scene: inout Scene, _ events: [Event] = [], pod: Pod = waiting) throws -> PlanInput {
        if let open = scene.lastPlan { scene.tell([.planned(generation: open.generation, Plan())]) }
        scene.forget()
        scene.tell(events + [.podChanged(pod)])
        scene.tell(after: 61)
        let asked = scene.lastPlan
        let plan = try #require(asked)
        // Nothing is bought.
        scene.tell([.planned(generation: plan.generation, Plan())])
        return plan.input
    }

    private static func standing(_ name: String) -> Node {
        var node = Scene.node(name, instance: "i-\(name)", taints: [])
        node.labels[Label.pool] = nil
        return node
    }

    /// A pod of a daemon set as the controller makes it for a node, bound to it or not yet.
    private static func daemon(_ set: String, for node: String, isBound: Bool = true, cpu: Int64 = 1) -> Pod {
        let id = PodID(namespace: "kube-system", name: "\(set)-\(node)")
        var pod = Pod(id: id, uid: "uid-\(set)-\(node)", createdAt: Scene.start)
        pod.owner = Pod.Owner(kind: "DaemonSet", name: set, uid: "uid-\(set)")
        pod.isNodeBound = true
        pod.requests = Resources(["cpu": Quantity(cpu), "pods": Quantity(1)])
        pod.tolerations = [Toleration(key: nil, exists: true)]
        let own = NodeSelectorRequirement(key: Label.hostname, operator: .isIn, values: [node])
        pod.nodeAffinity = [NodeSelectorTerm(requirements: [own])]
        if isBound {
            pod.nodeName = node
            pod.phase = .running
        }
        return pod
    }

    @Test("a host carries the pods that stay on it, and what they leave; those on their way out have left")
    func hostPods() throws {
        var scene = Scene()
        let stays = Scene.running(Scene.pod("stays", job: "other", gpus: 2), on: "n1", since: scene.now)
        var goes = Scene.running(Scene.pod("goes", job: "other", gpus: 4), on: "n1", since: scene.now)
        goes.deletedAt = scene.now
        var finished = Scene.running(Scene.pod("finished", job: "other"), on: "n1", since: scene.now)
        finished.phase = .succeeded
        let events: [Event] = [stays, goes, finished].map { .podChanged($0) } + [.nodeChanged(Self.standing("n1"))]
        let host = try #require(try question(&scene, events).hosts.first)
        #expect(host.pods == [stays])
        #expect(host.free["nvidia.com/gpu"] == Quantity(6))

        let moved = try question(&scene, [.podRemoved(stays), .nodeChanged(Self.standing("n2"))])
        #expect(moved.hosts.map(\.name) == ["n1", "n2"])
        #expect(moved.hosts.allSatisfy { $0.pods.isEmpty && $0.free["nvidia.com/gpu"] == Quantity(8) })
    }

    @Test("a node that takes no new pods still shows who runs there, and has no room")
    func closedHosts() throws {
        var scene = Scene()
        var cordoned = Self.standing("n1")
        cordoned.isUnschedulable = true
        var silent = Self.standing("n2")
        silent.isReady = false
        let stays = Scene.running(Scene.pod("stays", job: "other", gpus: 2), on: "n1", since: scene.now)
        let input = try question(&scene, [.nodeChanged(cordoned), .nodeChanged(silent), .podChanged(stays)])
        #expect(input.hosts.map(\.name) == ["n1", "n2"])
        #expect(input.hosts.map(\.pods) == [[stays], []])
        #expect(
            input.hosts.allSatisfy { $0.free == Resources() && !Self.waiting.accepts(labels: [:], taints: $0.taints) }
        )
    }

    @Test("a node of ours that is on its way out is told of for as long as somebody stays there")
    func drainingHosts() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let claim = try #require(scene.core.liveClaims.first)
        scene.core.apply(.claimDraining(claim.id, reason: "test"), at: scene.now)
        let draining = try question(&scene).hosts.filter { $0.free == Resources() }
        #expect(draining.map(\.name) == ["node-0"])
        #expect(draining.first?.pods.map(\.id.name) == ["llm-0"])
        let gone = try question(&scene, [.podRemoved(Scene.gangPods[0])])
        #expect(gone.hosts.map(\.name) == ["node-1"])
    }

    @Test("a pod that is being evicted has left its host, and asks for a new place")
    func evicted() throws {
        var scene = Scene()
        _ = try scene.runGang()
        scene.forget()
        let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-0"), at: scene.now)
        scene.tell([.noticeReceived(notice)], after: 60)
        scene.tell(after: 2)
        let input = try #require(scene.lastPlan?.input)
        // The gang's other rank saves as well; its node stays.
        #expect(input.hosts.map(\.name) == ["node-1"])
        #expect(input.hosts.allSatisfy { $0.pods.isEmpty && $0.free["nvidia.com/gpu"] == Quantity(8) })
        #expect(input.demands.flatMap(\.pods).map(\.id.name) == ["llm-0", "llm-1"])
    }

    @Test("one pod stands for each daemon set, without what ties it to a node")
    func daemonTemplates() throws {
        var scene = Scene()
        var young = Self.daemon("plugin", for: "n2", cpu: 3)
        young.createdAt = Scene.start + .seconds(1)
        var choosy = Self.daemon("choosy", for: "n1")
        choosy.nodeAffinity[0].requirements.append(
            NodeSelectorRequirement(key: "gpu", operator: .exists)
        )
        let daemons = [Self.daemon("plugin", for: "n1"), young, choosy]
        let events: [Event] =
            daemons.map { .podChanged($0) } + ["n1", "n2"].map { .nodeChanged(Self.standing($0)) }
        let input = try question(&scene, events)
        #expect(input.daemons.map(\.owner?.name) == ["choosy", "plugin"])
        #expect(input.daemons.map { $0.requests["cpu"] } == [Quantity(1), Quantity(3)])
        #expect(input.daemons.allSatisfy { $0.nodeName == nil && $0.isNodeBound && $0.phase == .pending })
        #expect(
            input.daemons.map(\.nodeAffinity) == [
                [NodeSelectorTerm(requirements: [NodeSelectorRequirement(key: "gpu", operator: .exists)])], [],
            ]
        )
        // What the set itself says is better than what its pods show.
        let set = DaemonSet(uid: "uid-plugin", template: Self.daemon("plugin", for: "any", isBound: false, cpu: 7))
        let told = try question(&scene, [.schedulingObjectChanged(.daemonSet(set))])
        #expect(told.daemons.map { $0.requests["cpu"] } == [Quantity(1), Quantity(7)])
    }

    @Test("a daemon takes its share of a booting node before it is there, and once only when it is")
    func bootingDaemons() throws {
        var scene = Scene()
        scene.tell([.nodeChanged(Self.standing("n1")), .podChanged(Self.daemon("plugin", for: "n1", cpu: 5))])
        let request = try scene.launchGang()
        func free(_ scene: inout Scene, _ events: [Event] = []) throws -> [String: Quantity] {
            let hosts = try question(&scene, events).hosts.filter { $0.name != "n1" }
            return Dictionary(uniqueKeysWithValues: hosts.map { ($0.name, $0.free["cpu"]) })
        }
        // Launched, not there yet: 95 cores less 5.
        let launching = try free(&scene)
        #expect(launching.count == 2 && launching.values.allSatisfy { $0 == Quantity(90) })
        scene.tell([
            .launchEnded(request.id, .launched(["i-0", "i-1"].map { Scene.instance($0, at: scene.now) }))
        ])
        let booting = Scene.node("node-0", instance: "i-0", gpus: 0)
        let registered = try free(
            &scene,
            [.nodeChanged(booting), .podChanged(Self.daemon("plugin", for: "node-0", cpu: 5))]
        )
        #expect(registered["node-0"] == Quantity(90))
        // It is open, and a daemon that was made for it is not bound yet: another set's would have come by now.
        let open = Scene.node("node-0", instance: "i-0", taints: [])
        let logs = Self.daemon("logs", for: "node-0", isBound: false, cpu: 10)
        #expect(try free(&scene, [.nodeChanged(open), .podChanged(logs)])["node-0"] == Quantity(80))
        #expect(
            try free(&scene, [.podChanged(Self.daemon("logs", for: "node-0", cpu: 10))])["node-0"] == Quantity(80)
        )
    }

    @Test("a node that boots has the labels that it will have, and one that stands the taints that it has")
    func labelsAndTaints() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        let launching = try #require(try question(&scene).hosts.first)
        #expect(launching.labels[Label.hostname] == launching.name)
        #expect(launching.labels[Label.zone] == "us-east-1a")
        scene.tell([
            .launchEnded(request.id, .launched(["i-0", "i-1"].map { Scene.instance($0, at: scene.now) }))
        ])
        var node = Scene.node("node-0", instance: "i-0", gpus: 0)
        node.labels = [Label.hostname: "node-0"]
        let booting = try #require(try question(&scene, [.nodeChanged(node)]).hosts.first { $0.name == "node-0" })
        #expect(booting.labels[Label.zone] == "us-east-1a" && booting.labels[Label.hostname] == "node-0")
        let mine = Taint(key: "mine", effect: .noSchedule)
        let notReady = Taint(key: "node.kubernetes.io/unreachable", effect: .noSchedule)
        scene.tell([.nodeChanged(Scene.node("node-0", instance: "i-0"))])
        let tainted = Scene.node("node-0", instance: "i-0", taints: [.starting, mine, notReady])
        let standing = try #require(try question(&scene, [.nodeChanged(tainted)]).hosts.first { $0.name == "node-0" })
        #expect(standing.taints == [mine])
    }

    @Test("namespaces and the claims of waiting pods go along")
    func objects() throws {
        var scene = Scene()
        var pod = Self.waiting
        pod.volumeClaims = ["data"]
        let zone = NodeSelectorTerm(requirements: [
            NodeSelectorRequirement(key: Label.zone, operator: .isIn, values: ["us-east-1b"])
        ])
        let objects: [SchedulingObject] = [
            .namespace(name: "vision", labels: ["team": "vision"]),
            .volumeClaim(PersistentVolumeClaim(namespace: "vision", name: "data", volume: "pv-1")),
            .volumeClaim(PersistentVolumeClaim(namespace: "vision", name: "unused", volume: "pv-1")),
            .volume(PersistentVolume(name: "pv-1", reachableFrom: [zone])),
        ]
        let before = try question(&scene)
        #expect(before.namespaceLabels == ["vision": ["kubernetes.io/metadata.name": "vision"]])
        #expect(before.volumeClaims.isEmpty)
        let input = try question(&scene, [.schedulingObjectsListed(objects)], pod: pod)
        #expect(input.namespaceLabels == ["vision": ["team": "vision"]])
        let data = VolumeClaim(namespace: "vision", name: "data", volume: "pv-1", reachableFrom: [zone])
        #expect(input.volumeClaims == [data])
    }
}
