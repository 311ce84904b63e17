import Kubernetes

/// A pod's row: `NAME READY STATUS RESTARTS AGE`, and wide `IP NODE NOMINATED-NODE READINESS-GATES`.
enum PodTable {
    static var layout: Table.Layout {
        Table.Layout(
            columns: [
                Table.nameColumn, Table.Column(name: "Ready"), Table.Column(name: "Status"),
                Table.Column(name: "Restarts"), Table.Column(name: "Age"), Table.Column(name: "IP", priority: 1),
                Table.Column(name: "Node", priority: 1), Table.Column(name: "Nominated Node", priority: 1),
                Table.Column(name: "Readiness Gates", priority: 1),
            ],
            cells: cells
        )
    }

    private static func cells(_ pod: JSON, _ now: Int64) -> [JSON] {
        let statuses = pod["status"]["containerStatuses"].elements
        let ready = statuses.count { $0["ready"].bool == true && !$0["state"]["running"].isNull }
        func text(_ value: JSON) -> JSON { .string(value.string.flatMap { $0.isEmpty ? nil : $0 } ?? "<none>") }
        return [
            pod["metadata"]["name"], .string("\(ready)/\(pod["spec"]["containers"].elements.count)"),
            .string(status(pod)), .string(restarts(statuses, now)), Table.age(pod, now), text(pod["status"]["podIP"]),
            text(pod["spec"]["nodeName"]), text(pod["status"]["nominatedNodeName"]), "<none>",
        ]
    }

    /// One word for what the pod is doing: the phase, unless a container, a deletion or the scheduler knows better.
    private static func status(_ pod: JSON) -> String {
        let phase = pod["status"]["phase"].string ?? "Unknown"
        var word = pod["status"]["reason"].string.flatMap { $0.isEmpty ? nil : $0 } ?? phase
        let scheduled = pod["status"]["conditions"].elements.first { $0["type"].string == "PodScheduled" }
        if scheduled?["reason"].string == "SchedulingGated" { word = "SchedulingGated" }
        if let initialising = initialising(pod) {
            word = initialising
        } else {
            let statuses = pod["status"]["containerStatuses"].elements
            for status in statuses.reversed() { word = reason(status["state"]) ?? word }
            if word == "Completed", statuses.contains(where: { !$0["state"]["running"].isNull }) {
                word = Conditions.isTrue("Ready", in: pod) ? "Running" : "NotReady"
            }
        }
        guard pod["metadata"]["deletionTimestamp"].string != nil else { return word }
        if pod["status"]["reason"].string == "NodeLost" { return "Unknown" }
        return phase == "Succeeded" || phase == "Failed" ? word : "Terminating"
    }

    /// Which init container the pod waits for.
    private static func initialising(_ pod: JSON) -> String? {
        let statuses = pod["status"]["initContainerStatuses"].elements
        for (index, status) in statuses.enumerated() {
            let state = status["state"]
            if state["terminated"]["exitCode"].integer == 0 || status["started"].bool == true { continue }
            if let reason = reason(state), reason != "PodInitializing" { return "Init:\(reason)" }
            return "Init:\(index)/\(pod["spec"]["initContainers"].elements.count)"
        }
        return nil
    }

    private static func reason(_ state: JSON) -> String? {
        if let reason = state["waiting"]["reason"].string, !reason.isEmpty { return reason }
        let terminated = state["terminated"]
        guard !terminated.isNull else { return nil }
        if let reason = terminated["reason"].string, !reason.isEmpty { return reason }
        if let signal = terminated["signal"].integer, signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(terminated["exitCode"].integer ?? 0)"
    }

    private static func restarts(_ statuses: [JSON], _ now: Int64) -> String {
        let count = statuses.reduce(0) { $0 + ($1["restartCount"].integer ?? 0) }
        let last = statuses.compactMap {
            $0["lastState"]["terminated"]["finishedAt"].string.flatMap(RFC3339.milliseconds)
        }.max()
        guard count > 0, let last else { return String(count) }
        return "\(count) (\(HumanDuration.text(milliseconds: now - last)) ago)"
    }
}
