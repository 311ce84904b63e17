import OtherPrograms

/// A command that gives credentials, such as `aws eks get-token`: `users[].user.exec` of a kubeconfig.
/// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
package struct ExecPlugin: Sendable {
    /// `client.authentication.k8s.io/v1` or `/v1beta1`.
    package var apiVersion: String
    /// A name to look up in `PATH`, or an absolute path.
    package var command: String
    package var arguments: [String]
    /// The whole environment of the command, but for what the protocol itself sets.
    package var environment: [String: String]
    /// What the kubeconfig says to somebody who does not have the command.
    package var installHint: String?
    /// What the command is told of the cluster; nil when it did not ask for it.
    package var cluster: JSON?
    /// The longest that the command may take.
    package var timeout: Duration

    package init(
        apiVersion: String = "client.authentication.k8s.io/v1",
        command: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        installHint: String? = nil,
        cluster: JSON? = nil,
        timeout: Duration = .seconds(60)
    ) {
        self.apiVersion = apiVersion
        self.command = command
        self.arguments = arguments
        self.environment = environment
        self.installHint = installHint
        self.cluster = cluster
        self.timeout = timeout
    }

    static let apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
    /// A token and a certificate with its key: nothing that is longer is one.
    private static let outputLimitBytes = 1 << 20

    /// Runs the command and reads what it prints.
    /// - Returns: Its credential.
    /// - Throws: `CredentialError`, never with what the command printed to standard output.
    func issue() async throws(CredentialError) -> IssuedCredential {
        var spec: JSON = ["interactive": false]
        if let cluster { spec["cluster"] = cluster }
        let info: JSON = ["apiVersion": .string(apiVersion), "kind": "ExecCredential", "spec": spec]
        let child = ChildCommand(
            path: command,
            arguments: arguments,
            environment: environment.merging(["KUBERNETES_EXEC_INFO": info.description]) { $1 },
            timeout: timeout,
            outputLimitBytes: Self.outputLimitBytes
        )
        let result: ChildCommand.Result
        do throws(ChildCommand.Failure) {
            result = try await child.run()
        } catch {
            switch error {
            case .notStarted(let reason): throw .notStarted(command: command, reason: reason, hint: installHint)
            case .timedOut: throw .timedOut(command: command, seconds: timeout.components.seconds)
            case .tooMuchOutput: throw .unreadable(command: command, problem: "it printed too much")
            }
        }
        guard result.code == 0 else {
            throw .failed(command: command, code: result.code, said: Self.shown(result.errorOutput))
        }
        return try read(result.output)
    }

    private func read(_ output: [UInt8]) throws(CredentialError) -> IssuedCredential {
        let credential: JSON
        do throws(JSONError) {
            credential = try JSON(parsing: output)
        } catch {
            throw .unreadable(command: command, problem: error.description)
        }
        guard credential["kind"].string == "ExecCredential" else {
            throw .unreadable(command: command, problem: "its kind is not ExecCredential")
        }
        guard credential["apiVersion"].string == apiVersion else {
            throw .unreadable(
                command: command,
                problem: "its apiVersion is \(credential["apiVersion"].string ?? "missing"), not \(apiVersion)"
            )
        }
        let status = credential["status"]
        let token = status["token"].string.flatMap { $0.isEmpty ? nil : $0 }
        let certificate = status["clientCertificateData"].string.map { Array($0.utf8) }
        let key = status["clientKeyData"].string.map { Array($0.utf8) }
        guard token != nil || certificate != nil, (certificate == nil) == (key == nil) else {
            throw .unreadable(command: command, problem: "it holds neither a token nor a certificate with its key")
        }
        var issued = IssuedCredential(token: token, certificate: certificate, key: key)
        if let text = status["expirationTimestamp"].string {
            guard let expiry = IssuedCredential.expiry(text) else {
                throw .unreadable(command: command, problem: "its expirationTimestamp is not an RFC 3339 time")
            }
            issued.expires(at: expiry)
        }
        return issued
    }

    /// The end of what a command complained, on one line.
    private static func shown(_ output: [UInt8]) -> String {
        let text = String(decoding: output, as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline).suffix(3).map { $0.filter { !$0.isControl } }
        return String(lines.joined(separator: "; ").prefix(500))
    }
}

extension Character {
    fileprivate var isControl: Bool { unicodeScalars.contains { $0.properties.generalCategory == .control } }
}
