import Model
import Yams

extension ConfigurationReader {
    private static let nameForm = "a name of at most 63 lower-case letters, digits and dashes"

    func pools(_ value: Value, node: NodeSettings) -> [Pool] {
        var result = [Pool]()
        let elements = value.elements()
        if elements.isEmpty, value.node.sequence != nil { value.refuse("must list at least one pool") }
        for element in elements {
            guard let section = Section(element) else { continue }
            let pool = pool(section, node: node)
            if !pool.name.isEmpty, result.contains(where: { $0.name == pool.name }) {
                section["name"]?.refuse("there are two pools \"\(pool.name)\"")
            }
            result.append(pool)
        }
        return result
    }

    private func pool(_ section: Section, node: NodeSettings) -> Pool {
        let name = section.required("name")?.text(Self.nameForm, where: Words.isName)
        var pool = Pool(name: name ?? "", shapes: shapes(section))
        section.read("capacityTypes", into: &pool.capacityTypes) { value in
            let types = value.list { $0.choice(CapacityType.self) }
            if types.isEmpty, value.node.sequence?.isEmpty == true { value.refuse("must list at least one") }
            return types
        }
        section.read("zones", into: &pool.zones) { $0.list { $0.text("a zone", where: Words.isName) } }
        section.read("namespaces", into: &pool.namespaces) { $0.list { $0.text("a namespace", where: Words.isName) } }
        section.read("limits", into: &pool.limits, limits)
        section.read("labels", into: &pool.labels, labels)
        section.read("taints", into: &pool.taints) { $0.taints() }
        section.read("acceptedAnnotations", into: &pool.acceptedAnnotations) { $0.list(annotation) }
        section.read("disruption", into: &pool.disruption, disruption)
        pool.node = node
        if let value = section["node"], let own = Section(value) {
            readNode(own, into: &pool.node)
            checkNode(pool.node, own)
            own.finish()
        }
        section.finish()
        return pool
    }

    /// From `shapes`, or from `instanceTypes`, where each type is a shape of its own and gives it its name.
    private func shapes(_ section: Section) -> [Pool.ShapeTemplate] {
        let named = section["shapes"]
        let types = section["instanceTypes"]
        if let named, types != nil { named.refuse("give either shapes or instanceTypes, not both") }
        if let types {
            return instanceTypes(types).map { Pool.ShapeTemplate(name: $0, instanceTypes: [$0]) }
        }
        guard let named else {
            _ = section.required("instanceTypes")
            return []
        }
        var result = [Pool.ShapeTemplate]()
        if named.node.sequence?.isEmpty == true { named.refuse("must list at least one shape") }
        for element in named.elements() {
            guard let shape = Section(element) else { continue }
            let name = shape.required("name")?.text(
                "a name of at most 63 lower-case letters, digits, dashes and dots",
                where: { Words.isName($0.replacing(".", with: "-")) }
            )
            if let name, result.contains(where: { $0.name == name }) {
                shape["name"]?.refuse("there are two shapes \"\(name)\" in this pool")
            }
            let types = shape.required("instanceTypes").map(instanceTypes) ?? []
            for type in types where result.contains(where: { $0.instanceTypes.contains(type) }) {
                shape["instanceTypes"]?.refuse("\"\(type)\" is in another shape of this pool already")
            }
            shape.finish()
            result.append(Pool.ShapeTemplate(name: name ?? "", instanceTypes: types))
        }
        return result
    }

    private func instanceTypes(_ value: Value) -> [String] {
        if value.node.sequence?.isEmpty == true { value.refuse("must list at least one instance type") }
        return value.list { $0.text("an instance type such as g5.xlarge", where: Words.isInstanceType) }
    }

    private func limits(_ value: Value) -> Pool.Limits? {
        guard let section = Section(value) else { return nil }
        var result = Pool.Limits()
        section.read("nodes", into: &result.nodes) { $0.count().map { Int($0) } }
        section.read("accelerators", into: &result.accelerators) { $0.count() }
        section.read("spendPerHour", into: &result.spendPerHour) { $0.money() }
        section.finish()
        return result
    }

    private func labels(_ value: Value) -> [String: String] {
        let result = value.texts(key: Words.isLabelKey, value: Words.isLabelValue)
        let own = [
            Label.pool, Label.shape, Label.accelerator, Label.capacityType, Label.zone, Label.region,
            Label.instanceType,
            Label.hostname, Label.architecture, Label.operatingSystem,
        ]
        for key in value.node.mapping.map({ Array($0.keys) }) ?? [] where own.contains(key.scalar?.string ?? "") {
            let path = "\(value.path).\(key.scalar?.string ?? "")"
            mistakes.add(key.mark, path, "is set for every node by what is bought; remove it")
        }
        return result
    }

    /// With or without the prefix `gleaner.dev/`.
    private func annotation(_ value: Value) -> String? {
        let words = Annotation.allCases.map(\.rawValue)
        guard let text = value.text("an annotation") else { return nil }
        let word = text.hasPrefix(Annotation.prefix) ? String(text.dropFirst(Annotation.prefix.count)) : text
        guard words.contains(word) else {
            value.refuse(
                "\"\(text)\" is not an annotation that Gleaner reads",
                suggestion: Suggestion.nearest(to: word, among: words)
            )
            return nil
        }
        return word
    }
}

extension Value {
    /// A list of taints, as nodes carry them.
    func taints() -> [Taint] {
        list { element in
            guard let section = Section(element) else { return nil }
            let key = section.required("key")?.text("a label key", where: Words.isLabelKey)
            let effect = section.required("effect")?.choice(
                [Taint.Effect.noSchedule, .preferNoSchedule, .noExecute].map(\.rawValue)
            )
            var text = ""
            section.read("value", into: &text) { $0.text("a label value", where: Words.isLabelValue) }
            section.finish()
            guard let key, let effect = effect.flatMap(Taint.Effect.init(rawValue:)) else { return nil }
            return Taint(key: key, value: text, effect: effect)
        }
    }
}
