package import Kubernetes

/// How to delete an object (`metav1.DeleteOptions`).
package struct DeleteOptions: Sendable, Hashable {
    package enum Propagation: String, Sendable, Hashable {
        case background = "Background"
        case foreground = "Foreground"
        case orphan = "Orphan"
    }

    /// Seconds; none for the object's own.
    package var gracePeriodSeconds: Int64?
    package var propagation: Propagation
    /// The uid the object must have.
    package var uid: String?
    /// The resource version the object must have.
    package var resourceVersion: String?

    package init(
        gracePeriodSeconds: Int64? = nil,
        propagation: Propagation = .background,
        uid: String? = nil,
        resourceVersion: String? = nil
    ) {
        self.gracePeriodSeconds = gracePeriodSeconds
        self.propagation = propagation
        self.uid = uid
        self.resourceVersion = resourceVersion
    }

    /// Reads the API's own form; what is absent takes its default.
    ///
    /// - Parameter object: The `DeleteOptions` object or `null`.
    /// - Throws: `APIError.badRequest` for an unknown propagation policy or a negative grace period.
    package init(object: JSON) throws(APIError) {
        self.init(
            gracePeriodSeconds: object["gracePeriodSeconds"].integer,
            uid: object["preconditions"]["uid"].string,
            resourceVersion: object["preconditions"]["resourceVersion"].string
        )
        if let text = object["propagationPolicy"].string {
            guard let policy = Propagation(rawValue: text) else {
                throw .badRequest("invalid propagationPolicy \"\(text)\": one of Background, Foreground, Orphan")
            }
            propagation = policy
        } else if object["orphanDependents"].bool == true {
            propagation = .orphan
        }
        if let seconds = gracePeriodSeconds, seconds < 0 {
            throw .badRequest("gracePeriodSeconds must not be negative")
        }
    }
}

extension ObjectStore {
    private static let foreground = "foregroundDeletion"

    /// Deletes an object. One with finalizers, and a pod that runs on a node, stay with a deletion timestamp until
    /// those are gone and `finalizeDelete` is called for the pod; everything else is gone at once, and with it, unless
    /// orphaned, what it owns.
    ///
    /// - Parameters:
    ///   - kind: Its kind.
    ///   - namespace: Its namespace, for kinds that have one.
    ///   - name: Its name.
    ///   - options: Grace, propagation and preconditions.
    ///   - now: The time.
    /// - Returns: The object's last or present state.
    /// - Throws: `APIError.notFound`, or `conflict` when a precondition fails.
    @discardableResult
    package mutating func delete(
        _ kind: ResourceKind,
        in namespace: String = "",
        _ name: String,
        _ options: DeleteOptions = DeleteOptions(),
        now: Int64
    ) throws(APIError) -> JSON {
        let object = try get(kind, in: namespace, name)
        try check(options, kind: kind, object: object)
        let place = place(kind, object)
        if kind == .namespaces { empty(name, now: now) }
        if let uid = object["metadata"]["uid"].string {
            switch options.propagation {
            case .orphan: orphanDependents(of: uid, now: now)
            case .foreground where !dependents(of: uid).isEmpty:
                return deleteInForeground(place, uid: uid, now: now) ?? object
            case .foreground, .background: break
            }
        }
        return beginDeletion(place, graceSeconds: options.gracePeriodSeconds, now: now) ?? object
    }

    /// Ends a graceful deletion: the kubelet's last word, once the pod's containers have stopped. Finalizers still hold
    /// the object back.
    ///
    /// - Parameters:
    ///   - kind: Its kind.
    ///   - namespace: Its namespace, for kinds that have one.
    ///   - name: Its name.
    ///   - now: The time.
    /// - Returns: The object's last state, none when it was not there.
    @discardableResult
    package mutating func finalizeDelete(
        _ kind: ResourceKind,
        in namespace: String = "",
        _ name: String,
        now: Int64
    ) -> JSON? {
        beginDeletion(Place(kind: kind, namespace: namespace, name: name), graceSeconds: 0, now: now)
    }

    /// Deletes every selected object of a kind.
    ///
    /// - Parameters:
    ///   - kind: The kind.
    ///   - selection: Which of them.
    ///   - options: Grace and propagation.
    ///   - now: The time.
    /// - Returns: The objects as they were.
    /// - Throws: `APIError.conflict` when a precondition fails.
    package mutating func deleteAll(
        _ kind: ResourceKind,
        _ selection: Selection,
        _ options: DeleteOptions = DeleteOptions(),
        now: Int64
    ) throws(APIError) -> [JSON] {
        let selected = objects(kind, selection)
        for object in selected {
            let place = place(kind, object)
            // An earlier one of them may have taken this one along.
            guard find(place) != nil else { continue }
            try delete(kind, in: place.namespace, place.name, options, now: now)
        }
        return selected
    }

    /// Whether an object only waited to go and nothing holds it any more.
    func isDone(_ object: JSON, kind: ResourceKind) -> Bool {
        let metadata = object["metadata"]
        guard metadata["deletionTimestamp"].string != nil, metadata["finalizers"].elements.isEmpty else { return false }
        return kind != .pods || metadata["deletionGracePeriodSeconds"].integer == 0
    }

