import Model

/// What keeps a pod that waits from running although it could have a node: nothing is bought for it meanwhile, and no
/// node is kept for it.
extension Autoscaler {
    /// Room for a pod that the scheduler does not use.
    struct UnusedRoom: Sendable {
        /// The pod's.
        var uid: String
        /// Takes pods, and has room for this one.
        var node: String
        var since: Timestamp
        /// How often the pod was left alone because of that.
        var times = 0
        var leftAloneUntil: Timestamp?
    }

    /// How long the scheduler may take to bind a pod to a node that has room for it: it looks at a pod again when
    /// something changes, and every five minutes in any case.
    static let bindingPatience: Duration = .seconds(600)
    /// A pod is left alone for twice as long each time, and never for longer than this.
    static let longestNeglect: Duration = .seconds(6 * 3600)

    /// Why a pod that waits asks for nothing at present; nil when it does.
    func obstacle(to pod: Pod, at now: Timestamp) -> String? {
        if let claim = cluster.objects.missingVolumeClaim(of: pod) {
            return "\(pod.id.name) uses the volume claim \(claim), which is not there"
        }
        guard let room = progress.unusedRooms[pod.id], room.uid == pod.uid, let until = room.leftAloneUntil, now < until
        else { return nil }
        return "\(room.node) has room for \(pod.id.name), and the scheduler has not bound it there in "
            + "\(Self.bindingPatience.components.seconds) s, for what its condition PodScheduled says: nothing is bought "
            + "for it until \(until)"
    }

    /// Sees which pods the scheduler leaves waiting though a node has room for them: more nodes would not help them.
    mutating func watchUnusedRooms(at now: Timestamp) {
        guard cluster.isSynced else { return }
        for (id, room) in progress.unusedRooms {
            guard let pod = cluster.pods[id], pod.uid == room.uid, pod.isWaiting else {
                progress.unusedRooms[id] = nil
                continue
            }
            if let until = room.leftAloneUntil, now < until { wake(at: until) }
        }
        for (id, host) in progress.placements {
            guard let pod = cluster.pods[id], pod.isWaiting, pod.isUnschedulable else { continue }
            let known = progress.unusedRooms[id]
            if let until = known?.leftAloneUntil, now < until { continue }
            guard let node = nodeName(host).flatMap({ cluster.nodes[$0] }), isOpen(node) else {
                if known?.times == 0 { progress.unusedRooms[id] = nil }
                continue
            }
            var room = known ?? UnusedRoom(uid: pod.uid, node: node.name, since: now)
            if room.node != node.name || room.leftAloneUntil != nil {
                room = UnusedRoom(uid: pod.uid, node: node.name, since: now, times: room.times)
            }
            if room.since + Self.bindingPatience <= now {
                room.times += 1
                let length = min(Self.bindingPatience * (1 << min(room.times, 10)), Self.longestNeglect)
                room.leftAloneUntil = now + length
            }
            progress.unusedRooms[id] = room
            wake(at: room.leftAloneUntil ?? room.since + Self.bindingPatience)
        }
    }

    /// Whether pods can be bound to a node.
    private func isOpen(_ node: Node) -> Bool {
        isStanding(node) && !node.taints.contains { $0.key == Taint.starting.key }
    }
}
