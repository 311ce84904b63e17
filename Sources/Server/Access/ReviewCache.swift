/// Answers of the cluster, remembered for a short time. Who asks while the answer is under way waits for the same one.
actor ReviewCache<Question: Hashable & Sendable, Answer: Sendable> {
    /// More is under way than the cluster should be asked at once.
    struct Overload: Error, CustomStringConvertible {
        var description: String { "too many reviews are under way" }
    }

    private struct Entry {
        var answer: Answer
        var until: ContinuousClock.Instant
    }

    private let lifetime: Duration
    private let limit: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private var entries: [Question: Entry] = [:]
    private var running: [Question: Task<Answer, any Error>] = [:]

    /// - Parameters:
    ///   - lifetime: Of an answer, whichever it is.
    ///   - limit: Of answers kept, and of questions under way.
    ///   - now: The time, which tests set.
    init(
        lifetime: Duration,
        limit: Int,
        now: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.lifetime = lifetime
        self.limit = limit
        self.now = now
    }

    /// Whether any question is under way.
    var isBusy: Bool { !running.isEmpty }

    /// The answer to a question. A failure is not remembered.
    func answer(_ question: Question, _ ask: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
        if let entry = entries[question], entry.until > now() { return entry.answer }
        if let task = running[question] { return try await task.value }
        guard running.count < limit else { throw Overload() }
        // Apart from any caller: one that goes away does not take the others with it.
        let task = Task { try await ask() }
        running[question] = task
        defer { running[question] = nil }
        let answer = try await task.value
        keep(answer, for: question)
        return answer
    }

    private func keep(_ answer: Answer, for question: Question) {
        let now = now()
        if entries.count >= limit {
            entries = entries.filter { $0.value.until > now }
            if entries.count >= limit { entries = [:] }
        }
        entries[question] = Entry(answer: answer, until: now + lifetime)
    }
}
