package import Model

extension Pod {
    /// Reads a core/v1 Pod as the API server shows it.
    ///
    /// Values that a later Kubernetes may add (an operator, a toleration's effect) are read so that the pod runs in
    /// fewer places, never in more.
    /// - Parameters:
    ///   - json: The whole object.
    ///   - priorityClasses: For a pod that no API server has seen yet, which would write the priority into it.
    /// - Throws: `ObjectError`, which names the pod and the field.
    package init(json: JSON, priorityClasses: [PriorityClass] = []) throws {
        let reader = ObjectReader(json, kind: "Pod")
        self.init(
            id: PodID(
                namespace: try reader.required("metadata", "namespace"),
                name: try reader.required("metadata", "name")
            ),
            uid: try reader.required("metadata", "uid"),
            createdAt: try reader.creation()
        )
        try readMetadata(reader)
        try readSpec(reader, priorityClasses)
        try readStatus(reader)
    }

    /// A grace period may be any number that an owner wrote: past this it makes no difference, and sums stay in range.
    private static let longestGraceSeconds: Int64 = 365 * 86_400

    private mutating func readMetadata(_ reader: ObjectReader) throws {
        labels = try reader.strings("metadata", "labels")
        let all = try reader.strings("metadata", "annotations")
        annotations = all.filter { $0.key.hasPrefix(Annotation.prefix) }
        owner = try reader.controller()
        provisioning = ProvisioningReference(annotations: all)
        isNodeBound = owner?.kind == "DaemonSet" || all["kubernetes.io/config.mirror"] != nil
        if let deletion = try reader.timestamp("metadata", "deletionTimestamp") {
            // The timestamp says when the grace period ends: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
            let grace = try reader.integer("metadata", "deletionGracePeriodSeconds") ?? 0
            deletedAt = deletion - .seconds(min(max(0, grace), Self.longestGraceSeconds))
        }
    }

    private mutating func readSpec(_ reader: ObjectReader, _ priorityClasses: [PriorityClass]) throws {
        nodeName = try reader.string("spec", "nodeName").flatMap { $0.isEmpty ? nil : $0 }
        requests = try Self.requests(reader)
        nodeSelector = try reader.strings("spec", "nodeSelector")
        try readAffinity(reader)
        try readTopologySpread(reader)
        hostPorts = try Self.hostPorts(reader)
        usesHostNetwork = try reader.bool("spec", "hostNetwork") ?? false
        containerPorts = try Self.containerPorts(reader)
        volumeClaims = try Self.volumeClaims(reader, pod: id.name)
        tolerations = try reader.elements("spec", "tolerations").compactMap(Self.toleration)
        priority = Int(clamping: try reader.integer("spec", "priority") ?? Self.priority(reader, priorityClasses))
        let grace = try reader.integer("spec", "terminationGracePeriodSeconds") ?? 30
        terminationGraceSeconds = min(max(0, grace), Self.longestGraceSeconds)
        isGated = try !reader.elements("spec", "schedulingGates").isEmpty
    }

    private mutating func readStatus(_ reader: ObjectReader) throws {
        let phase = try reader.string("status", "phase")
        self.phase = phase.map { Phase(rawValue: $0) ?? .unknown } ?? .pending
        if let scheduled = try reader.condition("PodScheduled") {
            isUnschedulable =
                try scheduled.string("status") == "False" && scheduled.string("reason") == "Unschedulable"
        }
        ip = try reader.string("status", "podIP").flatMap { $0.isEmpty ? nil : $0 }
        let ready = try reader.condition("Ready")
        let changedAt = try ready?.timestamp("lastTransitionTime")
        isReady = try ready?.string("status") == "True"
        readyAt = isReady ? changedAt : nil

        var started = [Timestamp]()
        var finished = [Timestamp]()
        for status in try reader.elements("status", "containerStatuses") {
            started += try [
                status.timestamp("state", "running", "startedAt"),
                status.timestamp("state", "terminated", "startedAt"),
                status.timestamp("lastState", "terminated", "startedAt"),
            ].compactMap(\.self)
            finished += try [status.timestamp("state", "terminated", "finishedAt")].compactMap(\.self)
        }
        startedAt = started.min()
        // A pod that was refused or evicted has no container that could say when it ended.
        finishedAt = isFinished ? finished.max() ?? changedAt : nil
    }

    private static func priority(_ reader: ObjectReader, _ classes: [PriorityClass]) throws -> Int64 {
        let name = try reader.string("spec", "priorityClassName") ?? ""
        let known = (classes + PriorityClass.system).first { name.isEmpty ? $0.isDefault : $0.name == name }
        return Int64(known?.value ?? 0)
    }

    /// For how many seconds a taint is tolerated makes no difference to where a new pod may go.
    private static func toleration(_ reader: ObjectReader) throws -> Toleration? {
        let key = try reader.string("key")
        let exists: Bool
        switch try reader.string("operator") {
        case nil, "", "Equal": exists = false
        case "Exists": exists = true
        default: return nil
        }
        var toleration = Toleration(
            key: key?.isEmpty == true ? nil : key,
            exists: exists,
            value: try reader.string("value") ?? ""
        )
        if let effect = try reader.string("effect"), !effect.isEmpty {
            guard let known = Taint.Effect(rawValue: effect) else { return nil }
            toleration.effect = known
        }
        return toleration
    }
}
