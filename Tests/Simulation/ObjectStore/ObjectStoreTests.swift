import Kubernetes
import Simulation
import Testing

private let start: Int64 = 1_763_700_000_000

private func pod(_ name: String, labels: [String: String] = [:], node: String? = nil) -> JSON {
    var pod: JSON = [
        "metadata": ["name": .string(name)], "spec": ["containers": [["name": "main", "image": "busybox:1"]]],
    ]
    if !labels.isEmpty { pod["metadata"]["labels"] = JSON(labels) }
    if let node { pod["spec"]["nodeName"] = .string(node) }
    return pod
}

private let job: JSON = [
    "apiVersion": "batch/v1", "kind": "Job", "metadata": ["name": "train"],
    "spec": ["template": ["spec": ["restartPolicy": "Never", "containers": [["name": "main", "image": "trainer"]]]]],
]

@Suite("Object store")
struct ObjectStoreTests {
    var store = ObjectStore(now: start)

    @Test("a created pod has a uid, a creation time in world time, a version and the API server's defaults")
    mutating func creation() throws {
        let pod = try store.create(pod("a"), as: .pods, now: start)
        #expect(pod["metadata"]["uid"].string?.count == 36)
        #expect(pod["metadata"]["creationTimestamp"] == .string(RFC3339.string(start)))
        #expect(pod["metadata"]["resourceVersion"] == .string(String(store.resourceVersion)))
        #expect(pod["metadata"]["namespace"] == "default")
        #expect(pod["spec"]["restartPolicy"] == "Always")
        #expect(pod["spec"]["terminationGracePeriodSeconds"] == 30)
        #expect(pod["spec"]["containers"][0]["imagePullPolicy"] == "IfNotPresent")
        #expect(pod["status"] == ["phase": "Pending", "qosClass": "BestEffort"])
    }

    @Test("a Job's defaults bind its pods to it by label")
    mutating func jobDefaults() throws {
        let job = try store.create(job, as: .jobs, now: start)
        let uid = job["metadata"]["uid"]
        #expect(job["spec"]["backoffLimit"] == 6)
        #expect(job["spec"]["completions"] == 1)
        #expect(job["spec"]["selector"]["matchLabels"] == ["batch.kubernetes.io/controller-uid": uid])
        #expect(job["spec"]["template"]["metadata"]["labels"]["batch.kubernetes.io/controller-uid"] == uid)
        #expect(job["metadata"]["generation"] == 1)
    }

    @Test("the same calls give the same objects, and generated names differ")
    mutating func determinism() throws {
        var other = ObjectStore(now: start)
        let template: JSON = ["metadata": ["generateName": "worker-"], "spec": pod("x")["spec"]]
        let first = try store.create(template, as: .pods, now: start)
        #expect(try other.create(template, as: .pods, now: start) == first)
        let second = try store.create(template, as: .pods, now: start)
        #expect(second["metadata"]["name"] != first["metadata"]["name"])
        #expect(first["metadata"]["name"].string?.hasPrefix("worker-") == true)
    }

