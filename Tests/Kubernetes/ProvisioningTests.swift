import Kubernetes
import Model
import Testing

@Suite("ProvisioningRequests of the API")
struct ProvisioningTests {
    /// As Kueue makes it: https://kueue.sigs.k8s.io/docs/concepts/admission_check/provisioning_request/
    private static let request = """
        {"apiVersion":"autoscaling.x-k8s.io/v1beta1","kind":"ProvisioningRequest","metadata":{"namespace":"vision",
        "name":"job-train-check-1","uid":"u1","generation":1,"resourceVersion":"7",
        "creationTimestamp":"2026-11-21T05:00:00Z"},
        "spec":{"provisioningClassName":"check-capacity.autoscaling.x-k8s.io",
        "parameters":{"noRetry":"true","ValidUntilSeconds":"600"},
        "podSets":[{"count":3,"podTemplateRef":{"name":"ppt-main"}},{"podTemplateRef":{"name":"ppt-head"},"count":1}]},
        "status":{"conditions":[
        {"type":"Accepted","status":"True","reason":"Accepted","message":"m","observedGeneration":1,
        "lastTransitionTime":"2026-11-21T05:00:05Z"},
        {"type":"Custom","status":"True","reason":"X","message":"other's","lastTransitionTime":"2026-11-21T05:00:05Z"}],
        "provisioningClassDetails":{"a":"b"}}}
        """

    @Test("a request is read with its pod sets, parameters and the standard's conditions")
    func decode() throws {
        let request = try ProvisioningRequest(json: JSON(parsing: Self.request))
        #expect(request.workloadID.description == "vision/job-train-check-1")
        #expect(request.workloadID.kind == "ProvisioningRequest")
        #expect(request.apiVersion == "autoscaling.x-k8s.io/v1beta1")
        #expect(request.className == "check-capacity.autoscaling.x-k8s.io")
        #expect(request.podSets == [.init(template: "ppt-main", count: 3), .init(template: "ppt-head", count: 1)])
        #expect(request.size == 4 && request.generation == 1)
        #expect(request.parameters == ["noRetry": "true", "ValidUntilSeconds": "600"])
        #expect(request.conditions.map(\.kind) == [.accepted])
        #expect(request.conditions.first?.isTrue == true && !request.isSettled)
    }

