import Model
import Yams

/// Reads the two lists of a catalogue, and what must hold between them.
struct CatalogueReader {
    func market(_ root: Section) -> Market {
        var market = Market()
        var types: [String: String] = [:]
        if let shapes = root.required("shapes") { market.shapes = self.shapes(shapes, &types) }
        if let offerings = root.required("offerings") { market.offers = offers(offerings, types) }
        root.finish()
        return market
    }

    private func shapes(_ value: Value, _ shapeOfType: inout [String: String]) -> [Shape] {
        var names: Set<String> = []
        var result: [Shape] = []
        for element in value.elements() {
            guard let section = Section(element) else { continue }
            let name = section.required("name")?.text()
            if let name, !names.insert(name).inserted {
                section["name"]?.refuse("there are two shapes \"\(name)\"")
            }
            let types = section.required("instanceTypes").map { list in
                if list.node.sequence?.isEmpty == true { list.refuse("must list at least one instance type") }
                return list.list { $0.text("an instance type") }
            }
            for type in types ?? [] {
                if let other = shapeOfType.updateValue(name ?? "", forKey: type) {
                    section["instanceTypes"]?.refuse("\"\(type)\" is in shape \"\(other)\" already")
                }
            }
            var shape = Shape(name: name ?? "", instanceTypes: types ?? [], allocatable: Resources())
            if let amounts = section.required("allocatable") { shape.allocatable = amounts.resources() }
            section.read("labels", into: &shape.labels) {
                // Models are often given by names that no label could hold, such as "RTX PRO Server 6000".
                $0.texts(key: Words.isLabelKey, value: { $0.utf8.count <= 253 && $0.utf8.allSatisfy { $0 >= 0x20 } })
            }
            section.read("taints", into: &shape.taints) { $0.taints() }
            shape.accelerator = shape.labels[Label.accelerator]
            section.finish()
            result.append(shape)
        }
        return result
    }

    private func offers(_ value: Value, _ shapeOfType: [String: String]) -> [Market.Offer] {
        var known: Set<Offering> = []
        var result: [Market.Offer] = []
        for element in value.elements() {
            guard let section = Section(element) else { continue }
            let type = section.required("instanceType")
            let name = type?.text("an instance type")
            if let type, let name, shapeOfType[name] == nil {
                type.refuse(
                    "no shape has the instance type \"\(name)\"",
                    suggestion: Suggestion.nearest(to: name, among: shapeOfType.keys)
                )
            }
            let zone = section.required("zone")?.text("a zone", where: Words.isTagValue)
            let capacityType = section.required("capacityType")?.choice(CapacityType.self)
            let price = section.required("pricePerHour")?.money()
            var isAvailable = true
            var closedUntil: Timestamp?
            section.read("available", into: &isAvailable) { $0.flag() }
            section.read("closedUntil", into: &closedUntil) { $0.time() }
            section.finish()
            guard let name, let zone, let capacityType, let price else { continue }
            let offering = Offering(instanceType: name, zone: zone, capacityType: capacityType)
            guard known.insert(offering).inserted else {
                element.refuse("there are two offerings \(offering)")
                continue
            }
            result.append(
                Market.Offer(
                    offering: offering,
                    pricePerHour: price,
                    closedUntil: isAvailable ? closedUntil : .distantFuture
                )
            )
        }
        return result
    }
}

extension Value {
    /// A map from resource names to quantities of at least zero.
    fileprivate func resources() -> Resources {
        guard let section = Section(self) else { return Resources() }
        var result = Resources()
        for (key, value) in section.values {
            guard let text = value.text("a quantity such as 4 or 16Gi") else { continue }
            guard let quantity = Quantity(text) else {
                value.refuse("\"\(text)\" is not a quantity such as 4, 500m or 16Gi")
                continue
            }
            guard quantity >= .zero else {
                value.refuse("must not be negative, is \(text)")
                continue
            }
            result[key] = quantity
        }
        return result
    }

    fileprivate func time() -> Timestamp? {
        guard let text = text("a time such as 2026-11-21T06:00:00Z") else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            refuse("\"\(text)\" is not a time such as 2026-11-21T06:00:00Z")
            return nil
        }
        return time
    }
}
