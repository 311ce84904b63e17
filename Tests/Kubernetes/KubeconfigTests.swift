import Foundation
import HTTPTransport
import Kubernetes
import Testing

@Suite("Kubeconfig")
final class KubeconfigTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "kube-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        return "\(folder)/\(name)"
    }

    private func config(cluster: String = "server: https://k8s:6443", user: String = "token: t") throws -> String {
        try write(
            "config",
            """
            apiVersion: v1
            kind: Config
            current-context: main
            contexts: [{name: main, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {\(cluster)}}]
            users: [{name: u, user: {\(user)}}]
            """
        )
    }

    private func message(_ path: String) -> String {
        do {
            _ = try Kubeconfig.access(path: path, environment: [:])
            return "no error"
        } catch {
            return error.description.replacing(folder, with: "DIR")
        }
    }

    @Test("server and token of the current context are read; a number-like token stays as it is written")
    func token() throws {
        let access = try Kubeconfig.access(
            path: config(cluster: "server: \"http://127.0.0.1:8001/\"", user: "token: 1e5"),
            environment: [:]
        )
        #expect(access.server == "http://127.0.0.1:8001")
        guard case .token("1e5") = access.credential else {
            Issue.record("the credential is \(access.credential)")
            return
        }
        #expect("\(access.credential)" == "[token]")
        #expect(access.tls.verifiesPeer)
    }

    @Test("a token file wins over a token; relative files start at the kubeconfig; data is base64")
    func files() throws {
        _ = try write("ca.crt", "CA")
        let path = try config(
            cluster: "server: https://k8s, certificate-authority: ca.crt",
            user: "token: t, tokenFile: token, client-certificate-data: Q0VSVA==, client-key-data: S0VZ"
        )
        let access = try Kubeconfig.access(path: path, environment: [:])
        guard case .tokenFile("\(folder)/token") = access.credential,
            case .file("\(folder)/ca.crt") = access.tls.authorities,
            case .bytes(let certificate) = access.tls.clientCertificate,
            case .bytes(let key) = access.tls.clientKey
        else {
            Issue.record("\(access)")
            return
        }
        #expect(certificate == Array("CERT".utf8) && key == Array("KEY".utf8))
    }

    @Test("KUBECONFIG may name several files: the first that says something counts")
    func several() throws {
        let first = try write("first", "contexts: [{name: main, context: {cluster: other}}]\ncurrent-context: main\n")
        let second = try config()
        let third = try write("third", "clusters: [{name: other, cluster: {server: 'http://other'}}]")
        let access = try Kubeconfig.access(
            environment: ["KUBECONFIG": "\(folder)/none:\(first):\(second):\(third)"]
        )
        #expect(access.server == "http://other")
    }

    @Test("in a pod the service account is used when there is no kubeconfig")
    func inCluster() throws {
        _ = try write("token", "t")
        let access = try Kubeconfig.access(
            environment: [
                "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443", "HOME": "\(folder)/none",
            ],
            serviceAccount: folder
        )
        #expect(access.server == "https://[fd00::1]:443")
        #expect("\(access.credential)" == "token file \(folder)/token")
    }

    @Test("mistakes name the file and the entry")
    func mistakes() throws {
        #expect(message("\(folder)/none") == "DIR/none: cannot be read: there is no such file")
        #expect(
            try message(write("a", "current-context: x\ncontexts: [{name: y, context: {}}]"))
                == "DIR/a: there is no context \"x\" (known: y)"
        )
        #expect(
            try message(write("a", "contexts: []"))
                == "DIR/a: no current-context: choose one with kubectl config use-context (there are none)"
        )
        #expect(try message(write("a", "a: [")) == "DIR/a:2:1: did not find expected node content")
        #expect(try message(write("a", "token: [s3cret\n}")).contains("s3cret") == false)
        #expect(try message(config(cluster: "a: b")) == "DIR/config: clusters[c].cluster.server: is missing")
        #expect(
            try message(config(cluster: "server: k8s"))
                == "DIR/config: clusters[c].cluster.server: the URL is not valid: an absolute URL like https://host/path is needed"
        )
        #expect(
            try message(config(cluster: "server: https://k, certificate-authority: no.crt"))
                == "DIR/config: clusters[c].cluster.certificate-authority: there is no readable file DIR/no.crt"
        )
        #expect(
            try message(config(user: "client-key-data: '!'"))
                == "DIR/config: users[u].user.client-key-data: is not base64"
        )
        #expect(
            try message(config(user: "exec: {command: aws}"))
                == "DIR/config: users[u].user.exec is not supported: "
                + "give the user a token, a tokenFile or a client certificate"
        )
    }

    @Test("nothing to be found says where it was looked for")
    func nothing() {
        #expect(
            throws: KubeconfigError.notFound(searched: ["\(folder)/.kube/config", "\(folder)/account"])
        ) { try Kubeconfig.access(environment: ["HOME": folder], serviceAccount: "\(folder)/account") }
    }
}
