import Foundation
import PolicyWorkbench
import Simulation
import Testing

extension PolicyReference {
    static let traces: [URL] = {
        let folder = shared.appending(path: "traces")
        let all = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return (all ?? []).filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
    }()
}

/// The traces published with "Can't Be Late" (NSDI 2024), beside the repository; without them there is nothing to measure.
@Suite("Checkpoints on measured spells", .enabled(if: !PolicyReference.traces.isEmpty))
struct MeasuredSpellsTests {
    /// What a node's first day is expected to bring: as these traces show, and as the configuration has it by default.
    @Test(
        "the advice wastes less than the best fixed interval in hindsight, and no more than 3% over each trace's own",
        arguments: [30, 120, 300, 600] as [Int64],
        [CheckpointTrial.measuredInterruptionsInFirstDay, 0.5]
    )
    func advice(cost: Int64, interruptionsInFirstDay: Double) throws {
        let traces = try PolicyReference.traces.map { file in
            try CapacitySpells(name: file.lastPathComponent, trace: CapacityTrace(json: Data(contentsOf: file)))
        }
        for notice in [nil, 120] as [Int64?] {
            let trial = try CheckpointTrial(
                traces: traces,
                terms: CheckpointTerms(costSeconds: cost, noticeSeconds: notice, unannouncedShare: 0.05),
                interruptionsInFirstDay: interruptionsInFirstDay
            )
            let wasted = Dictionary(uniqueKeysWithValues: trial.run().map { ($0.rule, $0.totalHours) })
            let advised = try #require(wasted[.advice])
            #expect(try advised < #require(wasted[.bestFixed]))
            #expect(try advised < #require(wasted[.young]))
            #expect(try advised < 1.03 * #require(wasted[.bestFixedPerTrace]))
        }
    }
}
