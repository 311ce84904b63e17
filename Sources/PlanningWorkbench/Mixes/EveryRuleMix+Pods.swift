import Model

/// The pods that wait: applications of equal pods, and gangs.
extension EveryRuleMix {
    /// One application: a demand for each of its pods, or one for a gang.
    mutating func application(_ index: Int, atMost: Int) -> [PlanInput.Demand] {
        let isGang = generator.chance(20)
        let template = template(index, isGang: isGang)
        let size = min(atMost, Int(generator.number(1...(isGang ? 6 : 8))))
        let pods = (0..<size).map { member in
            var pod = template
            pod.id.name = "app-\(index)-\(member)"
            pod.uid = pod.id.name
            return pod
        }
        let allowed: [CapacityType] = generator.one(of: [
            [.spot, .onDemand], [.onDemand, .spot], [.spot], [.onDemand],
        ])
        var demands: [PlanInput.Demand]
        if isGang {
            let topology: Gang.Topology = generator.chance(75) ? .zone : .any
            let gang = Gang(minimum: size, topology: topology)
            demands = [Drawing.demand(kind: "Gang", name: "app-\(index)", pods: pods, gang: gang, age: Int64(index))]
        } else if generator.chance(50) {
            demands = [Drawing.demand(kind: "Job", name: "app-\(index)", pods: pods, age: Int64(index))]
        } else {
            demands = pods.map { Drawing.lone($0) }
        }
        for index in demands.indices { demands[index].capacityTypes = allowed }
        return demands
    }

    private mutating func template(_ index: Int, isGang: Bool) -> Pod {
        let gpus: Int64 = generator.one(of: isGang ? [1, 2, 4, 8] : [0, 0, 0, 1, 2])
        var pod = Drawing.pod(
            "app-\(index)",
            namespace: generator.one(of: namespaces),
            labels: labels(of: index),
            requests: Drawing.requests(
                cpuMilli: generator.number(1...40) * 100,
                memoryMebibytes: generator.number(1...64) * 128,
                gpus: gpus
            )
        )
        pod.priority = generator.chance(20) ? 1000 : 0
        restrictNodes(&pod)
        relate(&pod)
        if generator.chance(8), !isGang { pod.hostPorts = [hostPort()] }
        if generator.chance(12) { pod.volumeClaims = ["data-\(generator.number(0...2))"] }
        return pod
    }

    /// Seven applications share labels, so that selectors reach beyond the own one.
    func labels(of index: Int) -> [String: String] {
        var labels = ["app": "app-\(index % 7)"]
        if index % 3 != 0 { labels["tier"] = index % 2 == 0 ? "front" : "back" }
        return labels
    }

    mutating func hostPort() -> HostPort {
        HostPort(
            proto: generator.one(of: ["TCP", "UDP"]),
            address: generator.one(of: ["", "0.0.0.0", "10.0.0.1", "10.0.0.2"]),
            port: generator.one(of: [8080, 9100])
        )
    }

    private mutating func restrictNodes(_ pod: inout Pod) {
        if generator.chance(40) {
            pod.tolerations = [
                generator.one(of: [
                    Toleration(key: "dedicated", exists: true),
                    Toleration(key: "dedicated", exists: false, value: "a"),
                    Toleration(key: "dedicated", exists: true, effect: .noSchedule), Toleration(key: nil, exists: true),
                ])
            ]
        }
        if generator.chance(12) { pod.nodeSelector[Label.zone] = generator.one(of: zones) }
        guard generator.chance(25) else { return }
        let requirements = [
            NodeSelectorRequirement(key: Label.zone, operator: .isIn, values: Array(zones.prefix(2))),
            NodeSelectorRequirement(key: Label.zone, operator: .notIn, values: [generator.one(of: zones)]),
            NodeSelectorRequirement(key: Self.rack, operator: .exists),
            NodeSelectorRequirement(key: Self.rack, operator: .doesNotExist),
            NodeSelectorRequirement(key: "example.com/generation", operator: .greaterThan, values: ["4"]),
            NodeSelectorRequirement(key: "example.com/generation", operator: .lessThan, values: ["6"]),
        ]
        let terms = generator.chance(70) ? 1 : 2
        pod.nodeAffinity = (0..<terms).map { _ in
            NodeSelectorTerm(requirements: [generator.one(of: requirements)])
        }
    }

    private mutating func relate(_ pod: inout Pod) {
        let namespace = pod.id.namespace
        if generator.chance(30) { pod.topologySpread.append(spread(pod)) }
        if generator.chance(8) { pod.topologySpread.append(spread(pod)) }
        if generator.chance(15) {
            // Of its own kind mostly: what nobody else starts can only begin with itself.
            var term = podTerm(namespace: namespace, labels: pod.labels)
            if generator.chance(70) { term.selector = LabelSelector(matchLabels: ["app": pod.labels["app"] ?? ""]) }
            pod.podAffinity = [term]
        }
        if generator.chance(20) { pod.podAntiAffinity = [podTerm(namespace: namespace, labels: pod.labels)] }
        if generator.chance(15) {
            let term = podTerm(namespace: namespace, labels: pod.labels)
            pod.preferences = [SchedulingPreference(weight: generator.one(of: [50, -50]), term: .pods(term))]
        }
    }

    private mutating func spread(_ pod: Pod) -> TopologySpreadConstraint {
        let key = generator.one(of: [Label.zone, Label.zone, Label.hostname, Self.rack])
        return TopologySpreadConstraint(
            maxSkew: Int(generator.number(1...3)),
            topologyKey: key,
            isRequired: generator.chance(80),
            minDomains: key == Label.zone && generator.chance(25) ? Int(generator.number(2...4)) : 1,
            selector: selector(pod.labels),
            honorsNodeAffinity: generator.chance(80),
            honorsNodeTaints: generator.chance(30)
        )
    }

    mutating func podTerm(namespace: String, labels: [String: String]) -> PodAffinityTerm {
        let key = generator.one(of: [Label.zone, Label.hostname, Label.hostname, Self.rack])
        var term = PodAffinityTerm(selector: selector(labels), namespaces: [namespace], topologyKey: key)
        if generator.chance(15) { term.namespaces = Array(namespaces.prefix(2)) }
        if generator.chance(15) {
            term.namespaces = []
            term.namespaceSelector = generator.one(of: [
                LabelSelector(), LabelSelector(matchLabels: ["team": "science"]),
            ])
        }
        return term
    }

    private mutating func selector(_ labels: [String: String]) -> LabelSelector {
        let own = labels["app"] ?? ""
        guard generator.chance(25) else { return LabelSelector(matchLabels: ["app": own]) }
        return generator.one(of: [
            LabelSelector(requirements: [
                NodeSelectorRequirement(key: "app", operator: .isIn, values: [own, "app-0", "app-1"])
            ]), LabelSelector(requirements: [NodeSelectorRequirement(key: "tier", operator: .exists)]),
            LabelSelector(requirements: [
                NodeSelectorRequirement(key: "app", operator: .notIn, values: ["app-2", "app-3"]),
                NodeSelectorRequirement(key: "tier", operator: .doesNotExist),
            ]),
        ])
    }
}
