import DequeModule
package import Kubernetes

/// What an API server keeps: objects of every kind, a resource version for each change, and a log of the changes.
///
/// A value without I/O, clock or randomness: `now` is an argument (milliseconds since 1970, UTC) and names and uids
/// come from a counter, so that the same calls give the same objects. A copy is a snapshot, a trial on a copy is a dry
/// run.
package struct ObjectStore: Sendable {
    /// An object's place.
    struct Place: Sendable, Hashable {
        var kind: ResourceKind
        var namespace: String
        var name: String
    }

    private typealias Names = [String: JSON]

    private var objects: [ResourceKind: [String: Names]] = [:]
    private var log = Deque<Change>()
    private let logLimit: Int
    private var identities: Identities
    /// Who names an object as its owner, by the owner's uid.
    private var dependents: [String: Set<Place>] = [:]
    /// Events in the order in which they may expire.
    private var eventExpiry = Deque<(deadline: Int64, place: Place)>()

    /// The version of the last change. Versions count up by one.
    package private(set) var resourceVersion: Int64 = 0

    /// A store with the namespaces that every cluster has.
    ///
    /// - Parameters:
    ///   - now: The time of its creation.
    ///   - logLimit: How many changes are remembered; a watch from further back is told to list again.
    ///   - seed: What uids and generated names come from.
    package init(now: Int64, logLimit: Int = 8192, seed: UInt64 = 0) {
        self.logLimit = logLimit
        identities = Identities(seed: seed)
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            ensureNamespace(name, now: now)
        }
    }

    /// Creates the namespace unless it is there.
    package mutating func ensureNamespace(_ name: String, now: Int64) {
        guard find(.namespaces, name) == nil else { return }
        _ = try? create(["metadata": ["name": .string(name)]], as: .namespaces, now: now)
    }
}

// MARK: Reading

extension ObjectStore {
    /// The object of that name, or none.
    package func find(_ kind: ResourceKind, in namespace: String = "", _ name: String) -> JSON? {
        objects[kind]?[kind.isNamespaced ? namespace : ""]?[name]
    }

    /// The object of that name.
    ///
    /// - Parameters:
    ///   - kind: Its kind.
    ///   - namespace: Its namespace, for kinds that have one.
    ///   - name: Its name.
    /// - Returns: The object.
    /// - Throws: `APIError.notFound`.
    package func get(_ kind: ResourceKind, in namespace: String = "", _ name: String) throws(APIError) -> JSON {
        guard let object = find(kind, in: namespace, name) else { throw .notFound(kind, name: name) }
        return object
    }

    /// All objects of a kind that are selected, by namespace and name.
    package func objects(_ kind: ResourceKind, _ selection: Selection = Selection()) -> [JSON] {
        guard let namespaces = objects[kind] else { return [] }
        var selected = [JSON]()
        for namespace in namespaces.keys.sorted()
        where !kind.isNamespaced || (selection.namespace ?? namespace) == namespace {
            for (_, object) in (namespaces[namespace] ?? [:]).sorted(by: { $0.key < $1.key })
            where selection.labels.matches(object["metadata"]["labels"]) && selection.fields.matches(object) {
                selected.append(object)
            }
        }
        return selected
    }

    /// How many objects of a kind there are.
    package func count(_ kind: ResourceKind) -> Int { objects[kind]?.values.reduce(0) { $0 + $1.count } ?? 0 }

    /// A list or one page of it.
    ///
    /// Later pages show the present; their resource version is the first page's, so that a watch from there tells what
    /// changed in between.
    ///
    /// - Parameters:
    ///   - kind: What to list.
    ///   - selection: Which of them.
    ///   - limit: The size of a page, 0 for all.
    ///   - continueToken: The page before's token.
    /// - Returns: The page.
    /// - Throws: `APIError.badRequest` for a strange token, `APIError.expired` for one the log has outlived.
    package func list(
        _ kind: ResourceKind,
        _ selection: Selection = Selection(),
        limit: Int = 0,
        continueToken: String? = nil
    ) throws(APIError) -> ObjectList {
        var items = objects(kind, selection)
        var version = resourceVersion
        if let continueToken {
            guard let token = PageToken(text: continueToken) else {
                throw .badRequest("continue key is not valid: \"\(continueToken)\"")
            }
            guard token.resourceVersion >= oldestVersion, token.resourceVersion <= resourceVersion else {
                throw .expired("The provided continue parameter is too old to display a consistent list result.")
            }
            version = token.resourceVersion
            items.removeAll { !token.precedes($0) }
        }
        guard limit > 0, items.count > limit, let last = items.prefix(limit).last else {
            return ObjectList(items: items, resourceVersion: version)
        }
        let isPlain = selection.labels == .everything && selection.fields == .everything
        return ObjectList(
            items: Array(items.prefix(limit)),
            resourceVersion: version,
            continueToken: PageToken(after: last, resourceVersion: version).text,
            remaining: isPlain ? items.count - limit : nil
        )
    }
}

// MARK: Changes

extension ObjectStore {
    /// The oldest version that changes are remembered since.
    package var oldestVersion: Int64 { resourceVersion - Int64(log.count) }

