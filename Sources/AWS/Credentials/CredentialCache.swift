package import Logging

/// Keeps credentials until shortly before they end, and asks for new ones once, however many wait for them.
///
/// While they are still good, nobody waits for the new ones, and a source that hangs or fails does no harm: the old ones
/// are used, and one that failed is asked again a minute later.
package actor CredentialCache: CredentialProvider {
    /// Renewed so long before they end, or a third of their life, whichever is less.
    private static let marginMilliseconds: Int64 = 300_000
    /// Those without an end are looked for again so often, because files are rotated.
    private static let recheckMilliseconds: Int64 = 300_000
    private static let retryMilliseconds: Int64 = 60_000
    /// Credentials that are refused so soon after they came would be no better the next time.
    private static let leastAgeToForgetMilliseconds: Int64 = 30_000

    private struct Held {
        var credentials: Credentials
        var since: Int64
        var renewAt: Int64

        func isGood(at now: Int64) -> Bool { credentials.expiresAtMilliseconds.map { now < $0 } ?? true }
    }

    typealias Outcome = Result<Credentials?, CredentialError>

    package nonisolated var source: String { provider.source }
    private let provider: any CredentialProvider
    private let nowMilliseconds: @Sendable () -> Int64
    private let logger: Logger
    private var held: Held?
    /// Under way.
    private(set) var renewal: Task<Outcome, Never>?

    /// - Parameters:
    ///   - provider: asked when there is need.
    ///   - times: of which the wall time is looked at.
    ///   - logger: takes what goes wrong while the old ones still are good.
    package init(_ provider: any CredentialProvider, times: AWSTimes = .machine, logger: Logger = .silent) {
        self.provider = provider
        self.nowMilliseconds = times.wallMilliseconds
        self.logger = logger
    }

    package func credentials() async throws(CredentialError) -> Credentials? {
        let now = nowMilliseconds()
        if let held, now < held.renewAt { return held.credentials }
        let new = renewal ?? startRenewal()
        if let held, held.isGood(at: now) { return held.credentials }
        return try await new.value.get()
    }

    private func startRenewal() -> Task<Outcome, Never> {
        let new = Task { await renew() }
        renewal = new
        return new
    }

    package func forget(_ refused: Credentials) async {
        guard let held, held.credentials == refused,
            nowMilliseconds() - held.since >= Self.leastAgeToForgetMilliseconds
        else { return }
        self.held = nil
        await provider.forget(refused)
    }

    private func renew() async -> Outcome {
        let outcome: Outcome
        do throws(CredentialError) {
            outcome = .success(try await provider.credentials())
        } catch {
            outcome = .failure(error)
        }
        renewal = nil
        let now = nowMilliseconds()
        if case .success(let new?) = outcome {
            held = Held(credentials: new, since: now, renewAt: Self.renewal(of: new, at: now))
            return outcome
        }
        guard var old = held, old.isGood(at: now) else {
            held = nil
            return outcome
        }
        old.renewAt = now + Self.retryMilliseconds
        held = old
        let reason = if case .failure(let error) = outcome { error.description } else { "the source has none any more" }
        logger.warning(
            "credentials not renewed; the old ones are used until they end",
            metadata: ["source": "\(source)", "error": "\(reason)"]
        )
        return .success(old.credentials)
    }

    private static func renewal(of credentials: Credentials, at now: Int64) -> Int64 {
        guard let end = credentials.expiresAtMilliseconds else { return now + recheckMilliseconds }
        // Over already by our clock: it may be the clock that is wrong, and AWS is the judge.
        guard end > now else { return now + retryMilliseconds }
        return end - min(marginMilliseconds, (end - now) / 3)
    }
}
