import Model
import Testing

@Suite struct NodeSelectorTests {
    let labels = ["zone": "us-east-1a", "cpus": "32", "empty": ""]

    func matches(_ key: String, _ operation: NodeSelectorRequirement.Operator, _ values: String...) -> Bool {
        NodeSelectorRequirement(key: key, operator: operation, values: values).matches(labels)
    }

    @Test("In and NotIn compare values; NotIn holds where the label is absent")
    func values() {
        #expect(matches("zone", .isIn, "us-east-1a", "us-east-1b"))
        #expect(!matches("zone", .isIn, "us-east-1b"))
        #expect(!matches("absent", .isIn, "us-east-1a"))
        #expect(!matches("zone", .notIn, "us-east-1a"))
        #expect(matches("zone", .notIn, "us-east-1b"))
        #expect(matches("absent", .notIn, "us-east-1a"))
        #expect(matches("empty", .isIn, ""))
    }

    @Test("Exists and DoesNotExist look at the key alone")
    func existence() {
        #expect(matches("empty", .exists))
        #expect(!matches("absent", .exists))
        #expect(matches("absent", .doesNotExist))
        #expect(!matches("empty", .doesNotExist))
    }

    @Test("Gt and Lt compare whole numbers, and hold for nothing else")
    func numbers() {
        #expect(matches("cpus", .greaterThan, "31"))
        #expect(!matches("cpus", .greaterThan, "32"))
        #expect(matches("cpus", .lessThan, "33"))
        #expect(!matches("cpus", .lessThan, "32"))
        #expect(!matches("zone", .greaterThan, "1"))
        #expect(!matches("absent", .lessThan, "1"))
        #expect(!matches("cpus", .greaterThan))
        #expect(!matches("cpus", .greaterThan, "many"))
    }

    @Test("a term holds when all of it holds; an empty one matches no node, as in Kubernetes")
    func terms() {
        let zone = NodeSelectorRequirement(key: "zone", operator: .exists)
        let absent = NodeSelectorRequirement(key: "absent", operator: .exists)
        #expect(NodeSelectorTerm(requirements: [zone]).matches(labels))
        #expect(!NodeSelectorTerm(requirements: [zone, absent]).matches(labels))
        #expect(!NodeSelectorTerm(requirements: []).matches(labels))
    }

    @Test("a pod's terms are alternatives")
    func alternatives() {
        var pod = Pod(id: PodID(namespace: "a", name: "b"), uid: "u", createdAt: Timestamp(seconds: 0))
        pod.nodeAffinity = [
            NodeSelectorTerm(requirements: [NodeSelectorRequirement(key: "absent", operator: .exists)]),
            NodeSelectorTerm(requirements: [NodeSelectorRequirement(key: "zone", operator: .exists)]),
        ]
        #expect(pod.accepts(labels: labels, taints: []))
        #expect(!pod.accepts(labels: [:], taints: []))
    }
}
