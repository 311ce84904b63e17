import Model
import Testing

@testable import Billing

/// Who pays for which second of a node. At 36 dollars an hour a second costs a cent.
@Suite struct AttributionTests {
    let train = Story.workload("train")
    let other = Story.workload("other")

    /// A node from 0 to 860 for one workload: boot to 100, an attempt from 160 to 760, a drain from 800.
    func life(lost: Int64 = 100, checkpoint: Int64 = 20) -> Story {
        var (story, claim) = begun()
        story.attemptEnd(760, of: train, .interrupted, lost: lost, checkpoint: checkpoint)
        story.tell(780, .podReleased(uid: "p", claim))
        story.tell(800, .claimDraining(claim, reason: "idle"))
        story.end(claim, at: 860)
        return story
    }

    /// A node that boots from 0 on, and the first attempt on it, which computes from 160 on.
    private func begun() -> (story: Story, claim: ClaimID) {
        var story = Story()
        story.admit(0, train)
        story.price(Story.spot, "36", from: -1)
        let claim = story.launch(0, for: [train])
        story.observe(claim, .running, at: 0)
        story.tell(90, .claimInitialised(claim, node: "n"))
        story.assign(100, "p", of: train, to: claim)
        story.attempt(160, of: train, on: claim)
        return (story, claim)
    }

    @Test("every second of a node's life has its part")
    func parts() throws {
        let report = life().report()
        // Boot 0 to 100; changeover 100 to 160 and 760 to 780; 100 s lost, then 20 s of saving.
        #expect(try report.row("vision/train").cents == [480, 0, 180, 0, 100, 20])
        #expect(try report.row("__idle__").cents == [0, 20, 0, 60, 0, 0])
        #expect(report.total.cost == Story.money("8.60"))
        #expect(!report.isEstimated)
        let row = try report.row("vision/train")
        #expect(row.attempts == 1)
        #expect(row.interruptions == 1)
        #expect(row.lostWorkSeconds == 100)
        #expect(abs(report.total.acceleratorHours - 860.0 / 3600) < 1e-9)
    }

    @Test("regular checkpoints are the checkpoints' part, but for those within work that was lost")
    func saves() throws {
        var (story, claim) = begun()
        func save(_ second: Int64, _ seconds: Int64, attempt: Int = 1) {
            let asked = Story.time(second)
            story.tell(
                second + seconds,
                .regularCheckpoint(train, .completed(attempt: attempt, requestedAt: asked, seconds: seconds))
            )
        }
        save(200, 30)
        save(400, 40)
        // Twice the same, one of no length, and one of an attempt that nobody knows.
        save(410, 20)
        save(500, 0)
        save(500, 10, attempt: 2)
        #expect(try story.report(now: 600).row("vision/train").cents == [370, 0, 160, 0, 0, 70])
        save(640, 30)
        story.attemptEnd(760, of: train, .interrupted, lost: 100, checkpoint: 20)
        story.tell(760, .podReleased(uid: "p", claim))
        story.end(claim, at: 760)
        // What is lost is 640 to 740, with the save in it.
        #expect(try story.report().row("vision/train").cents == [410, 0, 160, 0, 100, 90])
    }

    @Test("the time of a regular checkpoint that failed is the checkpoints' part too, but for that within lost work")
    func failedSaves() throws {
        var (story, claim) = begun()
        story.tell(300, .regularCheckpoint(train, .failed(attempt: 1, reason: "no answer", seconds: 60)))
        // Nobody was asked, or an older version wrote it.
        story.tell(400, .regularCheckpoint(train, .failed(attempt: 1, reason: "no address")))
        #expect(try story.report(now: 600).row("vision/train").cents == [380, 0, 160, 0, 0, 60])
        story.tell(660, .regularCheckpoint(train, .failed(attempt: 1, reason: "no answer", seconds: 40)))
        story.attemptEnd(760, of: train, .interrupted, lost: 100, checkpoint: 20)
        story.tell(760, .podReleased(uid: "p", claim))
        story.end(claim, at: 760)
        // What is lost is 640 to 740, with the second half of the second in it.
        #expect(try story.report().row("vision/train").cents == [400, 0, 160, 0, 100, 100])
    }

