import Model
import Testing

@testable import Agent

@Suite("What an agent has to report")
struct NoticeBookTests {
    private static let warning = NoticeReport.Item(
        kind: .interruption,
        time: "2026-11-21T05:02:00Z",
        action: "terminate"
    )
    private static let reboot = NoticeReport.Item(
        kind: .maintenance,
        time: "2026-11-23T05:00:00Z",
        action: "system-reboot",
        event: "instance-event-1"
    )

    /// Whether something is new.
    private func announce(
        _ kind: NoticeReport.Item.Kind,
        _ items: [NoticeReport.Item],
        to book: inout NoticeBook
    ) -> Bool {
        book.observe(kind, items)
    }

    @Test("an interruption is reported by itself, before what the service may not take")
    func first() {
        var book = NoticeBook()
        #expect(announce(.maintenance, [Self.reboot], to: &book))
        #expect(book.next == [Self.reboot])
        #expect(announce(.interruption, [Self.warning], to: &book))
        #expect(book.next == [Self.warning])
        book.acknowledge([Self.warning])
        #expect(book.next == [Self.reboot])
    }

    @Test("a notice is pending until it is acknowledged, however often it is seen")
    func once() {
        var book = NoticeBook()
        #expect(announce(.interruption, [Self.warning], to: &book))
        #expect(!announce(.interruption, [Self.warning], to: &book))
        #expect(book.pending == [Self.warning])
        book.acknowledge([Self.warning])
        #expect(book.pending.isEmpty)
        #expect(!announce(.interruption, [Self.warning], to: &book))
        #expect(book.pending.isEmpty)
    }

    @Test("an interruption goes before what came earlier")
    func order() {
        var book = NoticeBook()
        #expect(announce(.maintenance, [Self.reboot], to: &book))
        #expect(announce(.interruption, [Self.warning], to: &book))
        #expect(book.pending == [Self.warning, Self.reboot])
    }

    @Test("maintenance that is called off before it was reported is not reported; an interruption is")
    func calledOff() {
        var book = NoticeBook()
        #expect(announce(.maintenance, [Self.reboot], to: &book))
        #expect(announce(.interruption, [Self.warning], to: &book))
        #expect(!announce(.maintenance, [], to: &book))
        #expect(!announce(.interruption, [], to: &book))
        #expect(book.pending == [Self.warning])
    }

    @Test("maintenance that is moved, or announced again, is news")
    func moved() {
        var book = NoticeBook()
        #expect(announce(.maintenance, [Self.reboot], to: &book))
        book.acknowledge([Self.reboot])
        var later = Self.reboot
        later.time = "2026-11-24T05:00:00Z"
        #expect(announce(.maintenance, [later], to: &book))
        book.acknowledge([later])
        #expect(announce(.maintenance, [Self.reboot], to: &book))
    }
}
