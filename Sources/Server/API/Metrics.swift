import Autoscaler
import Billing
import Foundation
import Model
import Runtime

/// `/metrics`: the Prometheus text format. No label ever holds a tenant's names of jobs.
struct Metrics {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private var lines: [String] = []

    static func text(of source: any StatusSource) async -> String {
        let now = source.now
        let status = await source.status()
        let counters = await source.counters()
        let query = CostQuery(window: min(await source.firstEntryAt() ?? now, now)..<now, aggregate: [.team])
        let report = await source.report(query)
        var metrics = Metrics()
        metrics.add(status, source: source, now: now)
        metrics.add(counters)
        if let tally = await source.queueTally() { metrics.add(tally) }
        metrics.add(report)
        return metrics.lines.joined(separator: "\n") + "\n"
    }

    private mutating func family(
        _ name: String,
        _ type: String,
        _ help: String,
        _ samples: [(labels: [(String, String)], value: String)]
    ) {
        lines.append("# HELP gleaner_\(name) \(help)")
        lines.append("# TYPE gleaner_\(name) \(type)")
        for sample in samples {
            let labels = sample.labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
            lines.append("gleaner_\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(sample.value)")
        }
    }

    private mutating func gauge(_ name: String, _ help: String, _ value: String) {
        family(name, "gauge", help, [([], value)])
    }

    private mutating func counter(_ name: String, _ help: String, _ value: String) {
        family(name, "counter", help, [([], value)])
    }

    private static func escaped(_ label: String) -> String {
        label.replacingOccurrences(of: "\\", with: "\\\\")
            .replacingOccurrences(of: "\"", with: "\\\"")
            .replacingOccurrences(of: "\n", with: "\\n")
    }

    // MARK: The families

    private mutating func add(_ status: Status, source: any StatusSource, now: Timestamp) {
        gauge("start_time_seconds", "When this process began, in seconds since 1970.", "\(source.startedAt.seconds)")
        gauge("paused", "1 while launches are paused.", status.isPaused ? "1" : "0")
        gauge("dry_run", "1 while nothing is carried out.", status.isDryRun ? "1" : "0")
        gauge("leader", "1 while this process leads.", status.isLeader ? "1" : "0")
        gauge("pending_pods", "Pods that wait for capacity.", "\(status.pendingPods)")
        struct Group: Hashable {
            var pool: String
            var capacityType: CapacityType
            var phase: String
        }
        let groups = Dictionary(grouping: status.claims) {
            Group(pool: $0.pool, capacityType: $0.offering.capacityType, phase: $0.phase.rawValue)
        }.sorted { ($0.key.pool, $0.key.capacityType, $0.key.phase) < ($1.key.pool, $1.key.capacityType, $1.key.phase) }
        func labels(_ group: Group) -> [(String, String)] {
            [("pool", group.pool), ("capacity_type", group.capacityType.rawValue), ("phase", group.phase)]
        }
        family("nodes", "gauge", "Nodes that stand, boot or go.", groups.map { (labels($0.key), "\($0.value.count)") })
        family(
            "accelerators",
            "gauge",
            "Accelerators of those nodes.",
            groups.map { group in (labels(group.key), "\(group.value.reduce(0) { $0 + $1.shape.accelerators })") }
        )
        family(
            "spend_usd_per_hour",
            "gauge",
            "What those nodes cost an hour, at the prices they were bought for.",
            groups.map { group in (labels(group.key), "\(group.value.reduce(Money.zero) { $0 + $1.pricePerHour })") }
        )
        let phases: [Status.WorkloadStatus.Phase] = [
            .waiting, .starting, .running, .checkpointing, .succeeded, .failed,
        ]
        family(
            "workloads",
            "gauge",
            "Workloads that are not finished or finished lately.",
            phases.map { phase in
                ([("state", phase.rawValue)], "\(status.workloads.count { $0.phase == phase })")
            }
        )
        family(
            "closed_offerings",
            "gauge",
            "Offerings that are passed over for want of capacity.",
            CapacityType.allCases.map { type in
                let closed = status.offerings.filter { $0.closedUntil != nil && $0.offering.capacityType == type }
                return ([("capacity_type", type.rawValue)], "\(Set(closed.map(\.offering)).count)")
            }
        )
        let observed = [
            ("cloud", status.cloudObservedAt), ("cluster", status.clusterObservedAt),
            ("prices", status.pricesObservedAt),
        ]
        family(
            "observation_age_seconds",
            "gauge",
            "How old the latest observation is; absent while there is none.",
            observed.compactMap { subject, at in
                at.map { ([("subject", subject)], "\(max(0, (now - $0).inSeconds))") }
            }
        )
    }

    private mutating func add(_ counters: Counters) {
        family(
            "launches_total",
            "counter",
            "Launches that the cloud answered.",
            counters.launches.sorted { $0.key < $1.key }.map {
                ([("capacity_type", $0.key.capacityType.rawValue), ("outcome", $0.key.outcome)], "\($0.value)")
            }
        )
        family(
            "attempts_total",
            "counter",
            "Attempts of workloads that ended.",
            counters.attempts.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                ([("outcome", $0.key.rawValue)], "\($0.value)")
            }
        )
        counter("interruptions_total", "Nodes that the cloud took back.", "\(counters.interruptions)")
        counter("terminations_total", "Instances whose termination was asked for.", "\(counters.terminations)")
        counter("evictions_total", "Pods whose eviction was asked for.", "\(counters.evictions)")
        counter("checkpoint_requests_total", "Workloads asked to save.", "\(counters.checkpointRequests)")
        family(
            "regular_checkpoints_total",
            "counter",
            "Regular checkpoints that running workloads were asked for.",
            [true, false].map { isDone in
                ([("outcome", isDone ? "completed" : "failed")], "\(counters.regularCheckpoints[isDone] ?? 0)")
            }
        )
        counter(
            "lost_work_accelerator_seconds_total",
            "Accelerator-seconds computed after the last checkpoint and thrown away.",
            "\(counters.lostWorkSeconds)"
        )
        counter("journal_entries_total", "Entries in the journal.", "\(counters.journalEntries)")
    }

    private mutating func add(_ tally: QueueTally) {
        family(
            "queue_messages_total",
            "counter",
            "Messages that came out of the interruption queue, by what they are, since this process began.",
            QueueTally.Kind.allCases.map { ([("kind", $0.rawValue)], "\(tally.received[$0] ?? 0)") }
        )
        counter("queue_deleted_total", "Messages deleted, their notices being in the journal.", "\(tally.deleted)")
        counter("queue_undeleted_total", "Messages whose deletion failed: they come again.", "\(tally.undeleted)")
        counter("queue_failed_reads_total", "Calls for messages that failed.", "\(tally.failedReads)")
    }

    /// Costs are gauges: a free first hour, once known, lowers them.
    private mutating func add(_ report: CostReport) {
        var teams: [String: CostFigures] = [:]
        for step in report.steps {
            for row in step.rows { teams[row.key.first ?? "", default: CostFigures()].add(row.figures) }
        }
        let rows = teams.sorted { $0.key < $1.key }
        family(
            "cost_usd",
            "gauge",
            "What was spent since the journal began.",
            rows.flatMap { team, figures in
                figures.parts.map { ([("team", team), ("part", $0.name)], $0.cost.formatted()) }
            }
        )
        family(
            "on_demand_equivalent_cost_usd",
            "gauge",
            "What the useful work would have cost on demand.",
            rows.map { ([("team", $0.key)], $0.value.onDemandEquivalentCost.formatted()) }
        )
    }
}
