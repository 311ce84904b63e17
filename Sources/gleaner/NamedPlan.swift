import Foundation
import Kubernetes
import Model

/// A plan whose new nodes have names, for people and programs that read it.
struct NamedPlan {
    let plan: Plan
    /// Pods without a place, with the reasons: of the plan, and those that it was not asked about.
    let unplaceable: [Plan.Unplaceable]
    /// The names of the nodes of each purchase.
    let names: [[String]]
    let planningSeconds: Double
    let costPerHour: Money

    init(_ plan: Plan, heldBack: [Plan.Unplaceable], hosts: [PlanInput.Host], planningSeconds: Double) {
        self.plan = plan
        self.planningSeconds = planningSeconds
        unplaceable = plan.unplaceable + heldBack
        let taken = Set(hosts.map(\.name))
        var number = 0
        names = plan.purchases.map { purchase in
            purchase.pods.map { _ in
                repeat { number += 1 } while taken.contains("new-\(number)")
                return "new-\(number)"
            }
        }
        costPerHour = plan.purchases.reduce(Money.zero) { $0 + $1.pricePerHour * $1.count }
    }

    /// Node names by pod, new and standing ones.
    private func places() -> [PodID: String] {
        var result = plan.placements
        result.reserveCapacity(plan.bindingOrder.count)
        for (purchase, names) in zip(plan.purchases, names) {
            for (pods, name) in zip(purchase.pods, names) {
                for pod in pods { result[pod] = name }
            }
        }
        return result
    }

    // MARK: - JSON

    /// Writes the plan to standard output, piece by piece: it may be as large as its input.
    func writeJSON() {
        var output = BufferedOutput()
        output.write("{\"nodes\":[")
        var separator = Separator()
        for (purchase, names) in zip(plan.purchases, names) {
            for name in names {
                output.write(separator.next())
                output.write(
                    [
                        "name": .string(name), "pool": .string(purchase.pool), "shape": .string(purchase.shape.name),
                        "instanceType": .string(purchase.offering.instanceType),
                        "zone": .string(purchase.offering.zone),
                        "capacityType": .string(purchase.offering.capacityType.rawValue),
                        "pricePerHour": .string(purchase.pricePerHour.description),
                    ]
                )
            }
        }
        output.write("],\n\"placements\":[")
        separator = Separator()
        let places = places()
        for pod in plan.bindingOrder {
            guard let node = places[pod] else { continue }
            output.write(separator.next())
            output.write(["pod": .string(pod.description), "node": .string(node)])
        }
        output.write("],\n\"unplaceable\":[")
        separator = Separator()
        for unplaceable in unplaceable {
            for pod in unplaceable.pods {
                output.write(separator.next())
                output.write([
                    "pod": .string(pod.description), "reason": .string(unplaceable.explanation.summary),
                ])
            }
        }
        output.write("],\n\"explanations\":[")
        separator = Separator()
        for explanation in plan.purchases.map(\.explanation) + unplaceable.map(\.explanation) {
            output.write(separator.next())
            output.write(Self.json(explanation))
        }
        output.write("],\n\"costPerHour\":")
        output.write(.string(costPerHour.description))
        output.write(",\n\"planningSeconds\":\(planningSeconds)}\n")
        output.flush()
    }

    private struct Separator {
        private var isFirst = true

        mutating func next() -> String {
            defer { isFirst = false }
            return isFirst ? "\n" : ",\n"
        }
    }

    private static func json(_ explanation: Explanation) -> JSON {
        [
            "workloads": .array(explanation.workloads.map { .string($0.description) }),
            "chosen": explanation.chosen.map(json) ?? .null,
            "rejected": .array(explanation.rejected.map(json)),
            "summary": .string(explanation.summary),
        ]
    }

    private static func json(_ option: Explanation.Option) -> JSON {
        [
            "pool": .string(option.pool),
            "shape": .string(option.shape),
            "instanceType": .string(option.offering.instanceType),
            "zone": .string(option.offering.zone),
            "capacityType": .string(option.offering.capacityType.rawValue),
            "nodes": JSON(option.nodes),
            "pricePerHour": .string(option.pricePerHour.description),
            "expectedCost": .string(option.expectedCost.rounded(places: 6).description),
            "reason": .string(option.reason),
        ]
    }
}

/// Standard output, written in large pieces.
struct BufferedOutput {
    private static let pieceBytes = 64 << 10
    private var buffer: [UInt8] = []

    mutating func write(_ text: String) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.pieceBytes { flush() }
    }

    mutating func write(_ json: JSON) {
        json.write(into: &buffer)
        if buffer.count >= Self.pieceBytes { flush() }
    }

    mutating func flush() {
        FileHandle.standardOutput.write(Data(buffer))
        buffer.removeAll(keepingCapacity: true)
    }
}