    @Test("a taken name, a missing namespace and wrong fields are refused with the API server's reasons")
    mutating func refusals() throws {
        try store.create(pod("a"), as: .pods, now: start)
        #expect(throws: APIError.alreadyExists(.pods, name: "a")) {
            try store.create(pod("a"), as: .pods, now: start)
        }
        #expect(throws: APIError.notFound(.namespaces, name: "elsewhere")) {
            try store.create(pod("b"), as: .pods, in: "elsewhere", now: start)
        }
        var wrong = job
        wrong["spec"]["template"]["spec"]["restartPolicy"] = "Always"
        let error = #expect(throws: APIError.self) { try store.create(wrong, as: .jobs, now: start) }
        #expect(error?.code == 422)
        #expect(error?.message.contains("spec.template.spec.restartPolicy: Required value") == true)
        #expect(throws: APIError.self) { try store.create(pod("Upper_Case"), as: .pods, now: start) }
    }

    @Test("an update from an old version is a conflict and changes nothing")
    mutating func concurrency() throws {
        let read = try store.create(["metadata": ["name": "n1"]], as: .nodes, now: start)
        var mine = read
        mine["spec"]["unschedulable"] = true
        let written = try store.update(mine, as: .nodes, "n1", now: start)
        #expect(written["metadata"]["resourceVersion"] != read["metadata"]["resourceVersion"])
        var theirs = read
        theirs["metadata"]["labels"]["late"] = "yes"
        let error = #expect(throws: APIError.self) { try store.update(theirs, as: .nodes, "n1", now: start) }
        #expect(error?.reason == "Conflict")
        #expect(store.find(.nodes, "n1") == written)
        theirs["metadata"]["resourceVersion"] = .null
        #expect(try store.update(theirs, as: .nodes, "n1", now: start)["metadata"]["labels"]["late"] == "yes")
    }

    @Test("status and spec are written apart, and a write that changes nothing keeps its version")
    mutating func subresources() throws {
        let created = try store.create(job, as: .jobs, now: start)
        var both = created
        both["status"]["active"] = 1
        both["spec"]["parallelism"] = 2
        let main = try store.update(both, as: .jobs, in: "default", "train", now: start)
        #expect(main["status"] == .emptyObject)
        #expect(main["metadata"]["generation"] == 2)
        both["metadata"]["resourceVersion"] = .null
        both["spec"]["parallelism"] = 9
        let status = try store.update(both, as: .jobs, in: "default", "train", subresource: .status, now: start)
        #expect(status["spec"]["parallelism"] == 2)
        #expect(status["status"]["active"] == 1)
        #expect(status["metadata"]["generation"] == 2)
        let again = try store.patch(.jobs, in: "default", "train", .merge(["spec": ["parallelism": 2]]), now: start)
        #expect(again["metadata"]["resourceVersion"] == status["metadata"]["resourceVersion"])
    }

    @Test("a pod's node and a running Job's template cannot be rewritten")
    mutating func immutability() throws {
        try store.create(pod("a", node: "n1"), as: .pods, now: start)
        #expect(throws: APIError.self) {
            try store.patch(.pods, in: "default", "a", .merge(["spec": ["nodeName": "n2"]]), now: start)
        }
        try store.create(job, as: .jobs, now: start)
        let template: JSON = ["spec": ["template": ["spec": ["nodeSelector": ["zone": "b"]]]]]
        #expect(throws: APIError.self) {
            try store.patch(.jobs, in: "default", "train", .merge(template), now: start)
        }
        try store.patch(.jobs, in: "default", "train", .merge(["spec": ["suspend": true]]), now: start)
        try store.patch(.jobs, in: "default", "train", .merge(template), now: start)
    }

    @Test("lists are selected by labels and fields, in order, and come in pages")
    mutating func lists() throws {
        for index in 0..<5 {
            let labels = ["team": index < 2 ? "vision" : "speech", "rank": "\(index)"]
            try store.create(pod("p\(index)", labels: labels, node: index == 3 ? "n1" : nil), as: .pods, now: start)
        }
        func names(_ labels: String, _ fields: String = "") throws -> [String] {
            let selection = Selection(
                labels: try LabelSelector(query: labels),
                fields: try FieldSelector(query: fields, kind: .pods)
            )
            return store.objects(.pods, selection).compactMap { $0["metadata"]["name"].string }
        }
        #expect(try names("team=vision") == ["p0", "p1"])
        #expect(try names("team==speech,rank notin (2, 4)") == ["p3"])
        #expect(try names("rank in (1,2),team") == ["p1", "p2"])
        #expect(try names("!team") == [])
        #expect(try names("team!=vision", "spec.nodeName=") == ["p2", "p4"])
        #expect(try names("", "spec.nodeName=n1,status.phase!=Failed") == ["p3"])
        #expect(throws: APIError.self) { try names("", "spec.containers=x") }
        #expect(throws: APIError.self) { try names("a in b") }

        let first = try store.list(.pods, limit: 3)
        #expect(first.items.count == 3 && first.remaining == 2)
        try store.create(pod("p9"), as: .pods, now: start)
        let second = try store.list(.pods, limit: 3, continueToken: first.continueToken)
        #expect(second.items.compactMap { $0["metadata"]["name"].string } == ["p3", "p4", "p9"])
        #expect(second.resourceVersion == first.resourceVersion && second.continueToken == nil)
        #expect(throws: APIError.self) { try store.list(.pods, continueToken: "nonsense") }
    }

    @Test("a watch resumes from a version and sees objects come into and leave its selection")
    mutating func watching() throws {
        let from = store.resourceVersion
        try store.create(pod("a", labels: ["app": "x"]), as: .pods, now: start)
        try store.create(pod("b"), as: .pods, now: start)
        try store.patch(.pods, in: "default", "b", .merge(["metadata": ["labels": ["app": "x"]]]), now: start)
        try store.patch(.pods, in: "default", "a", .merge(["metadata": ["labels": ["app": .null]]]), now: start)
        try store.delete(.pods, in: "default", "b", now: start)
        let selection = Selection(namespace: "default", labels: try LabelSelector(query: "app=x"))
        let events = try store.watchEvents(.pods, selection, since: from)
        #expect(
            events.map { "\($0.type.rawValue) \($0.object["metadata"]["name"].string ?? "")" }
                == ["ADDED a", "ADDED b", "DELETED a", "DELETED b"]
        )
        #expect(try store.watchEvents(.pods, selection, since: store.resourceVersion).isEmpty)
        let changes = try store.changes(since: from)
        #expect(changes.map(\.resourceVersion) == Array((from + 1)...store.resourceVersion))
    }

    @Test("a version that the log has outlived, or has not reached, is expired")
    mutating func expiry() throws {
        var short = ObjectStore(now: start, logLimit: 3)
        let from = short.resourceVersion
        for index in 0..<4 { try short.create(pod("p\(index)"), as: .pods, now: start) }
        let error = #expect(throws: APIError.self) { try short.changes(since: from) }
        #expect(error?.code == 410 && error?.reason == "Expired")
        #expect(try short.changes(since: from + 1).count == 3)
        #expect(throws: APIError.self) { try short.changes(since: short.resourceVersion + 1) }
    }

    @Test("a copy is a dry run")
    mutating func dryRun() throws {
        var copy = store
        try copy.create(pod("a"), as: .pods, now: start)
        #expect(store.find(.pods, in: "default", "a") == nil)
    }

    @Test("events leave an hour after they were last seen")
    mutating func eventLifetime() throws {
        let hour: Int64 = 3_600_000
        func event(_ name: String, _ seen: Int64) -> JSON {
            ["metadata": ["name": .string(name)], "lastTimestamp": .string(RFC3339.string(seen))]
        }
        try store.create(event("old", start), as: .events, now: start)
        try store.create(event("kept", start), as: .events, now: start)
        try store.modify(.events, in: "default", "kept", now: start) {
            $0["lastTimestamp"] = .string(RFC3339.string(start + hour / 2))
        }
        try store.create(event("new", start + hour), as: .events, now: start + hour)
        #expect(store.objects(.events).compactMap { $0["metadata"]["name"].string } == ["kept", "new"])
    }
}

