import Model
import Testing

@testable import Autoscaler

@Suite("ProvisioningRequests that buy")
struct ProvisioningTests {
    @Test("a request is accepted, bought whole, and provisioned once all its nodes are open")
    func atomic() throws {
        var scene = Scene.provisioning()
        let accepted = scene.tell(Scene.asks())
        #expect(scene.holds == ["Accepted"])
        #expect(accepted.statusUpdates.map(\.name) == ["pr"])
        #expect(accepted.facts.admitted.map(\.accelerators) == [16])
        let launch = try #require(scene.plan().launches.first)
        #expect(launch.count == 2 && launch.gang == Scene.requestID)
        let waits = scene.conditions["Provisioned"]
        #expect(waits?.isTrue == false && waits?.reason == "CapacityIsBought")
        #expect(waits?.message.hasPrefix("Waits for its nodes: 2 x ") == true)

        do {
            // One node of two is not enough.
            let instances = ["i-0", "i-1"].map { Scene.instance($0, at: scene.now) }
            scene.tell([.launchEnded(launch.id, .launched(instances))], after: 2)
            scene.tell([.nodeChanged(Scene.node("node-0", instance: "i-0"))], after: 100)
            #expect(scene.holds == ["Accepted"])
        }
        scene.tell([.nodeChanged(Scene.node("node-1", instance: "i-1"))], after: 10)
        // Initialised, but still closed.
        #expect(scene.holds == ["Accepted"])
        let open = ["0", "1"].map { Event.nodeChanged(Scene.node("node-\($0)", instance: "i-\($0)", taints: [])) }
        let done = scene.tell(open, after: 1)
        #expect(scene.holds == ["Accepted", "Provisioned"])
        #expect(scene.conditions["Provisioned"]?.reason == "CapacityIsProvisioned")
        #expect(scene.conditions["Provisioned"]?.since == scene.now)
        let update = try #require(done.statusUpdates.last)
        #expect(update.conditions.map(\.kind) == [.accepted, .provisioned])
        #expect(update.uid == "uid-pr" && update.apiVersion == "autoscaling.x-k8s.io/v1")
        // Nothing more is bought for it.
        for _ in 0..<5 { #expect(scene.plan(after: 61).launches.isEmpty) }
    }

    @Test("a status is written until it is seen, and again when somebody else overwrites it")
    func report() throws {
        var scene = Scene.provisioning()
        let update = try #require(scene.tell(Scene.asks()).statusUpdates.first)
        #expect(scene.tell().statusUpdates.isEmpty)
        #expect(scene.tell([.provisioningRequestUpdateFailed(update, reason: "500")]).statusUpdates.isEmpty)
        #expect(scene.tell(after: 5).statusUpdates == [update])
        scene.tell([.provisioningRequestUpdated(update)])
        var seen = Scene.request()
        seen.conditions = update.conditions
        #expect(scene.tell([.schedulingObjectChanged(.provisioningRequest(seen))]).statusUpdates.isEmpty)
        #expect(scene.tell(after: 60).statusUpdates.isEmpty)
        seen.conditions = []
        #expect(scene.tell([.schedulingObjectChanged(.provisioningRequest(seen))]).statusUpdates.count == 1)
    }

    @Test("a class that is not configured, or a request for another autoscaler's instance, is not touched")
    func foreign() {
        for request in [
            Scene.request("queued-provisioning.gke.io"), Scene.request(parameters: ["processorInstance": "other"]),
        ] {
            var scene = Scene.provisioning()
            scene.tell(Scene.asks(request))
            for _ in 0..<3 { scene.plan(after: 61) }
            #expect(scene.core.state.provisions.isEmpty)
            #expect(!scene.commands.contains { if case .updateProvisioningRequest = $0 { true } else { false } })
            #expect(scene.lastPlan == nil)
        }
        var none = Scene()
        none.tell(Scene.asks())
        none.plan()
        #expect(none.lastPlan == nil && none.core.state.provisions.isEmpty)
    }

    @Test("a request that was settled before is not served again")
    func settled() {
        var request = Scene.request()
        request.conditions = [
            ProvisioningCondition(kind: .failed, isTrue: true, reason: "x", message: "y", since: Scene.start)
        ]
        var scene = Scene.provisioning()
        scene.tell(Scene.asks(request))
        scene.plan()
        #expect(scene.lastPlan == nil && scene.core.state.provisions.isEmpty)
    }

    @Test("a gang that nothing can ever hold fails, and the message says why")
    func neverFits() throws {
        var scene = Scene.provisioning()
        scene.tell(Scene.asks(Scene.request(), Scene.template(gpus: 16)))
        let decisions = scene.plan()
        let failed = try #require(scene.conditions["Failed"])
        #expect(failed.isTrue && failed.reason == "CapacityIsNotFound")
        #expect(failed.message.contains("pr[0-0]") && failed.message.contains("too few nvidia.com/gpu"))
        #expect(decisions.statusUpdates.last?.conditions.map(\.kind) == [.accepted, .failed])
        #expect(decisions.launches.isEmpty)
        #expect(scene.core.state.records[Scene.requestID]?.endedAt != nil)
        for _ in 0..<3 { #expect(scene.tell([.pricesObserved([])], after: 61).plans.isEmpty) }
    }

    @Test("a gang that does not fit at present is tried again, and fails when its time is up")
    func fitsLater() throws {
        var scene = Scene.provisioning { $0.pools[0].limits.nodes = 1 }
        scene.tell(Scene.asks(Scene.request(parameters: ["ValidUntilSeconds": "3600"])))
        #expect(scene.plan().launches.isEmpty)
        let waits = try #require(scene.conditions["Provisioned"])
        #expect(
            !waits.isTrue && waits.reason == "CapacityIsNotFound" && waits.message.contains("the gang needs 2 nodes")
        )
        #expect(!scene.tell([.pricesObserved([])], after: 61).plans.isEmpty)
        #expect(scene.conditions["Failed"] == nil)
        scene.tell(after: 3600)
        let failed = try #require(scene.conditions["Failed"])
        #expect(failed.reason == "Expired" && failed.message.contains("the gang needs 2 nodes"))
    }

    @Test("noRetry fails what does not fit at once")
    func noRetry() throws {
        var scene = Scene.provisioning { $0.pools[0].limits.nodes = 1 }
        scene.tell(Scene.asks(Scene.request(parameters: ["noRetry": "true"])))
        scene.plan()
        #expect(scene.holds == ["Accepted", "Failed"])
        #expect(scene.conditions["Failed"]?.message.contains("the gang needs 2 nodes") == true)
    }

    @Test("a request that a budget forbids is not bought in part, and says so")
    func budget() throws {
        var scene = Scene.provisioning { $0.spendCap.perHour = Money("15") }
        scene.tell(Scene.asks())
        #expect(scene.plan().launches.isEmpty)
        #expect(scene.conditions["Provisioned"]?.message.contains("over the spend cap of 15") == true)
        #expect(scene.facts.explanations.contains { $0.contains("over the spend cap") })
    }

    @Test("a launch that is refused is planned for again, elsewhere")
    func refusedLaunch() throws {
        var scene = Scene.provisioning()
        scene.tell(Scene.asks())
        let first = try #require(scene.plan().launches.first)
        #expect(first.offering == Scene.spot)
        let after = scene.tell([.launchEnded(first.id, .failed(.noCapacity, message: "none"))])
        let released = after.facts.contains { fact in
            if case .provisioning(_, .released(let places, _)) = fact { places.count == 2 } else { false }
        }
        #expect(released)
        let second = try #require(scene.plan(after: 0).launches.first)
        #expect(second.offering == Scene.onDemand)
        scene.bringUp(second)
        #expect(scene.holds == ["Accepted", "Provisioned"])
    }

    @Test("PodTemplates may come after the request, but not at any time")
    func templates() throws {
        var scene = Scene.provisioning()
        scene.tell([.schedulingObjectChanged(.provisioningRequest(Scene.request()))])
        #expect(scene.conditions.isEmpty)
        scene.tell(after: 59)
        #expect(scene.conditions.isEmpty)
        var late = scene
        late.tell([.schedulingObjectChanged(.podTemplate(Scene.template()))])
        #expect(late.holds == ["Accepted"])
        scene.tell(after: 2)
        #expect(scene.conditions["Failed"]?.reason == "FailedToCreatePods")
        #expect(scene.conditions["Failed"]?.message.contains("vision/ppt") == true)

        var absurd = Scene.provisioning()
        absurd.tell(Scene.asks(Scene.request(pods: 1_000_000)))
        #expect(absurd.conditions["Failed"]?.message == "It asks for 1000000 pods, not for 1 to 10000")
    }

    @Test("in dry-run nothing is bought, booked or written, and what would be is said")
    func dryRun() {
        var scene = Scene.provisioning { $0.isDryRun = true }
        scene.tell(Scene.asks())
        #expect(scene.plan().launches.isEmpty)
        #expect(scene.core.state.provisions.isEmpty)
        #expect(scene.facts.explanations.contains { $0.hasPrefix("dry run: would buy 2 x") })
        #expect(!scene.commands.contains { if case .updateProvisioningRequest = $0 { true } else { false } })
    }

    @Test("while launches are paused a request waits, whatever it says of retries")
    func paused() {
        var scene = Scene.provisioning()
        scene.tell([.pauseRequested(true, by: "alice")] + Scene.asks(Scene.request(parameters: ["noRetry": "true"])))
        #expect(scene.plan().launches.isEmpty)
        #expect(scene.holds == ["Accepted"])
        scene.tell([.pauseRequested(false, by: "alice")])
        #expect(scene.plan(after: 61).launches.count == 1)
    }
}
