/// Why we cannot say who we are. Names the command or file, never what it holds.
package enum CredentialError: Error, Equatable, CustomStringConvertible {
    case tokenFile(path: String)
    case notStarted(command: String, reason: String, hint: String?)
    case failed(command: String, code: Int32, said: String)
    case timedOut(command: String, seconds: Int64)
    case unreadable(command: String, problem: String)

    package var description: String {
        switch self {
        case .tokenFile(let path):
            "the token file \(path) cannot be read or is empty"
        case .notStarted(let command, let reason, let hint):
            "the credential command \(command) of the kubeconfig cannot be started: \(reason)"
                + (hint.map { "\n\($0)" } ?? "; install it or correct users[].user.exec.command")
        case .failed(let command, let code, let said):
            "the credential command \(command) of the kubeconfig ended with code \(code): "
                + (said.isEmpty ? "run it by hand to see why" : said)
        case .timedOut(let command, let seconds):
            "the credential command \(command) of the kubeconfig did not end within \(seconds) s; it is run without "
                + "a terminal and must not ask anything"
        case .unreadable(let command, let problem):
            "the credential command \(command) of the kubeconfig printed no credential: \(problem)"
        }
    }
}
