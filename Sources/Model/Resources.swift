/// Amounts by resource name (`cpu`, `memory`, `nvidia.com/gpu`, `pods`); a name that is absent counts as zero.
package struct Resources: Hashable, Codable, Sendable {
    package var amounts: [String: Quantity]

    package init(_ amounts: [String: Quantity] = [:]) {
        self.amounts = amounts.filter { $0.value != .zero }
    }

    package init(from decoder: any Decoder) throws {
        amounts = try decoder.singleValueContainer().decode([String: Quantity].self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(amounts)
    }

    package static let cpu = "cpu"
    package static let memory = "memory"
    package static let pods = "pods"

    /// Neuron devices, and the cores of the same devices: nodes have both, pods ask for either.
    package static let neuron = "aws.amazon.com/neuron"
    package static let neuronCore = "aws.amazon.com/neuroncore"
    /// Elastic Fabric Adapters.
    package static let efa = "vpc.amazonaws.com/efa"

    /// Extended resources that count as accelerators, in the order in which they are looked for.
    package static let acceleratorNames = [
        "nvidia.com/gpu", "amd.com/gpu", neuron, neuronCore, "habana.ai/gaudi", "qualcomm.com/qaic",
    ]

    package subscript(name: String) -> Quantity {
        get { amounts[name] ?? .zero }
        set { amounts[name] = newValue == .zero ? nil : newValue }
    }

    /// How many accelerators of any kind these are.
    package var accelerators: Int64 {
        let all = Self.acceleratorNames.reduce(Quantity.zero) { $0 + self[$1] }
        // Cores are parts of the devices beside them.
        return (self[Self.neuron] == .zero ? all : all - self[Self.neuronCore]).whole
    }

    /// Whether these amounts can be taken from what is free.
    package func fits(in free: Resources) -> Bool {
        amounts.allSatisfy { $0.value <= free[$0.key] }
    }

    /// The names of which there is too little in what is free, sorted.
    package func lacking(in free: Resources) -> [String] {
        amounts.filter { $0.value > free[$0.key] }.keys.sorted()
    }

    package static func + (left: Resources, right: Resources) -> Resources {
        Resources(left.amounts.merging(right.amounts, uniquingKeysWith: +))
    }

    package static func - (left: Resources, right: Resources) -> Resources {
        var result = left
        for (name, amount) in right.amounts { result[name] = result[name] - amount }
        return result
    }

    package static func += (left: inout Resources, right: Resources) { left = left + right }
    package static func -= (left: inout Resources, right: Resources) { left = left - right }

    /// For each name the larger of the two.
    package func maximum(_ other: Resources) -> Resources {
        Resources(amounts.merging(other.amounts, uniquingKeysWith: max))
    }
}