    @Test("what a request lacks is named; absurd counts stay in range")
    func mistakes() throws {
        var json = try JSON(parsing: Self.request)
        json["spec"]["podSets"] = [["count": 4_000_000_000, "podTemplateRef": ["name": "a"]], ["count": -3]]
        #expect {
            try ProvisioningRequest(json: json)
        } throws: {
            "\($0)" == "ProvisioningRequest vision/job-train-check-1: spec.podSets[1].podTemplateRef.name is missing"
        }
        json["spec"]["podSets"] = [["count": 4_000_000_000, "podTemplateRef": ["name": "a"]]]
        #expect(try ProvisioningRequest(json: json).size == 1_000_000)
        json["apiVersion"] = "../../secrets"
        #expect(try ProvisioningRequest(json: json).apiVersion == "autoscaling.x-k8s.io/v1")
    }

    @Test("a PodTemplate is read as the pod that would be made of it")
    func template() throws {
        let template = try PodTemplate(
            json: JSON(
                parsing: """
                    {"metadata":{"namespace":"vision","name":"ppt-main","uid":"u2",
                    "creationTimestamp":"2026-11-21T05:00:00Z","labels":{"of":"template"}},
                    "template":{"metadata":{"labels":{"app":"train"},"annotations":{"gleaner.dev/gang-topology":"zone"}},
                    "spec":{"nodeSelector":{"disk":"fast"},"containers":[{"resources":{"requests":
                    {"cpu":"8","nvidia.com/gpu":"4"}}}]}}}
                    """
            )
        )
        #expect(template.name == "ppt-main" && template.pod.labels == ["app": "train"])
        #expect(template.pod.requests["nvidia.com/gpu"] == Quantity(4))
        #expect(template.pod.nodeSelector == ["disk": "fast"])
        #expect(template.pod.annotation(.gangTopology) == "zone")
    }

    @Test(
        "a pod says whose capacity it comes for, by the current annotations or the older ones",
        arguments: [
            ("autoscaling.x-k8s.io/", "pr"), ("cluster-autoscaler.kubernetes.io/", "pr"),
            ("example.com/", nil),
        ]
    )
    func consumer(prefix: String, expected: String?) throws {
        let pod = try Pod(
            json: JSON(
                parsing: """
                    {"metadata":{"namespace":"vision","name":"t-0","uid":"u3","creationTimestamp":"2026-11-21T05:00:00Z",
                    "annotations":{"\(prefix)consume-provisioning-request":"pr",
                    "\(prefix)provisioning-class-name":"c"}},"spec":{}}
                    """
            )
        )
        #expect(pod.provisioning?.request == expected)
        #expect(pod.provisioning?.className == expected.map { _ in "c" })
    }

    // MARK: - Writing the status

    private func update(_ message: String = "found") throws -> ProvisioningUpdate {
        let request = try ProvisioningRequest(json: JSON(parsing: Self.request))
        let time = Timestamp(milliseconds: 1_795_237_200_500)
        return ProvisioningUpdate(
            request,
            conditions: [
                ProvisioningCondition(kind: .accepted, isTrue: true, reason: "Accepted", message: "ours", since: time),
                ProvisioningCondition(
                    kind: .provisioned,
                    isTrue: false,
                    reason: "CapacityIsNotFound",
                    message: message,
                    since: time
                ),
            ]
        )
    }

    @Test("conditions are written into the status beside those of others, guarded by the version that was read")
    func patch() async throws {
        let server = try ScriptedServer { _ in .whole(200, Self.request) }
        try await server.cluster().update(try update())
        let path = "/apis/autoscaling.x-k8s.io/v1beta1/namespaces/vision/provisioningrequests/job-train-check-1"
        #expect(server.requests.map { "\($0.method) \($0.target)" } == ["GET \(path)", "PATCH \(path)/status"])
        let sent = try #require(server.requests.last)
        #expect(sent.header("Content-Type") == "application/merge-patch+json")
        #expect(sent.json["metadata"] == ["resourceVersion": "7"])
        let conditions = sent.json.at("status", "conditions").elements
        #expect(conditions.map { $0["type"].string } == ["Accepted", "Custom", "Provisioned"])
        #expect(
            conditions.last == [
                "type": "Provisioned", "status": "False", "observedGeneration": 1, "reason": "CapacityIsNotFound",
                "message": "found", "lastTransitionTime": "2026-11-21T05:00:00Z",
            ]
        )
        #expect(sent.json.at("status", "provisioningClassDetails") == .null)
    }

    @Test("a conflict is tried again with what is there by then; another request of the name is left alone")
    func conflict() async throws {
        let server = try ScriptedServer { request in
            request.method == "GET" ? .whole(200, Self.request) : ScriptedServer.status(409, "Conflict")
        }
        await #expect(throws: KubernetesError.self) { try await server.cluster().update(try update()) }
        #expect(server.requests.count { $0.method == "PATCH" } == 8)

        let other = try ScriptedServer { _ in .whole(200, Self.request.replacing("\"u1\"", with: "\"u9\"")) }
        try await other.cluster().update(try update())
        #expect(other.requests.map(\.method) == ["GET"])
        let gone = try ScriptedServer { _ in ScriptedServer.status(404, "NotFound") }
        try await gone.cluster().update(try update())
        #expect(gone.requests.count == 1)
    }

    @Test("requests are watched in the version that the server has, and PodTemplates beside them")
    func watch() async throws {
        let request = Self.request
        let server = try ScriptedServer { asked in
            if asked.target.contains("watch=") { return .stream([], staysOpen: true) }
            if asked.target.hasPrefix("/apis/autoscaling.x-k8s.io/v1/") {
                return ScriptedServer.status(404, "NotFound")
            }
            let item = asked.target.hasPrefix("/apis/autoscaling.x-k8s.io/v1beta1/") ? request : ""
            return .whole(200, #"{"metadata":{"resourceVersion":"5"},"items":[\#(item)]}"#)
        }
        let (stream, continuation) = AsyncStream.makeStream(of: [Event].self)
        let cluster = server.cluster()
        let task = Task { await cluster.observe { continuation.yield($0) } }
        defer { task.cancel() }
        for await events in stream {
            let listed = events.compactMap { event -> [SchedulingObject]? in
                if case .schedulingObjectsListed(let objects) = event { objects } else { nil }
            }
            guard let objects = listed.first else { continue }
            #expect(objects == [.provisioningRequest(try ProvisioningRequest(json: JSON(parsing: request)))])
            break
        }
        #expect(server.requests.contains { $0.target.hasPrefix("/api/v1/podtemplates?") })
    }
}
