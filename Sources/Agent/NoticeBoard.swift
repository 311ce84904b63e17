import Model

/// The book between the watch on the metadata service and the reports, and a bell that rings when there is work.
actor NoticeBoard {
    /// One ring stands for any number of reasons to report.
    nonisolated let bell: AsyncStream<Void>
    private let ringer: AsyncStream<Void>.Continuation
    private var book = NoticeBook()

    init() {
        (bell, ringer) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var pending: [NoticeReport.Item] { book.pending }
    var next: [NoticeReport.Item] { book.next }

    func observe(_ kind: NoticeReport.Item.Kind, _ items: [NoticeReport.Item]) -> Bool {
        let isNews = book.observe(kind, items)
        if isNews { ring() }
        return isNews
    }

    func acknowledge(_ items: [NoticeReport.Item]) {
        book.acknowledge(items)
    }

    nonisolated func ring() {
        ringer.yield()
    }
}
