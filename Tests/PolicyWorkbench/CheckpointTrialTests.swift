import Foundation
import PolicyWorkbench
import Simulation
import Testing

@Suite("Checkpoints tried on spells of capacity")
struct CheckpointTrialTests {
    private static func spells(_ text: String, gap: Int64 = 3600, nodes: Int64 = 1) throws -> CapacitySpells {
        let counts = text.compactMap { $0.wholeNumberValue }.map { Int64($0) }
        return try CapacitySpells(name: "trace", trace: CapacityTrace(gapSeconds: gap, counts: counts), nodes: nodes)
    }

    private static func outcomes(
        _ traces: [CapacitySpells],
        cost: Int64 = 600,
        notice: Int64? = nil,
        unannounced: Double = 0,
        withinTick: Bool = false
    ) throws -> [CheckpointTrial.Rule: CheckpointTrial.Outcome] {
        let terms = try CheckpointTerms(
            costSeconds: cost,
            noticeSeconds: notice,
            unannouncedShare: unannounced,
            endsWithinTick: withinTick
        )
        let trial = try CheckpointTrial(traces: traces, terms: terms, interruptionsInFirstDay: 3.3)
        return Dictionary(uniqueKeysWithValues: trial.run().map { ($0.rule, $0) })
    }

    @Test("spells are runs of ticks with enough capacity; the last may not have ended")
    func spells() throws {
        let spells = try Self.spells("0220311", nodes: 2)
        #expect(spells.spells.map(\.spell.ticks) == [2, 1])
        #expect(spells.spells.map(\.gap) == [1, 1])
        #expect(spells.spells.map(\.spell.wasEnded) == [true, true])
        #expect(try Self.spells("011").spells.map(\.spell.wasEnded) == [false])
        #expect(throws: PolicyTrialError.noSpells("trace", nodes: 4)) { try Self.spells("0220311", nodes: 4) }
        #expect(throws: PolicyTrialError.badNodes(0)) { try Self.spells("1", nodes: 0) }
    }

    @Test("Young's interval wastes its checkpoints and all after the last of them")
    func young() throws {
        // Twelve hours until it is lost: sqrt(2 x 1/6 x 12) = 2 hours of computing, so five checkpoints by 10:50.
        let young = try #require(try Self.outcomes([Self.spells("1111111111110")])[.young])
        #expect(young.intervalHours.compactMap(\.self).map { ($0 * 1000).rounded() } == [2000])
        #expect(abs(young.totalHours - (5.0 / 6 + 12 - 65.0 / 6)) < 1e-9)
    }

    @Test("a spell that goes on beyond the trace wastes its checkpoints alone")
    func unended() throws {
        let outcomes = try Self.outcomes([Self.spells("111111111111")])
        #expect(outcomes[.bestFixed]?.totalHours == 0)
        #expect(outcomes[.young]?.totalHours == 0)
        let advice = try #require(outcomes[.advice])
        // Five of ten minutes each.
        #expect(abs(advice.totalHours - 5.0 / 6) < 1e-9)
    }

    @Test("where every end is announced in time, each costs one checkpoint and nobody makes others")
    func announced() throws {
        for outcome in try Self.outcomes([Self.spells("1110110")], cost: 60, notice: 120).values {
            #expect(abs(outcome.totalHours - 2.0 / 60) < 1e-9, "\(outcome.rule)")
            #expect(outcome.intervalHours == [outcome.rule == .advice ? nil : .infinity])
        }
        let tight = try Self.outcomes([Self.spells("1110110")], cost: 116, notice: 120)
        let without = try Self.outcomes([Self.spells("1110110")], cost: 116)
        #expect(tight[.advice]?.wastedHours == without[.advice]?.wastedHours)
    }

    @Test("no fixed interval wastes less than the best one, and each trace's own wastes less still")
    func order() throws {
        var chance = SeededGenerator(seed: 7, purpose: "spells")
        let traces = try (0..<3).map { _ in
            try Self.spells(
                (0..<200).map { _ in
                    String(repeating: "1", count: Int(pow(chance.number(from: 0.02, to: 1), -1.2))) + "0"
                }.joined(),
                gap: 600
            )
        }
        for cost in [30, 600] as [Int64] {
            for share in [0, 0.05, 1] {
                let outcomes = try Self.outcomes(traces, cost: cost, notice: 120, unannounced: share, withinTick: true)
                let best = try #require(outcomes[.bestFixed]).totalHours
                #expect(try #require(outcomes[.young]).totalHours >= best * 0.9999)
                #expect(try #require(outcomes[.bestFixedPerTrace]).totalHours <= best)
                #expect(try #require(outcomes[.advice]).totalHours <= best * 1.01)
            }
        }
    }

    @Test("terms that make no sense are refused, each with what to give instead")
    func refused() throws {
        #expect(throws: PolicyTrialError.badCheckpointCost(0)) {
            try CheckpointTerms(costSeconds: 0, noticeSeconds: nil)
        }
        #expect(throws: PolicyTrialError.badNotice(-1)) { try CheckpointTerms(costSeconds: 1, noticeSeconds: -1) }
        #expect(throws: PolicyTrialError.badUnannouncedShare(1.5)) {
            try CheckpointTerms(costSeconds: 1, noticeSeconds: 1, unannouncedShare: 1.5)
        }
        let terms = try CheckpointTerms(costSeconds: 1, noticeSeconds: nil)
        #expect(throws: PolicyTrialError.badInterruptionsPerDay(-1)) {
            try CheckpointTrial(traces: [Self.spells("1")], terms: terms, interruptionsInFirstDay: -1)
        }
        #expect(throws: PolicyTrialError.noTraces) {
            try CheckpointTrial(traces: [], terms: terms, interruptionsInFirstDay: 1)
        }
        #expect(
            "\(PolicyTrialError.badUnannouncedShare(1.5))" == "a share of 1.5 of unannounced interruptions: give 0 to 1"
        )
        #expect("\(PolicyTrialError.badCheckpointCost(0))" == "a checkpoint cost of 0 s: give more than nothing")
        #expect(
            "\(PolicyTrialError.noSpells("a.json", nodes: 16))"
                == "a.json: there is never capacity for 16 nodes: give another trace, or fewer nodes"
        )
    }
}
