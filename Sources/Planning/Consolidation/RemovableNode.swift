import Model

/// A node whose pods may be moved, if there is a place for them and it pays.
struct RemovableNode {
    let node: ConsolidationInput.Standing
    let host: PlanInput.Host
    /// What its pods ask for together.
    let need: Resources
    /// When the last of its pods is expected to finish.
    let remainingSeconds: Int64
    /// What a second of changeover of all its pods costs, at their share of the node's price; as a price per hour.
    let share: Money
    /// Work that is lost when its pods move.
    let lostWork: Money

    /// - Returns: Nil when the node must be left alone.
    init?(_ node: ConsolidationInput.Standing, host: PlanInput.Host, in input: ConsolidationInput) {
        let disruption = input.disruption(of: node.pool)
        guard !node.residents.isEmpty, !node.isDisrupted, node.isReady, node.heldBecause == nil, host.reservedFor == nil
        else { return nil }
        let mustGo = node.replacedBecause != nil
        if !mustGo {
            guard disruption.policy == .whenEmptyOrUnderutilized,
                input.now - node.initialisedAt >= disruption.minimumNodeAge,
                input.now - node.quietSince >= disruption.consolidateAfter ?? input.defaultDelay
            else { return nil }
        }
        var need = Resources()
        var remaining: Int64 = 0
        var share = Money.zero
        var lost = Money.zero
        for resident in node.residents {
            guard let tenant = resident.workload.flatMap({ input.tenants[$0] }),
                Self.mayMove(resident.pod, of: tenant, in: input)
            else { return nil }
            need += resident.pod.requests
            remaining = max(remaining, tenant.demand.remainingSeconds)
            let part = Self.share(of: resident.pod.requests, in: node.shape.allocatable, price: node.pricePerHour)
            share += part
            guard tenant.demand.workload.checkpoint == .none else { continue }
            // Nothing presses so much that work is thrown away: it is waited for until it is done.
            if mustGo, !tenant.demand.workload.servesForEver { return nil }
            lost += part.costing(seconds: tenant.unsavedSeconds)
        }
        self.node = node
        self.host = host
        self.need = need
        self.share = share
        remainingSeconds = remaining
        lostWork = lost
    }

    private static func mayMove(_ pod: Pod, of tenant: ConsolidationInput.Tenant, in input: ConsolidationInput) -> Bool
    {
        let workload = tenant.demand.workload
        // A pod that has not begun would count as a failure of its Job when it is evicted.
        guard pod.owner != nil, pod.phase == .running, pod.deletedAt == nil, workload.gang == nil,
            !workload.doNotDisrupt
        else { return false }
        guard let deadline = workload.deadline else { return true }
        let slack = (deadline - input.now).components.seconds - tenant.demand.remainingSeconds
        // The move itself, an interruption after it, and a start elsewhere must still fit.
        return slack >= 3 * input.surroundings.changeover.totalSeconds
    }

    /// The part of a node's price that a request holds: the largest part of any resource but the pod count.
    private static func share(of requests: Resources, in allocatable: Resources, price: Money) -> Money {
        var millionths: Int64 = 0
        for (name, amount) in requests.amounts where name != Resources.pods {
            let whole = allocatable[name].thousandths
            guard whole > 0 else { continue }
            let part = Double(amount.thousandths) / Double(whole) * 1e6
            millionths = max(millionths, Int64(min(1e6, part.rounded(.up))))
        }
        return price * Int(millionths) / 1_000_000
    }

    /// Its pods by workload, as they will wait once they are evicted; sorted.
    func demands(in input: ConsolidationInput) -> [WorkloadID: [Pod]] {
        var result: [WorkloadID: [Pod]] = [:]
        for resident in node.residents {
            guard let workload = resident.workload else { continue }
            var pod = resident.pod
            pod.nodeName = nil
            pod.phase = .pending
            pod.isUnschedulable = true
            pod.isReady = false
            pod.startedAt = nil
            pod.readyAt = nil
            result[workload, default: []].append(pod)
        }
        return result
    }

    /// What going costs when all its pods find a place on hosts that stand, over a horizon.
    func sum(in input: ConsolidationInput) -> Consolidation.Sum {
        let changeover = input.surroundings.changeover
        return Consolidation.Sum(
            before: node.pricePerHour,
            horizonSeconds: horizonSeconds(in: input),
            changeover: share.costing(seconds: changeover.pullSeconds + changeover.restoreSeconds),
            lostWork: lostWork
        )
    }

    /// How long what is saved counts: within the time in which a move must repay, and no longer than its pods run.
    func horizonSeconds(in input: ConsolidationInput) -> Int64 {
        min(input.disruption(of: node.pool).repayWithin.components.seconds, remainingSeconds)
    }
}
