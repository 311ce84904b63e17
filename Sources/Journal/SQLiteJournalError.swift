/// Why a journal file cannot be used, with the way out.
package enum SQLiteJournalError: Error, Hashable, Sendable {
    case missingFolder(path: String, folder: String)
    case notAFile(path: String)
    case notADatabase(path: String)
    /// A SQLite database, made by something else.
    case notAJournal(path: String)
    case newerSchema(path: String, found: Int, known: Int)
    case locked(path: String)
    case damagedEntry(path: String, sequence: Int64, reason: String)
    case missingEntry(path: String, sequence: Int64)
    /// A later leadership has begun already: what this one decided must not be carried out.
    case staleEpoch(path: String, epoch: Int64, highest: Int64)
    case failed(path: String, reason: String)
}

extension SQLiteJournalError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missingFolder(let path, let folder):
            """
            journal \(path): the folder \(folder) does not exist; create it, or name another file
            """
        case .notAFile(let path):
            "journal \(path): this is a folder; name a file in it, such as \(path)/gleaner.db"
        case .notADatabase(let path):
            "journal \(path): this is not a SQLite database; move it away, or name another file"
        case .notAJournal(let path):
            """
            journal \(path): this database was not made by Gleaner and is left alone; name another file
            """
        case .newerSchema(let path, let found, let known):
            """
            journal \(path): it was written by a newer Gleaner (schema \(found), this one knows up to \(known)); \
            run that version or later, or name another file
            """
        case .locked(let path):
            """
            journal \(path): another process holds it; stop the other gleaner (fuser \(path) tells which), \
            or name another file
            """
        case .damagedEntry(let path, let sequence, let reason):
            """
            journal \(path): entry \(sequence) cannot be read (\(reason)); restore the file from a backup
            """
        case .missingEntry(let path, let sequence):
            "journal \(path): entry \(sequence) is missing; restore the file from a backup"
        case .staleEpoch(let path, let epoch, let highest):
            """
            journal \(path): leadership epoch \(epoch) is over, epoch \(highest) has begun; this process must stand back: \
            start it again to let it stand by
            """
        case .failed(let path, let reason):
            "journal \(path): \(reason); check free space, permissions and the disk"
        }
    }
}
