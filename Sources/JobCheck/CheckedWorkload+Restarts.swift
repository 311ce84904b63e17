import Kubernetes

/// Whether interruptions use up retries that are meant for failures.
extension CheckedWorkload {
    /// What a trainer that kept the contract ends with, and what one ends with that was killed while it saved.
    static let endings: [Int64] = [143, 137]

    private static let ignoringPolicy =
        "podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget, status: \"True\"}]}]}"

    func restartFindings() -> [Finding] {
        var result: [Finding] = []
        for template in templates {
            if let job = template.job { result += jobFindings(job, template) }
        }
        switch kind {
        case "Job": result += queueFindings()
        case "JobSet": result += jobSetFindings()
        case "PyTorchJob": result += pyTorchFindings()
        case "MPIJob": result += mpiFindings()
        default: break
        }
        return result
    }

    // MARK: Jobs

    private func jobFindings(_ job: JobSpec, _ template: Template) -> [Finding] {
        var result: [Finding] = []
        let policy = PodFailurePolicy(job: job.json)
        let hasPolicy = !job.json.at("podFailurePolicy", "rules").elements.isEmpty
        let policyField = "\(job.path).podFailurePolicy"
        if template.spec["restartPolicy"] != "Never" {
            let value = template.spec["restartPolicy"].string ?? "not set"
            result.append(
                finding(
                    .error,
                    "restart-policy",
                    template.field("restartPolicy"),
                    "it is \(value): exit codes are hidden in restarts on the same node, and a podFailurePolicy is only "
                        + "allowed with Never",
                    do: "restartPolicy: Never"
                )
            )
        }
        let actions = Self.endings.map { policy.action(exitCode: $0, isDisrupted: true) }
        if !actions.allSatisfy({ $0 == "Ignore" }), !restartsSetInstead(actions) {
            result.append(countedFinding(job, actions, hasPolicy: hasPolicy, field: policyField))
        }
        if isGang, actions.first == "Ignore", policy.action(exitCode: 143, isDisrupted: false) != "Ignore" {
            result.append(
                finding(
                    .warning,
                    "gang-exit-code",
                    policyField,
                    "members on healthy nodes that save and exit with 143 when the gang stops count as failures",
                    do: "a further rule: {action: Ignore, onExitCodes: {operator: In, values: [143]}}"
                )
            )
        }
        result += deadlineFinding(job.json["activeDeadlineSeconds"], "\(job.path).activeDeadlineSeconds")
        return result
    }

    private func countedFinding(_ job: JobSpec, _ actions: [String], hasPolicy: Bool, field: String) -> Finding {
        let limit = job.json["backoffLimit"].integer
        let shownLimit = limit.map { "backoffLimit \($0)" } ?? "backoffLimit, which is 6 unless set,"
        let problem: String
        if actions.contains("FailJob") || actions.contains("FailIndex") {
            problem =
                "an interrupted pod (exit code 143, or 137 when it was killed while saving) fails the Job by its own "
                + "podFailurePolicy: the first rule that matches decides"
        } else if hasPolicy {
            problem =
                "the podFailurePolicy does not ignore DisruptionTarget for exit codes 143 and 137: every interruption "
                + "counts against \(shownLimit)"
        } else {
            problem =
                "no podFailurePolicy: every interruption counts against \(shownLimit) like a failure of the training"
        }
        return finding(.error, "backoff", field, problem, do: Self.ignoringPolicy + ", before rules on exit codes")
    }

    /// A JobSet may let its Jobs fail on a disruption and begin them all again without counting it.
    private func restartsSetInstead(_ actions: [String]) -> Bool {
        guard kind == "JobSet", actions.allSatisfy({ $0 == "FailJob" || $0 == "Ignore" }) else { return false }
        return setRuleAction(for: "PodFailurePolicy") == "RestartJobSetAndIgnoreMaxRestarts"
    }

    /// How long it waits for new nodes counts too.
    private func deadlineFinding(_ value: JSON, _ field: String) -> [Finding] {
        guard let seconds = value.integer else { return [] }
        return [
            finding(
                .warning,
                "active-deadline",
                field,
                "\(seconds) s count from the first start: what interruptions take (waiting, booting, restoring) comes out "
                    + "of them",
                do: "gleaner.dev/deadline or gleaner.dev/expected-runtime say when the work must be done"
            )
        ]
    }

    private func queueFindings() -> [Finding] {
        let labels = object.json.at("metadata", "labels").strings
        guard labels["gleaner.dev/queue"] != nil else { return [] }
        if labels["kueue.x-k8s.io/queue-name"] != nil {
            return [
                finding(
                    .warning,
                    "queue",
                    "metadata.labels",
                    "Kueue manages it: the label gleaner.dev/queue does nothing",
                    do: "one of the two labels"
                )
            ]
        }
        guard spec["suspend"].bool != true else { return [] }
        return [
            finding(
                .warning,
                "queue",
                "spec.suspend",
                "it is not suspended: the label gleaner.dev/queue does nothing",
                do: "suspend: true"
            )
        ]
    }

    // MARK: JobSets