    @Test("saving and losing never reach before the attempt's start")
    func clamped() throws {
        #expect(try life(lost: 10_000, checkpoint: 20).report().row("vision/train").cents == [0, 0, 180, 0, 580, 20])
        #expect(try life(lost: 0, checkpoint: 10_000).report().row("vision/train").cents == [0, 0, 180, 0, 0, 600])
        #expect(try life(lost: 10, checkpoint: 20).report().row("vision/train").cents == [570, 0, 180, 0, 10, 20])
    }

    @Test("without a first pod, or before the node is initialised, it boots")
    func boot() throws {
        var story = Story()
        story.admit(0, train)
        let claim = story.launch(0, for: [train])
        story.observe(claim, .running, at: 0)
        story.tell(50, .claimInitialised(claim, node: "n"))
        story.end(claim, at: 200)
        #expect(try story.report().row("vision/train").cents == [0, 0, 200, 0, 0, 0])

        story = Story()
        story.admit(0, train)
        story.admit(0, other)
        let early = story.launch(0, for: [train])
        story.observe(early, .running, at: 0)
        story.assign(20, "p", of: other, to: early, millionths: 250_000)
        story.tell(100, .claimInitialised(early, node: "n"))
        story.end(early, at: 200)
        let report = story.report()
        #expect(try report.row("vision/train").cents == [0, 0, 80, 0, 0, 0])
        #expect(try report.row("vision/other").cents == [0, 0, 45, 0, 0, 0])
        #expect(try report.row("__idle__").cents == [0, 75, 0, 0, 0, 0])
    }

    @Test("boot is charged to all that a node was bought for, equally")
    func bootShared() throws {
        var story = Story()
        let third = Story.workload("third")
        for id in [train, other, third] { story.admit(0, id) }
        let claim = story.launch(0, for: [train, other, third])
        story.observe(claim, .running, at: 0)
        story.end(claim, at: 300)
        let report = story.report()
        for name in ["train", "other", "third"] {
            #expect(try report.row("vision/\(name)").bootCost == Story.money("1"))
        }
    }

    @Test("a node bought for nobody and used by nobody is nobody's boot")
    func nobody() throws {
        var story = Story()
        let claim = story.launch(0)
        story.observe(claim, .running, at: 0)
        story.end(claim, at: 100)
        #expect(try story.report().row("__idle__").cents == [0, 0, 100, 0, 0, 0])
    }

    @Test("pods pay for the share they hold; held beyond the whole it is scaled down")
    func shares() throws {
        var story = Story()
        story.admit(0, train)
        story.admit(0, other)
        let claim = story.launch(0, for: [train])
        story.observe(claim, .running, at: 0)
        story.tell(0, .claimInitialised(claim, node: "n"))
        story.assign(0, "p", of: train, to: claim, millionths: 600_000)
        story.attempt(0, of: train, on: claim)
        story.assign(100, "q", of: other, to: claim, millionths: 200_000)
        story.attempt(100, of: other, on: claim)
        story.assign(200, "r", of: other, to: claim, millionths: 400_000)
        story.end(claim, at: 300)
        let report = story.report()
        // 60, 60, then 600 of 1200 parts; 0, 20, then 600 of 1200.
        #expect(try report.row("vision/train").cents == [170, 0, 0, 0, 0, 0])
        #expect(try report.row("vision/other").cents == [70, 0, 0, 0, 0, 0])
        #expect(try report.row("__idle__").cents == [0, 60, 0, 0, 0, 0])
    }

    @Test("idle and drain are spread over those that used the node, by how much and how long")
    func shareIdle() throws {
        var story = Story()
        story.admit(0, train)
        story.admit(0, other)
        let claim = story.launch(0, for: [other])
        story.observe(claim, .running, at: 0)
        story.tell(0, .claimInitialised(claim, node: "n"))
        story.assign(0, "p", of: train, to: claim, millionths: 750_000)
        story.attempt(0, of: train, on: claim)
        story.tell(100, .podReleased(uid: "p", claim))
        story.assign(200, "q", of: other, to: claim, millionths: 250_000)
        story.attempt(200, of: other, on: claim)
        story.tell(300, .podReleased(uid: "q", claim))
        story.tell(300, .claimDraining(claim, reason: "idle"))
        story.end(claim, at: 400)
        #expect(try story.report().row("__idle__").cents == [0, 200, 0, 100, 0, 0])
        let shared = story.report(shareIdle: true)
        #expect(shared.names == ["vision/other", "vision/train"])
        #expect(try shared.row("vision/train").cents == [75, 150, 0, 75, 0, 0])
        #expect(try shared.row("vision/other").cents == [25, 50, 0, 25, 0, 0])
    }

