import Kubernetes

/// The rules by which a Job judges a failed pod: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
struct PodFailurePolicy {
    private let rules: [JSON]

    /// - Parameter job: The Job's spec.
    init(job: JSON) {
        rules = job.at("podFailurePolicy", "rules").elements
    }

    /// What becomes of a failed pod: the action of the first rule that matches, `Count` when none does.
    ///
    /// - Parameters:
    ///   - exitCode: Of its containers.
    ///   - isDisrupted: Whether it has the condition DisruptionTarget.
    /// - Returns: `Ignore`, `Count`, `FailJob` or `FailIndex`.
    func action(exitCode: Int64, isDisrupted: Bool) -> String {
        for rule in rules {
            let conditions = rule["onPodConditions"].elements
            let codes = rule["onExitCodes"]
            let matchesCondition = conditions.contains {
                isDisrupted && $0["type"] == "DisruptionTarget" && ($0["status"].string ?? "True") == "True"
            }
            let values = codes["values"].elements.compactMap(\.integer)
            let matchesCode =
                switch codes["operator"].string {
                case "In": values.contains(exitCode)
                case "NotIn": !values.contains(exitCode)
                default: false
                }
            if matchesCondition || matchesCode { return rule["action"].string ?? "Count" }
        }
        return "Count"
    }
}