    /// What a JobSet does when one of its Jobs failed for that reason.
    private func setRuleAction(for reason: String) -> String {
        let policy = spec["failurePolicy"]
        guard policy.object != nil else { return "FailJobSet" }
        let rule = policy["rules"].elements.first { rule in
            let reasons = rule["onJobFailureReasons"].elements.compactMap(\.string)
            return rule["targetReplicatedJobs"].elements.isEmpty && (reasons.isEmpty || reasons.contains(reason))
        }
        return rule?["action"].string ?? "RestartJobSet"
    }

    private func jobSetFindings() -> [Finding] {
        // Where every Job ignores disruptions none fails by one, and nothing is restarted.
        let exposed = templates.contains { template in
            let policy = PodFailurePolicy(job: template.job?.json ?? .null)
            return !Self.endings.allSatisfy { policy.action(exitCode: $0, isDisrupted: true) == "Ignore" }
        }
        guard exposed else { return [] }
        let causes = ["PodFailurePolicy", "BackoffLimitExceeded"].map(setRuleAction)
        if causes.allSatisfy({ $0 == "RestartJobSetAndIgnoreMaxRestarts" }) { return [] }
        let fails = templates.allSatisfy { template in
            let policy = PodFailurePolicy(job: template.job?.json ?? .null)
            return Self.endings.allSatisfy {
                ["FailJob", "Ignore"].contains(policy.action(exitCode: $0, isDisrupted: true))
            }
        }
        if fails, causes[0] == "RestartJobSetAndIgnoreMaxRestarts" { return [] }
        let limit = spec.at("failurePolicy", "maxRestarts").integer ?? 0
        let problem =
            spec["failurePolicy"].object == nil
            ? "no failurePolicy: the first of its Jobs that fails by interruptions ends the whole set"
            : "every Job that fails by interruptions counts against maxRestarts \(limit)"
        return [
            finding(
                .error,
                "max-restarts",
                "spec.failurePolicy",
                problem,
                do: "in every Job \(Self.ignoringPolicy); or FailJob there, and here a rule with action "
                    + "RestartJobSetAndIgnoreMaxRestarts"
            )
        ]
    }

    // MARK: Kubeflow

    private func pyTorchFindings() -> [Finding] {
        var result: [Finding] = []
        for template in templates {
            guard let replica = template.replica else { continue }
            let field = "\(replica.path).restartPolicy"
            if replica.json["restartPolicy"] == "Never" {
                result.append(
                    finding(
                        .error,
                        "restart-policy",
                        field,
                        "with Never the first interrupted pod fails the whole job",
                        do: "restartPolicy: ExitCode (exit codes from 128 on, such as 143, start it again)"
                    )
                )
            } else if replica.json["restartPolicy"] != "ExitCode" {
                result.append(
                    finding(
                        .warning,
                        "restart-policy",
                        field,
                        "\(replica.json["restartPolicy"].string ?? "OnFailure, the default,") starts it again after bugs "
                            + "as after interruptions, on the same node",
                        do: "restartPolicy: ExitCode (exit codes from 128 on, such as 143, start it again)"
                    )
                )
            }
        }
        result += runPolicyFindings(limitIsOptional: true)
        let elastic = spec["elasticPolicy"]
        if elastic.object != nil {
            let restarts = elastic["maxRestarts"].integer
            result.append(
                finding(
                    restarts == 0 ? .error : .warning,
                    "elastic-restarts",
                    "spec.elasticPolicy.maxRestarts",
                    "torchrun counts members that leave and come back against maxRestarts "
                        + (restarts.map { "\($0)" } ?? "(not set)"),
                    do: "more restarts than interruptions are to be expected, such as 100"
                )
            )
        }
        return result
    }

    private func mpiFindings() -> [Finding] {
        var result = runPolicyFindings(limitIsOptional: false)
        for template in templates where template.replica?.path.hasSuffix(".Worker") == true {
            guard let replica = template.replica, replica.json["restartPolicy"].string ?? "Never" == "Never" else {
                continue
            }
            result.append(
                finding(
                    .warning,
                    "restart-policy",
                    "\(replica.path).restartPolicy",
                    "the launcher fails with each worker that is interrupted, and begins again only when the worker is "
                        + "back",
                    do: "restartPolicy: OnFailure"
                )
            )
        }
        return result
    }

    /// A Kubeflow job knows no rule by which interruptions would not count.
    private func runPolicyFindings(limitIsOptional: Bool) -> [Finding] {
        var result: [Finding] = []
        let policy = spec["runPolicy"]
        let limit = policy["backoffLimit"].integer
        if limit != nil || !limitIsOptional {
            let shown = limit.map { "\($0)" } ?? "6, the default"
            result.append(
                finding(
                    limit == 0 ? .error : .warning,
                    "backoff",
                    "spec.runPolicy.backoffLimit",
                    "every interruption counts against backoffLimit \(shown), and nothing can be excepted",
                    do: limitIsOptional
                        ? "leave it out, or more than interruptions are to be expected, such as 100"
                        : "more than interruptions are to be expected, such as 100"
                )
            )
        }
        return result + deadlineFinding(policy["activeDeadlineSeconds"], "spec.runPolicy.activeDeadlineSeconds")
    }
}
