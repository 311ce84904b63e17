import Model
import Testing

@testable import Autoscaler

@Suite("Prices, reservations and scores that are known")
struct MarketTests {
    private static let reserved = Offering(instanceType: "p4d.24xlarge", zone: "us-east-1a", capacityType: .reserved)

    private static func configuration(_ change: (inout GleanerConfiguration) -> Void = { _ in }) -> GleanerConfiguration
    {
        Scene.configuration {
            $0.pools[0].capacityTypes = [.reserved, .spot, .onDemand]
            change(&$0)
        }
    }

    private static func reservation(
        available: Int = 2,
        kind: Reservation.Kind = .capacityReservation,
        endsAt: Timestamp? = nil
    ) -> Reservation {
        Reservation(
            id: "cr-1",
            kind: kind,
            instanceType: "p4d.24xlarge",
            zone: "us-east-1a",
            count: 4,
            available: available,
            endsAt: endsAt
        )
    }

    private func choices(_ scene: Scene) -> [PlanInput.Choice] { scene.core.choices(at: scene.now) }

    @Test("a reservation is an offering at no price, until it ends or its word is too old")
    func offering() throws {
        var scene = Scene(Self.configuration())
        #expect(!choices(scene).contains { $0.offering == Self.reserved })
        let end = scene.now + .seconds(7200)
        scene.tell([.marketObserved(MarketReport(reservations: [Self.reservation(endsAt: end)]))])
        let choice = try #require(choices(scene).first { $0.offering == Self.reserved })
        #expect(choice.pricePerHour == .zero)
        #expect(choice.closedBecause == nil)
        #expect(choice.reservation?.available == 2)
        // A report without a word of reservations changes nothing.
        scene.tell([.marketObserved(MarketReport(datasetZones: [:]))], after: 3500)
        #expect(choices(scene).contains { $0.offering == Self.reserved && $0.closedBecause == nil })
        scene.tell(after: 200)
        let old = try #require(choices(scene).first { $0.offering == Self.reserved })
        #expect(old.closedBecause?.contains("older than maximumPriceAge") == true)
        scene.tell([.marketObserved(MarketReport(reservations: [Self.reservation(endsAt: end)]))])
        #expect(choices(scene).contains { $0.offering == Self.reserved && $0.closedBecause == nil })
        scene.tell(after: 3600)
        #expect(!choices(scene).contains { $0.offering == Self.reserved })
    }

    @Test("a price that the cloud no longer says is not planned on, however fresh the others are")
    func stalePrice() throws {
        var scene = Scene()
        let point = try #require(Scene.catalogue.prices[Scene.onDemand])
        for _ in 0..<13 { scene.tell([.pricesObserved([point])], after: 300) }
        let known = choices(scene)
        #expect(known.first { $0.offering == Scene.onDemand }?.closedBecause == nil)
        let spot = try #require(known.first { $0.offering == Scene.spot })
        #expect(spot.closedBecause?.hasPrefix("price last seen ") == true)
        let shown = scene.core.status(at: scene.now).offerings
        #expect(shown.first { $0.offering == Scene.onDemand }?.priceSeenAt == scene.now)
        #expect(shown.first { $0.offering == Scene.spot }?.closedReason == spot.closedBecause)
    }

    @Test("with no fresh price at all nothing is planned, and the decision says so")
    func noPrices() throws {
        var scene = Scene()
        scene.tell(after: 3700)
        scene.tell([.instancesListed([])] + Scene.gangPods.map { .podChanged($0) })
        let later = scene.tell(after: 2)
        #expect(later.plans.isEmpty)
        #expect(later.facts.explanations.first?.hasPrefix("waits for fresh prices: those known are from ") == true)
    }

