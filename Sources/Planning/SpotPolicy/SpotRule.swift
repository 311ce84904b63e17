/// The policies that there are, by the names that people give them.
package enum SpotRule: String, CaseIterable, Sendable {
    case onDemand = "on-demand"
    case greedy
    case uniformProgress = "uniform-progress"
    case uniformProgressLoose = "uniform-progress-loose"
    case slackRatio = "ratio"
    case ssr

    /// The one that is followed where none is named.
    package static let standard = SpotRule.ssr

    /// A policy for one workload.
    package var policy: any SpotPolicy {
        switch self {
        case .onDemand: OnDemandOnly()
        case .greedy: GreedySpot()
        case .uniformProgress: UniformProgress(isLoose: false)
        case .uniformProgressLoose: UniformProgress(isLoose: true)
        case .slackRatio: SlackRatio()
        case .ssr: SquareRootSlack()
        }
    }
}
