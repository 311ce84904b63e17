import Foundation
import OtherPrograms

/// The credentials that a program prints: `credential_process` of a profile.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
struct ProcessCredentials: CredentialProvider {
    private static let longestOutputBytes = 64 << 10

    let command: String
    let profile: String
    let environment: [String: String]
    var timeout: Duration = .seconds(60)

    var source: String { "credential_process of profile \(profile)" }

    func credentials() async throws(CredentialError) -> Credentials? {
        // The command may quote its words: the shell knows how.
        let child = ChildCommand(
            path: "/bin/sh",
            arguments: ["-c", command],
            environment: environment,
            timeout: timeout,
            outputLimitBytes: Self.longestOutputBytes
        )
        let result: ChildCommand.Result
        do throws(ChildCommand.Failure) {
            result = try await child.run()
        } catch {
            switch error {
            case .notStarted(let reason): throw .unusable(source: source, reason: "it did not start: \(reason)")
            case .timedOut:
                throw .refused(
                    source: source,
                    reason: "it did not end within \(timeout.components.seconds) s",
                    isTransient: true
                )
            case .tooMuchOutput: throw .unusable(source: source, reason: "it printed too much")
            }
        }
        // What it printed, and what it said of its failure, may hold secrets.
        guard result.code == 0 else {
            throw .refused(
                source: source,
                reason: "it ended with code \(result.code): run it by hand to see why",
                isTransient: true
            )
        }
        let issued = try IssuedCredentials.read(result.output, source: source)
        guard issued.version == 1 else {
            throw .unusable(source: source, reason: "it does not print Version 1")
        }
        return try issued.credentials(source: source)
    }
}
