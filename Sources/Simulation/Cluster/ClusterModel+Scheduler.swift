import Kubernetes
import Model

extension ClusterModel {
    /// Binds what fits, the most important and the oldest first, and says of the rest why it does not fit.
    func runScheduler() {
        let pods = store.objects(.pods).compactMap { decoded($0) }
        let waiting = pods.filter(\.isWaiting).sorted {
            ($1.priority, $0.createdAt, $0.id) < ($0.priority, $1.createdAt, $1.id)
        }
        guard !waiting.isEmpty else { return }
        var nodes = store.objects(.nodes).compactMap { try? Node(json: $0) }
        var free: [String: Resources] = [:]
        for node in nodes { free[node.name] = node.allocatable }
        for pod in pods where pod.occupiesNode {
            if let node = pod.nodeName { free[node]? -= pod.requests }
        }
        nodes.sort { $0.name < $1.name }
        for pod in waiting {
            let volumes = volumeClaims(of: pod)
            // The fullest node that has room: what stays empty can be given back.
            let fitting = nodes.filter { node in
                refusal(of: node, for: pod, volumes, free: free[node.name] ?? Resources()) == nil
            }
            let best = fitting.min {
                ((free[$0.name]?.accelerators ?? 0), $0.name) < ((free[$1.name]?.accelerators ?? 0), $1.name)
            }
            if let best {
                free[best.name]? -= pod.requests
                _ = try? store.bind(pod: pod.id.name, in: pod.id.namespace, to: best.name, now: now.milliseconds)
                event(on: pod, type: "Normal", reason: "Scheduled", "Successfully assigned \(pod.id) to \(best.name)")
            } else {
                markUnschedulable(pod, volumes, nodes: nodes, free: free)
            }
        }
    }

    /// The claims of a pod and where their volumes can be reached.
    private func volumeClaims(of pod: Pod) -> [VolumeClaim] {
        guard !pod.volumeClaims.isEmpty else { return [] }
        let kinds: [ResourceKind] = [.persistentVolumeClaims, .persistentVolumes, .storageClasses]
        let objects = kinds.flatMap { kind in store.objects(kind).compactMap { SchedulingObject.read($0, as: kind) } }
        return SchedulingObjects(objects).volumeClaims(of: [pod])
    }

    /// Why a node does not take a pod, in the scheduler's words; nil when it does.
    private func refusal(of node: Node, for pod: Pod, _ volumes: [VolumeClaim], free: Resources) -> String? {
        if node.isUnschedulable { return "node(s) were unschedulable" }
        if !pod.nodeSelector.allSatisfy({ node.labels[$0.key] == $0.value })
            || !(pod.nodeAffinity.isEmpty || pod.nodeAffinity.contains { $0.matches(node.labels) })
        {
            return "node(s) didn't match Pod's node affinity/selector"
        }
        let intolerable = node.taints.first { taint in
            taint.effect != .preferNoSchedule && !pod.tolerations.contains { $0.tolerates(taint) }
        }
        if let intolerable {
            return "node(s) had untolerated taint {\(intolerable.key): \(intolerable.value)}"
        }
        let isReached = volumes.allSatisfy { claim in
            claim.reachableFrom.isEmpty || claim.reachableFrom.contains { $0.matches(node.labels) }
        }
        if !isReached { return "node(s) had volume node affinity conflict" }
        return pod.requests.lacking(in: free).first.map { "Insufficient \($0)" }
    }

    private func markUnschedulable(_ pod: Pod, _ volumes: [VolumeClaim], nodes: [Node], free: [String: Resources]) {
        var counts: [String: Int] = [:]
        for node in nodes {
            if let refusal = refusal(of: node, for: pod, volumes, free: free[node.name] ?? Resources()) {
                counts[refusal, default: 0] += 1
            }
        }
        let details = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let message =
            nodes.isEmpty ? "no nodes available to schedule pods" : "0/\(nodes.count) nodes are available: \(details)."
        if let json = store.find(.pods, in: pod.id.namespace, pod.id.name) {
            let condition = json["status"]["conditions"].elements.first { $0["type"].string == "PodScheduled" }
            guard condition?["message"].string != message || condition?["status"].string != "False" else { return }
        }
        modify(.pods, pod.id.namespace, pod.id.name) { object in
            Conditions.set(
                "PodScheduled",
                status: false,
                reason: "Unschedulable",
                message: message,
                in: &object,
                now: self.now.milliseconds
            )
        }
        if !pod.isUnschedulable { event(on: pod, type: "Warning", reason: "FailedScheduling", message) }
    }

    /// Writes an event about a pod, for `kubectl describe`.
    func event(on pod: Pod, type: String, reason: String, _ message: String) {
        let time = JSON.string(now.description)
        let event: JSON = [
            "metadata": ["generateName": .string("\(pod.id.name)."), "namespace": .string(pod.id.namespace)],
            "involvedObject": [
                "apiVersion": "v1", "kind": "Pod", "namespace": .string(pod.id.namespace), "name": .string(pod.id.name),
                "uid": .string(pod.uid),
            ],
            "type": .string(type), "reason": .string(reason), "message": .string(message), "count": 1,
            "firstTimestamp": time, "lastTimestamp": time, "source": ["component": "world"],
        ]
        _ = try? store.create(event, as: .events, in: pod.id.namespace, now: now.milliseconds)
    }
}
