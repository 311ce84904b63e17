import Model

/// The scheduler's filters over a cluster in which one pod after the other is bound.
struct SchedulerModel {
    let input: PlanInput
    private(set) var nodes: [JudgedNode] = []
    private var classes: [NodeClass] = []
    private var classIndexes: [NodeClass: Int] = [:]
    private var kinds = PodKinds()
    private var admitted: [Int: Bool] = [:]
    private var relations: PodRelations
    private let poolsByName: [String: Pool]
    private let claims: [String: VolumeClaim]
    /// A new node of each choice, as it stands empty but for its daemons.
    private var newNodes: [PlanInput.Choice: JudgedNode] = [:]
    private var running: [(kind: Int, node: Int)] = []

    init(_ input: PlanInput) {
        self.input = input
        relations = PodRelations(namespaceLabels: input.namespaceLabels)
        poolsByName = Dictionary(input.pools.map { ($0.name, $0) }) { first, _ in first }
        claims = Dictionary(input.volumeClaims.map { ("\($0.namespace)/\($0.name)", $0) }) { first, _ in first }
    }

    mutating func kind(of pod: Pod, capacityTypes: [CapacityType]?) -> Int {
        kinds.index(of: pod, capacityTypes: capacityTypes)
    }

    // MARK: Nodes

    mutating func add(_ host: PlanInput.Host) -> Int {
        var labels = host.labels
        labels[Label.hostname] = labels[Label.hostname] ?? host.name
        let nodeClass = classIndex(NodeClass(labels: labels, taints: host.taints))
        nodes.append(
            JudgedNode(
                classIndex: nodeClass,
                name: host.name,
                free: host.free,
                reservedFor: host.reservedFor,
                capacityType: labels[Label.capacityType] == CapacityType.spot.rawValue ? .spot : nil,
                isNew: false
            )
        )
        for pod in host.pods { running.append((kind(of: pod, capacityTypes: nil), nodes.count - 1)) }
        return nodes.count - 1
    }

    mutating func add(_ purchase: Plan.Purchase) -> Int {
        let choice = PlanInput.Choice(
            pool: purchase.pool,
            shape: purchase.shape,
            offering: purchase.offering,
            pricePerHour: purchase.pricePerHour
        )
        var node = newNode(choice)
        node.name = "new node \(nodes.count - input.hosts.count + 1) (\(purchase.offering))"
        nodes.append(node)
        for daemon in input.daemons where daemon.accepts(classes[node.classIndex]) {
            running.append((kind(of: daemon, capacityTypes: nil), nodes.count - 1))
        }
        return nodes.count - 1
    }

    func label(_ key: String, of node: Int) -> String? { classes[nodes[node].classIndex].labels[key] }

    private mutating func classIndex(_ nodeClass: NodeClass) -> Int {
        if let known = classIndexes[nodeClass] { return known }
        classIndexes[nodeClass] = classes.count
        classes.append(nodeClass)
        return classes.count - 1
    }

    /// An empty node of a choice: what its daemons take is gone.
    private mutating func newNode(_ choice: PlanInput.Choice) -> JudgedNode {
        if let known = newNodes[choice] { return known }
        let nodeClass = NodeClass(
            labels: choice.shape.nodeLabels(pool: choice.pool, offering: choice.offering),
            taints: choice.shape.taints
        )
        let own = input.daemons.filter { $0.accepts(nodeClass) }
        let node = JudgedNode(
            classIndex: classIndex(nodeClass),
            name: "one more \(choice.offering)",
            free: own.reduce(choice.shape.allocatable) { $0 - $1.requests },
            ports: own.flatMap(\.hostPorts),
            pool: choice.pool,
            capacityType: choice.offering.capacityType,
            isNew: true
        )
        newNodes[choice] = node
        return node
    }

    // MARK: Binding

    /// Counts the pods that run, daemons of new nodes among them. Every node must have been added.
    mutating func start() {
        for index in kinds.kinds.indices { kinds.relate(index) { relations.register(&$0) } }
        relations.addDomains(of: nodes, classes)
        let open = input.choices.filter { $0.closedBecause == nil }.map { ($0, newNode($0)) }
        // Where a pod could run is a domain of its spread, although no node may stand there yet.
        let possible = open.sorted { $0.1.free[Resources.cpu] > $1.1.free[Resources.cpu] }.map(\.1)
        for (index, kind) in kinds.kinds.enumerated() where !kind.spreads.isEmpty && kind.capacityTypes != nil {
            for spread in kind.spreads where spread.constraint.topologyKey != Label.hostname {
                addPossibleDomains(index, spread.rule, spread.constraint.topologyKey, possible)
            }
        }
        for (kind, node) in running { relations.bind(kinds.kinds[kind], kind, to: nodes[node], classes) }
        for (kind, node) in running where !nodes[node].isNew {
            nodes[node].ports += kinds.kinds[kind].pod.hostPorts
        }
    }

    private mutating func addPossibleDomains(_ kind: Int, _ rule: Int, _ key: String, _ possible: [JudgedNode]) {
        for node in possible {
            guard let domain = classes[node.classIndex].domain(key, of: node),
                !relations.hasPossibleDomain(kind, key, domain), admits(kind, node),
                // A node that lacks another key of the pod's constraints makes no domain.
                relations.includes(classes[node.classIndex], node.classIndex, in: rule),
                kinds.kinds[kind].pod.requests.fits(in: node.free)
            else { continue }
            relations.addPossibleDomain(kind, key, domain)
        }
    }

