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

    @Test("another context than the current one may be asked for; it brings its namespace")
    func context() throws {
        let path = try write(
            "config",
            """
            current-context: main
            contexts: [{name: main, context: {cluster: c}}, {name: second, context: {cluster: d, namespace: team}}]
            clusters: [{name: c, cluster: {server: 'http://c'}}, {name: d, cluster: {server: 'http://d'}}]
            """
        )
        let access = try Kubeconfig.access(path: path, context: "second", environment: [:])
        #expect(access.server == "http://d" && access.namespace == "team")
        #expect(try Kubeconfig.access(path: path, environment: [:]).namespace == "default")
        #expect(
            throws: KubeconfigError.unknownEntry(path: path, kind: "context", name: "x", known: ["main", "second"])
        ) { try Kubeconfig.access(path: path, context: "x", environment: [:]) }
    }

    @Test("the way to the server may lead through a proxy and to a certificate of another name")
    func route() throws {
        let access = try Kubeconfig.access(
            path: config(
                cluster: "server: https://10.0.0.1, tls-server-name: k8s.test, proxy-url: 'http://proxy:3128'"
            ),
            environment: [:]
        )
        #expect(access.tls.serverName == "k8s.test" && access.proxy == "http://proxy:3128")
    }

    @Test("a credential command gets its arguments, its environment and, when it asks for it, the cluster")
    func exec() throws {
        _ = try write("ca.crt", "CA")
        let path = try config(
            cluster: """
                server: https://k8s, certificate-authority: ca.crt, insecure-skip-tls-verify: true, \
                extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: 7, on: yes}}]
                """.replacing("\\\n", with: ""),
            user: """
                exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./bin/issue, args: [a, 5, ""], \
                env: [{name: REGION, value: x}], provideClusterInfo: true, installHint: get it, \
                interactiveMode: IfAvailable}
                """.replacing("\\\n", with: "")
        )
        let access = try Kubeconfig.access(path: path, environment: ["PATH": "/bin", "REGION": "old"])
        guard case .exec(let plugin) = access.credential else {
            Issue.record("the credential is \(access.credential)")
            return
        }
        #expect(plugin.command == "\(folder)/./bin/issue" && plugin.arguments == ["a", "5", ""])
        #expect(plugin.environment == ["PATH": "/bin", "REGION": "x"] && plugin.installHint == "get it")
        #expect(plugin.apiVersion == "client.authentication.k8s.io/v1beta1")
        #expect(
            plugin.cluster == [
                "server": "https://k8s", "insecure-skip-tls-verify": true, "certificate-authority-data": "Q0E=",
                "config": ["audience": 7, "on": "yes"],
            ]
        )
    }

    @Test("in a pod the service account is used when there is no kubeconfig")
    func inCluster() throws {
        _ = try write("token", "t")
        _ = try write("namespace", "gleaner\n")
        let access = try Kubeconfig.access(
            environment: [
                "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443", "HOME": "\(folder)/none",
            ],
            serviceAccount: folder
        )
        #expect(access.server == "https://[fd00::1]:443" && access.namespace == "gleaner")
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
                == "DIR/a: no current-context: give --context NAME (there are none)"
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
            try message(config(user: "username: admin"))
                == "DIR/config: users[u].user.username is not supported: "
                + "give the user a token, a tokenFile, a client certificate or exec"
        )
        #expect(
            try message(config(user: "exec: {command: aws, apiVersion: client.authentication.k8s.io/v1alpha1}"))
                == "DIR/config: users[u].user.exec.apiVersion: must be client.authentication.k8s.io/v1 or "
                + "client.authentication.k8s.io/v1beta1: update the command"
        )
        #expect(
            try message(config(user: "exec: {apiVersion: client.authentication.k8s.io/v1}"))
                == "DIR/config: users[u].user.exec.command: is missing"
        )
        #expect(
            try message(config(cluster: "server: https://k8s, proxy-url: 'ftp://p'"))
                == "DIR/config: clusters[c].cluster.proxy-url: must begin with http:// or https:// or socks5://"
        )
        #expect(
            try message(config(cluster: "server: https://k8s, tls-server-name: 'a b'"))
                == "DIR/config: clusters[c].cluster.tls-server-name: must be a host name"
        )
    }

    @Test("nothing to be found says where it was looked for")
    func nothing() {
        #expect(
            throws: KubeconfigError.notFound(searched: ["\(folder)/.kube/config", "\(folder)/account"])
        ) { try Kubeconfig.access(environment: ["HOME": folder], serviceAccount: "\(folder)/account") }
    }
}
