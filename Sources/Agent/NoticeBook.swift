import Model

/// What the metadata service announces, and what of it the service has not taken yet.
struct NoticeBook {
    /// In the order in which they came up; interruptions first.
    private(set) var pending: [NoticeReport.Item] = []
    /// What to report now. An interruption by itself: what the service does not take of the rest must not keep it back.
    var next: [NoticeReport.Item] {
        let interruptions = pending.filter { $0.kind == .interruption }
        return interruptions.isEmpty ? pending : interruptions
    }

    private var taken: Set<NoticeReport.Item> = []

    /// Takes in everything of a kind that is announced at this moment.
    /// - Returns: Whether something is new.
    mutating func observe(_ kind: NoticeReport.Item.Kind, _ items: [NoticeReport.Item]) -> Bool {
        // What is announced no more may come again as something new.
        taken = taken.filter { $0.kind != kind || items.contains($0) }
        // Maintenance can be called off; an instance that is to be taken back is told so to the end.
        if kind == .maintenance { pending.removeAll { $0.kind == kind && !items.contains($0) } }
        let new = items.filter { !taken.contains($0) && !pending.contains($0) }
        if kind == .interruption { pending.insert(contentsOf: new, at: 0) } else { pending += new }
        return !new.isEmpty
    }

    /// The service has them in its journal.
    mutating func acknowledge(_ items: [NoticeReport.Item]) {
        pending.removeAll { items.contains($0) }
        taken.formUnion(items)
    }
}
