import Model
import Planning
import Testing

@testable import Autoscaler

@Suite("Room that is booked for a ProvisioningRequest")
struct BookingTests {
    /// Two free nodes that are not ours, and a request that only looks.
    private func checked(_ pods: Int = 2, parameters: [String: String] = [:]) -> Scene {
        var scene = Scene.provisioning()
        scene.tell(["n1", "n2"].map { .nodeChanged(Scene.foreignNode($0)) })
        scene.tell(Scene.asks(Scene.request(Scene.checkClass, pods: pods, parameters: parameters)))
        scene.plan()
        return scene
    }

    /// A request that has bought two nodes, which are open.
    private func bought() throws -> Scene {
        var scene = Scene.provisioning()
        scene.tell(Scene.asks())
        scene.bringUp(try #require(scene.plan().launches.first))
        try #require(scene.holds == ["Accepted", "Provisioned"])
        scene.forget()
        return scene
    }

    private func places(_ scene: Scene) -> Int { scene.core.state.provisions[Scene.requestID]?.places.count ?? 0 }

    @Test("check-capacity finds room that is free, and buys nothing")
    func found() {
        let scene = checked()
        #expect(scene.holds == ["Accepted", "Provisioned"])
        #expect(scene.conditions["Provisioned"]?.reason == "CapacityIsFound")
        #expect(places(scene) == 2)
        #expect(!scene.commands.contains { if case .launch = $0 { true } else { false } })
    }

    @Test("check-capacity waits for room that is not there, until it is, and buys none")
    func notFound() {
        var scene = checked(3)
        #expect(scene.holds == ["Accepted"])
        #expect(scene.conditions["Provisioned"]?.reason == "CapacityIsNotFound")
        #expect(scene.conditions["Provisioned"]?.message.contains("does not hold all 3 pods") == true)
        scene.plan(after: 61)
        #expect(scene.holds == ["Accepted"])
        scene.tell([.nodeChanged(Scene.foreignNode("n3"))])
        scene.plan(after: 61)
        #expect(scene.holds == ["Accepted", "Provisioned"])
        #expect(!scene.commands.contains { if case .launch = $0 { true } else { false } })
        #expect(checked(3, parameters: ["noRetry": "true"]).holds == ["Accepted", "Failed"])
    }

    @Test("several purchases for one request are each held against the market", arguments: [(1, 0), (2, 2)])
    func parts(available: Int, launches: Int) throws {
        var scene = Scene.provisioning { $0.pools[0].capacityTypes = [.reserved, .spot, .onDemand] }
        let reservation = Reservation(
            id: "cr-1",
            instanceType: "p4d.24xlarge",
            zone: "us-east-1a",
            count: 2,
            available: available
        )
        scene.tell([.marketObserved(MarketReport(reservations: [reservation]))])
        scene.tell(Scene.asks())
        scene.tell(after: 2)
        let question = try #require(scene.lastPlan)
        let pods = try #require(question.input.demands.first?.pods.map(\.id))
        let purchases = pods.flatMap { pod in
            Scene.purchase(Scene.requestID, nodes: 1, offering: reservation.offering).purchases.map { purchase in
                var result = purchase
                result.pods = [[pod]]
                result.reservation = reservation
                return result
            }
        }
        let decisions = scene.tell([.planned(generation: question.generation, Plan(purchases: purchases))])
        #expect(pods.count == 2)
        #expect(decisions.launches.count == launches)
        let refusals = decisions.facts.explanations.filter { $0.contains("reservation cr-1: 1 nodes left") }
        #expect(refusals.isEmpty == (launches > 0))
    }

    @Test("a part that was refused before waits for the launch that tries it")
    func probedPart() throws {
        var scene = Scene.provisioning()
        let request = try scene.launchGang()
        scene.tell([.launchEnded(request.id, .failed(.noCapacity, message: "none"))])
        let open = try #require(scene.lastPlan)
        scene.tell([.planned(generation: open.generation, Plan())])
        let again = try #require(scene.tell([Scene.prices], after: 181).plans.last)
        scene.tell([.planned(generation: again.generation, Scene.purchase(Scene.gangID, nodes: 2))])
        scene.tell(Scene.asks())
        scene.tell(after: 2)
        let question = try #require(scene.lastPlan)
        let demand = try #require(question.input.demands.first { $0.workload.id == Scene.requestID })
        let purchases = zip(demand.pods, [Scene.onDemand, Scene.spot]).flatMap { pod, offering in
            Scene.purchase(Scene.requestID, nodes: 1, offering: offering).purchases.map { purchase in
                var result = purchase
                result.pods = [[pod.id]]
                return result
            }
        }
        let decisions = scene.tell([.planned(generation: question.generation, Plan(purchases: purchases))])
        #expect(decisions.launches.isEmpty)
        #expect(decisions.facts.explanations.contains { $0.contains("tries whether that still holds") })
    }

    @Test("booked room is no room for others")
    func exclusive() throws {
        var scene = checked()
        scene.forget()
        scene.tell([.podChanged(Scene.pod("other-0", job: "other"))])
        let launch = try #require(scene.plan().launches.first)
        #expect(launch.workloads.map(\.name) == ["other"])
    }

    @Test("pods that come for the room are no demand of their own, and take their places")
    func taken() throws {
        var scene = try bought()
        let waiting = ["t-0", "t-1"].map { Scene.consumer($0) }
        scene.tell(waiting.map { .podChanged($0) })
        #expect(scene.plan().launches.isEmpty)
        #expect(scene.lastPlan == nil)
        scene.tell([.podChanged(Scene.consumer("t-0", on: "node-1"))])
        let place = scene.facts.contains { fact in
            if case .provisioning(_, .taken(_, by: "uid-t-0")) = fact { true } else { false }
        }
        #expect(place && places(scene) == 1)
        #expect(scene.core.state.provisions[Scene.requestID]?.places.first?.claim?.value == "journal-1-0")
        scene.tell([.podChanged(Scene.consumer("t-1", on: "node-0"))])
        #expect(places(scene) == 0)
        // They are members of the request: its attempt, its bill.
        #expect(scene.facts.starts.map(\.workload) == [Scene.requestID])
        let uses = scene.core.state.uses.values.map(\.workload)
        #expect(uses == [Scene.requestID, Scene.requestID])
        scene.tell(after: 600)
        #expect(scene.holds == ["Accepted", "Provisioned", "BookingExpired"])
        #expect(scene.core.state.records[Scene.requestID]?.endedAt == nil)
    }

    @Test("after ten minutes the booking expires, the nodes are let go, and late pods are ordinary demand")
    func expiry() throws {
        var scene = try bought()
        #expect(!scene.tell(after: 599).facts.contains { if case .provisioning = $0 { true } else { false } })
        scene.tell([.instancesListed(scene.core.liveInstances(at: scene.now))])
        #expect(!scene.facts.contains { if case .claimDraining = $0 { true } else { false } })
        let expired = scene.tell(after: 1)
        #expect(scene.holds == ["Accepted", "Provisioned", "BookingExpired"])
        #expect(scene.conditions["BookingExpired"]?.reason == "CapacityReservationTimeExpired")
        #expect(expired.statusUpdates.last?.conditions.map(\.kind) == [.accepted, .provisioned, .bookingExpired])
        #expect(scene.core.state.records[Scene.requestID]?.endedAt != nil)

        var late = scene
        late.tell([.pricesObserved([]), .podChanged(Scene.consumer("late"))])
        late.plan()
        #expect(late.lastPlan?.input.demands.flatMap(\.pods).map(\.uid) == ["uid-late"])
        #expect(late.lastPlan?.input.hosts.allSatisfy { $0.reservedFor == nil && $0.pods.isEmpty } == true)

        scene.tell([.instancesListed(scene.core.liveInstances(at: scene.now))], after: 61)
        scene.tell([.instancesListed(scene.core.liveInstances(at: scene.now))], after: 61)
        #expect(scene.facts.count { if case .claimDraining = $0 { true } else { false } } == 2)
    }

    @Test("a node that the cloud takes before the pods came revokes the capacity")
    func revoked() throws {
        var scene = try bought()
        let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-1"), at: scene.now)
        let decisions = scene.tell([.noticeReceived(notice)], after: 60)
        #expect(scene.holds == ["Accepted", "Provisioned", "CapacityRevoked"])
        let message = scene.conditions["CapacityRevoked"]?.message
        #expect(message == "1 of 2 places are lost before their pods came: the cloud takes i-1 back")
        #expect(decisions.statusUpdates.last?.conditions.last?.kind == .capacityRevoked)
        scene.tell(after: 600)
        #expect(scene.holds == ["Accepted", "Provisioned", "CapacityRevoked"])
    }

    @Test("a node that the cloud takes once its pods run is their interruption, and revokes nothing")
    func interrupted() throws {
        var scene = try bought()
        scene.tell(["0", "1"].map { .podChanged(Scene.consumer("t-\($0)", on: "node-\($0)")) })
        let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-1"), at: scene.now)
        let decisions = scene.tell([.noticeReceived(notice)], after: 60)
        #expect(scene.holds == ["Accepted", "Provisioned"])
        #expect(decisions.evictions.map(\.pod.name) == ["t-1"])
    }

    @Test("a node that is lost before all stand is planned for again, and nothing is revoked")
    func lostEarly() throws {
        var scene = Scene.provisioning()
        scene.tell(Scene.asks())
        let launch = try #require(scene.plan().launches.first)
        let instances = ["i-0", "i-1"].map { Scene.instance($0, at: scene.now) }
        scene.tell([.launchEnded(launch.id, .launched(instances))], after: 2)
        let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-1"), at: scene.now)
        scene.tell([.noticeReceived(notice)], after: 30)
        #expect(scene.holds == ["Accepted"] && places(scene) == 0)
        let again = try #require(scene.plan(after: 0).launches.first)
        #expect(again.workloads == [Scene.requestID])
    }

    @Test("room that others have taken all the same is given back, and whoever came for it is demand again")
    func crowded() throws {
        var scene = checked()
        scene.tell([.podChanged(Scene.consumer("t-0", className: Scene.checkClass))])
        scene.tell([.podChanged(Scene.consumer("t-1", className: Scene.checkClass))])
        scene.forget()
        scene.tell([.podChanged(Scene.running(Scene.pod("thief", job: "x"), on: "n1", since: scene.now))])
        #expect(places(scene) == 1)
        #expect(scene.holds == ["Accepted", "Provisioned"])
        let launch = try #require(scene.plan().launches.first)
        #expect(launch.count == 1 && launch.workloads == [Scene.requestID])
    }

    @Test("a restart takes up what the journal holds: what was bought, booked and when")
    func restart() throws {
        var scene = Scene.provisioning()
        let configuration = scene.core.configuration
        let objects: [SchedulingObject] = [
            .podTemplate(Scene.template()), .provisioningRequest(Scene.request()),
        ]
        scene.tell(Scene.asks())
        let launch = try #require(scene.plan().launches.first)
        // The launch is not answered yet: the same goes again, and nothing else is bought.
        scene.restart(configuration, objects)
        #expect(
            scene.core.state
                == Autoscaler(configuration: configuration, identity: "journal", entries: scene.entries).state
        )
        for _ in 0..<3 { #expect(scene.plan(after: 61).launches.allSatisfy { $0 == launch }) }
        scene.bringUp(launch)
        let since = scene.now
        #expect(scene.conditions["Provisioned"]?.since == since)

        scene.tell(after: 300)
        scene.forget()
        scene.restart(configuration, objects)
        #expect(places(scene) == 2)
        // What the status does not show yet is written again.
        let writes = scene.commands.contains { if case .updateProvisioningRequest = $0 { true } else { false } }
        #expect(writes)
        scene.tell(after: 299)
        #expect(scene.holds == ["Accepted", "Provisioned"])
        scene.tell(after: 1)
        #expect(scene.holds == ["Accepted", "Provisioned", "BookingExpired"])
        #expect(scene.conditions["BookingExpired"]?.since == since + .seconds(600))
    }

    @Test("a request that is deleted gives its room back at once; one that is only not shown, after a while")
    func deleted() throws {
        var scene = try bought()
        var unseen = scene
        scene.tell([.schedulingObjectRemoved(.provisioningRequest(Scene.request()))])
        #expect(scene.core.state.provisions.isEmpty)
        #expect(scene.core.state.records[Scene.requestID]?.endedAt != nil)
        unseen.tell([.schedulingObjectsListed([])])
        #expect(places(unseen) == 2)
        unseen.tell(after: 600)
        unseen.tell(after: 1)
        #expect(unseen.core.state.provisions.isEmpty)
    }

    @Test("pods that come for another autoscaler's request are no demand of ours")
    func elsewhere() {
        var scene = Scene.provisioning()
        scene.tell([.podChanged(Scene.consumer("gke-0", className: "queued-provisioning.gke.io"))])
        scene.plan(after: 61)
        #expect(scene.lastPlan == nil)
        // One that does not say which class, or whose request is not there, is a pod like any other.
        var lone = Scene.consumer("lone")
        lone.provisioning = ProvisioningReference(request: "pr", className: nil)
        scene.tell([.podChanged(lone), .podChanged(Scene.consumer("orphan"))])
        scene.plan()
        let asked = scene.lastPlan?.input.demands.map(\.workload.id.kind)
        #expect(asked == ["ProvisioningRequest", "Job"] || asked == ["Job", "ProvisioningRequest"])
    }

    @Test("a pod that names its request alone comes for its room, seen before the request or after it")
    func withoutClass() throws {
        func consumer(_ name: String, on node: String? = nil) -> Pod {
            var pod = Scene.consumer(name, on: node)
            pod.provisioning?.className = nil
            return pod
        }
        var scene = try bought()
        scene.tell(["t-0", "t-1"].map { .podChanged(consumer($0)) })
        #expect(scene.plan().launches.isEmpty && scene.lastPlan == nil)
        scene.tell([.podChanged(consumer("t-0", on: "node-1"))])
        #expect(places(scene) == 1)

        var early = Scene.provisioning()
        early.tell([.podChanged(consumer("t-0")), .podChanged(consumer("t-1"))])
        early.tell(Scene.asks())
        early.plan()
        #expect(early.lastPlan?.input.demands.map(\.workload.id) == [Scene.requestID])
        #expect(early.lastPlan?.input.demands.first?.pods.count == 2)
    }

    @Test("a pod whose request is for another autoscaler's instance is no demand of ours, whatever its class")
    func elsewhereByRequest() {
        var scene = Scene.provisioning()
        scene.tell(Scene.asks(Scene.request(parameters: ["processorInstance": "other"])))
        scene.tell([.podChanged(Scene.consumer("t-0"))])
        scene.plan(after: 61)
        #expect(scene.lastPlan == nil && scene.facts.admitted.map(\.id.kind) == ["Job"])
    }

    @Test("a request whose job is complete has ended well")
    func complete() throws {
        var scene = try bought()
        scene.tell(["0", "1"].map { .podChanged(Scene.consumer("t-\($0)", on: "node-\($0)")) })
        var job = Scene.job("train", parallelism: 2)
        job.completedAt = scene.now + .seconds(50)
        scene.tell([.jobChanged(job)], after: 60)
        #expect(scene.facts.contains(.workloadEnded(Scene.requestID, succeeded: true)))
        #expect(scene.facts.ends.map(\.outcome) == [.completed])
    }
}

extension Autoscaler {
    /// The cloud's list of all instances that claims own.
    fileprivate func liveInstances(at now: Timestamp) -> [Instance] {
        liveClaims.compactMap { claim in
            claim.instance.map { Scene.instance($0.description, claim.offering, state: .running, at: Scene.start) }
        }
    }
}
