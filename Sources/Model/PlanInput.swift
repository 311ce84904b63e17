/// One question to `Planning`: everything it may look at. The same input gives the same plan.
package struct PlanInput: Hashable, Sendable {
    /// A workload and its pods that need a place.
    package struct Demand: Hashable, Sendable {
        package var workload: Workload
        package var pods: [Pod]
        /// Capacity types that policy allows it at this moment, the preferred first; never empty.
        package var capacityTypes: [CapacityType]
        /// Offerings of these types that policy keeps it off at this moment.
        package var avoided: Set<Offering>
        /// How long it still computes once it runs, on an accelerator of relative speed 1.
        package var remainingSeconds: Int64
        package var checkpoints: CheckpointHabit
        package var dataset: Dataset?
        /// Its other pods, which run on hosts and stay there: what it must not lose all at once counts them in.
        package var running: [PodID]

        package init(
            workload: Workload,
            pods: [Pod],
            capacityTypes: [CapacityType],
            remainingSeconds: Int64,
            checkpoints: CheckpointHabit = CheckpointHabit(),
            dataset: Dataset? = nil,
            running: [PodID] = [],
            avoided: Set<Offering> = []
        ) {
            self.workload = workload
            self.pods = pods
            self.capacityTypes = capacityTypes
            self.remainingSeconds = remainingSeconds
            self.checkpoints = checkpoints
            self.dataset = dataset
            self.running = running
            self.avoided = avoided
        }
    }

    /// A node that stands or boots, with what is free on it. Its name is the node's, or the claim's before it registered.
    package struct Host: Hashable, Sendable {
        package var name: String
        package var labels: [String: String]
        /// Without our own starting taint: a booting node is capacity.
        package var taints: [Taint]
        package var free: Resources
        /// The pods that run on it and stay: others may want to be near them, or far from them.
        package var pods: [Pod]
        /// When set, only this gang may be placed on it.
        package var reservedFor: WorkloadID?

        package init(
            name: String,
            labels: [String: String],
            taints: [Taint],
            free: Resources,
            pods: [Pod] = [],
            reservedFor: WorkloadID? = nil
        ) {
            self.name = name
            self.labels = labels
            self.taints = taints
            self.free = free
            self.pods = pods
            self.reservedFor = reservedFor
        }
    }

    /// Something that can be bought now, or why it cannot.
    package struct Choice: Hashable, Sendable {
        package var pool: String
        package var shape: Shape
        package var offering: Offering
        package var pricePerHour: Money
        /// Set when it may not be bought now: no capacity until a time, a price too old.
        package var closedBecause: String?
        /// Whose capacity it is, with what is left of it; set exactly when the capacity type is reserved. Choices of one
        /// reservation share what is left.
        package var reservation: Reservation?
        /// What a node counts against its quota; 0 when it is not known, which no quota holds back.
        package var vCPUs: Int64

        package init(
            pool: String,
            shape: Shape,
            offering: Offering,
            pricePerHour: Money,
            closedBecause: String? = nil,
            reservation: Reservation? = nil,
            vCPUs: Int64 = 0
        ) {
            self.pool = pool
            self.shape = shape
            self.offering = offering
            self.pricePerHour = pricePerHour
            self.closedBecause = closedBecause
            self.reservation = reservation
            self.vCPUs = vCPUs
        }
    }

    /// What is left of one of the account's quotas, in vCPUs.
    package struct QuotaRoom: Hashable, Sendable {
        /// Of the account.
        package var limit: Int64
        /// What of it this cluster may have, if nothing of it stood.
        package var most: Int64
        package var left: Int64

        package init(limit: Int64, most: Int64, left: Int64) {
            self.limit = limit
            self.most = most
            self.left = left
        }
    }

    /// What a team, or all together, may still spend on what is bought now.
    package struct BudgetRoom: Hashable, Sendable {
        /// What the money is counted for.
        package enum Left: Hashable, Sendable {
            /// The prices of what is bought.
            case perHour(Money)
            /// What is bought, until the work is finished.
            case toFinish(Money)
        }

        /// As people know it: `the budget of team vision of 500 a month`.
        package var name: String
        /// Whose workloads it is for; nil for everybody's.
        package var team: String?
        package var left: Left

        package init(name: String, team: String? = nil, left: Left) {
            self.name = name
            self.team = team
            self.left = left
        }
    }

    /// What may still be bought in a pool; nil where there is no limit.
    package typealias Headroom = Pool.Limits

    package var now: Timestamp
    package var demands: [Demand]
    package var hosts: [Host]
    package var pools: [Pool]
    package var choices: [Choice]
    /// By pool name.
    package var headroom: [String: Headroom]
    /// Those that are known: all others hold nothing back.
    package var quotas: [Quota: QuotaRoom]
    /// Those that are set: nothing else holds money back.
    package var budgets: [BudgetRoom]
    package var changeover: Changeover
    /// One pod of each DaemonSet, without what ties it to a node: every new node that admits it gives it its share.
    package var daemons: [Pod]
    /// By name.
    package var namespaceLabels: [String: [String: String]]
    package var volumeClaims: [VolumeClaim]
    /// Nil compares prices alone.
    package var economics: Economics?
    /// Whether a gang's pods may share new nodes with others. When not, its nodes are bought in one call, all or none.
    package var gangsShareNodes: Bool

    package init(
        now: Timestamp,
        demands: [Demand],
        hosts: [Host],
        pools: [Pool],
        choices: [Choice],
        headroom: [String: Headroom] = [:],
        quotas: [Quota: QuotaRoom] = [:],
        budgets: [BudgetRoom] = [],
        changeover: Changeover = Changeover(bootSeconds: 0, pullSeconds: 0, restoreSeconds: 0),
        daemons: [Pod] = [],
        namespaceLabels: [String: [String: String]] = [:],
        volumeClaims: [VolumeClaim] = [],
        economics: Economics? = nil,
        gangsShareNodes: Bool = false
    ) {
        self.now = now
        self.demands = demands
        self.hosts = hosts
        self.pools = pools
        self.choices = choices
        self.headroom = headroom
        self.quotas = quotas
        self.budgets = budgets
        self.changeover = changeover
        self.daemons = daemons
        self.namespaceLabels = namespaceLabels
        self.volumeClaims = volumeClaims
        self.economics = economics
        self.gangsShareNodes = gangsShareNodes
    }
}
