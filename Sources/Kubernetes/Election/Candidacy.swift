/// What one candidate knows of a Lease and what it may make of that: no I/O, and time comes in from outside.
///
/// Times that other processes wrote are not compared with our clock: a lease is over when its record has stood
/// unchanged for its whole length before our own eyes.
struct Candidacy: Sendable {
    typealias Instant = ContinuousClock.Instant

    struct Held: Sendable, Equatable {
        /// Grows with every change of hands.
        var epoch: Int64
        /// When the last renewal that succeeded was sent.
        var renewedAt: Instant
    }

    enum Move: Sendable, Equatable {
        /// There is no lease: make this one.
        case create(JSON)
        /// It is ours, or free: replace it by this one.
        case replace(JSON)
        /// Somebody else has it.
        case wait(holder: String)
    }

    let identity: String
    let times: LeaseTimes
    private(set) var held: Held?
    /// The holder and its last sign of life, and since when we have known them.
    private var observed: (record: JSON, at: Instant)?
    /// The most changes of hands that any lease of this name told of: one that was deleted goes on counting.
    private var mostTransitions: Int64 = -1

    init(identity: String, times: LeaseTimes) {
        self.identity = identity
        self.times = times
    }

    /// Who has the lease, as it was last seen.
    var holder: String? {
        guard let holder = observed?.record["holderIdentity"].string, !holder.isEmpty else { return nil }
        return holder
    }

    /// When leadership ends unless it is renewed.
    var deadline: Instant? { held.map { $0.renewedAt + times.renewal } }

    func isLeading(at now: Instant) -> Bool { deadline.map { now < $0 } ?? false }

    /// Looks at the lease as it stands.
    /// - Parameters:
    ///   - lease: As the server has it; nil when there is none.
    ///   - floor: An epoch that is over already, whatever the lease says of it: the one that is taken comes after it.
    ///   - now: When it was read.
    ///   - wall: The time to write into it, for people.
    /// - Returns: What to do about it.
    mutating func move(_ lease: JSON?, after floor: Int64 = 0, at now: Instant, wall: String) -> Move {
        guard var lease else {
            observed = nil
            let transitions = held == nil ? max(mostTransitions + 1, floor) : mostTransitions
            return .create(["spec": spec(transitions: transitions, acquired: wall, renewed: wall)])
        }
        let record = lease["spec"]
        if observed?.record != record { observed = (record, now) }
        let holder = record["holderIdentity"].string ?? ""
        let transitions = record["leaseTransitions"].integer ?? 0
        mostTransitions = max(mostTransitions, transitions)
        guard holder != identity else {
            // Ours already, or taken by a call whose answer never came.
            lease["spec"] = spec(transitions: transitions, acquired: record["acquireTime"].string, renewed: wall)
            return .replace(lease)
        }
        if !holder.isEmpty, let since = observed?.at, since.duration(to: now) < length(record) {
            return .wait(holder: holder)
        }
        lease["spec"] = spec(transitions: max(transitions + 1, floor), acquired: wall, renewed: wall)
        return .replace(lease)
    }

    /// When the lease that somebody else holds can be free at the earliest.
    func freeAt() -> Instant? {
        observed.map { $0.at + length($0.record) }
    }

    /// The server took what we wrote.
    /// - Parameters:
    ///   - lease: As the server stores it.
    ///   - sentAt: When we sent it: leadership counts from there.
    mutating func succeeded(_ lease: JSON, sentAt: Instant) {
        observed = (lease["spec"], sentAt)
        let transitions = lease.at("spec", "leaseTransitions").integer ?? 0
        mostTransitions = max(mostTransitions, transitions)
        // The first holder's lease has not changed hands yet: its epoch is 1.
        held = Held(epoch: transitions + 1, renewedAt: sentAt)
    }

    /// It is no longer ours.
    mutating func lost() {
        held = nil
    }

    /// The lease without a holder, for the next one to take at once.
    func released(_ lease: JSON, wall: String) -> JSON {
        var lease = lease
        lease["spec"] = [
            "holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": .string(wall),
            "acquireTime": .string(wall), "leaseTransitions": lease.at("spec", "leaseTransitions"),
        ]
        return lease
    }

    private func spec(transitions: Int64, acquired: String?, renewed: String) -> JSON {
        [
            "holderIdentity": .string(identity),
            "leaseDurationSeconds": .integer(max(1, times.lease.components.seconds)),
            "acquireTime": JSON(acquired ?? renewed), "renewTime": .string(renewed),
            "leaseTransitions": .integer(transitions),
        ]
    }

    /// Whichever is longer: what its holder goes by, or what we do.
    private func length(_ record: JSON) -> Duration {
        max(times.lease, .seconds(record["leaseDurationSeconds"].integer ?? 0))
    }
}
