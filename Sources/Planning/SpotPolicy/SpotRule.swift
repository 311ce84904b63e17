/// The policies that there are, by the names that people give them.
package enum SpotRule: String, CaseIterable, Sendable {
    case onDemand = "on-demand"
    case greedy
    case uniformProgress = "uniform-progress"
    case uniformProgressLoose = "uniform-progress-loose"
    case slackRatio = "ratio"
    case ssr
    case leastExpected = "least-expected"

    /// The one that is followed where none is named.
    package static let standard = SpotRule.leastExpected

    /// A policy for one workload.
    package var policy: any SpotPolicy { policy(sharing: ActionTables()) }

    /// - Parameter tables: for those that need some, to share with other policies.
    /// - Returns: A policy for one workload.
    package func policy(sharing tables: ActionTables) -> any SpotPolicy {
        switch self {
        case .onDemand: OnDemandOnly()
        case .greedy: GreedySpot()
        case .uniformProgress: UniformProgress(isLoose: false)
        case .uniformProgressLoose: UniformProgress(isLoose: true)
        case .slackRatio: SlackRatio()
        case .ssr: SquareRootSlack()
        case .leastExpected: LeastExpectedCost(sharing: tables)
        }
    }
}
