import JobCheck
import Kubernetes

/// What a check of a manifest found, for people and for programs.
enum JobCheckReport {
    typealias Trial = (container: ContainerCommand, outcome: TrialOutcome)

    static func text(_ check: JobCheck, trial: Trial?) -> String {
        var parts = check.workloads.map { workload in
            let found = check.findings.filter { $0.workload == workload }
            return TextLines.wrapped("\(workload): \(summary(found.map(\.severity)))")
                + found.map { finding in
                    text(
                        "\(finding.severity.rawValue): \(finding.place): \(finding.field): \(finding.problem)",
                        finding.remedy
                    )
                }.joined()
        }
        if let trial {
            let outcome = trial.outcome
            parts.append(
                text(
                    "\(outcome.severity.rawValue): container \(trial.container.name): \(outcome.problem)",
                    outcome.remedy
                )
            )
        }
        return parts.joined(separator: "\n")
    }

    static func json(_ check: JobCheck, trial: Trial?) -> JSON {
        var result: JSON = [
            "workloads": .array(check.workloads.map { .string($0) }),
            "findings": .array(check.findings.map(json)),
        ]
        if let trial { result["trial"] = json(trial) }
        return result
    }

    private static func text(_ sentence: String, _ remedy: String) -> String {
        TextLines.wrapped(sentence) + (remedy.isEmpty ? "" : "    " + TextLines.wrapped("-> \(remedy)"))
    }

    private static func summary(_ severities: [Finding.Severity]) -> String {
        let counts = [(Finding.Severity.error, "error"), (.warning, "warning")].compactMap { severity, word in
            let count = severities.count { $0 == severity }
            return count == 0 ? nil : "\(count) \(word)\(count == 1 ? "" : "s")"
        }
        return counts.isEmpty ? "nothing is missing" : counts.joined(separator: ", ")
    }

    private static func json(_ finding: Finding) -> JSON {
        [
            "severity": .string(finding.severity.rawValue),
            "check": .string(finding.check),
            "workload": .string(finding.workload),
            "field": .string(finding.field),
            "place": .string(finding.place),
            "problem": .string(finding.problem),
            "remedy": .string(finding.remedy),
        ]
    }

    private static func json(_ trial: Trial) -> JSON {
        var result: JSON = [
            "container": .string(trial.container.name),
            "severity": .string(trial.outcome.severity.rawValue),
            "problem": .string(trial.outcome.problem),
            "remedy": .string(trial.outcome.remedy),
        ]
        if case .exited(let code) = trial.outcome.ending { result["exitCode"] = JSON(code) }
        if case .signalled(let signal) = trial.outcome.ending { result["signal"] = JSON(signal) }
        if let seconds = trial.outcome.secondsAfterSignal { result["secondsAfterSignal"] = .number(seconds) }
        return result
    }
}