    /// What changed after that version, in order.
    ///
    /// - Parameter version: The last version the caller knows.
    /// - Returns: Each change.
    /// - Throws: `APIError.expired` when the log does not reach back to it, or has not come to it: list again.
    package func changes(since version: Int64) throws(APIError) -> [Change] {
        guard version >= oldestVersion, version <= resourceVersion else {
            throw .expired("too old resource version: \(version) (\(oldestVersion))")
        }
        return Array(log.suffix(Int(resourceVersion - version)))
    }

    /// What a watch on a selection is told of the changes after that version: an object that comes to match counts as
    /// added, one that no longer does as deleted.
    ///
    /// - Parameters:
    ///   - kind: What is watched.
    ///   - selection: Which of them.
    ///   - version: The last version the watcher knows.
    /// - Returns: The events, each object as of its change.
    /// - Throws: `APIError.expired` as `changes(since:)` does.
    package func watchEvents(
        _ kind: ResourceKind,
        _ selection: Selection,
        since version: Int64
    ) throws(APIError) -> [WatchEvent] {
        try changes(since: version).compactMap { change in
            guard change.kind == kind,
                !kind.isNamespaced || (selection.namespace ?? change.namespace) == change.namespace
            else { return nil }
            let matched = change.before.map(selection.matches) ?? false
            let matches = change.type != .deleted && selection.matches(change.object)
            switch (matched, matches) {
            case (false, false): return nil
            case (false, true): return WatchEvent(type: .added, object: change.object)
            case (true, true): return WatchEvent(type: .modified, object: change.object)
            case (true, false): return WatchEvent(type: .deleted, object: change.object)
            }
        }
    }
}

// MARK: The one way in

extension ObjectStore {
    mutating func nextUID() -> String { identities.uid() }

    mutating func nextSuffix() -> String { identities.suffix() }

    func place(_ kind: ResourceKind, _ object: JSON) -> Place {
        let metadata = object["metadata"]
        return Place(
            kind: kind,
            namespace: kind.isNamespaced ? metadata["namespace"].string ?? "" : "",
            name: metadata["name"].string ?? ""
        )
    }

    func find(_ place: Place) -> JSON? { find(place.kind, in: place.namespace, place.name) }

    /// Stores an object as it is, under the next resource version; one that did not change keeps its version.
    @discardableResult
    mutating func put(_ object: JSON, at place: Place) -> JSON {
        let before = find(place)
        if before == object { return object }
        var object = object
        object["metadata"]["resourceVersion"] = .string(String(resourceVersion + 1))
        objects[place.kind, default: [:]][place.namespace, default: [:]][place.name] = object
        noteOwners(of: place, before: before, after: object)
        record(before == nil ? .added : .modified, place, before: before, object: object)
        return object
    }

    /// Takes an object out and returns its last state.
    @discardableResult
    mutating func take(_ place: Place) -> JSON? {
        guard let before = objects[place.kind]?[place.namespace]?.removeValue(forKey: place.name) else { return nil }
        if objects[place.kind]?[place.namespace]?.isEmpty == true { objects[place.kind]?[place.namespace] = nil }
        var last = before
        last["metadata"]["resourceVersion"] = .string(String(resourceVersion + 1))
        noteOwners(of: place, before: before, after: nil)
        record(.deleted, place, before: before, object: last)
        return last
    }

    private mutating func record(_ type: Change.Kind, _ place: Place, before: JSON?, object: JSON) {
        resourceVersion += 1
        log.append(
            Change(
                type: type,
                kind: place.kind,
                namespace: place.namespace,
                name: place.name,
                before: before,
                object: object,
                resourceVersion: resourceVersion
            )
        )
        if log.count > logLimit { log.removeFirst() }
    }

    private mutating func noteOwners(of place: Place, before: JSON?, after: JSON?) {
        let old = before?["metadata"]["ownerReferences"] ?? .null
        let new = after?["metadata"]["ownerReferences"] ?? .null
        guard old != new else { return }
        for uid in old.elements.compactMap({ $0["uid"].string }) {
            dependents[uid]?.remove(place)
            if dependents[uid]?.isEmpty == true { dependents[uid] = nil }
        }
        for uid in new.elements.compactMap({ $0["uid"].string }) { dependents[uid, default: []].insert(place) }
    }

    /// Who names that uid as an owner, in a fixed order.
    func dependents(of uid: String) -> [Place] {
        (dependents[uid] ?? []).sorted {
            ($0.kind.qualifiedName, $0.namespace, $0.name) < ($1.kind.qualifiedName, $1.namespace, $1.name)
        }
    }

    /// Every place of a kind in a namespace, in a fixed order.
    func places(_ kind: ResourceKind, in namespace: String) -> [Place] {
        (objects[kind]?[namespace] ?? [:]).keys.sorted().map { Place(kind: kind, namespace: namespace, name: $0) }
    }

    /// Events live for an hour after they were last seen, as `--event-ttl` has it by default.
    mutating func expireEvents(adding place: Place, now: Int64) {
        let lifetime: Int64 = 3_600_000
        eventExpiry.append((now + lifetime, place))
        while let (deadline, place) = eventExpiry.first, deadline <= now {
            eventExpiry.removeFirst()
            guard let event = find(place) else { continue }
            let seen = (event["series"]["lastObservedTime"].string ?? event["lastTimestamp"].string)
                .flatMap(RFC3339.milliseconds)
            if let seen, seen + lifetime > now, seen <= now {
                eventExpiry.append((now + lifetime, place))
            } else {
                take(place)
            }
        }
    }
}
