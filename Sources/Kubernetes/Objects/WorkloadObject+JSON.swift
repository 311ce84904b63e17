package import Model

extension WorkloadObject {
    /// Some pods of one template.
    struct Part {
        var count: Int
        /// Whether they are made at once, not only when others are ready.
        var isEarly = true
        /// With `metadata` and `spec`.
        var template: JSON
    }

    /// Reads a JobSet, PyTorchJob, MPIJob or PodGroup as the API server shows it.
    ///
    /// Their definitions leave much unchecked, and whoever may create one may write anything into it. What cannot be
    /// read counts as not said, so that one bad object never hides the others.
    /// - Parameters:
    ///   - json: The whole object.
    ///   - kind: What it is.
    /// - Throws: `ObjectError`, which names the object and the field, when it lacks what every object has.
    package init(json: JSON, kind: Kind) throws {
        let reader = ObjectReader(json, kind: kind.rawValue)
        self.init(
            kind: kind,
            namespace: try reader.required("metadata", "namespace"),
            name: try reader.required("metadata", "name"),
            uid: try reader.required("metadata", "uid"),
            createdAt: try reader.creation()
        )
        annotations = Self.annotations(json)
        switch kind {
        case .jobSet: readJobSet(json)
        case .pyTorchJob: readPyTorchJob(json)
        case .mpiJob: readMPIJob(json)
        case .podGroup: readPodGroup(json)
        }
        size = Self.clamped(Int64(size), least: 1)
        minimum = min(Self.clamped(Int64(minimum), least: 1), max(size, 1))
    }

    /// More members than this are no workload that anybody starts.
    private static let memberLimit: Int64 = 10_000

    private static func clamped(_ count: Int64, least: Int64 = 0) -> Int { Int(min(max(least, count), memberLimit)) }

    private static func annotations(_ json: JSON) -> [String: String] {
        json.at("metadata", "annotations").strings.filter { $0.key.hasPrefix(Annotation.prefix) }
    }

    /// How many pods a Job runs at once.
    private static func pods(ofJob spec: JSON) -> Int64 {
        let parallelism = spec["parallelism"].integer ?? 1
        return min(parallelism, spec["completions"].integer ?? parallelism)
    }

    // MARK: - The kinds

    /// https://jobset.sigs.k8s.io/docs/reference/jobset.v1alpha2/
    private mutating func readJobSet(_ json: JSON) {
        let jobs = json.at("spec", "replicatedJobs").elements
        let isInOrder = json.at("spec", "startupPolicy", "startupPolicyOrder").string == "InOrder"
        take(
            jobs.enumerated().map { index, job in
                let each = Self.clamped(Self.pods(ofJob: job.at("template", "spec")))
                return Part(
                    count: each * Self.clamped(job["replicas"].integer ?? 1),
                    // The others wait until these are ready, which they are not before they have room.
                    isEarly: job["dependsOn"].elements.isEmpty && !(isInOrder && index > 0),
                    template: job.at("template", "spec", "template")
                )
            }
        )
        end = Self.end(json, succeeded: "Completed", failed: "Failed")
    }

    /// https://www.kubeflow.org/docs/components/trainer/legacy-v1/reference/distributed-training/
    private mutating func readPyTorchJob(_ json: JSON) {
        let replicas = json.at("spec", "pytorchReplicaSpecs")
        let workers = Self.part(replicas["Worker"])
        take([Self.part(replicas["Master"]), workers].compactMap(\.self))
        if let workers, let least = json.at("spec", "elasticPolicy", "minReplicas").integer {
            minimum -= workers.count - min(workers.count, Self.clamped(least))
        }
        readRunPolicy(json)
    }

    /// Those of the training operator (v1) and of the MPI operator (v2beta1), which mean the same here.
    /// https://www.kubeflow.org/docs/components/trainer/legacy-v1/user-guides/mpi/
    private mutating func readMPIJob(_ json: JSON) {
        let replicas = json.at("spec", "mpiReplicaSpecs")
        var launcher = Self.part(replicas["Launcher"])
        let workers = Self.part(replicas["Worker"])
        let waits = json.at("spec", "launcherCreationPolicy").string == "WaitForWorkersReady"
        launcher?.isEarly = !waits || workers == nil
        take([launcher, workers].compactMap(\.self))
        readRunPolicy(json)
    }

    /// https://scheduler-plugins.sigs.k8s.io/docs/user-guide/co-scheduling/
    private mutating func readPodGroup(_ json: JSON) {
        minimum = Self.clamped(json.at("spec", "minMember").integer ?? 1, least: 1)
        size = minimum
        minimumResources =
            (try? ObjectReader(json, kind: kind.rawValue).resources("spec", "minResources")) ?? Resources()
        let accelerators = minimumResources.accelerators
        if accelerators > 0 { self.accelerators = accelerators }
        // A group that failed may go on with other pods: whoever made them knows.
        if json.at("status", "phase").string == "Finished" { end = End(succeeded: true, at: nil) }
    }

    // MARK: - What several have in common

    private static func part(_ replicas: JSON) -> Part? {
        guard replicas.object != nil else { return nil }
        return Part(count: clamped(replicas["replicas"].integer ?? 1), template: replicas["template"])
    }

    /// The policy that all jobs of Kubeflow have.
    private mutating func readRunPolicy(_ json: JSON) {
        if let available = json.at("spec", "runPolicy", "schedulingPolicy", "minAvailable").integer, available > 0 {
            minimum = min(minimum, Self.clamped(available))
        }
        end = Self.end(json, succeeded: "Succeeded", failed: "Failed")
    }

    /// Adds up what templates say. An annotation that several give counts as the first has it.
    private mutating func take(_ parts: [Part]) {
        size = parts.reduce(0) { $0 + $1.count }
        minimum = parts.reduce(0) { $0 + ($1.isEarly ? $1.count : 0) }
        var total: Int64 = 0
        for part in parts where part.count > 0 {
            annotations.merge(Self.annotations(part.template)) { first, _ in first }
            guard let requests = try? Pod.requests(ObjectReader(part.template, kind: kind.rawValue)) else { return }
            // Whatever a pod asks for: an absurd number fits nowhere, and breaks nothing.
            total += min(requests.accelerators, 1_000_000) * Int64(part.count)
        }
        accelerators = total
    }

    private static func end(_ json: JSON, succeeded: String, failed: String) -> End? {
        let conditions = json.at("status", "conditions").elements.filter { $0["status"].string == "True" }
        for (type, isSuccess) in [(succeeded, true), (failed, false)] {
            guard let condition = conditions.first(where: { $0["type"].string == type }) else { continue }
            let time = condition["lastTransitionTime"].string ?? json.at("status", "completionTime").string
            return End(succeeded: isSuccess, at: time.flatMap { Timestamp(rfc3339: $0) })
        }
        return nil
    }
}
