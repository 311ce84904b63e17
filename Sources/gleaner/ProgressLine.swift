import Foundation

/// How far long work is, on a line of standard error that is written over; nothing where that is no terminal.
struct ProgressLine {
    private let total: Int
    private let doing: String
    private let isShown = isatty(STDERR_FILENO) == 1
    private var done = 0
    private var lastPercent = 0

    init(total: Int, doing: String) {
        self.total = total
        self.doing = doing
    }

    mutating func advance() {
        done += 1
        let percent = done * 100 / max(1, total)
        guard isShown, percent > lastPercent else { return }
        lastPercent = percent
        FileHandle.standardError.write(Data("\r\u{1B}[2K\(doing): \(percent)%".utf8))
    }

    /// Clears the line.
    func end() {
        guard isShown else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[2K".utf8))
    }
}