@Suite("Deletion and eviction")
struct ObjectStoreDeletionTests {
    var store = ObjectStore(now: start)

    @Test("a pod on a node stays, with its grace, until the kubelet lets it go; others vanish at once")
    mutating func graceful() throws {
        try store.create(pod("bound", node: "n1"), as: .pods, now: start)
        try store.create(pod("pending"), as: .pods, now: start)
        try store.delete(.pods, in: "default", "pending", now: start)
        #expect(store.find(.pods, in: "default", "pending") == nil)
        let going = try store.delete(.pods, in: "default", "bound", now: start)
        #expect(going["metadata"]["deletionTimestamp"] == .string(RFC3339.string(start + 30_000)))
        #expect(going["metadata"]["deletionGracePeriodSeconds"] == 30)
        let longer = try store.delete(.pods, in: "default", "bound", .init(gracePeriodSeconds: 60), now: start)
        #expect(longer == going)
        let shorter = try store.delete(.pods, in: "default", "bound", .init(gracePeriodSeconds: 5), now: start)
        #expect(shorter["metadata"]["deletionGracePeriodSeconds"] == 5)
        #expect(store.finalizeDelete(.pods, in: "default", "bound", now: start + 90_000) != nil)
        #expect(store.find(.pods, in: "default", "bound") == nil)
        #expect(try store.changes(since: store.resourceVersion - 1).first?.type == .deleted)
    }

