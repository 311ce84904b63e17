/// How long the cluster takes for what it does by itself, in seconds; drawn evenly where a range is wide.
package struct ClusterPace: Hashable, Sendable {
    /// From a machine's start until its node registers, from there until it is ready, and until its devices are offered.
    package var registration: ClosedRange<Int64> = 45...90
    package var readiness: ClosedRange<Int64> = 8...20
    package var devices: ClosedRange<Int64> = 5...15
    /// The first pull of an image on a node.
    package var pull: ClosedRange<Int64> = 20...75
    /// From a machine's end until its node and the pods on it are gone.
    package var removal: ClosedRange<Int64> = 5...15
    /// After which finished pods without an owner are removed; nil keeps them.
    package var finishedPods: Int64?

    package init() {}

    /// The same times for every node: from its start until it can be used, and for the first pull of an image.
    package init(boot: Int64, pull: Int64) {
        let boot = max(3, boot)
        registration = max(1, boot - 15)...max(1, boot - 15)
        let left = boot - registration.lowerBound
        readiness = max(1, left * 2 / 3)...max(1, left * 2 / 3)
        devices = max(1, left - readiness.lowerBound)...max(1, left - readiness.lowerBound)
        self.pull = max(1, pull)...max(1, pull)
        removal = 10...10
    }
}
