import Model
import Testing

@testable import Billing

/// What the cloud bills for an instance.
@Suite struct BillTests {
    @Test("bills from running to shutting-down, by the second")
    func span() {
        var story = Story()
        let claim = story.launch(0, offering: Story.onDemand)
        story.launched(2, offering: Story.onDemand)
        #expect(story.total(now: 1) == "0.60", "the launch was answered: a minute is owed")
        story.observe(claim, .running, at: 30)
        story.end(claim, at: 631)
        story.observe(claim, .terminated, at: 700)
        #expect(story.total(now: 10_000) == "6.01")
        #expect(!story.report().isEstimated)
    }

    @Test("what was never launched costs nothing")
    func neverLaunched() {
        var story = Story()
        story.launch(0)
        story.tell(1, .launchEnded("launch", .failed(.noCapacity, message: "none")))
        #expect(story.total(now: 10_000) == "0.00")
        #expect(!story.report().isEstimated)
    }

    @Test("reserved capacity costs nothing until its reservation ends, and from then on what on-demand does")
    func reserved() {
        func story(endsAt end: Int64?, kind: Reservation.Kind = .capacityReservation) -> (Story, ClaimID) {
            var story = Story()
            story.price(Story.onDemand, "36", from: -100)
            let offering = Offering(instanceType: "g5.xlarge", zone: "us-east-1a", capacityType: .reserved)
            let reservation = Reservation(
                id: "cr-1",
                kind: kind,
                instanceType: "g5.xlarge",
                zone: "us-east-1a",
                count: 1,
                available: 1,
                endsAt: end.map(Story.time)
            )
            let claim = story.launch(0, offering: offering, price: "0", reservation: reservation)
            story.observe(claim, .running, at: 0)
            story.end(claim, at: 1000)
            return (story, claim)
        }
        #expect(story(endsAt: nil).0.total(now: 10_000) == "0.00")
        #expect(story(endsAt: 900).0.total(now: 10_000) == "1.00")
        #expect(story(endsAt: 900, kind: .capacityBlock).0.total(now: 10_000) == "0.00")
        // The end was put off while it ran.
        let late = story(endsAt: 900)
        var moved = late.0
        let maintenance = Maintenance(id: "cr-1-ends-1", code: "instance-retirement", notBefore: Story.time(950))
        moved.tell(
            1000,
            .noticeReceived(
                Notice(
                    id: "cr-1-ends-1",
                    kind: .maintenance(maintenance),
                    instance: InstanceID("i"),
                    at: Story.time(10)
                ),
                late.1
            )
        )
        #expect(moved.total(now: 10_000) == "0.50")
    }

    @Test("bills one minute at least")
    func minimum() {
        var story = Story()
        let claim = story.launch(0, offering: Story.onDemand)
        story.observe(claim, .running, at: 30)
        story.end(claim, at: 41)
        #expect(story.total(now: 10_000) == "0.60")
        story = Story()
        let longer = story.launch(0, offering: Story.onDemand)
        story.observe(longer, .running, at: 30)
        story.end(longer, at: 91)
        #expect(story.total(now: 10_000) == "0.61")
    }

    @Test("a running instance is billed up to now, and said to be estimated")
    func running() {
        var story = Story()
        let claim = story.launch(0, offering: Story.onDemand)
        story.observe(claim, .running, at: 0)
        #expect(story.total(now: 500) == "5.00")
        #expect(story.report(now: 500).isEstimated)
    }

    @Test("a spot hour costs the price at its start, hours counted from running")
    func spotHours() {
        var story = Story()
        story.price(Story.spot, "36", from: -100)
        story.price(Story.spot, "72", from: 1801)
        let claim = story.launch(0, price: "99")
        story.observe(claim, .running, at: 1800)
        story.price(Story.spot, "18", from: 5400)
        story.price(Story.spot, "360", from: 9001)
        story.end(claim, at: 9000)
        // An hour at 36, the price at 1800; an hour at 18, in force exactly when it begins.
        #expect(story.total(now: 10_000) == "54.00")
        #expect(!story.report().isEstimated)
    }

    @Test("a window that begins within a spot hour still costs the price at that hour's start")
    func windowWithinHour() {
        var story = Story()
        story.price(Story.spot, "36", from: -100)
        story.price(Story.spot, "72", from: 1000)
        let claim = story.launch(0)
        story.observe(claim, .running, at: 0)
        story.end(claim, at: 7200)
        #expect(story.report(1800..<3600).total.cost == Story.money("18"))
        #expect(story.report(1800..<5400).total.cost == Story.money("54"))
    }

    @Test("a price that comes late corrects the bill")
    func latePrice() {
        var story = Story()
        let claim = story.launch(0, price: "99")
        story.observe(claim, .running, at: 0)
        story.end(claim, at: 3600)
        #expect(story.total(now: 10_000) == "99.00")
        #expect(story.report().isEstimated, "the price was only reckoned")
        story.price(Story.spot, "36", from: -500, told: 9000)
        #expect(story.total(now: 10_000) == "36.00")
        #expect(!story.report().isEstimated)
        story.price(Story.spot, "18", from: -900, told: 9001)
        #expect(story.total(now: 10_000) == "36.00", "an older price changes nothing")
    }

