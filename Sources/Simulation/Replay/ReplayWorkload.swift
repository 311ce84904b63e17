package import Kubernetes
package import Model

/// One workload of the past, as it is submitted again.
package struct ReplayWorkload: Sendable {
    /// Who says how long it computes.
    package enum LengthSource: String, Sendable, CaseIterable {
        /// An annotation for the simulated world.
        case world
        /// What it took then.
        case record
        case expectedRuntime
        /// Nobody: the configuration's default.
        case assumed
    }

    package var namespace: String
    package var name: String
    package var kind: String
    package var submittedAt: Timestamp
    package var deadline: Timestamp?
    /// How long its members compute, one after another where they do not all run at once.
    package var work: Duration
    package var source: LengthSource
    /// What the books call it: its gang's name where it has one.
    package var billedName: String
    /// Names of the Jobs, or of the pod, that stand for it in the world.
    package var parts: [String]
    package var objects: [JSON]
}
