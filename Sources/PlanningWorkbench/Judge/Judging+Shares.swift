import Model

extension Judging {
    /// What one workload has in one spot pool.
    private struct Stake {
        var pods = 0
        var accelerators: Int64 = 0
        /// Whether the plan brings any of it there.
        var isAdded = false
    }

    /// Whether the plan brings more of a workload's accelerators into one spot pool than the configured share, be it one
    /// pod alone. Gangs of one zone and one model stay together.
    mutating func judgeShares() {
        guard let share = input.economics?.maximumPoolShare else { return }
        let (offerings, running) = whereabouts()
        for demand in input.demands where demand.workload.gang?.topology != .zone {
            var stakes: [Offering: Stake] = [:]
            var all: Int64 = 0
            for id in demand.running {
                guard let pod = running[id] else { continue }
                all += pod.accelerators
                guard let offering = pod.offering, offering.capacityType == .spot, pod.accelerators > 0 else {
                    continue
                }
                stakes[offering, default: Stake()].pods += 1
                stakes[offering, default: Stake()].accelerators += pod.accelerators
            }
            for pod in demand.pods where pod.requests.accelerators > 0 {
                all += pod.requests.accelerators
                guard let offering = offerings[pod.id], offering.capacityType == .spot else { continue }
                stakes[offering, default: Stake()].pods += 1
                stakes[offering, default: Stake()].accelerators += pod.requests.accelerators
                stakes[offering, default: Stake()].isAdded = true
            }
            for (offering, stake) in stakes.sorted(by: { $0.key < $1.key }) where stake.isAdded && stake.pods > 1 {
                guard Double(stake.accelerators) > Double(all) * share + 1e-6 else { continue }
                object(
                    "spot pool \(offering.instanceType) in \(offering.zone) has \(stake.accelerators) of the \(all) "
                        + "accelerators of \(demand.workload.id), the share is \(share)"
                )
            }
        }
    }

    /// As what the node of every pod was bought: of those that get a place, and of those that run.
    private func whereabouts() -> (
        placed: [PodID: Offering], running: [PodID: (accelerators: Int64, offering: Offering?)]
    ) {
        var placed: [PodID: Offering] = [:]
        var running: [PodID: (accelerators: Int64, offering: Offering?)] = [:]
        var hosts: [String: Offering] = [:]
        for host in input.hosts {
            let offering = Offering(labels: host.labels)
            hosts[host.name] = offering
            for pod in host.pods { running[pod.id] = (pod.requests.accelerators, offering) }
        }
        for (id, name) in plan.placements { placed[id] = hosts[name] }
        for purchase in plan.purchases {
            for id in purchase.pods.joined() { placed[id] = purchase.offering }
        }
        return (placed, running)
    }
}
