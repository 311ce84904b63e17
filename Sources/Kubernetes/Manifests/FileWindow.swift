import Foundation

/// A file that is read forward in pieces: only bytes that nobody has taken yet are held.
struct FileWindow {
    private static let pieceBytes = 256 << 10

    let path: String
    private let handle: FileHandle
    private(set) var bytes: [UInt8] = []
    /// Where in the file the first held byte stands.
    private(set) var offset = 0
    private(set) var isAtEnd = false

    /// - Parameter path: Of the file; messages name it so.
    /// - Throws: `ManifestError` when it cannot be opened or read.
    init(path: String) throws(ManifestError) {
        self.path = path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ManifestError(file: path, problem: "there is no such file")
        }
        guard !isFolder.boolValue else { throw ManifestError(file: path, problem: "is a folder, not a file") }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw ManifestError(file: path, problem: "cannot be read: check its permissions")
        }
        self.handle = handle
        try readMore(after: 0)
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if bytes.starts(with: byteOrderMark) { bytes.removeFirst(byteOrderMark.count) }
    }

    /// The first byte that is no white space.
    var first: UInt8? { bytes.first { $0 > 0x20 } }

    /// Lets go of the first bytes and reads on: at least a piece, or as much as it still holds, so that what is read
    /// again and again because it goes on is read a few times only.
    mutating func readMore(after taken: Int) throws(ManifestError) {
        bytes.removeFirst(taken)
        offset += taken
        let wanted = max(Self.pieceBytes, bytes.count)
        do {
            if let data = try handle.read(upToCount: wanted), !data.isEmpty {
                bytes.append(contentsOf: data)
            } else {
                isAtEnd = true
            }
        } catch {
            throw ManifestError(file: path, problem: "cannot be read: \(error.localizedDescription)")
        }
    }
}
