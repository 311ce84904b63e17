import Kubernetes
import Model

/// What the job controller remembers of a Job beyond its pods, which may be collected.
struct JobState: Sendable {
    var succeeded: Set<String> = []
    var failed: Set<String> = []
    /// Of an indexed Job.
    var completedIndexes: Set<Int> = []
}

extension ClusterModel {
    /// Creates the pods that Jobs lack, counts those that ended, and says when a Job is complete or has failed.
    func runJobController() {
        let jobs = store.objects(.jobs)
        guard !jobs.isEmpty else { return }
        var podsByOwner: [String: [JSON]] = [:]
        for pod in store.objects(.pods) {
            let owner = pod["metadata"]["ownerReferences"].elements.first { $0["controller"].bool == true }
            if let uid = owner?["uid"].string { podsByOwner[uid, default: []].append(pod) }
        }
        for job in jobs {
            guard let uid = job["metadata"]["uid"].string, job["metadata"]["deletionTimestamp"].isNull else { continue }
            guard !Conditions.isTrue("Complete", in: job), !Conditions.isTrue("Failed", in: job) else { continue }
            reconcile(job, uid: uid, pods: podsByOwner[uid] ?? [])
        }
    }

    private func reconcile(_ job: JSON, uid: String, pods: [JSON]) {
        let namespace = job["metadata"]["namespace"].string ?? "default"
        let name = job["metadata"]["name"].string ?? ""
        var state = jobStates[uid] ?? JobState()
        for pod in pods { count(pod, of: job, in: &state) }
        jobStates[uid] = state
        let parallelism = Int(job["spec"]["parallelism"].integer ?? 1)
        let isIndexed = job["spec"]["completionMode"].string == "Indexed"
        let completions = Int(job["spec"]["completions"].integer ?? Int64(parallelism))
        let done = isIndexed ? state.completedIndexes.count : state.succeeded.count
        let unfinished = pods.filter { !["Succeeded", "Failed"].contains($0["status"]["phase"].string) }
        let active = unfinished.filter { $0["metadata"]["deletionTimestamp"].isNull }
        if done >= completions {
            finish(job, condition: "Complete", state: state, done: done)
            return
        }
        if state.failed.count > Int(job["spec"]["backoffLimit"].integer ?? 6) {
            finish(job, condition: "Failed", state: state, done: done)
            delete(active)
            return
        }
        let isSuspended = job["spec"]["suspend"].bool == true
        let wanted = isSuspended ? 0 : min(parallelism, completions - done)
        delete(active.dropFirst(wanted))
        let present = Self.waitsForTheEnd(job) ? unfinished : active
        let missing = max(0, wanted - present.count)
        let taken = Set(present.compactMap(Self.index))
        var free =
            isIndexed ? (0..<completions).filter { !taken.contains($0) && !state.completedIndexes.contains($0) } : []
        for _ in 0..<missing {
            let index = isIndexed ? free.removeFirst() : nil
            create(podOf: job, uid: uid, namespace: namespace, name: name, index: index)
        }
        let counts = [
            "active": min(active.count, wanted) + missing, "succeeded": done, "failed": state.failed.count,
        ]
        writeStatus(of: job, counts, isSuspended: isSuspended)
    }

    /// Writes what changed, and nothing otherwise.
    private func writeStatus(of job: JSON, _ counts: [String: Int], isSuspended: Bool) {
        let wasSuspended = Conditions.isTrue("Suspended", in: job)
        guard
            counts.contains(where: { Int(job["status"][$0.key].integer ?? 0) != $0.value })
                || wasSuspended != isSuspended || job["status"]["startTime"].isNull != isSuspended
        else { return }
        modify(.jobs, job["metadata"]["namespace"].string ?? "default", job["metadata"]["name"].string ?? "") { job in
            for (key, value) in counts { job["status"][key] = .integer(Int64(value)) }
            if isSuspended {
                job["status"]["startTime"] = .null
            } else if job["status"]["startTime"].isNull {
                job["status"]["startTime"] = .string(self.now.description)
            }
            guard wasSuspended != isSuspended else { return }
            Conditions.set(
                "Suspended",
                status: isSuspended,
                reason: isSuspended ? "JobSuspended" : "JobResumed",
                message: isSuspended ? "Job suspended" : "Job resumed",
                in: &job,
                now: self.now.milliseconds
            )
        }
    }

