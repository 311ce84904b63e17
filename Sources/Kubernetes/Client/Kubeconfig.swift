import Foundation
import HTTPTransport
import Yams

/// Finds and reads kubeconfig files, as kubectl does.
package enum Kubeconfig {
    static let limitBytes = 4 << 20

    /// The access that a kubeconfig gives: the file given, else those of `KUBECONFIG`, else `~/.kube/config`, else the
    /// service account of the pod that this runs in.
    /// - Parameters:
    ///   - path: From `--kubeconfig`; nil when it was not given.
    ///   - context: From `--context`; nil for the current one.
    ///   - environment: The process environment.
    ///   - serviceAccount: The folder in which a pod finds its token and CA.
    /// - Returns: Server, trust and credential of the context.
    /// - Throws: `KubeconfigError`.
    package static func access(
        path: String? = nil,
        context: String? = nil,
        environment: [String: String],
        serviceAccount: String = "/var/run/secrets/kubernetes.io/serviceaccount"
    ) throws(KubeconfigError) -> KubernetesAccess {
        if let path { return try access(files: [path], context, environment) }
        let listed = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        let home = environment["HOME"].map { ["\($0)/.kube/config"] } ?? []
        let candidates = listed.isEmpty ? home : listed
        let present = candidates.filter { FileManager.default.fileExists(atPath: $0) }
        if !present.isEmpty { return try access(files: present, context, environment) }
        if listed.isEmpty, context == nil, let access = inCluster(environment: environment, folder: serviceAccount) {
            return access
        }
        throw .notFound(searched: candidates + (listed.isEmpty ? [serviceAccount] : []))
    }

    private static func inCluster(environment: [String: String], folder: String) -> KubernetesAccess? {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"],
            FileManager.default.fileExists(atPath: "\(folder)/token")
        else { return nil }
        let namespace = (try? String(contentsOfFile: "\(folder)/namespace", encoding: .utf8)) ?? ""
        return KubernetesAccess(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)",
            tls: TLSOptions(authorities: .file("\(folder)/ca.crt")),
            credential: .tokenFile("\(folder)/token"),
            namespace: namespace.isEmpty ? "default" : namespace.trimmingCharacters(in: .whitespacesAndNewlines)
        )
    }

    /// Several files count as one; of what is defined twice the first definition counts.
    private static func access(
        files: [String],
        _ chosen: String?,
        _ environment: [String: String]
    ) throws(KubeconfigError) -> KubernetesAccess {
        var documents = [KubeconfigFile]()
        for path in files { documents.append(try KubeconfigFile(path: path)) }
        let shown = files.joined(separator: ":")

        var current = chosen
        if current == nil { current = try documents.lazy.compactMap { $0.root["current-context"] }.first?.text() }
        guard let current else {
            throw .noCurrentContext(path: shown, known: documents.flatMap { $0.names("contexts") })
        }
        let context = try entry("context", current, in: documents, shown)
        guard let clusterName = try context["cluster"]?.text() else {
            throw .invalid(path: context.path, field: "\(context.field).cluster", problem: "is missing")
        }
        let cluster = try entry("cluster", clusterName, in: documents, shown)
        let user = try context["user"].map { name throws(KubeconfigError) in
            try entry("user", try name.text(), in: documents, shown)
        }
        var access = try access(cluster: cluster, user: user, environment)
        if let namespace = try context["namespace"]?.text() { access.namespace = namespace }
        return access
    }

    private static func entry(
        _ kind: String,
        _ name: String,
        in documents: [KubeconfigFile],
        _ shown: String
    ) throws(KubeconfigError) -> KubeconfigFile.Value {
        for document in documents {
            if let entry = document.entry(kind, name) { return entry }
        }
        throw .unknownEntry(path: shown, kind: kind, name: name, known: documents.flatMap { $0.names("\(kind)s") })
    }

    private static func access(
        cluster: KubeconfigFile.Value,
        user: KubeconfigFile.Value?,
        _ environment: [String: String]
    ) throws(KubeconfigError) -> KubernetesAccess {
        guard let server = cluster["server"] else {
            throw .invalid(path: cluster.path, field: "\(cluster.field).server", problem: "is missing")
        }
        var tls = TLSOptions()
        tls.authorities = try cluster.pem("certificate-authority")
        tls.verifiesPeer = try !(cluster["insecure-skip-tls-verify"]?.flag() ?? false)
        tls.serverName = try serverName(cluster)
        var credential = KubernetesAccess.Credential.none
        if let user {
            for field in ["auth-provider", "username", "as"] {
                try user.refuse(field, instead: "give the user a token, a tokenFile, a client certificate or exec")
            }
            tls.clientCertificate = try user.pem("client-certificate")
            tls.clientKey = try user.pem("client-key")
            // As in kubectl, a file wins over a token beside it.
            if let file = user["tokenFile"] {
                credential = .tokenFile(try file.file())
            } else if let token = user["token"] {
                credential = .token(try token.text())
            } else if let exec = user["exec"] {
                credential = .exec(try plugin(exec, cluster: cluster, tls: tls, environment))
            }
        }
        let address = try server.text()
        do {
            _ = try HTTPAddress(url: address)
        } catch {
            throw .invalid(path: server.path, field: server.field, problem: error.description)
        }
        return KubernetesAccess(server: address, tls: tls, credential: credential, proxy: try proxy(cluster))
    }
}
