import Foundation
import Model

/// What may still be bought of each pool while a plan is made.
struct Ledger {
    private var left: [PlanInput.Headroom]
    /// Pools whose room is kept for a gang that waits for all of it.
    private var isClosed: [Bool]
    /// By the candidates' spot pool.
    private var shares: [Share]
    /// By the candidates' quota: the account's, which pools share.
    private var quotas: [QuotaRoom]
    /// Nodes that each reservation still holds, by the candidates' reservation.
    private var stock: [Int]
    /// Off for gangs of one model in one zone: they cannot be spread over spot pools; what they take counts all the same.
    var spreadsOverSpotPools = true

    /// What is left of a quota of the account, in vCPUs.
    struct QuotaRoom: Hashable {
        var quota: Quota
        var limit: Int64
        var left: Int64
    }

    /// How many accelerators depend on one spot pool, and how many may.
    struct Share: Hashable {
        var held: Int64
        var most: Int64

        /// The part of a number of accelerators that one pool may hold.
        static func most(of all: Int64, share: Double) -> Int64 {
            // Up by less than any share that can be written, so that 57% of 100 are 57 and not 56.
            Int64((Double(all) * share + 1e-6).rounded(.down))
        }

        /// At least one node: else a small cluster could not use spot at all.
        func room(for accelerators: Int64) -> Int {
            held == 0 ? max(1, Int(most / accelerators)) : Int(max(0, most - held) / accelerators)
        }
    }

    /// - Parameters:
    ///   - headroom: By the problem's pool index.
    ///   - shares: By the problem's spot pool index; empty when there is no cap.
    ///   - quotas: By the problem's quota index; empty when none is known.
    ///   - stock: By the problem's reservation index; empty where none binds.
    init(
        _ headroom: [PlanInput.Headroom],
        shares: [Share] = [],
        quotas: [QuotaRoom] = [],
        stock: [Int] = []
    ) {
        left = headroom
        isClosed = [Bool](repeating: false, count: headroom.count)
        self.shares = shares
        self.quotas = quotas
        self.stock = stock
    }

    /// How many nodes of a choice may still be bought.
    func room(for choice: Candidate) -> Int {
        min(
            min(room(for: choice, evenIfClosed: false), roomOnSpot(for: choice)),
            min(roomInQuota(for: choice), roomInReservation(for: choice))
        )
    }

    private func roomInQuota(for choice: Candidate) -> Int {
        guard let quota = choice.quota, !quotas.isEmpty else { return .max }
        return Int(max(0, quotas[quota].left) / choice.choice.vCPUs)
    }

    private func roomInReservation(for choice: Candidate) -> Int {
        guard let reservation = choice.reservation, !stock.isEmpty else { return .max }
        return max(0, stock[reservation])
    }

    private func roomOnSpot(for choice: Candidate) -> Int {
        guard spreadsOverSpotPools, !shares.isEmpty, let pool = choice.spotPool, choice.accelerators > 0 else {
            return .max
        }
        return shares[pool].room(for: choice.accelerators)
    }

    private func room(for choice: Candidate, evenIfClosed: Bool) -> Int {
        guard evenIfClosed || !isClosed[choice.pool] else { return 0 }
        let left = left[choice.pool]
        var count = max(0, left.nodes ?? .max)
        if let accelerators = left.accelerators, choice.accelerators > 0 {
            count = min(count, Int(max(0, accelerators) / choice.accelerators))
        }
        if let spend = left.spendPerHour, choice.pricePerHour > .zero {
            count = min(count, Self.affordable(spend, at: choice.pricePerHour))
        }
        return count
    }

    mutating func take(_ choice: Candidate, count: Int) {
        let pool = choice.pool
        if let quota = choice.quota { quotas[quota].left -= choice.choice.vCPUs * Int64(count) }
        if let spotPool = choice.spotPool, !shares.isEmpty {
            shares[spotPool].held += choice.accelerators * Int64(count)
        }
        if let reservation = choice.reservation, !stock.isEmpty { stock[reservation] -= count }
        left[pool].nodes = left[pool].nodes.map { $0 - count }
        left[pool].accelerators = left[pool].accelerators.map { $0 - choice.accelerators * Int64(count) }
        left[pool].spendPerHour = left[pool].spendPerHour.map { $0 - choice.pricePerHour * count }
    }

    mutating func giveBack(_ choice: Candidate, count: Int) {
        take(choice, count: -count)
    }

    /// Keeps what is left of a pool from everyone who comes later.
    mutating func close(pool: Int) { isClosed[pool] = true }

    /// The limit that forbids buying so many nodes, in words; nil when all of them may be bought.
    func refusal(for choice: Candidate, count: Int) -> String? {
        guard room(for: choice) < count else { return nil }
        if isClosed[choice.pool], room(for: choice, evenIfClosed: true) >= count {
            return "pool \(choice.poolName) is kept for a gang that has waited longer"
        }
        if roomOnSpot(for: choice) < count, let pool = choice.spotPool {
            return "spot pool \(choice.offering.instanceType) in \(choice.offering.zone) may hold "
                + "\(shares[pool].most) accelerators by maximumPoolShare, and holds \(shares[pool].held)"
        }
        if roomInQuota(for: choice) < count, let quota = choice.quota {
            let room = quotas[quota]
            return "the account's quota \(room.quota): \(max(0, room.left)) of \(room.limit) vCPUs are left, and "
                + "\(choice.choice.vCPUs * Int64(count)) are needed"
        }
        if roomInReservation(for: choice) < count, let reservation = choice.choice.reservation {
            return "reservation \(reservation.id): \(roomInReservation(for: choice)) nodes left"
        }
        let left = left[choice.pool]
        let name = "limit of pool \(choice.poolName)"
        if let nodes = left.nodes, nodes < count {
            return "\(name): \(max(0, nodes)) nodes left"
        }
        if let accelerators = left.accelerators, accelerators < choice.accelerators * Int64(count) {
            return "\(name): \(max(0, accelerators)) accelerators left"
        }
        return "\(name): \((left.spendPerHour.map { max(.zero, $0) } ?? .zero).formatted()) $/h left"
    }

    private static func affordable(_ spend: Money, at price: Money) -> Int {
        guard spend > .zero else { return 0 }
        let approximation = min(spend.approximate / price.approximate, 1e9)
        // The quotient is only close; the exact products decide.
        var count = max(0, Int(approximation) - 1)
        while price * (count + 1) <= spend, count < 1_000_000_000 { count += 1 }
        return count
    }
}