    private func delete(_ pods: some Sequence<JSON>) {
        for pod in pods {
            let metadata = pod["metadata"]
            _ = try? store.delete(
                .pods,
                in: metadata["namespace"].string ?? "",
                metadata["name"].string ?? "",
                now: now.milliseconds
            )
        }
    }

    /// With a failure policy a pod is replaced only once it has come to its end, because only then the policy can be
    /// asked: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-replacement-policy
    private static func waitsForTheEnd(_ job: JSON) -> Bool {
        !job["spec"]["podFailurePolicy"].isNull || job["spec"]["podReplacementPolicy"].string == "Failed"
    }

    private static func index(_ pod: JSON) -> Int? {
        pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"].string.flatMap { Int($0) }
    }

    private func count(_ pod: JSON, of job: JSON, in state: inout JobState) {
        guard let uid = pod["metadata"]["uid"].string else { return }
        switch pod["status"]["phase"].string {
        case "Succeeded":
            state.succeeded.insert(uid)
            if let index = Self.index(pod) { state.completedIndexes.insert(index) }
        case "Failed":
            // Those that a suspended Job gave up itself do not count.
            let isGivenUp = job["spec"]["suspend"].bool == true && !pod["metadata"]["deletionTimestamp"].isNull
            guard !isGivenUp, !isIgnored(pod, by: job["spec"]["podFailurePolicy"]) else { return }
            state.failed.insert(uid)
        default:
            return
        }
    }

    /// Whether the Job's podFailurePolicy ignores this failure because of a condition of the pod.
    private func isIgnored(_ pod: JSON, by policy: JSON) -> Bool {
        policy["rules"].elements.contains { rule in
            rule["action"].string == "Ignore"
                && rule["onPodConditions"].elements.contains { Conditions.isTrue($0["type"].string ?? "", in: pod) }
        }
    }

    private func finish(_ job: JSON, condition: String, state: JobState, done: Int) {
        let namespace = job["metadata"]["namespace"].string ?? "default"
        modify(.jobs, namespace, job["metadata"]["name"].string ?? "") { job in
            job["status"]["active"] = 0
            job["status"]["succeeded"] = .integer(Int64(done))
            job["status"]["failed"] = .integer(Int64(state.failed.count))
            let isComplete = condition == "Complete"
            if isComplete { job["status"]["completionTime"] = .string(self.now.description) }
            Conditions.set(
                condition,
                status: true,
                reason: isComplete ? "CompletionsReached" : "BackoffLimitExceeded",
                message: isComplete
                    ? "Reached expected number of succeeded pods" : "Job has reached the specified backoff limit",
                in: &job,
                now: self.now.milliseconds
            )
        }
        // https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/
        guard let seconds = job["spec"]["ttlSecondsAfterFinished"].integer else { return }
        schedule(
            .expired(
                .jobs,
                namespace: namespace,
                name: job["metadata"]["name"].string ?? "",
                uid: job["metadata"]["uid"].string ?? ""
            ),
            after: .seconds(max(0, seconds))
        )
    }

    private func create(podOf job: JSON, uid: String, namespace: String, name: String, index: Int?) {
        let template = job["spec"]["template"]
        var pod: JSON = ["spec": template["spec"]]
        var labels = template["metadata"]["labels"].strings
        for key in ["job-name", "batch.kubernetes.io/job-name"] { labels[key] = name }
        for key in ["controller-uid", "batch.kubernetes.io/controller-uid"] { labels[key] = uid }
        var annotations = template["metadata"]["annotations"].strings
        if let index {
            annotations["batch.kubernetes.io/job-completion-index"] = "\(index)"
            labels["batch.kubernetes.io/job-completion-index"] = "\(index)"
        }
        pod["metadata"] = ["labels": JSON(labels), "annotations": JSON(annotations)]
        pod["metadata"]["generateName"] = .string(index.map { "\(name)-\($0)-" } ?? "\(name)-")
        pod["metadata"]["ownerReferences"] = [
            [
                "apiVersion": "batch/v1", "kind": "Job", "name": .string(name), "uid": .string(uid), "controller": true,
                "blockOwnerDeletion": true,
            ]
        ]
        _ = try? store.create(pod, as: .pods, in: namespace, now: now.milliseconds)
    }
}
