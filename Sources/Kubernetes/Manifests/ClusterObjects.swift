package import Model

/// What files say of a cluster: pods and nodes that stand there or would, and what pods depend on.
package struct ClusterObjects {
    package private(set) var pods: [Pod] = []
    package private(set) var nodes: [Node] = []
    /// Those of which pods were made, or that stand beside their pods.
    package private(set) var jobs: [Job] = []
    /// Namespaces, volumes and daemon sets; JobSets and the like where pods stand beside them.
    package private(set) var objects = SchedulingObjects()
    /// How many objects there were of kinds that are left out.
    package private(set) var others: [String: Int] = [:]

    private var podIDs: Set<PodID> = []
    private var nodeNames: Set<String> = []
    private var shared = SharedParts()
    /// Whether workloads give the pods that their templates would make.
    private let readsTemplates: Bool

    /// - Parameter readsTemplates: Whether Jobs and the like stand for their pods; else they only say what belongs together,
    ///   since a cluster's pods are listed themselves.
    package init(readsTemplates: Bool = false) {
        self.readsTemplates = readsTemplates
    }

    /// Adds the objects of a file.
    ///
    /// - Parameters:
    ///   - path: Of the file, as `Manifests.read` takes it.
    ///   - kind: What items of a list are that say no kind of their own.
    /// - Throws: `ManifestError`, which names the file, the object and the field.
    package mutating func read(path: String, assuming kind: String? = nil) throws {
        try Manifests.read(path: path, assuming: kind) { object in
            do {
                try add(object)
            } catch let error as ObjectError {
                throw object.error(error)
            }
        }
    }

    /// Forgets the pods and gives them away, so that they are held once.
    /// - Returns: All pods so far.
    package mutating func takePods() -> [Pod] {
        defer { pods = [] }
        return pods
    }

    private mutating func add(_ object: ManifestObject) throws {
        var json = object.json
        switch object.kind {
        case "Pod":
            json.completeMetadata(isNamespaced: true)
            try add(try Pod(json: json), of: object)
        case "Node":
            json.completeMetadata(isNamespaced: false)
            // A node of which a file says nothing else is one to be reckoned with.
            if json.at("status", "conditions").isNull {
                json["status"]["conditions"] = [["type": "Ready", "status": "True"]]
            }
            try add(try Node(json: json), of: object)
        case "Namespace", "PersistentVolume", "StorageClass":
            json.completeMetadata(isNamespaced: false)
            if let other = try SchedulingObject.read(json) { objects.put(other) }
        case "PersistentVolumeClaim", "DaemonSet", "PodGroup":
            try putNamespaced(&json)
        case "Job" where !readsTemplates:
            json.completeMetadata(isNamespaced: true)
            jobs.append(try Job(json: json))
        case let kind where !readsTemplates && WorkloadObject.Kind(rawValue: kind) != nil:
            try putNamespaced(&json)
        default:
            guard readsTemplates, let workload = try WorkloadManifest(json, kind: object.kind) else {
                others[object.kind, default: 0] += 1
                return
            }
            if let job = workload.job { jobs.append(job) }
            for pod in workload.pods { try add(pod, of: object) }
        }
    }

    private mutating func putNamespaced(_ json: inout JSON) throws {
        json.completeMetadata(isNamespaced: true)
        if let object = try SchedulingObject.read(json) { objects.put(object) }
    }

    private mutating func add(_ pod: Pod, of object: ManifestObject) throws {
        var pod = pod
        guard podIDs.insert(pod.id).inserted else { throw object.error("Pod \(pod.id): there are two of this name") }
        shared.share(&pod)
        pods.append(pod)
    }

    private mutating func add(_ node: Node, of object: ManifestObject) throws {
        var node = node
        guard nodeNames.insert(node.name).inserted else {
            throw object.error("Node \(node.name): there are two of this name")
        }
        if node.labels[Label.hostname] == nil { node.labels[Label.hostname] = node.name }
        nodes.append(node)
    }
}
