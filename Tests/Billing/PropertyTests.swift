import Foundation
import Model
import Testing

@testable import Billing

/// Random journals against a second, naive reckoning: second by second, straight from the rules.
@Suite struct PropertyTests {
    static let seeds = Array(UInt64(1)...60)

    /// The price of a node in the second that begins at a time; its own path through the rules.
    static func price(_ node: RandomStory.Node, at second: Int64, of story: RandomStory) -> Money {
        if let end = node.end, node.reason == Instance.spotReclaimed, node.offering.capacityType == .spot,
            end - node.running < 3600
        {
            return .zero
        }
        var moment = node.running
        if node.offering.capacityType == .spot {
            while moment + 3600 <= second { moment += 3600 }
        }
        let known = story.prices.filter { $0.offering == node.offering && $0.from <= moment }
        return known.max { $0.from < $1.from }?.price ?? node.launchPrice
    }

    static func billedEnd(_ node: RandomStory.Node) -> Int64 {
        max(node.end ?? RandomStory.now, node.running + 60)
    }

    static func part(of workload: WorkloadID, at second: Int64, in story: RandomStory) -> CostPart {
        guard let run = story.runs.last(where: { $0.workload == workload && $0.from <= second }),
            second < run.to ?? .max
        else { return .boot }
        guard let to = run.to else { return .workload }
        if second >= to - run.checkpoint { return .checkpoint }
        return second >= to - run.checkpoint - run.lost ? .lostWork : .workload
    }

    @Test("an instance's bill equals a naive one, second by second in decimals", arguments: seeds)
    func bill(seed: UInt64) {
        let random = RandomStory(seed: seed)
        var sum = Decimal(0)
        for node in random.nodes {
            for second in node.running..<Self.billedEnd(node) {
                sum += Self.price(node, at: second, of: random).amount
            }
        }
        let expected = Money(sum / 3600).rounded()
        #expect(random.story.ledger().total(now: Story.time(RandomStory.now)) == expected)
    }

