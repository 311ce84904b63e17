import Kubernetes
package import Model

/// What the world knows of a workload: not what anybody reports.
package struct WorkloadTruth: Hashable, Sendable {
    package var namespace: String
    package var name: String
    package var completed: Bool
    /// When it was complete or had failed; nil while it goes on, or when nobody knows.
    package var endedAt: Timestamp?
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

    /// Whether a Job or a pod has not ended.
    package var hasOpenWork: Bool {
        store.objects(.jobs).contains { !Conditions.isTrue("Complete", in: $0) && !Conditions.isTrue("Failed", in: $0) }
            || store.objects(.pods).contains { !["Succeeded", "Failed"].contains($0.at("status", "phase").string) }
    }

    /// Every workload that was submitted, by namespace and name.
    package var truths: [WorkloadTruth] {
        var result = departed
        var seen: Set<String> = []
        let ofJobs = Dictionary(grouping: trainings.values.filter { $0.job != nil }) { $0.job ?? "" }
        for job in store.objects(.jobs) {
            guard let uid = job["metadata"]["uid"].string else { continue }
            result.append(truth(ofJob: job, ofJobs[uid] ?? []))
        }
        for pod in store.objects(.pods) where pod["metadata"]["ownerReferences"].elements.isEmpty {
            guard let uid = pod["metadata"]["uid"].string else { continue }
            seen.insert(uid)
            result.append(truth(ofPod: pod, trainings[uid]))
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
                    endedAt: nil,
                    annotations: [:]
                )
            )
        }
        return result.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
    }

    private func truth(ofJob job: JSON, _ trainings: [Training]) -> WorkloadTruth {
        let failed = job["status"]["conditions"].elements.first {
            $0["type"].string == "Failed" && $0["status"].string == "True"
        }
        let end = job["status"]["completionTime"].string ?? failed?["lastTransitionTime"].string
        return truth(
            trainings,
            namespace: job["metadata"]["namespace"].string ?? "",
            name: job["metadata"]["name"].string ?? "",
            completed: Conditions.isTrue("Complete", in: job),
            endedAt: end.flatMap { Timestamp(rfc3339: $0) },
            annotations: job["spec"]["template"]["metadata"]["annotations"].strings
        )
    }

    private func truth(ofPod pod: JSON, _ training: Training?) -> WorkloadTruth {
        let terminated = pod["status"]["containerStatuses"][0]["state"]["terminated"]
        return truth(
            training.map { [$0] } ?? [],
            namespace: pod["metadata"]["namespace"].string ?? "",
            name: pod["metadata"]["name"].string ?? "",
            completed: pod["status"]["phase"].string == "Succeeded",
            endedAt: terminated["finishedAt"].string.flatMap { Timestamp(rfc3339: $0) },
            annotations: pod["metadata"]["annotations"].strings
        )
    }

    /// Removes a Job or a lone pod some time after its end, and keeps what was true of it.
    func expire(_ kind: ResourceKind, in namespace: String, _ name: String, uid: String) {
        guard let object = store.find(kind, in: namespace, name), object["metadata"]["uid"].string == uid else {
            return
        }
        if kind == .jobs {
            departed.append(truth(ofJob: object, trainings.values.filter { $0.job == uid }))
            for (key, training) in trainings where training.job == uid { trainings[key] = nil }
            jobStates[uid] = nil
        } else {
            departed.append(truth(ofPod: object, trainings.removeValue(forKey: uid)))
        }
        _ = try? store.delete(kind, in: namespace, name, now: now.milliseconds)
    }

    private func truth(
        _ trainings: [Training],
        namespace: String,
        name: String,
        completed: Bool,
        endedAt: Timestamp?,
        annotations: [String: String]
    ) -> WorkloadTruth {
        let description = trainings.first?.description ?? ProcessDescription(annotations: annotations)
        let available = Notice.interruptionLead - Self.noticeReserve
        return WorkloadTruth(
            namespace: namespace,
            name: name,
            completed: completed,
            endedAt: endedAt,
            attempts: trainings.reduce(0) { $0 + $1.attempts },
            interruptions: trainings.reduce(0) { $0 + $1.interruptions },
            lostWorkSeconds: trainings.reduce(0) { $0 + $1.lost.components.seconds * $1.accelerators },
            checkpointFitsNotice: description.kind == .training && description.savesOnSignal
                && description.checkpointDuration <= available
        )
    }
}
