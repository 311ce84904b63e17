/// One pod to be asked to save, at its own address.
package struct CheckpointRequest: Hashable, Codable, Sendable {
    package var workload: WorkloadID
    package var attempt: Int
    package var pod: PodID
    package var uid: String
    package var url: String
    /// When saving must be done.
    package var deadline: Timestamp
    /// How long one answer may take, in seconds; nil leaves it to the deadline.
    package var timeoutSeconds: Int64?
    /// Whether the pod goes on computing afterwards, as it does when nothing but the time that has passed is the reason.
    package var isRegular = false

    package init(
        workload: WorkloadID,
        attempt: Int,
        pod: PodID,
        uid: String,
        url: String,
        deadline: Timestamp,
        timeoutSeconds: Int64? = nil
    ) {
        self.workload = workload
        self.attempt = attempt
        self.pod = pod
        self.uid = uid
        self.url = url
        self.deadline = deadline
        self.timeoutSeconds = timeoutSeconds
    }

    /// Journals of before regular checkpoints do not say whether a request is for one: none is.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        workload = try values.decode(WorkloadID.self, forKey: .workload)
        attempt = try values.decode(Int.self, forKey: .attempt)
        pod = try values.decode(PodID.self, forKey: .pod)
        uid = try values.decode(String.self, forKey: .uid)
        url = try values.decode(String.self, forKey: .url)
        deadline = try values.decode(Timestamp.self, forKey: .deadline)
        timeoutSeconds = try values.decodeIfPresent(Int64.self, forKey: .timeoutSeconds)
        isRegular = try values.decodeIfPresent(Bool.self, forKey: .isRegular) ?? false
    }
}

/// What a pod says that has saved. Its words are its owner's: they are escaped wherever they are shown.
package struct CheckpointReceipt: Hashable, Codable, Sendable {
    package var step: Int64?
    package var uri: String?

    package init(step: Int64? = nil, uri: String? = nil) {
        self.step = step
        self.uri = uri
    }
}

/// How a request to save ended.
package enum CheckpointAnswer: Hashable, Sendable {
    case acknowledged(CheckpointReceipt)
    case failed(reason: String)
}

/// A pod's answer, as the journal keeps it.
package struct CheckpointAcknowledgement: Hashable, Codable, Sendable {
    package var workload: WorkloadID
    package var attempt: Int
    package var pod: PodID
    package var uid: String
    package var receipt: CheckpointReceipt

    package init(workload: WorkloadID, attempt: Int, pod: PodID, uid: String, receipt: CheckpointReceipt) {
        self.workload = workload
        self.attempt = attempt
        self.pod = pod
        self.uid = uid
        self.receipt = receipt
    }
}

/// A pod that could not be asked, or did not answer, as the journal keeps it.
package struct CheckpointFailure: Hashable, Codable, Sendable {
    package var workload: WorkloadID
    package var attempt: Int
    package var pod: PodID
    package var uid: String
    package var reason: String

    package init(workload: WorkloadID, attempt: Int, pod: PodID, uid: String, reason: String) {
        self.workload = workload
        self.attempt = attempt
        self.pod = pod
        self.uid = uid
        self.reason = reason
    }
}

/// A look into object storage for what a workload says that it has saved.
package struct CheckpointSearch: Hashable, Sendable {
    package var workload: WorkloadID
    package var attempt: Int
    /// `s3://bucket/path/`.
    package var prefix: String
    /// An object is proof when it was written at this time or later.
    package var since: Timestamp

    package init(workload: WorkloadID, attempt: Int, prefix: String, since: Timestamp) {
        self.workload = workload
        self.attempt = attempt
        self.prefix = prefix
        self.since = since
    }
}

/// What was found.
package enum CheckpointFinding: Hashable, Sendable {
    case found(uri: String, writtenAt: Timestamp)
    /// Nothing under the prefix is new enough.
    case absent
    case failed(reason: String)
}

/// The proof that work is durable, or that there is none, as the journal keeps it.
package struct CheckpointProof: Hashable, Codable, Sendable {
    package var workload: WorkloadID
    package var attempt: Int
    package var prefix: String
    /// The object and when it was written; nil where none was found.
    package var uri: String?
    package var writtenAt: Timestamp?
    /// All work up to here is durable; nil without proof.
    package var durableUntil: Timestamp?
    /// Why there is none.
    package var reason: String?

    package init(workload: WorkloadID, attempt: Int, prefix: String) {
        self.workload = workload
        self.attempt = attempt
        self.prefix = prefix
    }
}
