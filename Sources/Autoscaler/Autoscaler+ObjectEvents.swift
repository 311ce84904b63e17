import Model

/// What objects are told of what was decided about them: why a pod waits, what was bought for it, why a node goes.
extension Autoscaler {
    /// What was told of an object, and when: the same is not told again and again.
    struct Told: Sendable {
        var words: String
        var at: Timestamp
    }

    /// Of an object.
    struct ToldKey: Hashable, Sendable {
        var uid: String
        var reason: ObjectEvent.Reason
    }

    /// How often the same is told again for as long as it is so.
    static let tellingInterval: Duration = .seconds(600)
    /// How soon something else may be told for the same reason: what changes back and forth is not told every time.
    static let tellingPause: Duration = .seconds(10)
    /// A step tells no more than this; why the other pods wait is told after the next plan.
    static let tellingLimit = 2000

    /// Tells objects what the facts of this step mean for them, and pods that were just planned for why they wait.
    ///
    /// - Parameters:
    ///   - events: of this step.
    ///   - launches: that were open when it began.
    ///   - now: the time.
    mutating func tellObjects(of events: [Event], _ launches: [LaunchRequest], at now: Timestamp) {
        var telling: [ObjectEvent] = []
        for fact in decisions.facts { telling += objectEvents(of: fact, launches) }
        let wasPlanned = events.contains { if case .planned = $0 { true } else { false } }
        let isExplained = decisions.facts.contains { if case .explained = $0 { true } else { false } }
        if wasPlanned || isExplained { telling += whyPodsWait() }
        guard !telling.isEmpty else { return }
        forgetTold(at: now)
        var news: [ObjectEvent] = []
        for event in telling where news.count < Self.tellingLimit {
            let key = ToldKey(uid: event.subject.uid, reason: event.reason)
            let words = event.words
            if let told = progress.told[key] {
                let pause = told.words == words ? Self.tellingInterval : Self.tellingPause
                guard now - told.at >= pause else { continue }
            }
            progress.told[key] = Told(words: words, at: now)
            news.append(event)
        }
        if !news.isEmpty { send(.tell(news)) }
    }

    /// Objects that are gone are not told anything again; those that stay are told anew after the interval anyway.
    private mutating func forgetTold(at now: Timestamp) {
        if let forgot = progress.forgotToldAt, now - forgot < Self.tellingInterval { return }
        progress.forgotToldAt = now
        progress.told = progress.told.filter { now - $0.value.at < Self.tellingInterval }
    }

    private func objectEvents(of fact: Fact, _ launches: [LaunchRequest]) -> [ObjectEvent] {
        switch fact {
        case .launchIntended(let request, let explanation):
            let message = explanation.summary.isEmpty ? Self.words(request) : explanation.summary
            return request.workloads.flatMap { events(.triggeredScaleUp, of: $0, message) }
        case .launchEnded(let id, .failed(_, let message)):
            guard let request = launches.first(where: { $0.id == id }) else { return [] }
            return request.workloads.flatMap { workload in
                events(.failedScaleUp, of: workload, "\(Self.words(request)) was refused: \(message)")
            }
        case .explained(let explanation):
            return explanation.workloads.flatMap { id in
                subject(of: id).map {
                    [ObjectEvent(subject: $0, reason: .notTriggerScaleUp, message: explanation.summary)]
                } ?? []
            }
        case .claimInitialised(let id, _):
            let bought = state.claims[id].map { claim in
                let workloads = claim.workloads.map(\.description).joined(separator: ", ")
                return "bought as \(claim.offering) at \(claim.pricePerHour) $/h for \(workloads)"
            }
            return event(.nodeInitialised, onNodeOf: id, bought ?? "")
        case .claimDraining(let id, let reason): return event(.draining, onNodeOf: id, reason)
        case .noticeReceived(let notice, let id):
            guard notice.kind == .interruption, let reclaim = state.claims[id]?.reclaimAt else { return [] }
            let message = "the cloud takes the node back at \(reclaim)"
            let pods = state.claims[id].flatMap { node(of: $0) }.map { cluster.pods(on: $0.name) } ?? []
            return event(.interruptionNotice, onNodeOf: id, message)
                + pods.filter { !$0.isNodeBound }.map {
                    ObjectEvent(subject: .init($0), reason: .interruptionNotice, message: message)
                }
        case .evictionIntended(let pod, let uid, let grace, let reason):
            let subject = ObjectEvent.Subject(kind: "Pod", namespace: pod.namespace, name: pod.name, uid: uid)
            let message = "has \(grace) s to save and stop: \(reason)"
            return [ObjectEvent(subject: subject, reason: .disrupted, message: message)]
        default: return []
        }
    }

    private static func words(_ request: LaunchRequest) -> String {
        "\(request.count) x \(request.offering) at \(request.pricePerHour) $/h each"
    }

    private func event(_ reason: ObjectEvent.Reason, onNodeOf id: ClaimID, _ message: String) -> [ObjectEvent] {
        guard let node = state.claims[id].flatMap({ node(of: $0) }) else { return [] }
        return [ObjectEvent(subject: .init(node), reason: reason, message: message)]
    }

    /// The same for a workload's object and for each of its pods that waits.
    private func events(_ reason: ObjectEvent.Reason, of id: WorkloadID, _ message: String) -> [ObjectEvent] {
        let pods = members(of: id).filter(\.isWaiting).map(ObjectEvent.Subject.init)
        let owner = id.kind == "Pod" ? nil : subject(of: id)
        return (pods + [owner].compactMap(\.self)).map {
            ObjectEvent(subject: $0, reason: reason, message: message)
        }
    }

    /// The object that stands for a workload. A gang that several objects make up has none.
    private func subject(of id: WorkloadID) -> ObjectEvent.Subject? {
        guard id.kind != "Gang" else { return nil }
        return ObjectEvent.Subject(kind: id.kind, namespace: id.namespace, name: id.name, uid: id.uid)
    }

    /// Every pod that waits and for which nothing is bought, with the reason; not one that has room by now.
    private func whyPodsWait() -> [ObjectEvent] {
        cluster.waitingPods.compactMap { pod in
            guard pod.isUnschedulable, progress.placements[pod.id] == nil, let id = workloadID(of: pod),
                let reason = state.explanations[id]
            else { return nil }
            return ObjectEvent(subject: .init(pod), reason: .notTriggerScaleUp, message: reason)
        }
    }
}
