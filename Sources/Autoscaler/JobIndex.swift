import Model

/// Jobs, and what makes several of them one workload. Kept up with each change.
struct JobIndex: Sendable {
    /// By uid.
    private(set) var byUID: [String: Job] = [:]
    /// What the pods of suspended Jobs of ours would be, by the Job's uid.
    private(set) var expectedPods: [String: [Pod]] = [:]
    /// What made each Job, by the Job's uid. Those that were removed are remembered as long as what made them is known:
    /// their pods go later, and belong to it still.
    private var roots: [String: Pod.Owner] = [:]
    /// The uids of the Jobs that something made, by its uid.
    private var children: [String: Set<String>] = [:]
    /// The uids of the Jobs whose pods name a gang or a PodGroup.
    private var naming: [MemberKey: Set<String>] = [:]

    init(_ jobs: some Sequence<Job> = []) {
        for job in jobs { put(job) }
    }

    subscript(uid: String) -> Job? { byUID[uid] }

    mutating func put(_ job: Job) {
        if let before = byUID.updateValue(job, forKey: job.uid) { forgetNames(of: before) }
        for key in job.memberKeys { naming[key, default: []].insert(job.uid) }
        let pods = job.expectedPods
        expectedPods[job.uid] = pods.isEmpty ? nil : pods
        guard let owner = job.owner, owner.isRoot else { return }
        roots[job.uid] = owner
        children[owner.uid, default: []].insert(job.uid)
    }

    mutating func remove(_ uid: String) {
        guard let job = byUID.removeValue(forKey: uid) else { return }
        forgetNames(of: job)
        expectedPods[uid] = nil
    }

    private mutating func forgetNames(of job: Job) {
        for key in job.memberKeys {
            naming[key]?.remove(job.uid)
            if naming[key]?.isEmpty ?? false { naming[key] = nil }
        }
    }

    /// Forgets what was remembered for the sake of an object that is gone.
    mutating func forgetChildren(of uid: String) {
        for child in children.removeValue(forKey: uid) ?? [] where byUID[child] == nil { roots[child] = nil }
    }

    /// What made a Job, when that is one workload together with all else that it made.
    func root(of uid: String) -> Pod.Owner? { roots[uid] }

    /// The uids of all Jobs that something made, sorted; with those that are gone.
    func childUIDs(of uid: String) -> [String] { (children[uid] ?? []).sorted() }

    /// The Jobs that something made, sorted.
    func jobs(ownedBy uid: String) -> [Job] { childUIDs(of: uid).compactMap { byUID[$0] } }

    /// The Jobs whose pods name a gang or a PodGroup, sorted.
    func jobs(naming key: MemberKey) -> [Job] { (naming[key] ?? []).sorted().compactMap { byUID[$0] } }
}

extension Job {
    fileprivate var memberKeys: [MemberKey] {
        [
            gang.map { .gang(namespace: namespace, name: $0) },
            podGroup.map { .podGroup(namespace: namespace, name: $0) },
        ].compactMap(\.self)
    }
}

extension Pod.Owner {
    /// Whether all that it makes, Jobs among it, is one workload.
    var isRoot: Bool {
        switch WorkloadObject.Kind(rawValue: kind) {
        case .jobSet, .pyTorchJob, .mpiJob: true
        case .podGroup, nil: false
        }
    }
}