    @Test("every second of every node goes where the rules say, exactly", arguments: seeds.prefix(25))
    func attribution(seed: UInt64) throws {
        let random = RandomStory(seed: seed)
        let ledger = random.story.ledger()
        for node in random.nodes {
            let account = try #require(ledger.claims[node.claim])
            let billed = try #require(account.billedTime(now: Story.start + RandomStory.now))
            #expect(billed.lowerBound == Story.start + node.running)
            #expect(billed.upperBound == Story.start + Self.billedEnd(node))
            let slices = account.timeline(billed: billed, workloads: ledger.workloads, sharesIdle: false)
            #expect(slices.first?.time.lowerBound == billed.lowerBound)
            #expect(slices.last?.time.upperBound == billed.upperBound)
            for (one, next) in zip(slices, slices.dropFirst()) { #expect(one.time.upperBound == next.time.lowerBound) }
            for slice in slices {
                #expect(slice.shares.reduce(0) { $0 + $1.millionths } == 1_000_000)
                #expect(slice.shares.allSatisfy { $0.millionths >= 0 })
                for second in [slice.time.lowerBound, slice.time.upperBound - 1] {
                    try compare(slice, at: second - Story.start, of: node, in: random, ledger)
                }
            }
        }
    }

    private func compare(
        _ slice: TimelineSlice,
        at second: Int64,
        of node: RandomStory.Node,
        in random: RandomStory,
        _ ledger: Ledger
    ) throws {
        let held = node.uses.filter { second >= $0.from && second < min($0.to ?? .max, node.end ?? .max) }
        let sum = held.reduce(0) { $0 + $1.millionths }
        var expected: [String: Double] = [:]
        for use in held {
            let share = sum > 1_000_000 ? Double(use.millionths) / Double(sum) * 1e6 : Double(use.millionths)
            expected["\(use.workload) \(Self.part(of: use.workload, at: second, in: random))", default: 0] += share
        }
        if sum < 1_000_000 {
            let rest = Double(1_000_000 - sum)
            if second >= node.draining ?? .max {
                expected["none drain", default: 0] += rest
            } else if second >= node.uses.first?.from ?? .max, second >= node.initialised ?? .max {
                expected["none idle", default: 0] += rest
            } else if node.workloads.isEmpty {
                expected["none boot", default: 0] += rest
            } else {
                for workload in node.workloads {
                    expected["\(workload) boot", default: 0] += rest / Double(node.workloads.count)
                }
            }
        }
        var found: [String: Double] = [:]
        for share in slice.shares {
            let name = share.workload.map { "\(ledger.workloads[$0].id)" } ?? "none"
            found["\(name) \(share.part)", default: 0] += Double(share.millionths)
        }
        #expect(Set(found.keys) == Set(expected.keys))
        for (key, value) in expected { #expect(abs((found[key] ?? 0) - value) < 6, "\(key) at \(second)") }
    }

    @Test("steps add up to the whole exactly, before rounding and after", arguments: seeds)
    func steps(seed: UInt64) {
        let random = RandomStory(seed: seed)
        let ledger = random.story.ledger()
        for sharesIdle in [false, true] {
            let (start, end) = (Story.start + 777, Story.start + 8123)
            func tally(_ bounds: [Int64]) -> Tallying {
                Tallying(ledger: ledger, bounds: bounds, now: Story.start + RandomStory.now, sharesIdle: sharesIdle)
            }
            let whole = tally([start, end]).steps[0]
            var sum: [Tallying.Owner: Tally] = [:]
            for step in tally(Array(stride(from: start, to: end, by: 613)) + [end]).steps {
                for (owner, part) in step { sum[owner, default: Tally()] += part }
            }
            #expect(sum.keys == whole.keys)
            for (owner, tally) in whole {
                #expect(sum[owner]?.parts == tally.parts)
                #expect(sum[owner]?.onDemandEquivalent == tally.onDemandEquivalent)
                #expect(sum[owner]?.acceleratorUnits == tally.acceleratorUnits)
                #expect(sum[owner]?.attempts == tally.attempts)
            }
        }
    }

    @Test("in every report rows and parts add up to the cent, and none is below zero", arguments: seeds)
    func sums(seed: UInt64) {
        let random = RandomStory(seed: seed)
        let ledger = random.story.ledger()
        let now = Story.time(RandomStory.now)
        let total = ledger.total(now: now)
        for aggregate in CostDimension.allCases.map({ [$0] }) + [[], [.team, .pool], [.workload, .capacityType]] {
            for (step, shareIdle) in [(nil, false), (Duration.seconds(777), false), (.seconds(3600), true)] {
                let query = CostQuery(
                    window: Story.time(-10)..<Story.time(30_000),
                    aggregate: aggregate,
                    step: step,
                    shareIdle: shareIdle
                )
                let report = ledger.report(query, now: now)
                #expect(report.total.cost == total)
                var sum = CostFigures()
                for row in report.steps.flatMap(\.rows) {
                    sum += row.figures
                    #expect(row.figures.cents.allSatisfy { $0 >= 0 })
                    #expect(row.figures.cost == row.figures.cost.rounded())
                }
                sum.acceleratorHours = report.total.acceleratorHours
                #expect(sum == report.total)
            }
        }
        let listed = ledger.workloads(now: now).reduce(Money.zero) { $0 + $1.cost }
        let idle = ledger.report(
            CostQuery(window: Story.time(-10)..<Story.time(30_000), filter: [.workload: [CostRow.idle]]),
            now: now
        )
        #expect(abs((total - listed - idle.total.cost).approximate) < 0.011)
    }

    @Test("prices and state changes may come in any order", arguments: seeds.prefix(20))
    func order(seed: UInt64) {
        let random = RandomStory(seed: seed)
        var generator = SeededGenerator(seed: seed)
        let query = CostQuery(window: Story.time(0)..<Story.time(20_000), step: .seconds(1000))
        let now = Story.time(RandomStory.now)
        let expected = random.story.ledger().report(query, now: now)
        let isMovable: (JournalEntry) -> Bool = { entry in
            switch entry.fact {
            case .priceObserved, .instanceObserved: true
            default: false
            }
        }
        var entries = random.story.entries.filter { !isMovable($0) }
        for entry in random.story.entries.filter(isMovable).shuffled(using: &generator) {
            entries.insert(entry, at: Int(generator.number(0...Int64(entries.count))))
        }
        #expect(random.story.ledger(entries).report(query, now: now) == expected)
        // Told twice, they change nothing either.
        entries += random.story.entries.filter(isMovable)
        #expect(random.story.ledger(entries).report(query, now: now) == expected)
    }

    @Test("over 2,000 claims and 20,000 facts, the hours of a report add up to its total")
    func large() {
        var story = Story()
        let workloads = (0..<500).map { Story.workload("w\($0)") }
        for workload in workloads { story.admit(0, workload, team: "team\(workload.name.count)") }
        for hour in 0..<2000 { story.price(Story.spot, "1.\(hour % 97)", from: Int64(hour) * 600) }
        for index in 0..<2000 {
            let start = Int64(index) * 300
            let workload = workloads[index % workloads.count]
            let claim = story.launch(start, "l\(index)", price: "1.01", for: [workload])
            story.observe(claim, .running, at: start)
            story.tell(start + 100, .claimInitialised(claim, node: "n"))
            story.assign(start + 110, "p\(index)", of: workload, to: claim)
            story.attempt(start + 150, index / workloads.count + 1, of: workload, on: claim)
            story.attemptEnd(start + 30_000, index / workloads.count + 1, of: workload, .interrupted, checkpoint: 20)
            story.tell(start + 30_010, .podReleased(uid: "p\(index)", claim))
            story.tell(start + 30_060, .claimDraining(claim, reason: "idle"))
            story.end(claim, at: start + 30_090)
        }
        #expect(story.entries.count > 20_000)
        let ledger = story.ledger()
        let query = CostQuery(window: Story.time(0)..<Story.time(1_000_000), step: .seconds(3600))
        let report = ledger.report(query, now: Story.time(1_000_000))
        #expect(report.total.cost > .zero)
        let hours = report.steps.flatMap(\.rows).reduce(Money.zero) { $0 + $1.figures.cost }
        #expect(hours == report.total.cost)
    }
}
