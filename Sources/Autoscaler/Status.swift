package import Model

/// What the state machine knows at one moment, for people and pages: a copy, sorted, and safe to read anywhere.
package struct Status: Sendable {
    /// A workload that is not finished, or finished lately.
    package struct WorkloadStatus: Sendable {
        package enum Phase: String, Sendable {
            case waiting
            case starting
            case running
            case checkpointing
            case succeeded
            case failed
        }

        package var workload: Workload
        package var phase: Phase
        /// Attempts so far, the running one included.
        package var attempts: Int
        package var interruptions: Int
        /// Why it waits, where it waits.
        package var reason: String?
        /// Of the running attempt, or of the nodes that boot for it.
        package var claims: [ClaimID]
        package var lastCheckpointAt: Timestamp?
        /// While it runs on spot capacity.
        package var checkpointAdvice: CheckpointAdvice?

        package init(
            workload: Workload,
            phase: Phase,
            attempts: Int,
            interruptions: Int,
            reason: String?,
            claims: [ClaimID],
            lastCheckpointAt: Timestamp?,
            checkpointAdvice: CheckpointAdvice? = nil
        ) {
            self.workload = workload
            self.phase = phase
            self.attempts = attempts
            self.interruptions = interruptions
            self.reason = reason
            self.claims = claims
            self.lastCheckpointAt = lastCheckpointAt
            self.checkpointAdvice = checkpointAdvice
        }
    }

    /// How often a workload should save, and what that is worth.
    package struct CheckpointAdvice: Sendable {
        package struct Worth: Sendable {
            /// The part of its time that it is expected to waste with the advice, with checkpoints and with work
            /// computed again.
            package var wastedShare: Double
            /// The same with the checkpoints that it makes by itself.
            package var presentWastedShare: Double
            /// What the difference is worth an hour, at the price of all that it holds.
            package var savedPerHour: Money

            package init(wastedShare: Double, presentWastedShare: Double, savedPerHour: Money) {
                self.wastedShare = wastedShare
                self.presentWastedShare = presentWastedShare
                self.savedPerHour = savedPerHour
            }
        }

        /// To compute between a checkpoint and the next; nil when no regular one is worth its cost.
        package var intervalSeconds: Int64?
        /// What one checkpoint takes.
        package var costSeconds: Int64
        /// Whether that was measured.
        package var isMeasured: Bool
        /// What following it is worth, reckoned when it is asked for: whoever decides does not wait for that.
        package var worth: @Sendable () -> Worth
        /// When Gleaner asks it for the next; nil when it does not.
        package var asksAt: Timestamp?
        /// Why the last one that it was asked for failed.
        package var failure: String?

        package init(
            intervalSeconds: Int64?,
            costSeconds: Int64,
            isMeasured: Bool,
            worth: @escaping @Sendable () -> Worth,
            asksAt: Timestamp? = nil,
            failure: String? = nil
        ) {
            self.intervalSeconds = intervalSeconds
            self.costSeconds = costSeconds
            self.isMeasured = isMeasured
            self.worth = worth
            self.asksAt = asksAt
            self.failure = failure
        }
    }

    /// An offering of the configured pools, as it is known now.
    package struct OfferingStatus: Sendable {
        package var offering: Offering
        package var shape: String
        package var pool: String
        package var accelerator: String?
        package var accelerators: Int64
        package var pricePerHour: Money
        package var priceEffectiveAt: Timestamp
        /// When the cloud last said the price, or spoke of the reservation; nil when it has not since the start.
        package var priceSeenAt: Timestamp?
        /// Until when it counts as having no capacity; nil where it is passed over for as long as the reason holds.
        package var closedUntil: Timestamp?
        package var closedReason: String?
        /// How likely spot is to be had, from 1 to 10, where scores are asked for.
        package var placementScore: Int?
        /// Whose capacity it is, with what is left of it.
        package var reservation: Reservation?
        /// What a node of it offers to pods, and asks of them.
        package var allocatable: Resources
        package var labels: [String: String]
        package var taints: [Taint]
        /// Expected while it runs; nil except on spot.
        package var interruptionsPerHour: Double?

        package init(
            offering: Offering,
            shape: String,
            pool: String,
            accelerator: String?,
            accelerators: Int64,
            pricePerHour: Money,
            priceEffectiveAt: Timestamp,
            closedUntil: Timestamp?,
            closedReason: String?,
            allocatable: Resources = Resources(),
            labels: [String: String] = [:],
            taints: [Taint] = [],
            interruptionsPerHour: Double? = nil,
            priceSeenAt: Timestamp? = nil,
            placementScore: Int? = nil,
            reservation: Reservation? = nil
        ) {
            self.offering = offering
            self.shape = shape
            self.pool = pool
            self.accelerator = accelerator
            self.accelerators = accelerators
            self.pricePerHour = pricePerHour
            self.priceEffectiveAt = priceEffectiveAt
            self.closedUntil = closedUntil
            self.closedReason = closedReason
            self.allocatable = allocatable
            self.labels = labels
            self.taints = taints
            self.interruptionsPerHour = interruptionsPerHour
            self.priceSeenAt = priceSeenAt
            self.placementScore = placementScore
            self.reservation = reservation
        }
    }

    package var isPaused: Bool
    package var isDryRun: Bool
    package var isLeader: Bool
    /// Sorted by id; those that are gone are left out.
    package var claims: [Claim]
    package var workloads: [WorkloadStatus]
    package var offerings: [OfferingStatus]
    /// Pods that wait for capacity, with those of suspended Jobs that will be made when it stands.
    package var pendingPods: Int
    /// When the cluster was last known to be fresh; nil while the watch is broken.
    package var clusterObservedAt: Timestamp?
    package var cloudObservedAt: Timestamp?
    package var pricesObservedAt: Timestamp?

    package init(
        isPaused: Bool,
        isDryRun: Bool,
        isLeader: Bool,
        claims: [Claim],
        workloads: [WorkloadStatus],
        offerings: [OfferingStatus],
        pendingPods: Int,
        clusterObservedAt: Timestamp?,
        cloudObservedAt: Timestamp?,
        pricesObservedAt: Timestamp?
    ) {
        self.isPaused = isPaused
        self.isDryRun = isDryRun
        self.isLeader = isLeader
        self.claims = claims
        self.workloads = workloads
        self.offerings = offerings
        self.pendingPods = pendingPods
        self.clusterObservedAt = clusterObservedAt
        self.cloudObservedAt = cloudObservedAt
        self.pricesObservedAt = pricesObservedAt
    }
}
