import Billing
import Foundation
import Model

extension NamedPlan {
    /// More rows than this are counted and not shown; JSON has them all.
    private static let rowLimit = 40

    /// For people: what to buy, what finds room, what does not and why, and the sum.
    var table: String {
        var parts: [String] = []
        if !plan.purchases.isEmpty { parts.append("To buy\n" + purchaseTable) }
        if !plan.placements.isEmpty { parts.append("On nodes that stand\n" + standingTable) }
        if !unplaceable.isEmpty { parts.append("Without a place\n" + unplaceableText) }
        parts.append(total)
        return parts.joined(separator: "\n")
    }

    /// Equal nodes of all purchases.
    private struct Row: Hashable {
        var pool: String
        var offering: Offering
        var price: Money
    }

    private var purchaseTable: String {
        var nodes: [Row: Int] = [:]
        var pods: [Row: Int] = [:]
        for purchase in plan.purchases {
            let row = Row(pool: purchase.pool, offering: purchase.offering, price: purchase.pricePerHour)
            nodes[row, default: 0] += purchase.count
            pods[row, default: 0] += purchase.pods.reduce(0) { $0 + $1.count }
        }
        var result = TextTable(columns: [
            ("nodes", .right), ("instance type", .left), ("zone", .left), ("capacity", .left), ("pool", .left),
            ("$/h each", .right), ("$/h", .right), ("pods", .right),
        ])
        let rows = nodes.keys.sorted { ($0.pool, $0.offering, $0.price) < ($1.pool, $1.offering, $1.price) }
        for row in rows {
            let count = nodes[row] ?? 0
            result.append([
                "\(count)", row.offering.instanceType, row.offering.zone, row.offering.capacityType.rawValue, row.pool,
                row.price.formatted(places: 4), (row.price * count).formatted(places: 4), "\(pods[row] ?? 0)",
            ])
        }
        return result.text
    }

    private var standingTable: String {
        var byNode: [String: [PodID]] = [:]
        for (pod, node) in plan.placements { byNode[node, default: []].append(pod) }
        var result = TextTable(columns: [("node", .left), ("pods", .right), ("names", .left)])
        let rows = byNode.sorted { $0.key < $1.key }
        for (node, pods) in rows.prefix(Self.rowLimit) {
            let names = pods.sorted().map(\.description)
            result.append([node, "\(pods.count)", Self.list(names, width: TextLines.columns - node.count - 10)])
        }
        let rest = rows.dropFirst(Self.rowLimit)
        let more = rest.reduce(0) { $0 + $1.value.count }
        return result.text + (rest.isEmpty ? "" : "and \(more) pods on \(rest.count) more nodes\n")
    }

    /// As many names as fit, and how many there are beside them.
    private static func list(_ names: [String], width: Int) -> String {
        var text = names.first ?? ""
        for (index, name) in names.enumerated().dropFirst() {
            guard text.count + name.count + 16 <= width else { return "\(text) and \(names.count - index) more" }
            text += ", \(name)"
        }
        return text
    }

    private var unplaceableText: String {
        var byReason: [String: [PodID]] = [:]
        for entry in unplaceable { byReason[entry.explanation.summary, default: []] += entry.pods }
        let rows = byReason.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
        var text = ""
        for (reason, pods) in rows.prefix(Self.rowLimit) {
            let names = Self.list(pods.sorted().prefix(1).map(\.description), width: TextLines.columns)
            let more = pods.count > 1 ? " and \(pods.count - 1) more" : ""
            text += TextLines.wrapped("\(names)\(more): \(reason)")
        }
        let rest = rows.dropFirst(Self.rowLimit)
        let more = rest.reduce(0) { $0 + $1.value.count }
        return text + (rest.isEmpty ? "" : "and \(more) more pods for \(rest.count) other reasons\n")
    }

    private var total: String {
        let nodes = names.reduce(0) { $0 + $1.count }
        let bought = plan.bindingOrder.count - plan.placements.count
        let left = unplaceable.reduce(0) { $0 + $1.pods.count }
        let seconds = (planningSeconds * 1000).rounded() / 1000
        let buys = nodes == 0 ? "nothing to buy" : "\(nodes) nodes for \(costPerHour.formatted(places: 4)) $/h"
        return """
            Total: \(buys)
            \(bought) pods on new nodes, \(plan.placements.count) on standing ones, \
            \(left) without a place; planned in \(seconds) s
            """
    }
}
