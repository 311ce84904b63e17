import Billing
import Foundation
import Model

extension ReplayReport {
    /// The report as JSON: the same report gives the same text; money as decimal strings with two places.
    /// - Returns: One object on several lines.
    /// - Throws: `EncodingError`, which no report causes.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(self)), as: UTF8.self)
    }

    private struct Document: Encodable {
        struct Window: Encodable {
            var start: String
            var end: String
        }

        var window: Window
        var seed: UInt64
        var currency = "USD"
        var notes: [String]
        var configurations: [Configuration]

        init(_ report: ReplayReport) {
            window = Window(
                start: report.submissions.lowerBound.description,
                end: report.submissions.upperBound.description
            )
            seed = report.seed
            notes = report.notes
            configurations = report.outcomes.map { Configuration($0) }
        }
    }

    private struct Configuration: Encodable {
        struct Team: Encodable {
            var team: String
            var totalCost: String
            var onDemandEquivalentCost: String
        }

        struct Times: Encodable {
            var mean: Int64?
            var p50: Int64?
            var p95: Int64?
            var maximum: Int64?

            init(_ seconds: [Int64]) {
                mean = ReplayReport.mean(seconds)
                p50 = ReplayReport.percentile(50, of: seconds)
                p95 = ReplayReport.percentile(95, of: seconds)
                maximum = seconds.last
            }
        }

        var name: String
        var start: String
        var end: String
        var totalCost: String
        var onDemandEquivalentCost: String
        var savings: String
        var meterCost: String
        var booksBalance: Bool
        var nodeHours: [String: Double]
        var gpuHours: [String: Double]
        var interruptions: Int
        var lostWorkSeconds: Int64
        var finished: Int
        var unfinished: Int
        var late: Int
        var waitSeconds: Times
        var finishSeconds: Times
        var teams: [Team]
        var workloads: [Workload]

        init(_ outcome: ReplayOutcome) {
            name = outcome.name
            start = outcome.start.description
            end = outcome.end.description
            totalCost = outcome.cost.formatted()
            onDemandEquivalentCost = outcome.onDemandEquivalentCost.formatted()
            savings = outcome.savings.formatted()
            meterCost = outcome.meterCost.formatted()
            booksBalance = outcome.balances
            nodeHours = [:]
            gpuHours = [:]
            for type in [CapacityType.spot, .onDemand, .reserved] {
                let seconds = Double(outcome.nodeSeconds[type] ?? 0)
                nodeHours[type.rawValue] = (seconds / 3600 * 10_000).rounded() / 10_000
                gpuHours[type.rawValue] = ((outcome.acceleratorHours[type] ?? 0) * 10_000).rounded() / 10_000
            }
            interruptions = outcome.interruptions
            lostWorkSeconds = outcome.lostWorkSeconds
            unfinished = outcome.unfinished.count
            finished = outcome.workloads.count - unfinished
            late = outcome.late.count
            waitSeconds = Times(outcome.waits)
            finishSeconds = Times(outcome.turnarounds)
            teams = outcome.teams.map {
                Team(
                    team: $0.name,
                    totalCost: $0.cost.formatted(),
                    onDemandEquivalentCost: $0.onDemandEquivalentCost.formatted()
                )
            }
            workloads = outcome.workloads.map { Workload($0, end: outcome.end) }
        }
    }

    private struct Workload: Encodable {
        var namespace: String
        var name: String
        var kind: String
        var team: String
        var submittedAt: String
        var startedAt: String?
        var finishedAt: String?
        var deadline: String?
        var isLate: Bool
        var attempts: Int
        var interruptions: Int
        var lostWorkSeconds: Int64
        var cost: String
        var onDemandEquivalentCost: String
        var obstacle: String?

        init(_ workload: ReplayOutcome.Workload, end: Timestamp) {
            namespace = workload.namespace
            name = workload.name
            kind = workload.kind
            team = workload.team
            submittedAt = workload.submittedAt.description
            startedAt = workload.startedAt?.description
            finishedAt = workload.finishedAt?.description
            deadline = workload.deadline?.description
            isLate = workload.isLate(at: end)
            attempts = workload.attempts
            interruptions = workload.interruptions
            lostWorkSeconds = workload.lostWorkSeconds
            cost = workload.cost.formatted()
            onDemandEquivalentCost = workload.onDemandEquivalentCost.formatted()
            obstacle = workload.obstacle
        }
    }

    /// A line for each configuration, as RFC 4180 has it.
    package var csv: String {
        var csv = CSV()
        csv.append([
            "configuration", "totalCost", "onDemandEquivalentCost", "savings", "spotNodeHours", "onDemandNodeHours",
            "reservedNodeHours", "interruptions", "lostWorkSeconds", "finished", "unfinished", "late",
            "waitSecondsMean", "waitSecondsP95", "finishSecondsMean",
        ])
        for row in outcomes.map({ Configuration($0) }) {
            func hours(_ type: CapacityType) -> String { "\(row.nodeHours[type.rawValue] ?? 0)" }
            csv.append([
                CSV.name(row.name), row.totalCost, row.onDemandEquivalentCost, row.savings, hours(.spot),
                hours(.onDemand), hours(.reserved), "\(row.interruptions)", "\(row.lostWorkSeconds)", "\(row.finished)",
                "\(row.unfinished)", "\(row.late)", row.waitSeconds.mean.map { "\($0)" } ?? "",
                row.waitSeconds.p95.map { "\($0)" } ?? "", row.finishSeconds.mean.map { "\($0)" } ?? "",
            ])
        }
        return csv.text
    }
}
