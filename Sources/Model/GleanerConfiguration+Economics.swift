extension GleanerConfiguration {
    /// How the cost of finishing work is reckoned from the price of a node.
    package struct Economics: Hashable, Codable, Sendable {
        /// Work done a second on an accelerator model, relative to the one that expected runtimes speak of; 1 where
        /// absent.
        package var relativeSpeed: [String: Double] = [:]
        /// Expected a day of running on spot, where nothing was seen yet. The Spot Instance Advisor's highest band begins
        /// at 20% of instances a month, 0.007 a day; V100 nodes in the traces of "Can't Be Late" (NSDI 2024) were lost 2
        /// to 33 times a day. This lies between: https://aws.amazon.com/ec2/spot/instance-advisor/
        package var priorInterruptionsPerDay = 0.5
        /// After which an interruption, or a time without any, counts half.
        package var hazardHalfLife: Duration = .seconds(14 * 86_400)
        /// The most of all accelerators that may depend on one spot capacity pool, between 0 and 1; nil for no cap.
        package var maximumPoolShare: Double?
        /// What an hour is worth in which a workload without a deadline is not finished, for each accelerator that it
        /// asks for: it decides how long such a workload waits for spot. Nil is what it costs on demand.
        package var waitingPricePerAcceleratorHour: Money?

        package init() {}
    }
}
