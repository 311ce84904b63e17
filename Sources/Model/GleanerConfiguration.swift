/// Everything an operator can set, read from one YAML file of kind `GleanerConfiguration` and checked before it gets here.
package struct GleanerConfiguration: Hashable, Codable, Sendable {
    /// A team: the namespaces whose workloads it answers for, and what it may spend.
    package struct Team: Hashable, Codable, Sendable {
        package var name: String
        package var namespaces: [String]
        package var budgetPerMonth: Money?

        package init(name: String, namespaces: [String], budgetPerMonth: Money? = nil) {
            self.name = name
            self.namespaces = namespaces
            self.budgetPerMonth = budgetPerMonth
        }
    }

    /// The most that all pools together may spend; nil where there is no cap.
    package struct SpendCap: Hashable, Codable, Sendable {
        package var perHour: Money?
        package var perMonth: Money?

        package init(perHour: Money? = nil, perMonth: Money? = nil) {
            self.perHour = perHour
            self.perMonth = perMonth
        }
    }

    /// What the AWS adapter needs to know.
    package struct AWS: Hashable, Codable, Sendable {
        package var region = "us-east-1"
        /// Name of the SQS queue that receives the EventBridge events; nil listens to none.
        package var interruptionQueue: String?
        /// How machines are made, where their pool does not say otherwise.
        package var node = NodeSettings()
        /// Capacity reservations and blocks without these tags are left alone.
        package var reservationTags: [String: String] = [:]
        /// Nil asks for none.
        package var placementScores: PlacementScores?
        /// What is assumed on top of the credentials that are found; nil works with those themselves.
        package var role: Role?

        package init() {}

        /// A role of IAM.
        package struct Role: Hashable, Codable, Sendable {
            package var arn: String
            /// What the role's trust policy asks for, where the role is in the account of someone else.
            package var externalID: String?

            package init(arn: String, externalID: String? = nil) {
                self.arn = arn
                self.externalID = externalID
            }
        }
    }

    /// How spot placement scores are asked for and heeded.
    package struct PlacementScores: Hashable, Codable, Sendable {
        /// Spot is not bought in a zone with a lower score; from 1 to 10.
        package var minimum: Int
        /// Nodes that the score is asked for.
        package var nodes: Int

        package init(minimum: Int, nodes: Int = 1) {
            self.minimum = minimum
            self.nodes = nodes
        }
    }

    /// Name of the cluster: the value of the tag that marks instances as ours.
    package var clusterName: String
    package var pools: [Pool]
    package var teams: [Team] = []
    package var spendCap = SpendCap()
    package var aws = AWS()
    /// Starts with no new launches until someone resumes.
    package var isPaused = false
    /// Decides and explains, and carries nothing out.
    package var isDryRun = false
    /// How long pending pods are collected before they are planned together.
    package var planningWindow: Duration = .seconds(1)
    /// How long a node stands empty before it is drained.
    package var idleTimeout: Duration = .seconds(60)
    /// How long a node may take from its launch until it registers.
    package var registrationTimeout: Duration = .seconds(900)
    /// How long a node may take from there to being initialised, and how long one that was may be not ready or gone.
    package var readinessTimeout: Duration = .seconds(900)
    /// How long the cloud's own checks of a machine may fail before it is replaced.
    package var impairedTimeout: Duration = .seconds(300)
    /// How long a part of a gang's nodes is held while the rest is missing.
    package var gangHoldTimeout: Duration = .seconds(600)
    /// How long an instance with our tag may stand without a claim.
    package var sweepTime: Duration = .seconds(30)
    /// How often the cloud is asked for our instances.
    package var instanceRefreshInterval: Duration = .seconds(60)
    /// How often the cloud is asked which machines are impaired.
    package var statusRefreshInterval: Duration = .seconds(60)
    /// How often the account's quotas, and what of them is taken, are asked for.
    package var quotaRefreshInterval: Duration = .seconds(300)
    /// How often prices are asked for.
    package var priceRefreshInterval: Duration = .seconds(300)
    /// Older prices are not planned on.
    package var maximumPriceAge: Duration = .seconds(3600)
    /// How long an offering is closed after its first refusal for want of capacity.
    package var closedOfferingTimeout: Duration = .seconds(180)
    /// Reckoned for every start.
    package var changeover = Changeover(bootSeconds: 150, pullSeconds: 90, restoreSeconds: 60)
    /// Reckoned for a workload that does not say how long it computes.
    package var defaultExpectedRuntime: Duration = .seconds(8 * 3600)
    /// An annotation cannot claim to compute longer than this.
    package var maximumExpectedRuntime: Duration = .seconds(72 * 3600)
    package var economics = Economics()
    package var checkpoints = Checkpoints()
    /// Data that workloads may name, and the zones that hold a copy.
    package var datasets: [Dataset] = []
    /// Whether a gang's pods may share new nodes with others.
    package var gangsShareNodes = false
    /// Classes of ProvisioningRequests that are ours to handle, by name. All others are left alone.
    package var provisioningClasses: [String: ProvisioningBehaviour] = [:]

    package init(clusterName: String, pools: [Pool]) {
        self.clusterName = clusterName
        self.pools = pools
    }

    /// Whether any pool serves a namespace: the pods of others are no concern of ours.
    package func serves(namespace: String) -> Bool { pools.contains { $0.serves(namespace: namespace) } }

    /// The team that answers for a namespace; `unassigned` where no team names it.
    package func team(of namespace: String) -> String {
        teams.first { $0.namespaces.contains(namespace) }?.name ?? "unassigned"
    }
}
