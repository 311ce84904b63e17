import Model
import Testing

@testable import Billing

/// Who pays for room that is kept before its pods exist. At 36 dollars an hour a second costs a cent.
@Suite struct BookingTests {
    private let request = WorkloadID(namespace: "vision", kind: "ProvisioningRequest", name: "pr", uid: "uid-pr")

    /// A node from 0 to 860, booked whole from its 100th second.
    private func booked(_ then: (inout Story, ClaimID) -> Void) -> Story {
        var story = Story()
        story.admit(0, request)
        story.price(Story.spot, "36", from: -1)
        let claim = story.launch(0, for: [request])
        let place = BookedPlace(
            name: "pr-0-0",
            requests: Resources(["nvidia.com/gpu": Quantity(1)]),
            claim: claim,
            shareMillionths: 1_000_000
        )
        story.tell(0, .provisioning(request, .booked([place])))
        story.observe(claim, .running, at: 0)
        story.tell(90, .claimInitialised(claim, node: "n"))
        story.tell(100, .provisioning(request, .condition(condition(.provisioned, at: 100))))
        then(&story, claim)
        story.tell(800, .claimDraining(claim, reason: "idle"))
        story.end(claim, at: 860)
        return story
    }

    private func condition(_ kind: ProvisioningCondition.Kind, at second: Int64) -> ProvisioningCondition {
        ProvisioningCondition(kind: kind, isTrue: true, reason: "x", message: "", since: Story.time(second))
    }

    @Test("room that is kept and never used is its request's until it is given back")
    func unused() throws {
        let story = booked { story, _ in
            story.tell(700, .provisioning(request, .condition(condition(.bookingExpired, at: 700))))
        }
        let report = story.report()
        // Boot and changeover are one part until an attempt runs: 0 to 700 are the request's.
        #expect(try report.row("vision/pr").cents.reduce(0, +) == 700)
        #expect(try report.row("__idle__").cents == [0, 100, 0, 60, 0, 0])
        #expect(report.total.cost == Story.money("8.60"))
    }

    @Test("a pod that takes its place takes over its share, to the second")
    func taken() throws {
        let story = booked { story, claim in
            story.tell(160, .provisioning(request, .taken(place: "pr-0-0", by: "p")))
            story.assign(160, "p", of: request, to: claim)
            story.attempt(160, of: request, on: claim)
            story.attemptEnd(760, of: request, .completed)
            story.tell(780, .podReleased(uid: "p", claim))
        }
        let report = story.report()
        #expect(try report.row("vision/pr").cents == [600, 0, 180, 0, 0, 0])
        #expect(try report.row("__idle__").cents == [0, 20, 0, 60, 0, 0])
    }

    @Test("what is told twice, or given back before it stands, costs nothing twice")
    func corners() throws {
        let story = booked { story, _ in
            story.tell(200, .provisioning(request, .condition(condition(.provisioned, at: 100))))
            story.tell(300, .provisioning(request, .released(["pr-0-0", "unknown"], reason: "x")))
            story.tell(400, .provisioning(request, .removed))
        }
        let report = story.report()
        #expect(try report.row("vision/pr").cents.reduce(0, +) == 300)
        #expect(report.total.cost == Story.money("8.60"))
    }
}
