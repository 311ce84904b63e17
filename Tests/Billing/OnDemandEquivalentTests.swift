import Model
import Testing

@testable import Billing

/// What the work would have cost on the cheapest on-demand node that fits.
@Suite struct OnDemandEquivalentTests {
    let train = Story.workload("train")
    let large = Offering(instanceType: "g5.12xlarge", zone: "us-east-1a", capacityType: .onDemand)

    /// One attempt of 1000 seconds on a spot node, with a changeover of 100 seconds reckoned.
    func story(
        lost: Int64 = 0,
        checkpoint: Int64 = 0,
        millionths: Int64 = 1_000_000,
        shape: Shape = Story.shape(),
        before: (inout Story) -> Void = { $0.price(Story.onDemand, "72", from: -10) }
    ) -> Story {
        var story = Story()
        story.configuration.changeover = Changeover(bootSeconds: 50, pullSeconds: 30, restoreSeconds: 20)
        story.admit(0, train)
        before(&story)
        let claim = story.launch(0, shape: shape, for: [train])
        story.observe(claim, .running, at: 0)
        story.tell(100, .claimInitialised(claim, node: "n"))
        story.assign(100, "p", of: train, to: claim, millionths: millionths)
        story.attempt(100, of: train, on: claim)
        story.attemptEnd(1100, of: train, .interrupted, lost: lost, checkpoint: checkpoint)
        story.tell(1100, .podReleased(uid: "p", claim))
        story.end(claim, at: 1200)
        return story
    }

    func equivalent(_ story: Story) -> String {
        story.report().total.onDemandEquivalentCost.formatted()
    }

    @Test("useful seconds and one changeover, at the on-demand price")
    func plain() {
        #expect(equivalent(story()) == "22.00")
        #expect(story().ledger().workloads(now: Story.time(9999)).first?.onDemandEquivalentCost == Story.money("22"))
    }

    @Test("lost work and checkpoints do not raise it, nor does idle time")
    func waste() {
        #expect(equivalent(story(lost: 100)) == "20.00")
        #expect(equivalent(story(checkpoint: 50)) == "21.00")
        #expect(equivalent(story(lost: 100, checkpoint: 50)) == "19.00")
    }

    @Test("a second attempt adds its work, not a second changeover")
    func secondAttempt() {
        var story = story()
        let claim = story.launch(2000, "again", for: [train])
        story.observe(claim, .running, at: 2000)
        story.assign(2100, "q", of: train, to: claim)
        story.attempt(2100, 2, of: train, on: claim)
        story.attemptEnd(2600, 2, of: train)
        #expect(equivalent(story) == "32.00")
    }

    @Test("a part of a node counts as that part")
    func part() {
        #expect(equivalent(story(millionths: 250_000)) == "5.50")
    }

    @Test("the price is that of the first attempt's start")
    func priceThen() {
        let changing = story { story in
            story.price(Story.onDemand, "72", from: -10)
            story.price(Story.onDemand, "7200", from: 101)
        }
        #expect(equivalent(changing) == "22.00")
        let late = story { $0.price(Story.onDemand, "72", from: 500) }
        #expect(equivalent(late) == "22.00", "the first that is known serves before it")
    }

    @Test("the cheapest zone and the cheapest of the shape's types counts")
    func cheapest() {
        let shape = Story.shape(types: ["g5.xlarge", "g5.2xlarge"])
        let offers = story(shape: shape) { story in
            story.price(Story.onDemand, "72", from: -10)
            story.price(Offering(instanceType: "g5.xlarge", zone: "b", capacityType: .onDemand), "36", from: -10)
            story.price(Offering(instanceType: "g5.2xlarge", zone: "b", capacityType: .onDemand), "18", from: -10)
            story.price(Offering(instanceType: "g5.2xlarge", zone: "b", capacityType: .spot), "1", from: -10)
            story.price(Offering(instanceType: "t3.nano", zone: "b", capacityType: .onDemand), "1", from: -10)
        }
        #expect(equivalent(offers) == "5.50")
    }

