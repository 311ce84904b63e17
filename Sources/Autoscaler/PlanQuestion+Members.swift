import Model

extension PlanQuestion {
    /// The pods of a scene by what becomes of them.
    struct Members {
        /// A workload's pods.
        struct Group {
            var id: WorkloadID
            var waiting: [Pod] = []
            /// Those that run.
            var staying: [Pod] = []
        }

        private(set) var groups: [Group] = []
        /// By node.
        var occupants: [String: [Pod]] = [:]
        /// One pod of each daemon set, without what ties it to a node, by the set's uid.
        private(set) var daemons: [String: Pod] = [:]
        private(set) var heldBack: [Plan.Unplaceable] = []
        /// How many run on nodes that are not known.
        private(set) var strays = 0

        private let jobs: JobIndex
        private let objects: SchedulingObjects
        private var groupIndex: [WorkloadID: Int] = [:]
        private var gangs: [PodID: WorkloadID] = [:]

        init(
            _ pods: [Pod],
            nodes: [Node],
            jobs: JobIndex,
            objects: SchedulingObjects
        ) {
            self.jobs = jobs
            self.objects = objects
            let known = Set(nodes.map(\.name))
            let order = pods.indices.sorted { pods[$0].id < pods[$1].id }
            for index in order where !pods[index].isFinished { sort(pods[index], known) }
            groupIndex = [:]
        }

        private mutating func sort(_ pod: Pod, _ nodes: Set<String>) {
            if let owner = pod.owner, owner.kind == "DaemonSet", daemons[owner.uid] == nil {
                daemons[owner.uid] = pod.detached
            }
            if let node = pod.nodeName {
                guard nodes.contains(node) else {
                    if !pod.isNodeBound { strays += 1 }
                    return
                }
                occupants[node, default: []].append(pod)
                if !pod.isNodeBound { groups[group(of: pod)].staying.append(pod) }
            } else if !pod.isNodeBound {
                if pod.deletedAt != nil {
                    holdBack(pod, "is being deleted")
                } else if pod.isGated {
                    holdBack(pod, "is held by its scheduling gates")
                } else {
                    groups[group(of: pod)].waiting.append(pod)
                }
            }
        }

        private mutating func group(of pod: Pod) -> Int {
            var id = pod.workloadID(jobs, objects) ?? pod.ownWorkloadID
            if let gang = pod.annotation(.gang), !gang.isEmpty {
                // Named by the namespace and the annotation alone, whoever owns the members.
                let key = PodID(namespace: pod.id.namespace, name: gang)
                id = gangs[key] ?? .gang(gang, firstMember: pod)
                gangs[key] = id
            }
            if let index = groupIndex[id] { return index }
            groups.append(Group(id: id))
            groupIndex[id] = groups.count - 1
            return groups.count - 1
        }

        private mutating func holdBack(_ pod: Pod, _ reason: String) {
            let explanation = Explanation(workloads: [pod.ownWorkloadID], summary: reason)
            heldBack.append(Plan.Unplaceable(pods: [pod.id], explanation: explanation))
        }
    }
}