    @Test("grace 0 and a finished pod need no kubelet, and preconditions are kept")
    mutating func immediate() throws {
        let made = try store.create(pod("a", node: "n1"), as: .pods, now: start)
        #expect(throws: APIError.self) { try store.delete(.pods, in: "default", "a", .init(uid: "other"), now: start) }
        let options = DeleteOptions(gracePeriodSeconds: 0, uid: made["metadata"]["uid"].string)
        try store.delete(.pods, in: "default", "a", options, now: start)
        #expect(store.count(.pods) == 0)
        try store.create(pod("b", node: "n1"), as: .pods, now: start)
        try store.modify(.pods, in: "default", "b", now: start) { $0["status"]["phase"] = "Succeeded" }
        try store.delete(.pods, in: "default", "b", now: start)
        #expect(store.count(.pods) == 0)
    }

    @Test("finalizers hold an object back until the last is removed")
    mutating func finalizers() throws {
        var held = pod("a", node: "n1")
        held["metadata"]["finalizers"] = ["gleaner.dev/hold"]
        try store.create(held, as: .pods, now: start)
        try store.delete(.pods, in: "default", "a", now: start)
        store.finalizeDelete(.pods, in: "default", "a", now: start + 40_000)
        #expect(store.find(.pods, in: "default", "a") != nil)
        try store.patch(.pods, in: "default", "a", .merge(["metadata": ["finalizers": .null]]), now: start)
        #expect(store.find(.pods, in: "default", "a") == nil)
    }

    private mutating func jobWithPod() throws {
        let owner = try store.create(job, as: .jobs, now: start)
        var owned = pod("train-0", node: "n1")
        owned["metadata"]["ownerReferences"] = [
            [
                "apiVersion": "batch/v1", "kind": "Job", "name": "train", "uid": owner["metadata"]["uid"],
                "controller": true,
            ]
        ]
        try store.create(owned, as: .pods, now: start)
    }

    @Test("a Job takes its pods along, each with its grace")
    mutating func cascade() throws {
        try jobWithPod()
        try store.delete(.jobs, in: "default", "train", now: start)
        #expect(store.count(.jobs) == 0)
        #expect(store.find(.pods, in: "default", "train-0")?["metadata"]["deletionTimestamp"].string != nil)
    }

    @Test("in the foreground the Job waits for its pods; orphaned pods stay")
    mutating func foregroundAndOrphan() throws {
        try jobWithPod()
        try store.delete(.jobs, in: "default", "train", .init(propagation: .foreground), now: start)
        #expect(store.find(.jobs, in: "default", "train")?["metadata"]["finalizers"] == ["foregroundDeletion"])
        store.finalizeDelete(.pods, in: "default", "train-0", now: start)
        #expect(store.count(.jobs) == 0)
        try jobWithPod()
        try store.delete(.jobs, in: "default", "train", .init(propagation: .orphan), now: start)
        let pod = try store.get(.pods, in: "default", "train-0")
        #expect(pod["metadata"]["deletionTimestamp"].isNull && pod["metadata"]["ownerReferences"].isNull)
    }