    @Test("another offering's price changes nothing")
    func otherOffering() {
        var story = Story()
        story.price(Offering(instanceType: "g5.xlarge", zone: "us-east-1b", capacityType: .spot), "1", from: -10)
        let claim = story.launch(0)
        story.observe(claim, .running, at: 0)
        story.end(claim, at: 3600)
        #expect(story.total(now: 10_000) == "36.00")
    }

    @Test("an on-demand instance keeps the price of its start")
    func onDemandPrice() {
        var story = Story()
        story.price(Story.onDemand, "36", from: -100)
        let claim = story.launch(0, offering: Story.onDemand, price: "99")
        story.observe(claim, .running, at: 0)
        story.price(Story.onDemand, "72", from: 1000)
        story.end(claim, at: 7200)
        #expect(story.total(now: 10_000) == "72.00")
    }

    @Test("a spot instance that the cloud takes back in its first hour is free, from then on and backwards")
    func free() throws {
        var story = Story()
        let claim = story.launch(0)
        story.observe(claim, .running, at: 0)
        #expect(story.total(now: 3000) == "30.00")
        story.observe(claim, .shuttingDown, at: 3599)
        #expect(story.report().isEstimated, "why it ended is not known yet")
        #expect(story.total(now: 10_000) == "35.99")
        story.observe(claim, .terminated, at: 3650, reason: Instance.spotReclaimed)
        #expect(story.total(now: 10_000) == "0.00")
        #expect(try story.report(by: [.pool]).row("training").cents == [0, 0, 0, 0, 0, 0])
    }

    @Test("it is not free after the first hour, nor when we ended it, nor on-demand")
    func notFree() {
        for (offering, end, reason) in [
            (Story.spot, Int64(3600), Instance.spotReclaimed),
            (Story.spot, 3599, "Client.UserInitiatedShutdown"),
            (Story.onDemand, 3599, Instance.spotReclaimed),
        ] {
            var story = Story()
            let claim = story.launch(0, offering: offering)
            story.observe(claim, .running, at: 0)
            story.observe(claim, .shuttingDown, at: end, reason: reason)
            #expect(story.total(now: 10_000) == (end == 3600 ? "36.00" : "35.99"))
        }
    }

    @Test("without a running event the launch time serves, as an estimate")
    func runningUnseen() {
        var story = Story()
        let claim = story.launch(0, offering: Story.onDemand)
        story.launched(100, offering: Story.onDemand)
        story.end(claim, at: 400)
        #expect(story.total(now: 10_000) == "3.00")
        #expect(story.report().isEstimated)
    }

    @Test("an event is believed before an estimate, and the change before the state after it")
    func bestWord() {
        var story = Story()
        let claim = story.launch(0, offering: Story.onDemand)
        story.observe(claim, .running, at: 10, estimated: true)
        story.observe(claim, .running, at: 20)
        story.observe(claim, .running, at: 30)
        story.observe(claim, .terminated, at: 150, reason: "Client.UserInitiatedShutdown")
        #expect(story.total(now: 10_000) == "1.30")
        #expect(story.report().isEstimated)
        story.observe(claim, .shuttingDown, at: 120, estimated: true)
        #expect(story.total(now: 10_000) == "1.30")
        story.observe(claim, .shuttingDown, at: 140)
        #expect(story.total(now: 10_000) == "1.20")
        #expect(!story.report().isEstimated)
    }

    @Test("times are cut to whole seconds")
    func wholeSeconds() {
        var story = Story()
        let claim = story.launch(0, offering: Story.onDemand)
        for (state, milliseconds) in [(Instance.State.running, Int64(999)), (.shuttingDown, 100_001)] {
            story.tell(
                1,
                .instanceObserved(
                    InstanceObservation(
                        claim: claim,
                        instance: InstanceID("i"),
                        state: state,
                        at: Timestamp(milliseconds: Story.start * 1000 + milliseconds),
                        isEstimated: false,
                        reason: "x"
                    )
                )
            )
        }
        #expect(story.total(now: 10_000) == "1.00")
    }

    @Test("a repeated launch intent or answer changes nothing")
    func repetition() {
        var story = Story()
        let claim = story.launch(0, offering: Story.onDemand)
        story.launched(10, offering: Story.onDemand)
        story.launch(20, offering: Story.onDemand)
        story.launched(30, offering: Story.onDemand)
        story.end(claim, at: 110)
        #expect(story.total(now: 10_000) == "1.00")
    }

    @Test("a price with many digits is exact: divided once, at the end")
    func exact() {
        var story = Story()
        for number in 0..<3 {
            let claim = story.launch(0, "l\(number)", offering: Story.onDemand, price: "0.0000000001")
            story.observe(claim, .running, at: 0)
            story.end(claim, at: 60_000_000_000)
        }
        // 3 x 60,000,000,000 s x 0.0000000001 / 3600 = 0.005, half to even.
        #expect(story.total(now: 10_000) == "0.00")
        let claim = story.launch(0, "more", offering: Story.onDemand, price: "0.000000000001")
        story.observe(claim, .running, at: 0)
        story.end(claim, at: 60)
        #expect(story.total(now: 10_000) == "0.01")
    }
}
