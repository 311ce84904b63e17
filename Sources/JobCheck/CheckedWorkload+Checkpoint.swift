import Kubernetes
import Model

/// Whether it saves its work when it must move, and has the time for it.
extension CheckedWorkload {
    /// From the interruption notice to the reclaim: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
    static let noticeSeconds: Int64 = 120
    /// Of these, so many are left for a checkpoint once the notice has been heard and the pod evicted.
    static let usableSeconds: Int64 = 110
    /// What Kubernetes gives a pod that asks for nothing.
    static let defaultGraceSeconds: Int64 = 30

    func checkpointFindings() -> [Finding] {
        var result: [Finding] = []
        for template in templates {
            switch annotation("checkpoint", of: template) {
            case nil:
                result.append(missingContract(template))
            case "none":
                result.append(
                    finding(
                        .warning,
                        "checkpoint-contract",
                        template.annotationPath,
                        "gleaner.dev/checkpoint is none: whatever it computed since it last saved by itself is lost with "
                            + "each interruption",
                        do: "gleaner.dev/checkpoint: signal, and save on SIGTERM"
                    )
                )
            case "signal":
                result += graceFindings(template)
            case "http":
                result += addressFindings(template)
            default:
                // A wrong value is told with the annotations.
                break
            }
            result += shellFindings(template)
        }
        if kind == "Pod" {
            // Whoever asks not to be disrupted, as notebooks do, has seldom an owner that would make it again.
            let isUndisturbed = templates.contains { annotation("do-not-disrupt", of: $0) == "true" }
            result.append(
                finding(
                    isUndisturbed ? .warning : .error,
                    "lone-pod",
                    "kind",
                    "nothing makes a lone pod again once it was evicted",
                    do: "make it a Job"
                )
            )
        }
        let saves = templates.contains { ["signal", "http"].contains(annotation("checkpoint", of: $0)) }
        if saves {
            result.append(
                finding(
                    .note,
                    "exit-code",
                    "metadata.name",
                    "a manifest cannot show that the trainer saves on SIGTERM and then exits with 143; an exit code of 0 "
                        + "tells Kubernetes that the work is done",
                    do: "try it: gleaner check-job -f \(object.file) --run-command"
                )
            )
        }
        return result
    }

    private func missingContract(_ template: Template) -> Finding {
        let isUndisturbed = annotation("do-not-disrupt", of: template) == "true"
        return finding(
            isUndisturbed ? .warning : .error,
            "checkpoint-contract",
            template.annotationPath,
            "no checkpoint contract: it is stopped without being asked to save"
                + (isUndisturbed ? ", should its node fail although it must not be disrupted" : ""),
            do: "gleaner.dev/checkpoint: signal (saves on SIGTERM) or http (saves on a POST)"
        )
    }

    private func graceFindings(_ template: Template) -> [Finding] {
        let field = template.field("terminationGracePeriodSeconds")
        let needed = annotation("checkpoint-timeout", of: template).flatMap {
            Duration(shorthand: $0)?.components.seconds
        }
        guard let grace = template.spec["terminationGracePeriodSeconds"].integer else {
            guard needed ?? .max > Self.defaultGraceSeconds else { return [] }
            return [
                finding(
                    .error,
                    "grace",
                    field,
                    "no grace period: Kubernetes kills it \(Self.defaultGraceSeconds) s after SIGTERM, saved or not",
                    do: "terminationGracePeriodSeconds: as long as saving takes at worst, up to \(Self.usableSeconds)"
                )
            ]
        }
        if let needed, grace < needed {
            return [
                finding(
                    .error,
                    "grace",
                    field,
                    "\(grace) s are shorter than gleaner.dev/checkpoint-timeout, \(needed) s: it is killed while it saves",
                    do: "terminationGracePeriodSeconds: \(needed)"
                )
            ]
        }
        if grace < 5 {
            return [
                finding(
                    .error,
                    "grace",
                    field,
                    "\(grace) s leave no time to save",
                    do: "terminationGracePeriodSeconds: as long as saving takes at worst, up to \(Self.usableSeconds)"
                )
            ]
        }
        guard grace > Self.usableSeconds else { return [] }
        return [
            finding(
                .warning,
                "grace",
                field,
                "\(grace) s are more than an interruption leaves: the notice comes \(Self.noticeSeconds) s before the "
                    + "reclaim, so a checkpoint that takes longer than \(Self.usableSeconds) s is lost",
                do: "save often by itself too, and say so: gleaner.dev/checkpoint-interval"
            )
        ]
    }

    private func addressFindings(_ template: Template) -> [Finding] {
        let field = template.annotationPath
        let form = "gleaner.dev/checkpoint-url: a port of the pod and a path, such as :8080/checkpoint"
        guard let url = annotation("checkpoint-url", of: template) else {
            return [
                finding(.error, "checkpoint-url", field, "nobody says where a checkpoint is asked for", do: form)
            ]
        }
        var result: [Finding] = []
        if let port = CheckpointURL(url)?.port {
            let declared = template.spec["containers"].elements.flatMap { $0["ports"].elements }
                .contains { $0["containerPort"].integer == Int64(port) }
            if !declared {
                result.append(
                    finding(
                        .error,
                        "checkpoint-url",
                        template.field("containers"),
                        "no container declares the port \(port) of gleaner.dev/checkpoint-url: it is not asked there",
                        do: "ports: [{containerPort: \(port)}]"
                    )
                )
            }
        } else {
            result.append(
                finding(.error, "checkpoint-url", field, "\"\(url.prefix(80))\" is no port and path", do: form)
            )
        }
        if template.spec["hostNetwork"].bool == true {
            result.append(
                finding(
                    .error,
                    "checkpoint-url",
                    template.field("hostNetwork"),
                    "a pod on its node's network is not asked over HTTP",
                    do: "gleaner.dev/checkpoint: signal, or no hostNetwork"
                )
            )
        }
        return result
    }

    /// A shell that is process 1 of its container keeps SIGTERM to itself.
    private func shellFindings(_ template: Template) -> [Finding] {
        guard annotation("checkpoint", of: template) == "signal" else { return [] }
        return template.spec["containers"].elements.enumerated().compactMap { index, container in
            let words = (container["command"].elements + container["args"].elements).compactMap(\.string)
            guard let shell = words.first?.split(separator: "/").last, ["sh", "bash", "dash", "ash"].contains(shell),
                let flag = words.firstIndex(where: { $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.hasSuffix("c") }),
                words.indices.contains(flag + 1), Self.keepsSignals(words[flag + 1])
            else { return nil }
            return finding(
                .warning,
                "shell",
                template.field("containers[\(index)].command"),
                "\(shell) runs several commands and is process 1: it does not pass SIGTERM on to the trainer",
                do: "exec before the last command, as in: cd /data && exec python3 train.py"
            )
        }
    }

    /// Whether a script makes its shell wait for a command instead of becoming it.
    private static func keepsSignals(_ script: String) -> Bool {
        let separators = [";", "&", "|", "\n"]
        let isSeveral = separators.contains { script.trimmingBlanks().contains($0) }
        let replaces = script.split { $0.isWhitespace || ";&|(){}".contains($0) }.contains { $0 == "exec" }
        return isSeveral && !replaces && !script.contains("trap ")
    }
}

extension String {
    fileprivate func trimmingBlanks() -> Substring {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
