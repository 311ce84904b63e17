import Kubernetes
import Model

/// What a file says of how its workloads went: who made what, and how long it ran.
struct ReplayRecords {
    private var uids: Set<String> = []
    private var names: Set<String> = []
    /// How long each container-bearing pod ran, by the owner's name.
    private var podSeconds: [String: [Int64]] = [:]
    /// How long each Job of something else ran, by the owner's name.
    private var jobSeconds: [String: [Int64]] = [:]

    init(_ objects: [(kind: String, json: JSON)]) {
        for (kind, json) in objects {
            if let uid = json.at("metadata", "uid").string, !uid.isEmpty { uids.insert(uid) }
            names.insert(Self.key(kind, of: json, json.at("metadata", "name").string ?? ""))
        }
        for (kind, json) in objects {
            guard let owner = Self.owner(of: json) else { continue }
            let key = Self.key(owner["kind"].string ?? "", of: json, owner["name"].string ?? "")
            if kind == "Pod", let seconds = Self.containerSeconds(json) {
                podSeconds[key, default: []].append(seconds)
            } else if kind == "Job", let seconds = Self.statusSeconds(json) {
                jobSeconds[key, default: []].append(seconds)
            }
        }
    }

    private static func key(_ kind: String, of json: JSON, _ name: String) -> String {
        "\(kind) \(json.at("metadata", "namespace").string ?? "default")/\(name)"
    }

    /// What controls an object.
    static func owner(of json: JSON) -> JSON? {
        json.at("metadata", "ownerReferences").elements.first { $0["controller"].bool == true }
    }

    /// Whether the owner of an object is in the file too.
    func holds(_ owner: JSON, in json: JSON) -> Bool {
        if let uid = owner["uid"].string, uids.contains(uid) { return true }
        return names.contains(Self.key(owner["kind"].string ?? "", of: json, owner["name"].string ?? ""))
    }

    /// How long one member of a workload computed.
    /// - Parameters:
    ///   - json: The workload.
    ///   - kind: What it is.
    ///   - members: Pods that had to succeed.
    ///   - waves: How many of them worked one after another.
    /// - Returns: What its own pods, its Jobs or its status tell; nil when they do not.
    func seconds(of json: JSON, kind: String, members: Int, waves: Int) -> Int64? {
        if kind == "Pod" { return Self.containerSeconds(json) ?? Self.statusSeconds(json) }
        let key = Self.key(kind, of: json, json.at("metadata", "name").string ?? "")
        if Self.end(of: json) != nil, let pods = podSeconds[key], !pods.isEmpty {
            // What was interrupted went on in the next pod.
            return max(1, pods.reduce(0, +) / Int64(max(1, members)))
        }
        let whole = jobSeconds[key]?.max() ?? Self.statusSeconds(json)
        return whole.map { max(1, $0 / Int64(max(1, waves))) }
    }

    /// How long a pod's containers ran, the longest of them.
    private static func containerSeconds(_ pod: JSON) -> Int64? {
        pod.at("status", "containerStatuses").elements.compactMap { status -> Int64? in
            let terminated = status.at("state", "terminated")
            guard let from = time(terminated["startedAt"]), let to = time(terminated["finishedAt"]), to > from else {
                return nil
            }
            return (to - from).components.seconds
        }.max()
    }

    /// From an object's start to its end, as its status says them; from its creation where it says no start.
    private static func statusSeconds(_ json: JSON) -> Int64? {
        guard let end = end(of: json),
            let start = time(json.at("status", "startTime")) ?? time(json.at("metadata", "creationTimestamp")),
            end > start
        else { return nil }
        return (end - start).components.seconds
    }

    private static func end(of json: JSON) -> Timestamp? {
        if let end = time(json.at("status", "completionTime")) { return end }
        let ends: Set<String> = ["Complete", "Completed", "Succeeded", "Failed"]
        let condition = json.at("status", "conditions").elements.first {
            ends.contains($0["type"].string ?? "") && $0["status"].string == "True"
        }
        return condition.flatMap { time($0["lastTransitionTime"]) }
    }

    private static func time(_ json: JSON) -> Timestamp? { json.string.flatMap { Timestamp(rfc3339: $0) } }
}
