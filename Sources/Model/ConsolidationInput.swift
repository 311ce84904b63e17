/// One question to `Planning`: which standing nodes may go. The same input gives the same answer.
package struct ConsolidationInput: Hashable, Sendable {
    /// A node of ours that is initialised, with what runs on it.
    package struct Standing: Hashable, Sendable {
        package var claim: ClaimID
        /// The host's name in the surroundings.
        package var name: String
        package var pool: String
        package var shape: Shape
        package var offering: Offering
        package var pricePerHour: Money
        package var initialisedAt: Timestamp
        /// Since when no pod came or went; for an empty node, since when it is empty.
        package var quietSince: Timestamp
        /// All that would have to move; pods that come and go with their node apart.
        package var residents: [Resident]
        /// Why it must stay although it may be empty: it waits for a gang, for pods that are to come.
        package var heldBecause: String?
        /// Why it is to go whatever that saves, and what budgets call it; nil when it may stay.
        package var replacedBecause: Replacing?
        /// On its way out already, or meant to go once another stands. Counts against disruption budgets.
        package var isDisrupted: Bool
        /// Counts against disruption budgets when it is not.
        package var isReady: Bool

        package init(
            claim: ClaimID,
            name: String,
            pool: String,
            shape: Shape,
            offering: Offering,
            pricePerHour: Money,
            initialisedAt: Timestamp,
            quietSince: Timestamp,
            residents: [Resident] = [],
            heldBecause: String? = nil,
            replacedBecause: Replacing? = nil,
            isDisrupted: Bool = false,
            isReady: Bool = true
        ) {
            self.claim = claim
            self.name = name
            self.pool = pool
            self.shape = shape
            self.offering = offering
            self.pricePerHour = pricePerHour
            self.initialisedAt = initialisedAt
            self.quietSince = quietSince
            self.residents = residents
            self.heldBecause = heldBecause
            self.replacedBecause = replacedBecause
            self.isDisrupted = isDisrupted
            self.isReady = isReady
        }
    }

    /// Why a node is replaced although it is used.
    package struct Replacing: Hashable, Sendable {
        package var reason: Disruption.Reason
        /// In words, with what it is and what it should be.
        package var words: String

        package init(reason: Disruption.Reason, words: String) {
            self.reason = reason
            self.words = words
        }
    }

    /// A pod on a node and the workload it belongs to.
    package struct Resident: Hashable, Sendable {
        package var pod: Pod
        /// Nil when nothing is known of it: then it cannot be moved.
        package var workload: WorkloadID?

        package init(pod: Pod, workload: WorkloadID?) {
            self.pod = pod
            self.workload = workload
        }
    }

    /// What a move means for a workload.
    package struct Tenant: Hashable, Sendable {
        /// As it would be asked for, without pods.
        package var demand: PlanInput.Demand
        /// Work since its last durable checkpoint. It is lost by a move only when the workload does not save on SIGTERM.
        package var unsavedSeconds: Int64

        package init(demand: PlanInput.Demand, unsavedSeconds: Int64) {
            self.demand = demand
            self.unsavedSeconds = unsavedSeconds
        }
    }

    /// A workload that the spot policy wants on other capacity than what it runs on, as a whole.
    package struct Move: Hashable, Sendable {
        /// Its pods as they will wait, with what it may use there.
        package var demand: PlanInput.Demand
        /// The nodes that it leaves, sorted.
        package var claims: [ClaimID]
        /// Its pods on them that occupy room, by uid.
        package var pods: Set<String>
        /// What its save takes, while both the old nodes and the new ones are paid.
        package var savingSeconds: Int64
        /// Whether a deadline would be missed without it: then it need not pay, and others may be left on nodes that
        /// take no new pods any more.
        package var isUrgent: Bool
        /// Whether its deadline is kept even when it stops before anything is bought.
        package var mayLeaveFirst: Bool
        /// Those of the claims that another's move is emptying already.
        package var emptied: Set<ClaimID>
        /// Why, in words.
        package var reason: String

        package init(
            demand: PlanInput.Demand,
            claims: [ClaimID],
            pods: Set<String>,
            savingSeconds: Int64 = 0,
            isUrgent: Bool,
            mayLeaveFirst: Bool = false,
            emptied: Set<ClaimID> = [],
            reason: String
        ) {
            self.demand = demand
            self.claims = claims
            self.pods = pods
            self.savingSeconds = savingSeconds
            self.isUrgent = isUrgent
            self.mayLeaveFirst = mayLeaveFirst
            self.emptied = emptied
            self.reason = reason
        }
    }

    /// What surrounds the nodes, without demands: every host on which something may be placed, and what can be bought.
    package var surroundings: PlanInput
    package var nodes: [Standing]
    package var tenants: [WorkloadID: Tenant]
    /// A node is looked at after this time where its pool does not say otherwise.
    package var defaultDelay: Duration
    /// Whether others are on their way in: then only nodes that must be replaced are looked at, and only new nodes take
    /// in their pods.
    package var isBusy: Bool
    /// The most urgent first. They are looked at also when others come and go.
    package var moves: [Move]

    package init(
        surroundings: PlanInput,
        nodes: [Standing],
        tenants: [WorkloadID: Tenant] = [:],
        defaultDelay: Duration,
        isBusy: Bool = false,
        moves: [Move] = []
    ) {
        self.surroundings = surroundings
        self.nodes = nodes
        self.tenants = tenants
        self.defaultDelay = defaultDelay
        self.isBusy = isBusy
        self.moves = moves
    }

    package var now: Timestamp { surroundings.now }

    package func disruption(of pool: String) -> Disruption {
        surroundings.pools.first { $0.name == pool }?.disruption ?? Disruption()
    }
}
