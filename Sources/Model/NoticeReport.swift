/// What an agent says that the metadata service of its instance announces: the body of `POST /api/v1/notices`. Without a
/// notice it proves that one would be taken.
package struct NoticeReport: Hashable, Codable, Sendable {
    /// One announcement; times are RFC 3339.
    package struct Item: Hashable, Codable, Sendable {
        package enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
            case interruption
            case rebalance
            case maintenance
        }

        package var kind: Kind
        /// Of an interruption, when the instance is taken back; of a rebalance recommendation, when it was made; of
        /// maintenance, when it may begin.
        package var time: String
        /// Of an interruption: `terminate`, `stop` or `hibernate`. Of maintenance: the cloud's code of it.
        package var action: String?
        /// Of maintenance: the cloud's id of the event.
        package var event: String?
        /// Of maintenance: when it is over at the latest.
        package var until: String?

        package init(kind: Kind, time: String, action: String? = nil, event: String? = nil, until: String? = nil) {
            self.kind = kind
            self.time = time
            self.action = action
            self.event = event
            self.until = until
        }
    }

    /// The instance that speaks; a report about another one is refused.
    package var instance: String
    package var notices: [Item]

    package init(instance: String, notices: [Item]) {
        self.instance = instance
        self.notices = notices
    }
}
