/// How long a leader leads without a sign of life.
package struct LeaseTimes: Sendable {
    /// Nobody else takes the lease within this time after its last renewal.
    package var lease: Duration
    /// A leader that could not renew for so long stops; what lies between this and `lease` is room for clocks that do
    /// not go alike and for calls that are under way.
    package var renewal: Duration
    /// How often the leader renews and the others look.
    package var retry: Duration

    package init(lease: Duration = .seconds(10), renewal: Duration = .seconds(7), retry: Duration = .seconds(2)) {
        self.lease = lease
        self.renewal = renewal
        self.retry = retry
    }
}
