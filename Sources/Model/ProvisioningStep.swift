/// What happened to a ProvisioningRequest, as the journal keeps it.
package enum ProvisioningStep: Hashable, Codable, Sendable {
    case condition(ProvisioningCondition)
    /// Room for every pod is kept, on nodes that stand or were bought for it.
    case booked([BookedPlace])
    /// A pod came for its place.
    case taken(place: String, by: String)
    /// Places are given back.
    case released([String], reason: String)
    /// The request was deleted.
    case removed
}

/// Room for one pod of a ProvisioningRequest.
package struct BookedPlace: Hashable, Codable, Sendable {
    /// The name of the pod that is reckoned with.
    package var name: String
    package var requests: Resources
    /// The claim whose node it is on; nil on a node that is not ours.
    package var claim: ClaimID?
    /// The node, where it is not ours.
    package var node: String?
    /// The largest part of any one resource of the node that it holds, in millionths; 0 where the node is not ours.
    package var shareMillionths: Int64

    package init(
        name: String,
        requests: Resources,
        claim: ClaimID? = nil,
        node: String? = nil,
        shareMillionths: Int64 = 0
    ) {
        self.name = name
        self.requests = requests
        self.claim = claim
        self.node = node
        self.shareMillionths = shareMillionths
    }
}
