import Foundation
import HTTPTransport

/// What a kubeconfig says of the way to the server, and of commands that give credentials.
extension Kubeconfig {
    private static let proxySchemes = ["http://", "https://", "socks5://"]
    /// The extension of a cluster whose content is passed on to a plugin.
    private static let pluginExtension = "client.authentication.k8s.io/exec"

    static func proxy(_ cluster: KubeconfigFile.Value) throws(KubeconfigError) -> String? {
        guard let value = cluster["proxy-url"] else { return nil }
        let proxy = try value.text()
        guard proxySchemes.contains(where: { proxy.lowercased().hasPrefix($0) }) else {
            throw .invalid(
                path: value.path,
                field: value.field,
                problem: "must begin with \(proxySchemes.joined(separator: " or "))"
            )
        }
        return proxy
    }

    static func serverName(_ cluster: KubeconfigFile.Value) throws(KubeconfigError) -> String? {
        guard let value = cluster["tls-server-name"] else { return nil }
        let name = try value.text()
        let isName = name.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
        guard isName else { throw .invalid(path: value.path, field: value.field, problem: "must be a host name") }
        return name
    }

    static func plugin(
        _ exec: KubeconfigFile.Value,
        cluster: KubeconfigFile.Value,
        tls: TLSOptions,
        _ environment: [String: String]
    ) throws(KubeconfigError) -> ExecPlugin {
        func required(_ key: String) throws(KubeconfigError) -> KubeconfigFile.Value {
            guard let value = exec[key] else {
                throw .invalid(path: exec.path, field: "\(exec.field).\(key)", problem: "is missing")
            }
            return value
        }
        let version = try required("apiVersion")
        guard ExecPlugin.apiVersions.contains(try version.text()) else {
            throw .invalid(
                path: version.path,
                field: version.field,
                problem: "must be \(ExecPlugin.apiVersions.joined(separator: " or ")): update the command"
            )
        }
        if let mode = exec["interactiveMode"], try mode.text() == "Always" {
            throw .unsupported(path: mode.path, field: mode.field, instead: "choose a command that asks nothing")
        }
        let command = try required("command")
        let name = try command.text()
        var plugin = ExecPlugin(
            apiVersion: try version.text(),
            // A bare name is looked up in PATH; a relative path starts where the kubeconfig lies.
            command: name.contains("/") ? try command.file() : name,
            environment: environment,
            installHint: try exec["installHint"]?.text()
        )
        for argument in try exec.elements("args") { plugin.arguments.append(try argument.text()) }
        for variable in try exec.elements("env") {
            guard let name = variable["name"] else {
                throw .invalid(path: variable.path, field: "\(variable.field).name", problem: "is missing")
            }
            plugin.environment[try name.text()] = try variable["value"]?.text() ?? ""
        }
        if try exec["provideClusterInfo"]?.flag() == true { plugin.cluster = try info(cluster, tls) }
        return plugin
    }

    /// What a plugin may know of the cluster: ExecCredential's `spec.cluster`.
    private static func info(
        _ cluster: KubeconfigFile.Value,
        _ tls: TLSOptions
    ) throws(KubeconfigError) -> JSON {
        var info: JSON = ["server": JSON(try cluster["server"]?.text())]
        if !tls.verifiesPeer { info["insecure-skip-tls-verify"] = true }
        if let name = tls.serverName { info["tls-server-name"] = .string(name) }
        if let proxy = try proxy(cluster) { info["proxy-url"] = .string(proxy) }
        switch tls.authorities {
        case .bytes(let bytes): info["certificate-authority-data"] = .string(Data(bytes).base64EncodedString())
        case .file(let path):
            if let bytes = FileManager.default.contents(atPath: path) {
                info["certificate-authority-data"] = .string(bytes.base64EncodedString())
            }
        case nil: break
        }
        for element in try cluster.elements("extensions") where try element["name"]?.text() == pluginExtension {
            info["config"] = try element["extension"]?.json() ?? .null
        }
        return info
    }
}
