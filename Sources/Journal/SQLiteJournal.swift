import Foundation
import GRDB
package import Model
import Runtime

/// The journal in one SQLite file, held by one process alone, or by several of one machine that take turns.
///
/// Every append is one transaction with `synchronous=FULL`: what it returned survives a kill and a power cut.
package final class SQLiteJournal: Runtime.Journal {
    package let identity: String
    package let path: String
    private let queue: DatabaseQueue

    /// Who may open a journal beside us.
    package enum Sharing: Sendable {
        /// Nobody: a second process is refused when it opens the file.
        case alone
        /// Others of this machine that share it as well: whoever begins the latest leadership writes, and the others are
        /// refused.
        case shared
    }

    /// The tables as this version writes them; 2 knows which leaderships have begun.
    static let schemaVersion = 2

    /// Opens the journal at a path, or makes a new one there.
    /// - Parameters:
    ///   - path: A file in a folder that exists; SQLite keeps a `-wal` file beside it.
    ///   - sharing: Who may open it beside us.
    ///   - lockTimeout: How long to wait for another process that is on its way out.
    /// - Throws: `SQLiteJournalError`.
    package init(path: String, sharing: Sharing = .alone, lockTimeout: Duration = .seconds(2)) throws {
        try Self.checkPlace(path)
        do {
            var configuration = Configuration()
            configuration.label = "journal"
            configuration.busyMode = .timeout(lockTimeout.inSeconds)
            configuration.prepareDatabase { database in
                // Exclusive before the first access: a second process is refused when it opens, not when it writes.
                try database.execute(
                    sql: """
                        PRAGMA locking_mode = \(sharing == .alone ? "EXCLUSIVE" : "NORMAL");
                        PRAGMA journal_mode = WAL;
                        PRAGMA synchronous = FULL;
                        """
                )
            }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            identity = try queue.write { try Self.prepare($0, path: path) }
            self.queue = queue
            self.path = path
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    /// Every entry so far, in order.
    /// - Throws: `SQLiteJournalError`, with the sequence number of an entry that cannot be read.
    package func entries() async throws -> [JournalEntry] {
        do {
            let rows = try await queue.read { database in
                var rows: [StoredEntry] = []
                let cursor = try Row.fetchCursor(
                    database,
                    sql: "SELECT sequence, at, epoch, CAST(fact AS BLOB) FROM entries ORDER BY sequence"
                )
                while let row = try cursor.next() {
                    rows.append(StoredEntry(sequence: row[0], at: row[1], epoch: row[2], fact: row[3]))
                }
                return rows
            }
            let decoder = JSONDecoder()
            return try rows.enumerated().map { index, row in
                guard row.sequence == Int64(index) + 1 else {
                    throw SQLiteJournalError.missingEntry(path: path, sequence: Int64(index) + 1)
                }
                return try row.entry(decoder, path: path)
            }
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    /// The newest leadership that has begun here; 0 before the first.
    /// - Throws: `SQLiteJournalError`.
    package func newestEpoch() async throws -> Int64 {
        do {
            return try await queue.read { try Self.newestEpoch($0) }
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    /// Begins a leadership: from here on nothing of an earlier one is taken any more.
    /// - Throws: `SQLiteJournalError.staleEpoch` when this epoch, or a later one, has begun already; others when the
    ///   store fails.
    package func begin(epoch: Int64) async throws {
        let path = path
        do {
            try await queue.write { database in
                let newest = try Self.newestEpoch(database)
                guard epoch > newest else {
                    throw SQLiteJournalError.staleEpoch(path: path, epoch: epoch, highest: newest)
                }
                try database.execute(sql: "UPDATE leadership SET epoch = ?", arguments: [epoch])
            }
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    /// Commits all or none, durably, and returns them with their sequence numbers.
    /// - Throws: `SQLiteJournalError.staleEpoch` when a later epoch has begun already; others when the store fails.
    package func append(_ facts: [Fact], at: Timestamp, epoch: Int64) async throws -> [JournalEntry] {
        let path = path
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let texts = try facts.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
            return try await queue.write { database in
                let newest = try Self.newestEpoch(database)
                guard epoch >= newest else {
                    throw SQLiteJournalError.staleEpoch(path: path, epoch: epoch, highest: newest)
                }
                var sequence = try Int64.fetchOne(database, sql: "SELECT MAX(sequence) FROM entries") ?? 0
                let insertion = try database.cachedStatement(
                    sql: "INSERT INTO entries (sequence, at, epoch, fact) VALUES (?, ?, ?, ?)"
                )
                return try zip(facts, texts).map { fact, text in
                    sequence += 1
                    try insertion.execute(arguments: [sequence, at.milliseconds, epoch, text])
                    return JournalEntry(sequence: sequence, at: at, epoch: epoch, fact: fact)
                }
            }
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    /// Of those that have begun and of those that have written: an entry may be older than the table of leaderships.
    private static func newestEpoch(_ database: Database) throws -> Int64 {
        let begun = try Int64.fetchOne(database, sql: "SELECT epoch FROM leadership") ?? 0
        let written = try Int64.fetchOne(database, sql: "SELECT epoch FROM entries ORDER BY sequence DESC LIMIT 1") ?? 0
        return max(begun, written)
    }

    /// Lets go of the file; every later call fails.
    /// - Throws: `SQLiteJournalError`.
    package func close() throws {
        do {
            try queue.close()
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    /// The value of one of the connection's settings, for tests.
    func pragma(_ name: String) async throws -> String? {
        try await queue.read { try String.fetchOne($0, sql: "PRAGMA \(name)") }
    }

    // MARK: Opening

    private static func checkPlace(_ path: String) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw SQLiteJournalError.notAFile(path: path)
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw SQLiteJournalError.missingFolder(path: path, folder: folder)
        }
    }

    /// Makes the tables of an empty database, checks those of any other, and returns the journal's identity.
    private static func prepare(_ database: Database, path: String) throws -> String {
        let tables = try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
        if tables.isEmpty {
            let identity = newIdentity()
            try database.execute(
                sql: """
                    CREATE TABLE journal (identity TEXT NOT NULL, schema_version INTEGER NOT NULL);
                    CREATE TABLE entries (
                        sequence INTEGER PRIMARY KEY,
                        at INTEGER NOT NULL,
                        epoch INTEGER NOT NULL,
                        fact TEXT NOT NULL
                    );
                    """
            )
            try addLeadership(database)
            try database.execute(
                sql: "INSERT INTO journal (identity, schema_version) VALUES (?, ?)",
                arguments: [identity, schemaVersion]
            )
            return identity
        }
        guard tables.contains("journal"), tables.contains("entries"),
            let row = try Row.fetchOne(database, sql: "SELECT * FROM journal"),
            let identity: String = row["identity"], let version: Int = row["schema_version"]
        else { throw SQLiteJournalError.notAJournal(path: path) }
        guard version <= schemaVersion else {
            throw SQLiteJournalError.newerSchema(path: path, found: version, known: schemaVersion)
        }
        if version < 2 {
            try addLeadership(database)
            try database.execute(sql: "UPDATE journal SET schema_version = ?", arguments: [schemaVersion])
        }
        return identity
    }

    /// The one row tells the newest epoch that has begun.
    private static func addLeadership(_ database: Database) throws {
        try database.execute(
            sql: "CREATE TABLE leadership (epoch INTEGER NOT NULL); INSERT INTO leadership (epoch) VALUES (0)"
        )
    }

    private static func newIdentity() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<12).map { _ in letters[Int.random(in: letters.indices)] })
    }

    private static func translated(_ error: any Error, path: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: return SQLiteJournalError.locked(path: path)
        case .SQLITE_NOTADB: return SQLiteJournalError.notADatabase(path: path)
        default: return SQLiteJournalError.failed(path: path, reason: error.message ?? "\(error.resultCode)")
        }
    }
}

/// An entry as its row holds it.
private struct StoredEntry: Sendable {
    let sequence: Int64
    let at: Int64
    let epoch: Int64
    /// JSON.
    let fact: Data

    func entry(_ decoder: JSONDecoder, path: String) throws -> JournalEntry {
        do {
            return JournalEntry(
                sequence: sequence,
                at: Timestamp(milliseconds: at),
                epoch: epoch,
                fact: try decoder.decode(Fact.self, from: fact)
            )
        } catch {
            throw SQLiteJournalError.damagedEntry(path: path, sequence: sequence, reason: Self.sentence(error))
        }
    }

    private static func sentence(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
            .valueNotFound(_, let context):
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            return place.isEmpty ? context.debugDescription : "\(place): \(context.debugDescription)"
        @unknown default:
            return "\(error)"
        }
    }
}
