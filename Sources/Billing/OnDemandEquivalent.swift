import Model

extension Ledger {
    /// A share of a node, in millionths, at a price per hour.
    struct Rate: Hashable {
        var price: ExactPrice
        var millionths: Int64
    }

    /// What a workload's members would have cost together on the cheapest on-demand nodes that fit them, at the prices
    /// in force when its first attempt started: a price per hour and the share of such a node, one a member.
    ///
    /// A member is known by its share of the node it ran on, not by its requests. It is taken to need that share of
    /// every resource of that node, and its accelerators of the same model: so a cheaper node is only ever reckoned when
    /// it surely fits. Candidates are the shape it ran on, and those of all pools that serve its namespace.
    func onDemandRates(of account: WorkloadAccount) -> [Rate] {
        guard let start = account.firstStart else { return [] }
        let time = Timestamp(seconds: start)
        return account.members.compactMap { member in
            var best: Rate?
            func consider(_ shape: Shape, _ millionths: Int64) {
                guard let price = onDemandPrice(of: shape, at: time) else { return }
                let cost = price.units * Int128(millionths)
                if let best, best.price.units * Int128(best.millionths) <= cost { return }
                best = Rate(price: price, millionths: millionths)
            }
            consider(member.shape, member.millionths)
            for (pool, shape) in poolShapes where pool.serves(namespace: account.id.namespace) {
                if let millionths = member.share(of: shape) { consider(shape, millionths) }
            }
            return best
        }
    }

    /// The lowest on-demand price of a shape's instance types in any zone; nil when none is known.
    private func onDemandPrice(of shape: Shape, at time: Timestamp) -> ExactPrice? {
        var lowest: ExactPrice?
        for type in shape.instanceTypes {
            for history in onDemandHistories[type] ?? [] {
                guard let price = histories[history].nearestPrice(to: time) else { continue }
                if let known = lowest, known.units <= price.units { continue }
                lowest = price
            }
        }
        return lowest
    }
}

extension WorkloadAccount.Member {
    /// The share of a node of another shape that surely holds it, in millionths, rounded up; nil when it might not fit.
    func share(of other: Shape) -> Int64? {
        guard other.accelerator == shape.accelerator else { return nil }
        var largest: Int64 = 0
        for (name, amount) in shape.allocatable.amounts {
            let isAccelerator = Resources.acceleratorNames.contains(name)
            guard isAccelerator || name == Resources.cpu || name == Resources.memory else { continue }
            let needed =
                isAccelerator
                ? Int128(accelerators) * 1000 * 1_000_000 : Int128(amount.thousandths) * Int128(millionths)
            guard needed > 0 else { continue }
            let offered = Int128(other.allocatable[name].thousandths)
            guard offered > 0 else { return nil }
            let share = (needed + offered - 1) / offered
            guard share <= 1_000_000 else { return nil }
            largest = max(largest, Int64(share))
        }
        return largest
    }
}
