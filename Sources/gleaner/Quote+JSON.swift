import Kubernetes
import Model
import Planning

extension Quote {
    /// - Parameters:
    ///   - quotes: Of all workloads.
    ///   - heldBack: Pods that could not be asked about.
    /// - Returns: One object for programs.
    static func json(_ quotes: [Quote], heldBack: [Plan.Unplaceable]) -> JSON {
        [
            "workloads": .array(quotes.map(\.json)),
            "unplaceable": .array(heldBack.flatMap(rows)),
        ]
    }

    private static func rows(_ unplaceable: Plan.Unplaceable) -> [JSON] {
        unplaceable.pods.map {
            ["pod": .string($0.description), "reason": .string(unplaceable.explanation.summary)]
        }
    }

    private var json: JSON {
        let workload = demand.workload
        return [
            "workload": .string(workload.id.description),
            "kind": .string(workload.id.kind),
            "pods": JSON(demand.pods.count),
            "podsOnStandingNodes": JSON(standing),
            "remainingSeconds": JSON(demand.remainingSeconds),
            "deadline": JSON(workload.deadline?.description),
            "overruled": .array(workload.overruled.map { .string($0) }),
            "offerings": .array(rows.map(json)),
            "refused": .array(
                refusals.map { Self.json($0.choice, ["reason": .string($0.reason)]) }
            ),
            "unplaceable": .array(plan.unplaceable.flatMap(Self.rows)),
        ]
    }

    private func json(_ row: Row) -> JSON {
        let outlook = row.outlook
        return Self.json(
            row.choice,
            [
                "nodes": JSON(row.nodes),
                "nodesChosen": JSON(row.chosen),
                "chosen": .bool(row.chosen > 0),
                "totalPricePerHour": .string((row.choice.pricePerHour * row.nodes).description),
                "expectedCost": .string(row.expectedCost.rounded(places: 6).description),
                "interruptionProbability": .number(outlook.interruptionProbability),
                "expectedInterruptions": .number(outlook.expectedInterruptions),
                "startSeconds": JSON(outlook.startSeconds),
                "totalSeconds": JSON(outlook.totalSeconds),
                "expectedFinish": .string(finish(row).description),
                "meetsDeadline": meetsDeadline(row).map { .bool($0) } ?? .null,
            ]
        )
    }

    private static func json(_ choice: PlanInput.Choice, _ more: [String: JSON]) -> JSON {
        let own: [String: JSON] = [
            "pool": .string(choice.pool),
            "shape": .string(choice.shape.name),
            "instanceType": .string(choice.offering.instanceType),
            "zone": .string(choice.offering.zone),
            "capacityType": .string(choice.offering.capacityType.rawValue),
            "pricePerHour": .string(choice.pricePerHour.description),
        ]
        return .object(own.merging(more) { _, new in new })
    }
}
