import Foundation
import GRDB
import Model
import Runtime
import Testing

@testable import Journal

/// A folder that is gone after the test.
final class Folder {
    let path = NSTemporaryDirectory() + "gleaner-journal-" + UUID().uuidString

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var file: String { path + "/gleaner.db" }
}

@Suite struct SQLiteJournalTests {
    let folder: Folder
    let spot = Offering(instanceType: "g5.xlarge", zone: "us-east-1a", capacityType: .spot)

    init() throws {
        folder = try Folder()
    }

    func price(_ number: Int64) -> Fact {
        .priceObserved(
            PricePoint(
                offering: spot,
                pricePerHour: Money(Decimal(number)),
                effectiveAt: Timestamp(seconds: number)
            )
        )
    }

    func execute(_ sql: String) throws {
        let queue = try DatabaseQueue(path: folder.file)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test("what was appended is there after a restart, in order, numbered from 1")
    func restart() async throws {
        let journal = try SQLiteJournal(path: folder.file)
        let identity = journal.identity
        let first = try await journal.append([price(1), price(2)], at: Timestamp(seconds: 10), epoch: 1)
        #expect(first.map(\.sequence) == [1, 2])
        try journal.close()

        let second = try SQLiteJournal(path: folder.file)
        #expect(second.identity == identity)
        let third = try await second.append([price(3)], at: Timestamp(milliseconds: 11_001), epoch: 2)
        #expect(third.map(\.sequence) == [3])
        #expect(try await second.entries() == first + third)
    }

    @Test("every kind of fact comes back as it was written")
    func roundTrip() async throws {
        let journal = try SQLiteJournal(path: folder.file)
        let facts = Samples.everyFact
        _ = try await journal.append(facts, at: Timestamp(seconds: 1), epoch: 1)
        #expect(try await journal.entries().map(\.fact) == facts)
    }

    @Test("a fact's text is the same however its dictionaries are ordered")
    func sortedKeys() async throws {
        let journal = try SQLiteJournal(path: folder.file)
        _ = try await journal.append([Samples.launch], at: Timestamp(seconds: 1), epoch: 1)
        try journal.close()
        let queue = try DatabaseQueue(path: folder.file)
        let text = try await queue.read { try String.fetchOne($0, sql: "SELECT fact FROM entries") }
        let labels = try #require(text?.range(of: #""nodeLabels":{"a":"1","b":"2","c":"3"}"#))
        #expect(!labels.isEmpty)
    }

    @Test("two journals have different identities of twelve letters and digits")
    func identity() throws {
        let one = try SQLiteJournal(path: folder.file)
        let other = try SQLiteJournal(path: folder.path + "/other.db")
        #expect(one.identity != other.identity)
        #expect(one.identity.wholeMatch(of: /[a-z0-9]{12}/) != nil)
    }

    @Test("an older epoch is refused, and nothing of it is written")
    func staleEpoch() async throws {
        let journal = try SQLiteJournal(path: folder.file)
        _ = try await journal.append([price(1)], at: Timestamp(seconds: 1), epoch: 7)
        let expected = SQLiteJournalError.staleEpoch(path: folder.file, epoch: 6, highest: 7)
        await #expect(throws: expected) {
            try await journal.append([price(2)], at: Timestamp(seconds: 2), epoch: 6)
        }
        _ = try await journal.append([price(3)], at: Timestamp(seconds: 2), epoch: 7)
        #expect(try await journal.entries().count == 2)
    }

