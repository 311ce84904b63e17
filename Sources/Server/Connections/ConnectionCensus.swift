import Foundation
import Logging

/// How many connections each address holds: no address gets so many that none are left for others, such as the kubelet's
/// probes and the agents.
final class ConnectionCensus: @unchecked Sendable {
    private let limit: Int
    private let logger: Logger
    private let lock = NSLock()
    private var counts: [String: Int] = [:]
    /// Those that were refused one, until they hold half as many.
    private var refused: Set<String> = []

    /// - Parameters:
    ///   - limit: Of the connections of one address.
    ///   - logger: Is told once when an address comes to its limit.
    init(limit: Int, logger: Logger) {
        self.limit = limit
        self.logger = logger
    }

    /// Counts a connection in.
    /// - Returns: False when its address holds enough; then it is not counted.
    func enter(_ address: String) -> Bool {
        let (isWelcome, isNews) = lock.withLock {
            let count = counts[address, default: 0]
            guard count < limit else { return (false, refused.insert(address).inserted) }
            counts[address] = count + 1
            return (true, false)
        }
        if isNews {
            logger.warning("too many connections from one address", metadata: ["address": "\(address)"])
        }
        return isWelcome
    }

    /// Counts out one that was counted in.
    func leave(_ address: String) {
        lock.withLock {
            let count = counts[address, default: 0] - 1
            counts[address] = count > 0 ? count : nil
            if count <= limit / 2 { refused.remove(address) }
        }
    }
}
