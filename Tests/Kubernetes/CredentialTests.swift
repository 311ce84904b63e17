import Foundation
import HTTPTransport
import Kubernetes
import Testing

@Suite("Credentials")
final class CredentialTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "cred-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A command that notes that it was run.
    private func plugin(_ script: String, timeout: Duration = .seconds(20)) throws -> ExecPlugin {
        let path = "\(folder)/issue"
        try Data("#!/bin/sh\necho run >>\(folder)/runs\n\(script)\n".utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return ExecPlugin(
            command: "issue",
            arguments: ["one", "two words"],
            environment: ["PATH": "\(folder):/usr/bin:/bin", "FOLDER": folder],
            cluster: ["server": "https://k8s"],
            timeout: timeout
        )
    }

    private var runs: Int {
        let text = try? String(contentsOfFile: "\(folder)/runs", encoding: .utf8)
        return text?.split(separator: "\n").count ?? 0
    }

    private static func credential(_ status: String) -> String {
        #"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{\#(status)}}"#
    }

    private static let empty = ScriptedServer.Answer.whole(200, #"{"metadata":{"resourceVersion":"1"},"items":[]}"#)

    private func message(_ script: String, timeout: Duration = .seconds(20)) async throws -> String {
        let server = try ScriptedServer { _ in Self.empty }
        do {
            try await server.client(.exec(plugin(script, timeout: timeout))).probe(.pods)
            return "no error"
        } catch {
            #expect(server.requests.isEmpty)
            return "\(error)"
        }
    }

    @Test("a command is asked once for many requests at once, with its arguments and the protocol's information")
    func command() async throws {
        let server = try ScriptedServer { _ in Self.empty }
        let script = #"""
            echo "$1|$2|$KUBERNETES_EXEC_INFO" >$FOLDER/asked
            cat <<END
            {"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"issued"}}
            END
            """#
        let client = try server.client(.exec(plugin(script)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { try await client.probe(.pods) } }
            try await group.waitForAll()
        }
        #expect(runs == 1)
        #expect(Set(server.requests.map { $0.header("Authorization") }) == ["Bearer issued"])
        let asked = try String(contentsOfFile: "\(folder)/asked", encoding: .utf8).split(separator: "|")
        #expect(asked.prefix(2) == ["one", "two words"])
        let info = try JSON(parsing: String(asked[2]))
        #expect(info["apiVersion"] == "client.authentication.k8s.io/v1" && info["kind"] == "ExecCredential")
        #expect(info["spec"] == ["interactive": false, "cluster": ["server": "https://k8s"]])
    }

    @Test("a token that has expired is never sent")
    func expiry() async throws {
        let server = try ScriptedServer { _ in Self.empty }
        let past = Self.credential(#""token":"old","expirationTimestamp":"2020-01-01T00:00:00Z""#)
        let client = try server.client(.exec(plugin("echo '\(past)'")))
        try await client.probe(.pods)
        try await client.probe(.pods)
        #expect(runs == 2)
    }

    @Test("a server that does not know the token any more gets another one, once")
    func refused() async throws {
        let server = try ScriptedServer { request in
            request.header("Authorization") == "Bearer token-2"
                ? Self.empty : ScriptedServer.status(401, "Unauthorized")
        }
        let script = #"""
            echo "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
            echo "\"status\":{\"token\":\"token-$(wc -l <$FOLDER/runs)\"}}"
            """#
        let client = try server.client(.exec(plugin(script)))
        try await client.probe(.pods)
        #expect(runs == 2)
        try await client.probe(.pods)
        #expect(runs == 2)

        let stubborn = try ScriptedServer { _ in ScriptedServer.status(401, "Unauthorized") }
        await #expect(throws: KubernetesError.self) { try await stubborn.client(.token("t")).probe(.pods) }
        #expect(stubborn.requests.count == 1)
    }

    @Test("a token file that was replaced while the server refused the old token is read again")
    func rotated() async throws {
        let path = "\(folder)/token"
        try Data("old".utf8).write(to: URL(filePath: path))
        let server = try ScriptedServer { request in
            if request.header("Authorization") == "Bearer new" { return Self.empty }
            try? Data("new".utf8).write(to: URL(filePath: path))
            return ScriptedServer.status(401, "Unauthorized")
        }
        try await server.client(.tokenFile(path)).probe(.pods)
        #expect(server.requests.map { $0.header("Authorization") } == ["Bearer old", "Bearer new"])
    }

    @Test("mistakes of a command are named, without what it printed to standard output")
    func mistakes() async throws {
        let command = "the credential command issue of the kubeconfig"
        #expect(
            try await message("echo s3cret; echo 'log in first' >&2; exit 3")
                == "\(command) ended with code 3: log in first"
        )
        #expect(
            try await message("echo s3cret") == "\(command) printed no credential: JSON: expected a value at byte 0"
        )
        #expect(
            try await message("echo '\(Self.credential(""))'")
                == "\(command) printed no credential: it holds neither a token nor a certificate with its key"
        )
        #expect(
            try await message(#"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1"}'"#)
                == "\(command) printed no credential: its apiVersion is client.authentication.k8s.io/v1beta1, "
                + "not client.authentication.k8s.io/v1"
        )
        #expect(
            try await message("sleep 30 & sleep 30", timeout: .milliseconds(300)).hasPrefix(
                "\(command) did not end within 0 s"
            )
        )
        let missing = try ScriptedServer { _ in Self.empty }
        await #expect(
            throws: KubernetesError.credential(
                .notStarted(command: "none", reason: "it is not in PATH", hint: "get it from us")
            )
        ) {
            let plugin = ExecPlugin(command: "none", environment: ["PATH": "/nowhere"], installHint: "get it from us")
            try await missing.client(.exec(plugin)).probe(.pods)
        }
    }
}
