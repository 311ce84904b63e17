import HTTPTransport
import Logging
import Model

/// Kinds that a cluster, or our role in it, may be without.
extension KubernetesCluster {
    /// A kind with its objects, and the version of it that the server has.
    struct ListedKind: Sendable {
        var kind: OptionalKind
        var resource: APIResource
        var listing: KubernetesClient.Listing<SchedulingObject>
    }

    /// Lists all that the server shows; kinds that it does not are left out.
    ///
    /// - Parameter missing: Learns which those are.
    /// - Returns: In the order of the kinds.
    /// - Throws: when the server cannot be asked, or an object cannot be read.
    func optionalKinds(_ missing: inout MissingKinds) async throws -> [ListedKind] {
        let kinds = OptionalKind.all
        let answers = try await withThrowingTaskGroup(of: (Int, Result<ListedKind, KubernetesError>).self) { group in
            for (index, kind) in kinds.enumerated() {
                group.addTask { (index, try await list(kind)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        missing.unlisted = []
        var result: [ListedKind] = []
        for (index, kind) in kinds.enumerated() {
            switch answers[index] {
            case .success(let listed): result.append(listed)
            case .failure(let error):
                missing.unlisted.insert(kind.plural)
                // Should it come back, it may be one that can be watched.
                missing.unwatched.remove(kind.plural)
                if error.code != 404 || kind.isBuiltIn { warn(of: kind, "listed", error.description, &missing) }
            case nil: continue
            }
        }
        return result
    }

    /// Lists a kind in the first of its versions that the server has; a failure is one that waiting does not mend.
    private func list(_ kind: OptionalKind) async throws -> Result<ListedKind, KubernetesError> {
        var refusals: [KubernetesError] = []
        for resource in kind.resources {
            do {
                let listing = try await client.list(resource, kind.read)
                return .success(ListedKind(kind: kind, resource: resource, listing: listing))
            } catch let error as KubernetesError where error.isLasting {
                refusals.append(error)
            }
        }
        let unserved = KubernetesError.status(
            request: "list of \(kind.plural)",
            code: 404,
            reason: "NotFound",
            message: "no version of it is known",
            causes: []
        )
        // That something is forbidden says more than that another version of it is not there.
        return .failure(refusals.first { $0.code != 404 } ?? refusals.first ?? unserved)
    }

    /// Watches a kind on and on. Only returns by throwing.
    func watch(_ listed: ListedKind, _ deliver: @escaping @Sendable ([Event]) async -> Void) async throws {
        let kind = listed.kind
        do {
            try await watch(listed.resource, from: listed.listing.resourceVersion, deliver) { change in
                switch change {
                case .changed(let json): .schedulingObjectChanged(try kind.read(json))
                case .deleted(let json): .schedulingObjectRemoved(try kind.read(json))
                }
            }
        } catch let error as KubernetesError where error.isLasting {
            throw UnwatchedKind(kind: kind, reason: error.description)
        }
    }

    /// Asks now and then for kinds that the server did not show, until it shows one: somebody has installed it, or has
    /// let us read it. That costs one small request a kind, where a fresh list of everything may cost much.
    ///
    /// - Parameter unlisted: The kinds, by plural.
    /// - Throws: `CancellationError`.
    func awaitKind(of unlisted: Set<String>) async throws {
        let resources = OptionalKind.all.filter { unlisted.contains($0.plural) }.flatMap(\.resources)
        while true {
            try await Task.sleep(for: recheckInterval)
            for resource in resources {
                do throws(KubernetesError) {
                    try await client.probe(resource)
                    return
                } catch {
                    // The watches see for themselves whether the server is there.
                    continue
                }
            }
        }
    }

    /// Says once what Gleaner works without.
    func warn(of kind: OptionalKind, _ what: String, _ reason: String, _ missing: inout MissingKinds) {
        guard missing.isNews(kind.plural) else { return }
        logger.warning(
            "The \(kind.plural) cannot be \(what): Gleaner works without knowing them, \(kind.meaning).",
            metadata: ["reason": "\(reason)"]
        )
    }
}