    mutating func bind(_ kind: Int, to index: Int) {
        let pod = kinds.kinds[kind].pod
        for (name, amount) in pod.requests.amounts { nodes[index].free[name] = nodes[index].free[name] - amount }
        nodes[index].ports += pod.hostPorts
        relations.bind(kinds.kinds[kind], kind, to: nodes[index], classes)
    }

    // MARK: Filters

    /// Why the scheduler, or policy, would not bind a pod to a node now; empty when it would.
    mutating func objections(to kind: Int, on node: JudgedNode) -> [String] {
        let pod = kinds.kinds[kind].pod
        var found = pod.requests.lacking(in: node.free).map { "too little \($0) is free" }
        if !admits(kind, node) { found.append(contentsOf: refusals(kind, node)) }
        if let port = pod.hostPorts.first(where: { own in node.ports.contains { own.conflicts(with: $0) } }) {
            found.append("port \(port.port)/\(port.proto) of the node is taken")
        }
        return found + relations.objections(to: kinds.kinds[kind], kind, on: node, classes)
    }

    mutating func objections(to kind: Int, onNew choice: PlanInput.Choice) -> [String] {
        objections(to: kind, on: newNode(choice))
    }

    /// A node that stands or could be had which would take a pod now, in words.
    mutating func taker(
        of kind: Int,
        among choices: [PlanInput.Choice],
        workload: WorkloadID,
        spotToo isOnSpotToo: Bool
    ) -> String? {
        for choice in choices
        where (isOnSpotToo || choice.offering.capacityType != .spot) && objections(to: kind, onNew: choice).isEmpty {
            return "an empty node of \(choice.offering)"
        }
        let requests = kinds.kinds[kind].pod.requests
        for node in nodes where requests.fits(in: node.free) && (node.reservedFor ?? workload) == workload {
            // A new node of a gang may be closed to others.
            if node.isNew, !input.gangsShareNodes { continue }
            if node.capacityType == .spot, !isOnSpotToo { continue }
            if objections(to: kind, on: node).isEmpty { return node.name }
        }
        return nil
    }

    /// Whether a pod may run on an empty node of a choice, its size and other pods aside.
    mutating func admits(_ kind: Int, onNew choice: PlanInput.Choice) -> Bool { admits(kind, newNode(choice)) }

    /// What an empty node of a choice leaves to pods beside its daemons.
    mutating func free(onNew choice: PlanInput.Choice) -> Resources { newNode(choice).free }

    /// Whether a pod may run on a host, its size and other pods aside.
    mutating func admits(_ kind: Int, onNode index: Int) -> Bool { admits(kind, nodes[index]) }

    func admission(of kind: Int) -> Int { kinds.kinds[kind].admission }

    /// Whether it has rules about other pods, or takes what only one pod of a node can have.
    func hasRelations(_ kind: Int) -> Bool {
        let kind = kinds.kinds[kind]
        return !kind.spreads.isEmpty || kind.affinity != nil || !kind.antiAffinity.isEmpty
            || !kind.pod.hostPorts.isEmpty || relations.isShunned(kind)
    }

    /// Whether others, by being bound first, can make room for it.
    func dependsOnOthers(_ kind: Int) -> Bool {
        !kinds.kinds[kind].spreads.isEmpty || kinds.kinds[kind].affinity != nil
            // The daemons of a node that does not stand yet are not counted among those it may shun.
            || !kinds.kinds[kind].antiAffinity.isEmpty && !input.daemons.isEmpty
    }

    private mutating func admits(_ kind: Int, _ node: JudgedNode) -> Bool {
        // Hosts carry no pool; new nodes of a class all belong to the one that their label names.
        let key = kinds.kinds[kind].admission << 32 | node.classIndex
        if let known = admitted[key] { return known }
        let result = refusals(kind, node).isEmpty
        admitted[key] = result
        return result
    }

    private func refusals(_ kind: Int, _ node: JudgedNode) -> [String] {
        let pod = kinds.kinds[kind].pod
        let nodeClass = classes[node.classIndex]
        var found: [String] = []
        var bare = pod
        bare.tolerations = []
        if !bare.accepts(labels: nodeClass.labels, taints: []) { found.append("node selector or affinity excludes it") }
        for taint in nodeClass.taints
        where taint.effect != .preferNoSchedule && !pod.tolerations.contains(where: { $0.tolerates(taint) }) {
            found.append("taint \(taint.key)=\(taint.value):\(taint.effect.rawValue) is not tolerated")
        }
        for name in pod.volumeClaims {
            guard let claim = claims["\(pod.id.namespace)/\(name)"], !claim.reachableFrom.isEmpty else { continue }
            if !claim.reachableFrom.contains(where: { $0.matches(nodeClass.labels) }) {
                found.append("volume claim \(name) cannot be reached from it")
            }
        }
        if let pool = node.pool, poolsByName[pool]?.serves(namespace: pod.id.namespace) != true {
            found.append("pool \(pool) does not serve namespace \(pod.id.namespace)")
        }
        if let type = node.capacityType, kinds.kinds[kind].capacityTypes?.contains(type) == false {
            found.append("capacity type \(type.rawValue) is not allowed to it")
        }
        return found
    }
}

extension Pod {
    /// Whether a node of a class admits it.
    fileprivate func accepts(_ nodeClass: NodeClass) -> Bool {
        accepts(labels: nodeClass.labels, taints: nodeClass.taints)
    }
}
