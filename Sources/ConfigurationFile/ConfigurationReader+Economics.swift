import Model
import Yams

/// The keys by which the cost of finishing work is reckoned.
extension ConfigurationReader {
    func readEconomics(_ root: Section, into result: inout GleanerConfiguration) {
        root.read("economics", into: &result.economics, economics)
        root.read("datasets", into: &result.datasets, datasets)
        root.read("gangs", into: &result.gangsShareNodes) { value in
            guard let section = Section(value) else { return nil }
            var sharesNodes = false
            section.read("shareNodes", into: &sharesNodes) { $0.flag() }
            section.finish()
            return sharesNodes
        }
    }

    private func economics(_ value: Value) -> GleanerConfiguration.Economics? {
        guard let section = Section(value) else { return nil }
        var result = GleanerConfiguration.Economics()
        section.read("relativeSpeed", into: &result.relativeSpeed, relativeSpeed)
        section.read("priorInterruptionsPerDay", into: &result.priorInterruptionsPerDay) {
            $0.decimal(from: 0, to: 1000)
        }
        section.read("hazardHalfLife", into: &result.hazardHalfLife) { $0.duration(atLeast: .seconds(3600)) }
        section.read("maximumPoolShare", into: &result.maximumPoolShare) { $0.share() }
        section.read("waitingPricePerAcceleratorHour", into: &result.waitingPricePerAcceleratorHour) { $0.money() }
        section.finish()
        return result
    }

    private func relativeSpeed(_ value: Value) -> [String: Double]? {
        guard let section = Section(value) else { return nil }
        var result: [String: Double] = [:]
        for (model, speed) in section.values {
            guard Words.isTagValue(model) else {
                speed.refuse("\"\(model)\" is not an accelerator model such as A100")
                continue
            }
            result[model] = speed.decimal(from: 0.001, to: 1000)
        }
        return result
    }

    private func datasets(_ value: Value) -> [Dataset]? {
        var result: [Dataset] = []
        for element in value.elements() {
            guard let section = Section(element) else { continue }
            let name = section.required("name")?.text(
                "a name of lower-case letters, digits and dashes",
                where: Words.isName
            )
            if let name, result.contains(where: { $0.name == name }) {
                section["name"]?.refuse("there are two datasets \"\(name)\"")
            }
            var zones: [String] = []
            section.read("zones", into: &zones) {
                $0.list { $0.text("a zone such as us-east-1a", where: Words.isName) }
            }
            let load = section.required("loadTime")?.wholeSeconds()
            section.finish()
            result.append(Dataset(name: name ?? "", zones: zones, loadSeconds: load ?? 0))
        }
        return result
    }
}