    /// Takes an object out, and with it what it owns.
    @discardableResult
    mutating func remove(_ place: Place, now: Int64) -> JSON? {
        guard let last = take(place) else { return nil }
        if let uid = last["metadata"]["uid"].string {
            for dependent in dependents(of: uid) { beginDeletion(dependent, graceSeconds: nil, now: now) }
        }
        for reference in last["metadata"]["ownerReferences"].elements { releaseOwner(reference, of: place, now: now) }
        refreshDisruptionBudgets(after: place, now: now)
        return last
    }

    @discardableResult
    private mutating func beginDeletion(_ place: Place, graceSeconds: Int64?, now: Int64) -> JSON? {
        guard var object = find(place) else { return nil }
        let grace = place.kind == .pods ? podGrace(object, asked: graceSeconds) : 0
        let isHeld = !object["metadata"]["finalizers"].elements.isEmpty
        guard isHeld || grace > 0 else { return remove(place, now: now) }
        let deadline = now + grace * 1000
        let present = object["metadata"]["deletionTimestamp"].string.flatMap(RFC3339.milliseconds)
        // A second deletion may only shorten the grace period.
        if let present, present <= deadline, object["metadata"]["deletionGracePeriodSeconds"].integer ?? 0 <= grace {
            return object
        }
        object["metadata"]["deletionTimestamp"] = .string(RFC3339.string(deadline))
        object["metadata"]["deletionGracePeriodSeconds"] = .integer(grace)
        if place.kind.countsGenerations, present == nil {
            object["metadata"]["generation"] = .integer((object["metadata"]["generation"].integer ?? 0) + 1)
        }
        put(object, at: place)
        refreshDisruptionBudgets(after: place, now: now)
        return find(place)
    }

    /// A pod that is bound nowhere or has finished needs no time to stop.
    private func podGrace(_ pod: JSON, asked: Int64?) -> Int64 {
        let phase = pod["status"]["phase"].string
        let isBound = !(pod["spec"]["nodeName"].string ?? "").isEmpty
        guard isBound, phase != "Succeeded", phase != "Failed" else { return 0 }
        return max(0, asked ?? pod["spec"]["terminationGracePeriodSeconds"].integer ?? 30)
    }

    private func check(_ options: DeleteOptions, kind: ResourceKind, object: JSON) throws(APIError) {
        let metadata = object["metadata"]
        let name = metadata["name"].string ?? ""
        if let uid = options.uid, uid != metadata["uid"].string {
            throw .conflict(
                kind,
                name: name,
                message: "the UID in the precondition (\(uid)) does not match the UID in record "
                    + "(\(metadata["uid"].string ?? "")). The object might have been deleted and then recreated"
            )
        }
        if let version = options.resourceVersion, version != metadata["resourceVersion"].string {
            throw .conflict(
                kind,
                name: name,
                message: "the ResourceVersion in the precondition (\(version)) does not match the ResourceVersion in "
                    + "record (\(metadata["resourceVersion"].string ?? "")). The object might have been modified"
            )
        }
    }

    private mutating func deleteInForeground(_ place: Place, uid: String, now: Int64) -> JSON? {
        guard var object = find(place) else { return nil }
        if object["metadata"]["deletionTimestamp"].isNull {
            object["metadata"]["deletionTimestamp"] = .string(RFC3339.string(now))
            object["metadata"]["deletionGracePeriodSeconds"] = 0
            object["metadata"]["finalizers"] = .array(
                object["metadata"]["finalizers"].elements + [.string(Self.foreground)]
            )
            put(object, at: place)
        }
        for dependent in dependents(of: uid) { beginDeletion(dependent, graceSeconds: nil, now: now) }
        return find(place)
    }

    /// Lets an owner go that waits, in the foreground, for the last of its dependents.
    private mutating func releaseOwner(_ reference: JSON, of place: Place, now: Int64) {
        guard let uid = reference["uid"].string, let apiVersion = reference["apiVersion"].string,
            let kindName = reference["kind"].string, let name = reference["name"].string,
            let kind = ResourceKind.find(apiVersion: apiVersion, kind: kindName),
            var owner = find(kind, in: place.namespace, name), owner["metadata"]["uid"].string == uid,
            owner["metadata"]["deletionTimestamp"].string != nil, dependents(of: uid).isEmpty
        else { return }
        let finalizers = owner["metadata"]["finalizers"].elements.filter { $0.string != Self.foreground }
        owner["metadata"]["finalizers"] = finalizers.isEmpty ? .null : .array(finalizers)
        let ownerPlace = self.place(kind, owner)
        put(owner, at: ownerPlace)
        if isDone(owner, kind: kind) { remove(ownerPlace, now: now) }
    }

    private mutating func orphanDependents(of uid: String, now: Int64) {
        for place in dependents(of: uid) {
            guard var object = find(place) else { continue }
            let owners = object["metadata"]["ownerReferences"].elements.filter { $0["uid"].string != uid }
            object["metadata"]["ownerReferences"] = owners.isEmpty ? .null : .array(owners)
            put(object, at: place)
        }
    }

    /// A namespace takes everything in it along, without grace.
    private mutating func empty(_ namespace: String, now: Int64) {
        for kind in ResourceKind.all where kind.isNamespaced {
            for place in places(kind, in: namespace) { beginDeletion(place, graceSeconds: 0, now: now) }
        }
    }
}
