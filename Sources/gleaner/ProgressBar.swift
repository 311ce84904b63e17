import Foundation
import HTTPTransport

/// How far several things are that go on side by side, as one bar on standard error.
struct ProgressBar: Sendable {
    private struct State {
        var parts: [Double]
        var shown = -1
    }

    private static let width = 40
    private let state: Locked<State>

    /// Nil where nobody would see it: not on a terminal, or on one that cannot go back in its line.
    /// - Parameter parts: How many things go on.
    init?(parts: Int) {
        let terminal = ProcessInfo.processInfo.environment["TERM"] ?? ""
        guard isatty(STDERR_FILENO) == 1, terminal != "dumb", parts > 0 else { return nil }
        state = Locked(State(parts: Array(repeating: 0, count: parts)))
    }

    /// Says how far one of them is.
    /// - Parameters:
    ///   - part: Which.
    ///   - fraction: From 0 to 1.
    func set(_ part: Int, to fraction: Double) {
        state.withLock { state in
            state.parts[part] = max(0, min(1, fraction))
            let percent = Int(state.parts.reduce(0, +) / Double(state.parts.count) * 100)
            guard percent != state.shown else { return }
            state.shown = percent
            let filled = percent * Self.width / 100
            let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
            FileHandle.standardError.write(Data("\r[\(bar)] \(percent)%".utf8))
        }
    }

    /// Takes the bar away, so that what follows begins on a clean line.
    func finish() {
        let blanks = String(repeating: " ", count: Self.width + 8)
        FileHandle.standardError.write(Data("\r\(blanks)\r".utf8))
    }
}