    @Test("a launch names its reservation, which has that much less until the cloud is asked again")
    func launch() throws {
        var scene = Scene(Self.configuration())
        scene.tell([.marketObserved(MarketReport(reservations: [Self.reservation()]))])
        scene.tell(Scene.gangPods.map { .podChanged($0) } + [.jobChanged(Scene.job("llm", parallelism: 2))])
        let generation = try #require(scene.tell(after: 2).plans.first?.generation)
        var plan = Scene.purchase(Scene.gangID, nodes: 2, offering: Self.reserved)
        plan.purchases[0].reservation = Self.reservation()
        let request = try #require(scene.tell([.planned(generation: generation, plan)]).launches.first)
        #expect(request.reservation?.id == "cr-1")
        #expect(request.pricePerHour == .zero)
        let full = try #require(choices(scene).first { $0.offering == Self.reserved })
        #expect(full.reservation?.available == 0)
        #expect(full.closedBecause == "reservation cr-1 has no instance left")
        #expect(
            scene.core.reservationRefusal(of: plan.purchases[0], at: scene.now) == "reservation cr-1: 0 nodes left"
        )
        let replayed = Autoscaler(configuration: Self.configuration(), identity: "journal", entries: scene.entries)
        #expect(replayed.state.claims.values.allSatisfy { $0.reservation?.id == "cr-1" })
    }

    @Test("a launch that is not answered yet counts, also when the reservation was looked at after it was intended")
    func unanswered() throws {
        var scene = Scene(Self.configuration())
        scene.tell([.marketObserved(MarketReport(reservations: [Self.reservation()]))])
        scene.tell(Scene.gangPods.map { .podChanged($0) } + [.jobChanged(Scene.job("llm", parallelism: 2))])
        let generation = try #require(scene.tell(after: 2).plans.first?.generation)
        var plan = Scene.purchase(Scene.gangID, nodes: 2, offering: Self.reserved)
        plan.purchases[0].reservation = Self.reservation()
        let request = try #require(scene.tell([.planned(generation: generation, plan)]).launches.first)
        scene.tell([.marketObserved(MarketReport(reservations: [Self.reservation()]))], after: 5)
        #expect(scene.core.reservations(at: scene.now).map(\.available) == [0])
        let instances = ["i-0", "i-1"].map { Scene.instance($0, Self.reserved, at: scene.now) }
        scene.tell([.launchEnded(request.id, .launched(instances))], after: 5)
        scene.tell([.marketObserved(MarketReport(reservations: [Self.reservation(available: 1)]))], after: 5)
        #expect(scene.core.reservations(at: scene.now).map(\.available) == [1])
    }

    @Test("spot is closed where its placement score is below the least that is wanted")
    func scores() {
        var scene = Scene(Self.configuration { $0.aws.placementScores = .init(minimum: 3) })
        scene.tell([.marketObserved(MarketReport(placementScores: [Scene.spot: 2]))])
        #expect(
            choices(scene).first { $0.offering == Scene.spot }?.closedBecause == "spot placement score 2 of 10, below 3"
        )
        #expect(choices(scene).first { $0.offering == Scene.onDemand }?.closedBecause == nil)
        scene.tell([.marketObserved(MarketReport(placementScores: [Scene.spot: 3]))])
        #expect(choices(scene).first { $0.offering == Scene.spot }?.closedBecause == nil)
    }

    @Test("a placement score that was not renewed for six hours closes nothing any more")
    func oldScores() {
        var scene = Scene(Self.configuration { $0.aws.placementScores = .init(minimum: 3) })
        scene.tell([.marketObserved(MarketReport(placementScores: [Scene.spot: 2]))])
        scene.tell([Scene.prices, .marketObserved(MarketReport(datasetZones: [:]))], after: 6 * 3600)
        #expect(choices(scene).first { $0.offering == Scene.spot }?.closedBecause?.contains("score 2") == true)
        scene.tell(after: 1)
        #expect(choices(scene).first { $0.offering == Scene.spot }?.closedBecause == nil)
        #expect(scene.core.status(at: scene.now).offerings.allSatisfy { $0.placementScore == nil })
    }

    @Test("copies of a dataset that are seen count beside those that are configured")
    func datasets() {
        var scene = Scene(
            Scene.configuration {
                $0.datasets = [Dataset(name: "images", zones: ["us-east-1b"], loadSeconds: 600)]
            }
        )
        #expect(scene.core.dataset(named: "images")?.zones == ["us-east-1b"])
        scene.tell([.marketObserved(MarketReport(datasetZones: ["images": ["us-east-1a"]]))])
        #expect(scene.core.dataset(named: "images")?.zones == ["us-east-1a", "us-east-1b"])
        scene.tell([.marketObserved(MarketReport(datasetZones: [:]))])
        #expect(scene.core.dataset(named: "images")?.zones == ["us-east-1b"])
    }

    /// The gang of two runs on reserved nodes that end at a time.
    private func running(
        _ kind: Reservation.Kind,
        endsAt: Timestamp,
        _ change: (inout GleanerConfiguration) -> Void = { _ in }
    ) throws -> Scene {
        var scene = Scene(Self.configuration(change))
        let reservation = Self.reservation(kind: kind, endsAt: endsAt)
        scene.tell([.marketObserved(MarketReport(reservations: [reservation]))])
        scene.tell(Scene.gangPods.map { .podChanged($0) } + [.jobChanged(Scene.job("llm", parallelism: 2))])
        let generation = try #require(scene.tell(after: 2).plans.first?.generation)
        var plan = Scene.purchase(Scene.gangID, nodes: 2, offering: Self.reserved)
        plan.purchases[0].reservation = reservation
        let request = try #require(scene.tell([.planned(generation: generation, plan)]).launches.first)
        let instances = ["i-0", "i-1"].map { Scene.instance($0, Self.reserved, state: .running, at: scene.now) }
        scene.tell([.launchEnded(request.id, .launched(instances)), .instancesListed(instances)], after: 2)
        return scene
    }

    @Test("the end of a reservation is maintenance that is known from the launch on, told once")
    func endIsMaintenance() throws {
        let end = Scene.start + .seconds(86_400)
        var scene = try running(.capacityReservation, endsAt: end)
        let notices = scene.facts.compactMap { fact -> Notice? in
            if case .noticeReceived(let notice, _) = fact { notice } else { nil }
        }
        #expect(notices.count == 2)
        for notice in notices {
            guard case .maintenance(let maintenance) = notice.kind else {
                Issue.record("\(notice.kind)")
                continue
            }
            #expect(maintenance.notBefore == end)
            #expect(maintenance.endsInstance)
        }
        scene.forget()
        scene.tell(after: 60)
        #expect(!scene.facts.contains { if case .noticeReceived = $0 { true } else { false } })
    }

    /// What is known of the end of the nodes' reservation.
    private func ends(_ scene: Scene) -> [Timestamp?] {
        scene.core.state.claims.keys.sorted().map { scene.core.state.risks[$0]?.maintenanceAt }
    }

    @Test("an end that is put off, brought forward or taken back replaces what was known of it")
    func movedEnd() throws {
        let end = Scene.start + .seconds(86_400)
        var scene = try running(.capacityReservation, endsAt: end)
        #expect(ends(scene) == [end, end])
        for moved in [end + .seconds(86_400), end, nil, end] {
            scene.tell([.marketObserved(MarketReport(reservations: [Self.reservation(endsAt: moved)]))], after: 60)
            #expect(ends(scene) == [moved, moved])
            scene.forget()
            scene.tell(after: 60)
            #expect(!scene.facts.contains { if case .noticeReceived = $0 { true } else { false } })
        }
        let replayed = Autoscaler(configuration: Self.configuration(), identity: "journal", entries: scene.entries)
        #expect(replayed.state == scene.core.state)
    }

    @Test("a reservation that is no longer there has ended, told once; a capacity block ends when it was to end")
    func cancelled() throws {
        let end = Scene.start + .seconds(86_400)
        var scene = try running(.capacityReservation, endsAt: end)
        scene.tell([.marketObserved(MarketReport(reservations: []))], after: 60)
        let gone = scene.now
        #expect(ends(scene) == [gone, gone])
        scene.forget()
        scene.tell([.marketObserved(MarketReport(reservations: []))], after: 60)
        #expect(!scene.facts.contains { if case .noticeReceived = $0 { true } else { false } })
        var block = try running(.capacityBlock, endsAt: end)
        block.tell([.marketObserved(MarketReport(reservations: []))], after: 60)
        #expect(ends(block) == [end - Reservation.blockLead, end - Reservation.blockLead])
    }

    @Test("what runs on after its reservation has ended counts at the price of on-demand in caps and budgets")
    func lapsed() throws {
        let end = Scene.start + .seconds(7200)
        let scene = try running(.capacityReservation, endsAt: end) {
            $0.spendCap.perHour = Money("65")
            $0.pools[0].limits.spendPerHour = Money("100")
        }
        let core = scene.core
        let claim = try #require(core.state.claims.values.first)
        let other = WorkloadID(namespace: "vision", kind: "Job", name: "other", uid: "uid-job-other")
        let purchase = try #require(Scene.purchase(other, nodes: 1, gang: false).purchases.first)
        let before = end - .seconds(1)
        #expect(core.state.pricePerHour(of: claim, at: before) == .zero)
        #expect(core.state.accrued(claim, until: before) == .zero)
        #expect(core.budgetRefusal(of: purchase, at: before) == nil)
        #expect(core.planInput([], at: before).headroom["training"]?.spendPerHour == Money("100"))
        #expect(core.state.pricePerHour(of: claim, at: end) == Money("30"))
        #expect(core.state.accrued(claim, until: end + .seconds(3600)) == Money("30"))
        #expect(core.budgetRefusal(of: purchase, at: end)?.contains("over the spend cap of") == true)
        #expect(core.planInput([], at: end).headroom["training"]?.spendPerHour == Money("40"))
        // Later it ends later.
        var extended = scene
        let moved = Self.reservation(endsAt: end + .seconds(3600))
        extended.tell([.marketObserved(MarketReport(reservations: [moved]))], after: 60)
        #expect(extended.core.state.accrued(claim, until: end + .seconds(3600)) == .zero)
    }

    @Test("instances of a capacity block are left two minutes before the cloud takes them, those of others are not")
    func block() throws {
        let end = Scene.start + .seconds(7200)
        for kind in [Reservation.Kind.capacityBlock, .capacityReservation] {
            var scene = try running(kind, endsAt: end)
            let until = Self.reservation(kind: kind, endsAt: end).usableUntil ?? end
            let seconds = (until - scene.now).components.seconds - 119
            scene.tell(after: seconds)
            let reclaims = scene.core.state.claims.values.compactMap(\.reclaimAt)
            if kind == .capacityBlock {
                #expect(reclaims.count == 2)
                #expect(reclaims.allSatisfy { $0 >= until && $0 <= until + .seconds(2) })
            } else {
                #expect(reclaims.isEmpty)
            }
        }
    }
}