    @Test("once a leadership has begun, those before it can add nothing more, not even unwritten ones")
    func begun() async throws {
        let journal = try SQLiteJournal(path: folder.file)
        #expect(try await journal.newestEpoch() == 0)
        try await journal.begin(epoch: 4)
        #expect(try await journal.newestEpoch() == 4)
        for epoch: Int64 in [3, 4] {
            let expected = SQLiteJournalError.staleEpoch(path: folder.file, epoch: epoch, highest: 4)
            await #expect(throws: expected) { try await journal.begin(epoch: epoch) }
        }
        await #expect(throws: SQLiteJournalError.staleEpoch(path: folder.file, epoch: 3, highest: 4)) {
            try await journal.append([price(1)], at: Timestamp(seconds: 1), epoch: 3)
        }
        _ = try await journal.append([price(1)], at: Timestamp(seconds: 1), epoch: 4)
        try journal.close()
        let again = try SQLiteJournal(path: folder.file)
        #expect(try await again.newestEpoch() == 4)
        #expect(try await again.entries().map(\.epoch) == [4])
    }

    @Test("of two that share a journal, the one whose leadership is over is refused from the takeover on")
    func takeover() async throws {
        let old = try SQLiteJournal(path: folder.file, sharing: .shared)
        try await old.begin(epoch: 1)
        _ = try await old.append([price(1)], at: Timestamp(seconds: 1), epoch: 1)
        let new = try SQLiteJournal(path: folder.file, sharing: .shared)
        #expect(new.identity == old.identity)
        // It stands by: the one that leads goes on writing.
        _ = try await old.append([price(2)], at: Timestamp(seconds: 2), epoch: 1)
        try await new.begin(epoch: 2)
        #expect(try await new.entries().count == 2)
        // The new one has not written anything yet.
        await #expect(throws: SQLiteJournalError.staleEpoch(path: folder.file, epoch: 1, highest: 2)) {
            try await old.append([price(3)], at: Timestamp(seconds: 3), epoch: 1)
        }
        _ = try await new.append([price(4)], at: Timestamp(seconds: 4), epoch: 2)
        #expect(try await old.entries().map(\.epoch) == [1, 1, 2])
    }

    @Test("a journal that is shared is not opened by one that wants it alone, nor the other way round")
    func sharing() throws {
        let shared = try SQLiteJournal(path: folder.file, sharing: .shared)
        #expect(throws: SQLiteJournalError.locked(path: folder.file)) {
            try SQLiteJournal(path: folder.file, lockTimeout: .milliseconds(50))
        }
        try shared.close()
        let alone = try SQLiteJournal(path: folder.file)
        #expect(throws: SQLiteJournalError.locked(path: folder.file)) {
            try SQLiteJournal(path: folder.file, sharing: .shared, lockTimeout: .milliseconds(50))
        }
        try alone.close()
    }

    @Test("a journal of the first version is opened, and knows which epoch wrote last")
    func firstVersion() async throws {
        let journal = try SQLiteJournal(path: folder.file)
        _ = try await journal.append([price(1)], at: Timestamp(seconds: 1), epoch: 3)
        try journal.close()
        try execute("DROP TABLE leadership; UPDATE journal SET schema_version = 1")
        let opened = try SQLiteJournal(path: folder.file)
        #expect(try await opened.newestEpoch() == 3)
        try await opened.begin(epoch: 4)
        #expect(try await opened.entries().count == 1)
    }

    @Test("an append that fails half way leaves nothing")
    func atomic() async throws {
        let journal = try SQLiteJournal(path: folder.file)
        try journal.close()
        try execute(
            """
            CREATE TRIGGER refuse BEFORE INSERT ON entries WHEN NEW.sequence = 3
            BEGIN SELECT RAISE(ABORT, 'no third'); END
            """
        )
        let again = try SQLiteJournal(path: folder.file)
        await #expect(throws: SQLiteJournalError.failed(path: folder.file, reason: "no third")) {
            try await again.append([price(1), price(2), price(3)], at: Timestamp(seconds: 1), epoch: 1)
        }
        #expect(try await again.entries().isEmpty)
        #expect(try await again.append([price(1)], at: Timestamp(seconds: 1), epoch: 1).map(\.sequence) == [1])
    }

    @Test("commits are durable: write-ahead log, synchronous full")
    func durability() async throws {
        let journal = try SQLiteJournal(path: folder.file)
        #expect(try await journal.pragma("journal_mode") == "wal")
        #expect(try await journal.pragma("synchronous") == "2")
    }

    @Test("a copy taken without closing, as a kill leaves it, holds every committed entry")
    func copyOfRunningJournal() async throws {
        let journal = try SQLiteJournal(path: folder.file)
        _ = try await journal.append([price(1), price(2)], at: Timestamp(seconds: 1), epoch: 1)
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: folder.file + suffix, toPath: folder.path + "/copy.db" + suffix)
        }
        let copy = try SQLiteJournal(path: folder.path + "/copy.db")
        #expect(copy.identity == journal.identity)
        #expect(try await copy.entries() == journal.entries())
    }

    @Test("ten thousand entries come back in order")
    func loading() async throws {
        let journal = try SQLiteJournal(path: folder.file)
        let facts = (1...10_000).map { price(Int64($0)) }
        let appended = try await journal.append(facts, at: Timestamp(seconds: 1), epoch: 1)
        let entries = try await journal.entries()
        #expect(entries.map(\.sequence) == Array(1...10_000))
        #expect(entries == appended)
    }

    // MARK: What can be wrong with the file

    @Test("a missing folder is named")
    func missingFolder() throws {
        let path = folder.path + "/nowhere/gleaner.db"
        #expect(throws: SQLiteJournalError.missingFolder(path: path, folder: folder.path + "/nowhere")) {
            try SQLiteJournal(path: path)
        }
        #expect(throws: SQLiteJournalError.notAFile(path: folder.path)) { try SQLiteJournal(path: folder.path) }
    }

    @Test("a file that is no database is left alone")
    func notADatabase() throws {
        let text = String(repeating: "dear diary, ", count: 400)
        try text.write(toFile: folder.file, atomically: true, encoding: .utf8)
        #expect(throws: SQLiteJournalError.notADatabase(path: folder.file)) { try SQLiteJournal(path: folder.file) }
        #expect(try String(contentsOfFile: folder.file, encoding: .utf8) == text)
    }

    @Test("someone else's database is left alone")
    func notAJournal() throws {
        try execute("CREATE TABLE recipes (name TEXT)")
        #expect(throws: SQLiteJournalError.notAJournal(path: folder.file)) { try SQLiteJournal(path: folder.file) }
    }

    @Test("a journal of a newer version is refused")
    func newerSchema() throws {
        try SQLiteJournal(path: folder.file).close()
        try execute("UPDATE journal SET schema_version = 9")
        #expect(throws: SQLiteJournalError.newerSchema(path: folder.file, found: 9, known: 2)) {
            try SQLiteJournal(path: folder.file)
        }
    }

    @Test("a journal that is held already is refused, and free again once it is closed")
    func locked() async throws {
        let holder = try SQLiteJournal(path: folder.file)
        #expect(throws: SQLiteJournalError.locked(path: folder.file)) {
            try SQLiteJournal(path: folder.file, lockTimeout: .milliseconds(50))
        }
        _ = try await holder.append([price(1)], at: Timestamp(seconds: 1), epoch: 1)
        try holder.close()
        #expect(try await SQLiteJournal(path: folder.file).entries().count == 1)
    }

    @Test("a damaged or missing entry is named by its sequence")
    func damaged() async throws {
        let journal = try SQLiteJournal(path: folder.file)
        _ = try await journal.append([price(1), price(2), price(3)], at: Timestamp(seconds: 1), epoch: 1)
        try journal.close()
        try execute("UPDATE entries SET fact = '{\"priceObserved\":{}}' WHERE sequence = 2")
        let damaged = try SQLiteJournal(path: folder.file)
        let error = await #expect(throws: SQLiteJournalError.self) { try await damaged.entries() }
        guard case .damagedEntry(_, let sequence, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(sequence == 2)
        #expect(reason.hasPrefix("priceObserved: "))
        try damaged.close()
        try execute("DELETE FROM entries WHERE sequence = 2")
        await #expect(throws: SQLiteJournalError.missingEntry(path: folder.file, sequence: 2)) {
            try await SQLiteJournal(path: folder.file).entries()
        }
    }

    @Test(
        "every message names the file and the way out",
        arguments: [
            (SQLiteJournalError.missingFolder(path: "/a/b", folder: "/a"), "create it"),
            (.notAFile(path: "/a/b"), "/a/b/gleaner.db"),
            (.notADatabase(path: "/a/b"), "name another file"),
            (.notAJournal(path: "/a/b"), "name another file"),
            (.newerSchema(path: "/a/b", found: 2, known: 1), "run that version"),
            (.locked(path: "/a/b"), "stop the other gleaner"),
            (.damagedEntry(path: "/a/b", sequence: 4, reason: "x"), "entry 4"),
            (.missingEntry(path: "/a/b", sequence: 4), "entry 4"),
            (.staleEpoch(path: "/a/b", epoch: 1, highest: 2), "epoch 2"),
            (.failed(path: "/a/b", reason: "disk full"), "free space"),
        ]
    )
    func messages(error: SQLiteJournalError, part: String) {
        #expect(error.description.hasPrefix("journal /a/b: "))
        #expect(error.description.contains(part))
        #expect(!error.description.contains("\n"))
    }
}
