/// A port of the node that a container takes for itself, as in core/v1.
package struct HostPort: Hashable, Codable, Sendable {
    /// `TCP`, `UDP` or `SCTP`.
    package var proto: String
    /// Empty and `0.0.0.0` mean every address of the node.
    package var address: String
    package var port: Int

    package init(proto: String = "TCP", address: String = "", port: Int) {
        self.proto = proto
        self.address = address
        self.port = port
    }

    /// Whether both cannot be had on one node.
    package func conflicts(with other: HostPort) -> Bool {
        port == other.port && proto == other.proto
            && (isOnAllAddresses || other.isOnAllAddresses || address == other.address)
    }

    /// Whether it is taken on every address of the node.
    package var isOnAllAddresses: Bool { address.isEmpty || address == "0.0.0.0" || address == "::" }
}
