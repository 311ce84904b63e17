package import Model

/// Something that changed in the simulated cloud.
package enum CloudChange: Hashable, Sendable {
    case instanceState(InstanceID, Instance.State, at: Timestamp)
    /// The instance is taken back two minutes later.
    case interruptionWarning(InstanceID, at: Timestamp)
    case rebalance(InstanceID, at: Timestamp)
    case capacityMoved(Offering, capacity: Int64, at: Timestamp)
    case priceMoved(PricePoint)
    /// The queue has a new message to receive.
    case messageDelivered(at: Timestamp)
}

/// A refusal in the words of EC2.
package struct CloudError: Error, Hashable, Sendable, CustomStringConvertible {
    /// EC2's code, such as `InvalidInstanceID.NotFound`.
    package var code: String
    package var message: String

    package init(_ code: String, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code): \(message)" }
}
