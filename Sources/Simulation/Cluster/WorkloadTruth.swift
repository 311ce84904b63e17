import Kubernetes
import Model

/// What the world knows of a workload: not what anybody reports.
package struct WorkloadTruth: Hashable, Sendable {
    package var namespace: String
    package var name: String
    package var completed: Bool
    package var attempts: Int
    package var interruptions: Int
    /// Accelerator-seconds computed and thrown away.
    package var lostWorkSeconds: Int64
    /// Whether a save on SIGTERM ends within what a two-minute notice leaves.
    package var checkpointFitsNotice: Bool
}

extension ClusterModel {
    /// Between a notice and the SIGTERM, and between the last byte and the reclaim: seconds that a save cannot use.
    private static let noticeReserve: Duration = .seconds(15)

    /// Every workload that was submitted, by namespace and name.
    package var truths: [WorkloadTruth] {
        var result: [WorkloadTruth] = []
        var seen: Set<String> = []
        let ofJobs = Dictionary(grouping: trainings.values.filter { $0.job != nil }) { $0.job ?? "" }
        for job in store.objects(.jobs) {
            guard let uid = job["metadata"]["uid"].string else { continue }
            result.append(
                truth(
                    ofJobs[uid] ?? [],
                    namespace: job["metadata"]["namespace"].string ?? "",
                    name: job["metadata"]["name"].string ?? "",
                    completed: Conditions.isTrue("Complete", in: job),
                    annotations: job["spec"]["template"]["metadata"]["annotations"].strings
                )
            )
        }
        for pod in store.objects(.pods) where pod["metadata"]["ownerReferences"].elements.isEmpty {
            guard let uid = pod["metadata"]["uid"].string else { continue }
            seen.insert(uid)
            result.append(
                truth(
                    trainings[uid].map { [$0] } ?? [],
                    namespace: pod["metadata"]["namespace"].string ?? "",
                    name: pod["metadata"]["name"].string ?? "",
                    completed: pod["status"]["phase"].string == "Succeeded",
                    annotations: pod["metadata"]["annotations"].strings
                )
            )
        }
        // Lone pods that are gone: complete only if they had ended by themselves.
        for (uid, training) in trainings.sorted(by: { $0.key < $1.key })
        where !seen.contains(uid) && training.job == nil {
            result.append(
                truth(
                    [training],
                    namespace: training.owner.namespace,
                    name: training.owner.name,
                    completed: training.isCompleted,
                    annotations: [:]
                )
            )
        }
        return result.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
    }

    private func truth(
        _ trainings: [Training],
        namespace: String,
        name: String,
        completed: Bool,
        annotations: [String: String]
    ) -> WorkloadTruth {
        let description = trainings.first?.description ?? ProcessDescription(annotations: annotations)
        let available = Notice.interruptionLead - Self.noticeReserve
        return WorkloadTruth(
            namespace: namespace,
            name: name,
            completed: completed,
            attempts: trainings.reduce(0) { $0 + $1.attempts },
            interruptions: trainings.reduce(0) { $0 + $1.interruptions },
            lostWorkSeconds: trainings.reduce(0) { $0 + $1.lost.components.seconds * $1.accelerators },
            checkpointFitsNotice: description.kind == .training && description.savesOnSignal
                && description.checkpointDuration <= available
        )
    }
}
