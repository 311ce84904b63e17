import Foundation
import Model

/// Where events wait for the loop: filled from anywhere, emptied all at once, in order.
final class Mailbox: @unchecked Sendable {
    struct Item: Sendable {
        var event: Event
        /// A queue message to acknowledge once the facts of all its events are committed.
        var receipt: String?
        /// Is told once the event's facts are committed, and whether it may be forgotten where it came from.
        var answer: (@Sendable (Bool) -> Void)?

        /// Whether its message must come again.
        func isHeld(by decisions: Decisions) -> Bool {
            if case .noticeReceived(let notice) = event { decisions.heldNotices.contains(notice.id) } else { false }
        }
    }

    /// One signal stands for any number of items.
    let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let lock = NSLock()
    private var items: [Item] = []

    init() {
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func put(_ new: [Item]) {
        guard !new.isEmpty else { return }
        lock.withLock { items += new }
        signal.yield()
    }

    func put(_ event: Event) {
        put([Item(event: event)])
    }

    var count: Int { lock.withLock { items.count } }

    func takeAll() -> [Item] {
        lock.withLock {
            defer { items = [] }
            return items
        }
    }

    func close() {
        signal.finish()
    }
}

extension [Mailbox.Item] {
    /// The messages of which nothing must come again, each once: one message may bring several notices.
    func settledReceipts(by decisions: Decisions) -> [String] {
        let held = Set(filter { $0.isHeld(by: decisions) }.compactMap(\.receipt))
        var seen = held
        return compactMap(\.receipt).filter { seen.insert($0).inserted }
    }
}
