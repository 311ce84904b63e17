import Kubernetes

/// A Job's row: `NAME STATUS COMPLETIONS DURATION AGE`, and wide its containers, images and selector.
enum JobTable {
    static var layout: Table.Layout {
        Table.Layout(
            columns: [
                Table.nameColumn, Table.Column(name: "Status"), Table.Column(name: "Completions"),
                Table.Column(name: "Duration"), Table.Column(name: "Age"),
                Table.Column(name: "Containers", priority: 1), Table.Column(name: "Images", priority: 1),
                Table.Column(name: "Selector", priority: 1),
            ],
            cells: cells
        )
    }

    private static func cells(_ job: JSON, _ now: Int64) -> [JSON] {
        let containers = job["spec"]["template"]["spec"]["containers"].elements
        func list(_ field: String) -> JSON {
            .string(containers.compactMap { $0[field].string }.joined(separator: ","))
        }
        let labels = job["spec"]["selector"]["matchLabels"].strings.sorted { $0.key < $1.key }
        return [
            job["metadata"]["name"], .string(status(job)), .string(completions(job)), .string(duration(job, now)),
            Table.age(job, now), list("name"), list("image"),
            .string(labels.isEmpty ? "<none>" : labels.map { "\($0.key)=\($0.value)" }.joined(separator: ",")),
        ]
    }

    private static func status(_ job: JSON) -> String {
        for condition in ["Complete", "Failed"] where Conditions.isTrue(condition, in: job) { return condition }
        if job["metadata"]["deletionTimestamp"].string != nil { return "Terminating" }
        for condition in ["Suspended", "FailureTarget", "SuccessCriteriaMet"]
        where Conditions.isTrue(condition, in: job) {
            return condition
        }
        return "Running"
    }

    private static func completions(_ job: JSON) -> String {
        let succeeded = job["status"]["succeeded"].integer ?? 0
        if let completions = job["spec"]["completions"].integer { return "\(succeeded)/\(completions)" }
        let parallelism = job["spec"]["parallelism"].integer ?? 0
        return parallelism > 1 ? "\(succeeded)/1 of \(parallelism)" : "\(succeeded)/1"
    }

    private static func duration(_ job: JSON, _ now: Int64) -> String {
        guard let start = job["status"]["startTime"].string.flatMap(RFC3339.milliseconds) else { return "" }
        let end = job["status"]["completionTime"].string.flatMap(RFC3339.milliseconds) ?? now
        return HumanDuration.text(milliseconds: end - start)
    }
}
