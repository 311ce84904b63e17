import Foundation
import Model
import Testing

@testable import Billing

@Suite struct ReportTests {
    let train = Story.workload("train")
    let speech = Story.workload("asr", namespace: "speech")

    /// Two workloads on two nodes of two pools, from 0 and from 3000.
    func shop() -> Story {
        var story = Story()
        story.admit(0, train)
        story.admit(0, speech, team: "speech")
        let first = story.launch(0, "a", for: [train])
        story.price(Story.spot, "36", from: -1)
        story.observe(first, .running, at: 0)
        story.tell(0, .claimInitialised(first, node: "n"))
        story.assign(0, "p", of: train, to: first)
        story.attempt(0, of: train, on: first)
        story.attemptEnd(4000, of: train, .interrupted, lost: 10)
        story.tell(4000, .podReleased(uid: "p", first))
        story.end(first, at: 4100)
        let second = story.launch(3000, "b", offering: Story.onDemand, price: "72", pool: "notebooks", for: [speech])
        story.observe(second, .running, at: 3000)
        story.tell(3000, .claimInitialised(second, node: "m"))
        story.assign(3000, "q", of: speech, to: second)
        story.attempt(3000, of: speech, on: second)
        story.attemptEnd(5000, of: speech)
        story.end(second, at: 5000)
        story.tell(5000, .workloadEnded(speech, succeeded: true))
        return story
    }

