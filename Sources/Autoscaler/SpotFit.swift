import Foundation
import Model

/// The offerings that take in all of a workload, and how much of them it needs.
struct SpotFit: Equatable, Sendable {
    /// An offering with what the workload would have of it.
    struct Place: Equatable, Sendable {
        var offering: Offering
        /// Whole nodes for a gang, which has them for itself; else parts of nodes.
        var nodes: Double
        /// Work done a second, relative to what expected runtimes speak of.
        var speed: Double
    }

    /// By offering.
    var spot: [Place]
    var onDemand: [Place]

    /// Of this many kinds of pods each is looked at; those of further kinds count like the first.
    private static let mostKinds = 16

    /// - Parameters:
    ///   - pods: All of the workload's that have not ended.
    ///   - workload: Whose.
    ///   - pools: Of the configuration.
    ///   - choices: All that the pools sell, bought or closed.
    ///   - volumes: That the pods mount.
    ///   - relativeSpeed: By accelerator model.
    init(
        _ pods: [Pod],
        of workload: Workload,
        pools: [Pool],
        choices: [PlanInput.Choice],
        volumes: [VolumeClaim],
        relativeSpeed: [String: Double]
    ) {
        var kinds: [(pod: Pod, count: Int)] = []
        for pod in pods {
            if let index = kinds.firstIndex(where: { Self.isAlike($0.pod, pod) }) {
                kinds[index].count += 1
            } else if kinds.count < Self.mostKinds {
                kinds.append((pod, 1))
            } else {
                kinds[0].count += 1
            }
        }
        let serving = Set(pools.filter { $0.serves(namespace: workload.id.namespace) }.map(\.name))
        var best: [Offering: Place] = [:]
        for choice in choices where choice.offering.capacityType != .reserved && serving.contains(choice.pool) {
            guard let nodes = Self.nodes(for: kinds, isGang: workload.gang != nil, of: choice, volumes) else {
                continue
            }
            let speed = choice.shape.accelerator.flatMap { relativeSpeed[$0] } ?? 1
            let place = Place(offering: choice.offering, nodes: nodes, speed: speed > 0 ? speed : 1)
            if let known = best[choice.offering], known.nodes / known.speed <= place.nodes / place.speed { continue }
            best[choice.offering] = place
        }
        let sorted = best.values.sorted { $0.offering < $1.offering }
        spot = sorted.filter { $0.offering.capacityType == .spot }
        onDemand = sorted.filter { $0.offering.capacityType == .onDemand }
    }

    private static func isAlike(_ left: Pod, _ right: Pod) -> Bool {
        left.requests == right.requests && left.nodeSelector == right.nodeSelector
            && left.nodeAffinity == right.nodeAffinity && left.tolerations == right.tolerations
            && left.volumeClaims == right.volumeClaims
    }

    /// How many nodes all pods take; nil when some do not fit there.
    private static func nodes(
        for kinds: [(pod: Pod, count: Int)],
        isGang: Bool,
        of choice: PlanInput.Choice,
        _ volumes: [VolumeClaim]
    ) -> Double? {
        let labels = choice.shape.nodeLabels(pool: choice.pool, offering: choice.offering)
        var result = 0.0
        for (pod, count) in kinds {
            let mounted = volumes.filter { pod.volumeClaims.contains($0.name) && $0.namespace == pod.id.namespace }
            guard pod.requests.fits(in: choice.shape.allocatable),
                pod.accepts(labels: labels, taints: choice.shape.taints),
                mounted.allSatisfy({ claim in
                    claim.reachableFrom.isEmpty || claim.reachableFrom.contains { $0.matches(labels) }
                })
            else { return nil }
            let millionths = Autoscaler.shareMillionths(of: pod.requests, in: choice.shape.allocatable)
            let share = Double(max(1, millionths)) / 1e6
            result += isGang ? (Double(count) / (1 / share).rounded(.down)).rounded(.up) : Double(count) * share
        }
        return result > 0 ? result : nil
    }
}

/// What offerings cost at one moment, and which can be had.
struct SpotMarket: Sendable {
    /// Dollars an hour.
    private(set) var prices: [Offering: Double] = [:]
    private(set) var open: Set<Offering> = []

    /// - Parameter choices: All that the pools sell, bought or closed.
    init(_ choices: [PlanInput.Choice]) {
        for choice in choices {
            prices[choice.offering] = choice.pricePerHour.inDollars
            if choice.closedBecause == nil { open.insert(choice.offering) }
        }
    }
}

extension Money {
    /// For ratios, never for books.
    var inDollars: Double { NSDecimalNumber(decimal: amount).doubleValue }
}
