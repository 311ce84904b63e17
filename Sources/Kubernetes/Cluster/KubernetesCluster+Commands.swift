import HTTPTransport
import Logging
package import Model
import Runtime

extension KubernetesCluster {
    /// How often a node is read again when somebody else wrote it in between.
    private static let updateAttempts = 8

    package func update(_ update: NodeUpdate) async throws {
        var attempt = 1
        while true {
            do throws(KubernetesError) {
                let node = try await client.get(.nodes, name: update.node)
                guard let patch = Self.patch(of: node, by: update) else { return }
                _ = try await client.patch(.nodes, name: update.node, patch)
                return
            } catch {
                switch error.code {
                case 404: return
                case 409 where attempt < Self.updateAttempts: attempt += 1
                default: throw error
                }
            }
        }
    }

    /// The node controller sees to it that every cordoned node has this taint, and others have not. It writes the whole
    /// list of taints as it last saw it, and with that takes away what others wrote meanwhile; where the taint is as
    /// it should be, it writes nothing.
    private static let unschedulableTaint = Taint(key: "node.kubernetes.io/unschedulable", effect: .noSchedule)

    /// The merge patch that brings a node to what is asked for, guarded by the version that was read; nil when there
    /// is nothing to change.
    static func patch(of node: JSON, by update: NodeUpdate) -> JSON? {
        let old = node.at("spec", "taints").elements
        let removedKeys =
            update.removeTaintKeys + (update.unschedulable == false ? [unschedulableTaint.key] : [])
        var taints = old.filter { !removedKeys.contains($0["key"].string ?? "") }
        for taint in update.addTaints + (update.unschedulable == true ? [unschedulableTaint] : []) {
            let isSame = { (other: JSON) in
                other["key"].string == taint.key && other["effect"].string == taint.effect.rawValue
            }
            if taints.contains(where: { isSame($0) && ($0["value"].string ?? "") == taint.value }) { continue }
            taints.removeAll(where: isSame)
            var added: JSON = ["key": .string(taint.key), "effect": .string(taint.effect.rawValue)]
            if !taint.value.isEmpty { added["value"] = .string(taint.value) }
            taints.append(added)
        }
        var spec = [String: JSON]()
        if taints != old { spec["taints"] = taints.isEmpty ? .null : .array(taints) }
        if let unschedulable = update.unschedulable,
            unschedulable != (node.at("spec", "unschedulable").bool ?? false)
        {
            spec["unschedulable"] = .bool(unschedulable)
        }
        let labels = update.addLabels.filter { node.at("metadata", "labels")[$0.key].string != $0.value }
        guard !spec.isEmpty || !labels.isEmpty else { return nil }
        var metadata: [String: JSON] = ["resourceVersion": node.at("metadata", "resourceVersion")]
        if !labels.isEmpty { metadata["labels"] = .object(labels.mapValues { .string($0) }) }
        var patch: [String: JSON] = ["metadata": .object(metadata)]
        if !spec.isEmpty { patch["spec"] = .object(spec) }
        return .object(patch)
    }

    package func evict(_ eviction: Eviction) async -> EvictionOutcome {
        if eviction.overridesBudget { return await delete(eviction) }
        do throws(KubernetesError) {
            try await client.evict(
                namespace: eviction.pod.namespace,
                pod: eviction.pod.name,
                uid: eviction.uid,
                graceSeconds: eviction.graceSeconds
            )
            return .accepted
        } catch {
            if case .status(_, _, _, let message, _) = error, error.isBlockedByBudget {
                return .blockedByBudget(message: message)
            }
            return Self.outcome(of: error)
        }
    }

    /// Deletes without asking the budget, and first says in the pod's status that it was disrupted, so that a Job does
    /// not count it as its own failure.
    private func delete(_ eviction: Eviction) async -> EvictionOutcome {
        let condition: JSON = [
            "type": "DisruptionTarget", "status": "True", "reason": "DeletionByGleaner",
            "message": .string(eviction.reason), "lastTransitionTime": .string(wholeSeconds(clock.now)),
        ]
        do throws(KubernetesError) {
            _ = try await client.patch(
                .pods,
                namespace: eviction.pod.namespace,
                name: eviction.pod.name,
                subresource: "status",
                ["metadata": ["uid": .string(eviction.uid)], "status": ["conditions": [condition]]],
                as: .strategicMerge
            )
        } catch {
            guard Self.outcome(of: error) != .gone else { return .gone }
            // The reclaim does not wait for the courtesy.
            logger.warning(
                "The pod's status does not say that it is disrupted.",
                metadata: ["pod": "\(eviction.pod)", "reason": "\(error)"]
            )
        }
        do throws(KubernetesError) {
            try await client.delete(
                .pods,
                namespace: eviction.pod.namespace,
                name: eviction.pod.name,
                uid: eviction.uid,
                graceSeconds: eviction.graceSeconds
            )
            return .accepted
        } catch {
            return Self.outcome(of: error)
        }
    }

    /// The API's times have whole seconds.
    private func wholeSeconds(_ time: Timestamp) -> String {
        Timestamp(seconds: time.seconds).description
    }

    private static func outcome(of error: KubernetesError) -> EvictionOutcome {
        switch error {
        case .status(_, 404, _, _, _): .gone
        case .status(_, 409, _, let message, _) where message.lowercased().contains("uid"): .gone
        default: .failed(message: "\(error)")
        }
    }
}