    @Test("rows follow the dimensions that were asked for, sorted by key")
    func dimensions() {
        let story = shop()
        #expect(story.report(by: [.workload]).names == ["__idle__", "speech/asr", "vision/train"])
        #expect(story.report(by: [.team]).names == ["__idle__", "speech", "vision"])
        #expect(story.report(by: [.namespace]).names == ["__idle__", "speech", "vision"])
        #expect(story.report(by: [.pool]).names == ["notebooks", "training"])
        #expect(story.report(by: [.shape]).names == ["a10g"])
        #expect(story.report(by: [.capacityType]).names == ["on-demand", "spot"])
        #expect(
            story.report(by: [.team, .pool]).names == ["__idle__/training", "speech/notebooks", "vision/training"]
        )
        #expect(story.report(by: []).names == [""])
        for dimension in CostDimension.allCases {
            #expect(story.report(by: [dimension]).total.cost == Story.money("81"))
        }
    }

    @Test("a filter shows what matches and totals that alone")
    func filter() throws {
        let story = shop()
        let report = story.report(by: [.workload], filter: [.pool: ["training"]])
        #expect(report.names == ["__idle__", "vision/train"])
        #expect(report.total.cost == Story.money("41"))
        #expect(report.total.attempts == 1)
        #expect(story.report(filter: [.team: ["speech", "nobody"]]).names == ["speech/asr"])
        #expect(story.report(filter: [.workload: ["__idle__"]]).names == ["__idle__"])
        #expect(story.report(filter: [.team: ["vision"], .pool: ["notebooks"]]).names == [])
        #expect(story.report(filter: [.team: []]).total.cost == .zero)
    }

    @Test("without idle, what no workload used is left out, of pools too")
    func withoutIdle() {
        let story = shop()
        #expect(story.report(includeIdle: false).names == ["speech/asr", "vision/train"])
        #expect(story.report(includeIdle: false).total.cost == Story.money("80"))
        #expect(story.report(by: [.pool], includeIdle: false).total.cost == Story.money("80"))
    }

    @Test("a window takes exactly its seconds")
    func window() throws {
        let story = shop()
        let report = story.report(3900..<4050)
        #expect(try report.row("vision/train").cents == [90, 0, 0, 0, 10, 0])
        #expect(try report.row("__idle__").cents == [0, 50, 0, 0, 0, 0])
        #expect(try report.row("speech/asr").cents == [300, 0, 0, 0, 0, 0])
        #expect(try report.row("vision/train").attempts == 0)
        #expect(try report.row("vision/train").interruptions == 1)
        #expect(story.report(4000..<4001).total.interruptions == 1)
        #expect(story.report(3999..<4000).total.interruptions == 0)
        #expect(story.report(5000..<9000).steps.map(\.rows.count) == [0])
        #expect(story.report(7..<7).total == CostFigures())
        #expect(story.report(0..<10).total.cost == Story.money("0.10"), "what comes after the window does not count")
    }

    @Test("steps cut the window without gap or overlap and add up to the whole")
    func steps() throws {
        let story = shop()
        let whole = story.report(0..<5000)
        let report = story.report(0..<5000, step: .seconds(1700))
        #expect(report.steps.map { $0.window.lowerBound.seconds - Story.start } == [0, 1700, 3400])
        #expect(report.steps.last?.window.upperBound == Story.time(5000))
        #expect(report.total == whole.total)
        let sums = report.steps.map { $0.rows.reduce(Money.zero) { $0 + $1.figures.cost } }
        // The second spot hour begins at the price of the first.
        #expect(sums == ["17", "25", "39"].map { Story.money($0) })
        #expect(report.steps[0].rows.map(\.name) == ["vision/train"])
    }

    @Test("a step is at least a second, and there are never more than ten thousand")
    func stepLimit() {
        let story = shop()
        #expect(story.report(0..<3, step: .milliseconds(1)).steps.count == 3)
        #expect(story.report(0..<3, step: .seconds(-5)).steps.count == 3)
        let many = story.report(0..<100_001, step: .seconds(1))
        #expect(many.steps.count <= 10_000)
        #expect(many.total.cost == Story.money("81"))
        #expect(story.report(0..<10_000, step: .seconds(1)).steps.count == 10_000)
    }

    @Test("cents go to the largest remainders, and rows add up")
    func remainders() {
        var story = Story()
        // A third of a cent each, and two thirds: a cent and a third in all.
        for (index, seconds) in [120, 120, 240].enumerated() {
            let id = Story.workload("w\(index)")
            story.admit(0, id)
            let claim = story.launch(0, "l\(index)", offering: Story.onDemand, price: "0.10", for: [id])
            story.observe(claim, .running, at: 0)
            story.end(claim, at: Int64(seconds))
        }
        let report = story.report()
        #expect(report.steps[0].rows.map { $0.figures.cost.formatted() } == ["0.00", "0.00", "0.01"])
        #expect(report.total.cost.formatted() == "0.01")
        #expect(
            story.ledger().workloads(now: Story.time(9999)).map { $0.cost.formatted() } == ["0.00", "0.00", "0.01"]
        )
    }

    @Test("apportioning gives every cent once, to the largest remainder first and the earlier among equals")
    func apportion() {
        let cent = ExactAmount.unitsPerCent
        func apportioned(_ cents: Int64, _ thousandths: [Int128]) -> [Int64] {
            ExactAmount.apportion(cents: cents, over: thousandths.map { ExactAmount(units: cent / 1000 * $0) })
        }
        #expect(apportioned(3, [1500, 500, 1000]) == [2, 0, 1])
        #expect(apportioned(2, [600, 700, 700]) == [0, 1, 1])
        #expect(apportioned(1, [600, 600]) == [1, 0])
        #expect(apportioned(0, [400]) == [0])
        #expect(apportioned(0, []) == [])
        #expect(ExactAmount(units: cent / 2).cents == 0)
        #expect(ExactAmount(units: cent / 2 * 3).cents == 2)
        #expect(ExactAmount(units: cent / 2 + 1).cents == 1)
        #expect(split(millionths: 1_000_000, by: [1, 1, 1]) == [333_334, 333_333, 333_333])
        #expect(split(millionths: 7, by: [0, 0]) == [0, 0])
    }

    @Test("workloads and what none used add up to the total")
    func workloads() throws {
        let story = shop()
        let ledger = story.ledger()
        let costs = ledger.workloads(now: Story.time(9999))
        #expect(costs.map(\.name) == ["asr", "train"])
        #expect(costs.map(\.cost) == [Story.money("40"), Story.money("40")])
        #expect(costs.map(\.team) == ["speech", "vision"])
        #expect(costs.map(\.state) == [.succeeded, .waiting])
        #expect(costs.map(\.lostWorkSeconds) == [0, 10])
        #expect(ledger.total(now: Story.time(9999)) == Story.money("81"))
        #expect(
            ledger.workloads(now: Story.time(9999), shareIdle: true).map(\.cost)
                == ["40", "41"].map { Story.money($0) }
        )
        #expect(ledger.firstBilledAt == Story.time(0))
        #expect(Story().ledger().firstBilledAt == nil)
    }

    @Test("two workloads of one name have books of their own and one row")
    func sameName() {
        var story = shop()
        var again = train
        again.uid = "another"
        story.admit(6000, again)
        let claim = story.launch(6000, "c", for: [again])
        story.observe(claim, .running, at: 6000)
        story.end(claim, at: 6100)
        #expect(
            story.ledger().workloads(now: Story.time(9999)).map(\.cost) == ["40", "1", "40"].map { Story.money($0) }
        )
        #expect(story.report().names == ["__idle__", "speech/asr", "vision/train"])
    }
}
