import Model

/// What the search reckons a node of each choice with.
///
/// Reserved capacity costs nothing more, but a search that reckons with nothing would not see which of two paid nodes is
/// the one to use up. It counts with a small part of what it would cost otherwise: less than anything that is sold, and
/// in the same proportions.
struct SearchPrices {
    private static let partOfPaid = 0.01

    private var byType: [String: Double] = [:]
    private var least = 1.0

    init(_ choices: [PlanInput.Choice]) {
        guard choices.contains(where: { $0.reservation != nil }) else { return }
        for choice in choices where choice.reservation == nil && choice.pricePerHour > .zero {
            let price = choice.pricePerHour.approximate
            byType[choice.offering.instanceType] = max(byType[choice.offering.instanceType] ?? 0, price)
        }
        // Of a type that is not sold otherwise.
        least = byType.values.min() ?? 1
    }

    func price(of choice: PlanInput.Choice) -> Double {
        guard choice.reservation != nil else { return choice.pricePerHour.approximate }
        let otherwise = byType[choice.offering.instanceType] ?? least * Double(max(1, choice.shape.accelerators))
        return choice.pricePerHour.approximate + otherwise * Self.partOfPaid
    }
}
