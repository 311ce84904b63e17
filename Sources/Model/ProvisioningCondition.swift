/// What the status of a ProvisioningRequest says of it.
package struct ProvisioningCondition: Hashable, Codable, Sendable {
    package enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        /// Somebody tries to serve it.
        case accepted = "Accepted"
        /// The room for all its pods stands and is booked.
        case provisioned = "Provisioned"
        /// It is given up.
        case failed = "Failed"
        /// The room is no longer kept for its pods.
        case bookingExpired = "BookingExpired"
        /// The room was taken away before its pods came.
        case capacityRevoked = "CapacityRevoked"
    }

    package var kind: Kind
    package var isTrue: Bool
    /// One word for machines.
    package var reason: String
    package var message: String
    /// When it became true, or false.
    package var since: Timestamp

    package init(kind: Kind, isTrue: Bool, reason: String, message: String, since: Timestamp) {
        self.kind = kind
        self.isTrue = isTrue
        self.reason = reason
        self.message = message
        self.since = since
    }

    /// Whether both say the same; the API's times are cut to whole seconds, and others may have said it first.
    package func saysTheSame(as other: Self) -> Bool {
        kind == other.kind && isTrue == other.isTrue && reason == other.reason && message == other.message
    }
}

/// Conditions to be written into the status of a ProvisioningRequest; others that stand there are left alone.
package struct ProvisioningUpdate: Hashable, Sendable {
    package var apiVersion: String
    package var namespace: String
    package var name: String
    /// Nothing is written when the request of this name is another by now.
    package var uid: String
    /// Of the request that they speak of.
    package var generation: Int64
    package var conditions: [ProvisioningCondition]

    package init(_ request: ProvisioningRequest, conditions: [ProvisioningCondition]) {
        apiVersion = request.apiVersion
        namespace = request.namespace
        name = request.name
        uid = request.uid
        generation = request.generation
        self.conditions = conditions
    }
}