    @Test("a pool's cheaper shape counts where the work surely fits and its namespace is served")
    func poolShape() throws {
        let g5 = Story.shape().allocatable
        let types = [
            InstanceType(name: "g5.xlarge", allocatable: g5, accelerator: "A10G"),
            InstanceType(name: "g6.xlarge", allocatable: g5, accelerator: "L4"),
            InstanceType(name: "g5.12xlarge", allocatable: g5 + g5 + g5 + g5, accelerator: "A10G"),
        ]
        let catalogue = Catalogue(instanceTypes: Dictionary(uniqueKeysWithValues: types.map { ($0.name, $0) }))
        var story = story { story in
            story.price(Story.onDemand, "72", from: -10)
            story.price(self.large, "144", from: -10)
            story.price(Offering(instanceType: "g6.xlarge", zone: "a", capacityType: .onDemand), "1", from: -10)
        }
        story.catalogue = catalogue
        story.configuration.pools = [
            Pool(
                name: "a",
                shapes: [
                    .init(name: "l4", instanceTypes: ["g6.xlarge"]),
                    .init(name: "four", instanceTypes: ["g5.12xlarge"]),
                ]
            )
        ]
        // A quarter of a node at 144; another model does not count.
        #expect(equivalent(story) == "11.00")
        story.configuration.pools[0].namespaces = ["speech"]
        #expect(equivalent(story) == "22.00")
    }

    @Test("a share of another shape is the largest part of what the member may need")
    func share() {
        let member = WorkloadAccount.Member(
            shape: Story.shape(cpu: 48, accelerators: 4),
            accelerators: 1,
            millionths: 500_000
        )
        #expect(member.share(of: Story.shape(cpu: 96, accelerators: 8)) == 250_000)
        #expect(member.share(of: Story.shape(cpu: 192, accelerators: 4)) == 250_000)
        #expect(member.share(of: Story.shape(cpu: 4, accelerators: 1)) == nil)
        #expect(member.share(of: Story.shape(cpu: 96, accelerators: 8, model: "T4")) == nil)
        #expect(member.share(of: Story.shape(cpu: 96, accelerators: 0)) == nil)
    }

    @Test("each member of a gang counts")
    func gang() {
        var story = Story()
        story.configuration.changeover = Changeover(bootSeconds: 100, pullSeconds: 0, restoreSeconds: 0)
        story.admit(0, train)
        story.price(Story.onDemand, "72", from: -10)
        for (index, launch) in ["a", "b"].enumerated() {
            let claim = story.launch(0, launch, for: [train])
            story.observe(claim, .running, at: 0)
            story.assign(10, "p\(index)", of: train, to: claim)
        }
        story.attempt(100, of: train, on: ClaimID("a-0"), ClaimID("b-0"))
        story.attemptEnd(200, of: train)
        #expect(equivalent(story) == "8.00")
    }

    @Test("a running attempt counts up to now, and steps share it exactly")
    func running() {
        var story = Story()
        story.configuration.changeover = Changeover(bootSeconds: 100, pullSeconds: 0, restoreSeconds: 0)
        story.admit(0, train)
        story.price(Story.onDemand, "36", from: -10)
        let claim = story.launch(0, for: [train])
        story.observe(claim, .running, at: 0)
        story.assign(0, "p", of: train, to: claim)
        story.attempt(0, of: train, on: claim)
        #expect(story.report(now: 250).total.onDemandEquivalentCost.formatted() == "3.50")
        let steps = story.report(0..<300, step: .seconds(100), now: 250).steps
        #expect(steps.map { $0.rows[0].figures.onDemandEquivalentCost.formatted() } == ["2.00", "1.00", "0.50"])
    }

    @Test("what decisions reckoned with serves where no on-demand price was observed; else it is not known")
    func reckoned() {
        #expect(equivalent(story { _ in }) == "0.00")
        var story = story { story in
            story.launch(0, "other", offering: Story.onDemand, price: "72")
        }
        #expect(equivalent(story) == "22.00")
        story.price(Story.onDemand, "36", from: 5000)
        #expect(equivalent(story) == "11.00")
    }
}