    @Test("where no pod ever ran, those it was bought for share the drain")
    func shareIdleUnused() throws {
        var story = Story()
        story.admit(0, train)
        let claim = story.launch(0, for: [train])
        story.observe(claim, .running, at: 0)
        story.tell(100, .claimDraining(claim, reason: "too late"))
        story.end(claim, at: 200)
        #expect(try story.report().row("__idle__").cents == [0, 0, 0, 100, 0, 0])
        #expect(try story.report(shareIdle: true).row("vision/train").cents == [0, 0, 100, 100, 0, 0])
    }

    @Test("pods of workloads that were never admitted have a row of their own")
    func unallocated() throws {
        var story = Story()
        let claim = story.launch(0, for: [])
        story.observe(claim, .running, at: 0)
        story.tell(0, .claimInitialised(claim, node: "n"))
        story.assign(0, "p", of: other, to: claim)
        story.end(claim, at: 100)
        for dimension in [CostDimension.team, .namespace, .workload] {
            #expect(try story.report(by: [dimension]).row("__unallocated__").cents == [0, 0, 100, 0, 0, 0])
        }
        story.admit(200, other, team: "late")
        #expect(try story.report(by: [.team]).row("late").cents == [0, 0, 100, 0, 0, 0])
    }

    @Test("a free instance is free in every part")
    func free() throws {
        var story = life()
        story.observe(ClaimID("launch-0"), .terminated, at: 900, reason: Instance.spotReclaimed)
        let paid = story.report()
        #expect(paid.total.cost == Story.money("8.60"), "the reason of the change itself is believed first")

        story = Story()
        story.admit(0, train)
        let claim = story.launch(0, for: [train])
        story.observe(claim, .running, at: 0)
        story.assign(100, "p", of: train, to: claim)
        story.attempt(160, of: train, on: claim)
        story.attemptEnd(760, of: train, .interrupted)
        story.observe(claim, .shuttingDown, at: 800, reason: Instance.spotReclaimed)
        let row = try story.report().row("vision/train")
        #expect(row.cents == [0, 0, 0, 0, 0, 0])
        #expect(row.interruptions == 1)
    }

    @Test("the rest of the least minute is nobody's work")
    func leastMinute() throws {
        var story = Story()
        story.admit(0, train)
        let claim = story.launch(0, for: [train])
        story.observe(claim, .running, at: 0)
        story.tell(10, .claimInitialised(claim, node: "n"))
        story.assign(10, "p", of: train, to: claim)
        story.attempt(10, of: train, on: claim)
        story.end(claim, at: 30)
        #expect(try story.report().row("vision/train").cents == [20, 0, 10, 0, 0, 0])
        #expect(try story.report().row("__idle__").cents == [0, 30, 0, 0, 0, 0])
    }

    @Test("a second attempt pays its own changeover and follows the first")
    func secondAttempt() throws {
        var story = Story()
        story.admit(0, train)
        let first = story.launch(0, "a", for: [train])
        story.observe(first, .running, at: 0)
        story.tell(0, .claimInitialised(first, node: "n"))
        story.assign(0, "p", of: train, to: first)
        story.attempt(50, of: train, on: first)
        story.attemptEnd(150, of: train, .interrupted, checkpoint: 10)
        story.end(first, at: 150)
        let second = story.launch(100, "b", for: [train])
        story.observe(second, .running, at: 100)
        story.tell(200, .claimInitialised(second, node: "m"))
        story.assign(200, "q", of: train, to: second)
        story.attempt(220, 2, of: train, on: second)
        story.attemptEnd(320, 2, of: train)
        story.tell(320, .podReleased(uid: "q", second))
        story.tell(320, .workloadEnded(train, succeeded: true))
        story.end(second, at: 320)
        // Boot: 50 on the first; 100 and 20 on the second.
        #expect(try story.report().row("vision/train").cents == [190, 0, 170, 0, 0, 10])
        let costs = story.ledger().workloads(now: Story.time(1000))
        #expect(costs.count == 1)
        #expect(costs.first?.attempts == 2)
        #expect(costs.first?.interruptions == 1)
        #expect(costs.first?.state == .succeeded)
        #expect(costs.first?.cost == Story.money("3.70"))
    }
}
