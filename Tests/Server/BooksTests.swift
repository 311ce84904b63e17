import Billing
import Model
import Testing

@testable import Server

@Suite("Books")
struct BooksTests {
    @Test("entries that come again change nothing")
    func repetition() async {
        let story = SampleStory()
        let (once, twice) = (
            Books(configuration: SampleStory.configuration), Books(configuration: SampleStory.configuration)
        )
        await once.record(story.entries)
        await twice.record(Array(story.entries.prefix(60)))
        await twice.record(story.entries)
        #expect(await once.counters == twice.counters)
        #expect(await once.interruptions() == twice.interruptions())
        #expect(await once.decisions(limit: 2000) == twice.decisions(limit: 2000))
        let query = CostQuery(window: SampleStory.start..<SampleStory.end)
        #expect(await once.report(query, now: SampleStory.end) == twice.report(query, now: SampleStory.end))
    }

    @Test("an interruption tells what each workload kept and lost")
    func interruptions() async throws {
        let books = Books(configuration: SampleStory.configuration)
        await books.record(SampleStory().entries)
        let records = await books.interruptions()
        #expect(records.map(\.outcome) == [.lost, .saved])
        #expect(records.map(\.lostWorkSeconds) == [1260, 0])
        #expect(records.allSatisfy { $0.reclaimedAt != nil && $0.effects.count == 1 && $0.wasAnnounced })
        #expect(records.first?.offering?.instanceType == "g5.2xlarge")
    }

    @Test("a node taken without a notice is an interruption too, once")
    func withoutNotice() async throws {
        let books = Books(configuration: SampleStory.configuration)
        let story = SampleStory().entries.filter { entry in
            if case .noticeReceived = entry.fact { false } else { true }
        }
        await books.record(story)
        let records = await books.interruptions()
        #expect(records.count == 2)
        #expect(records.allSatisfy { !$0.wasAnnounced && $0.effects.count == 1 })
        #expect(await books.counters.interruptions == 2)
    }

    @Test("decisions are bounded, the newest first")
    func bounded() async {
        let books = Books(configuration: SampleStory.configuration)
        let entries = (1...5000).map { index in
            let at = SampleStory.start + .seconds(index)
            return JournalEntry(sequence: Int64(index), at: at, epoch: 1, fact: .pauseChanged(index % 2 == 0, by: "x"))
        }
        await books.record(entries)
        let decisions = await books.decisions(limit: 100_000)
        #expect(decisions.count == Chronicle.decisionLimit)
        #expect(decisions.first?.sequence == 5000)
        #expect(await books.decisions(limit: 0).isEmpty)
    }
}
