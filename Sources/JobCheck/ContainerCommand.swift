import Kubernetes

/// What a container of a manifest runs, as far as the manifest says it.
package struct ContainerCommand: Sendable {
    /// Of the container.
    package var name: String
    /// `Job default/training`.
    package var workload: String
    /// The program and its arguments, without references to variables that are known; empty where the image says it.
    package var words: [String]
    /// The working directory, nil for the image's.
    package var folder: String?
    /// Variables with values in the manifest.
    package var environment: [String: String]
    /// Names of variables whose values come from elsewhere: a Secret, a ConfigMap, the node.
    package var foreignVariables: [String]
    /// From SIGTERM until it is killed.
    package var graceSeconds: Int64
    /// The replica's restart policy `ExitCode`: codes below 128 are failures for good.
    package var needsSignalCode: Bool

    /// The `$(NAME)` of Kubernetes: a known variable's value, `$$` for a dollar, anything else as it stands.
    ///
    /// - Parameters:
    ///   - text: Of a command, an argument or a variable.
    ///   - variables: Those known so far.
    /// - Returns: The text that a container gets.
    static func expanded(_ text: String, _ variables: [String: String]) -> String {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...].dropFirst()
            if rest.first == "$" {
                result += "$"
                rest = rest.dropFirst()
            } else if rest.first == "(", let end = rest.firstIndex(of: ")") {
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                result += variables[name] ?? "$(\(name))"
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
            }
        }
        return result + rest
    }
}

extension CheckedWorkload {
    /// What its containers run, those of the first template first.
    func containers() -> [ContainerCommand] {
        templates.flatMap { template in
            template.spec["containers"].elements.map { container in command(container, template) }
        }
    }

    private func command(_ container: JSON, _ template: Template) -> ContainerCommand {
        var variables: [String: String] = [:]
        var foreign: [String] = []
        for entry in container["env"].elements {
            guard let name = entry["name"].string else { continue }
            if let value = value(of: entry, template) {
                variables[name] = ContainerCommand.expanded(value, variables)
            } else {
                foreign.append(name)
            }
        }
        if template.job?.json["completionMode"] == "Indexed", variables["JOB_COMPLETION_INDEX"] == nil {
            variables["JOB_COMPLETION_INDEX"] = "0"
        }
        let command = container["command"].elements.compactMap(\.string)
        // Arguments alone go to a program that only the image knows.
        let words = command.isEmpty ? [] : command + container["args"].elements.compactMap(\.string)
        return ContainerCommand(
            name: container["name"].string ?? "",
            workload: title,
            words: words.map { ContainerCommand.expanded($0, variables) },
            folder: container["workingDir"].string,
            environment: variables,
            foreignVariables: foreign,
            graceSeconds: template.spec["terminationGracePeriodSeconds"].integer ?? Self.defaultGraceSeconds,
            needsSignalCode: template.replica?.json["restartPolicy"] == "ExitCode"
        )
    }

    private func value(of entry: JSON, _ template: Template) -> String? {
        guard entry["valueFrom"].object != nil else { return entry["value"].string ?? "" }
        switch entry.at("valueFrom", "fieldRef", "fieldPath").string {
        case "metadata.name": return "\(object.json.at("metadata", "name").string ?? "")-0"
        case "metadata.namespace": return namespace
        case "status.podIP", "status.hostIP": return "127.0.0.1"
        default: return nil
        }
    }
}