    @Test("a namespace takes everything in it along")
    mutating func namespace() throws {
        store.ensureNamespace("team", now: start)
        try store.create(pod("a", node: "n1"), as: .pods, in: "team", now: start)
        try store.delete(.namespaces, "team", now: start)
        #expect(store.count(.pods) == 0)
        #expect(store.find(.namespaces, "team") == nil)
    }

    private mutating func readyPods(_ count: Int, budget: JSON) throws {
        for index in 0..<count {
            try store.create(pod("w\(index)", labels: ["app": "w"], node: "n\(index)"), as: .pods, now: start)
            try store.modify(.pods, in: "default", "w\(index)", now: start) {
                $0["status"]["phase"] = "Running"
                Conditions.set("Ready", status: true, in: &$0, now: start)
            }
        }
        var spec = budget
        spec["selector"] = ["matchLabels": ["app": "w"]]
        try store.create(["metadata": ["name": "b"], "spec": spec], as: .podDisruptionBudgets, now: start)
    }

    @Test("an eviction is refused while the budget allows none, and marks the pod when it goes")
    mutating func eviction() throws {
        try readyPods(3, budget: ["minAvailable": 2])
        #expect(store.find(.podDisruptionBudgets, in: "default", "b")?["status"]["disruptionsAllowed"] == 1)
        try store.evict(pod: "w0", in: "default", .init(gracePeriodSeconds: 7), now: start)
        let going = try store.get(.pods, in: "default", "w0")
        #expect(going["metadata"]["deletionGracePeriodSeconds"] == 7)
        let condition = going["status"]["conditions"].elements.first { $0["type"] == "DisruptionTarget" }
        #expect(condition?["reason"] == "EvictionByEvictionAPI")
        #expect(store.find(.podDisruptionBudgets, in: "default", "b")?["status"]["disruptionsAllowed"] == 0)
        let error = #expect(throws: APIError.self) { try store.evict(pod: "w1", in: "default", now: start) }
        #expect(error?.code == 429 && error?.reason == "TooManyRequests")
        #expect(error?.status["details"]["causes"][0]["reason"] == "DisruptionBudget")
        #expect(store.find(.pods, in: "default", "w1")?["metadata"]["deletionTimestamp"].isNull == true)
        // A pod that already goes, or waits for a node, disrupts nobody.
        try store.evict(pod: "w0", in: "default", now: start)
    }

    @Test("maxUnavailable counts, percentages round up, and an unready pod may go from a healthy set")
    mutating func budgets() throws {
        try readyPods(3, budget: ["maxUnavailable": "34%"])
        #expect(store.find(.podDisruptionBudgets, in: "default", "b")?["status"]["desiredHealthy"] == 1)
        try store.patch(
            .podDisruptionBudgets,
            in: "default",
            "b",
            .merge(["spec": ["maxUnavailable": 1]]),
            now: start
        )
        try store.modify(.pods, in: "default", "w2", now: start) {
            Conditions.set("Ready", status: false, in: &$0, now: start)
        }
        #expect(throws: APIError.self) { try store.evict(pod: "w0", in: "default", now: start) }
        try store.evict(pod: "w2", in: "default", now: start)
    }

    @Test("a stale precondition refuses an eviction and leaves no mark")
    mutating func evictionPrecondition() throws {
        try readyPods(2, budget: ["minAvailable": 0])
        let before = store.find(.pods, in: "default", "w0")
        #expect(throws: APIError.self) { try store.evict(pod: "w0", in: "default", .init(uid: "x"), now: start) }
        #expect(store.find(.pods, in: "default", "w0") == before)
    }

    @Test("a pod is bound once")
    mutating func binding() throws {
        try store.create(pod("a"), as: .pods, now: start)
        let bound = try store.bind(pod: "a", in: "default", to: "n1", now: start)
        #expect(bound["spec"]["nodeName"] == "n1" && Conditions.isTrue("PodScheduled", in: bound))
        #expect(throws: APIError.self) { try store.bind(pod: "a", in: "default", to: "n2", now: start) }
    }
}
