import Foundation
import HTTPTransport
import Kubernetes
import Model
import Runtime
import Testing

extension RealClusterTests {
    @Suite("ProvisioningRequests on a real API server, with the deployed role")
    struct ProvisioningTests {
        private static let requests = APIResource(
            prefix: "/apis/autoscaling.x-k8s.io/v1beta1",
            plural: "provisioningrequests"
        )
        private static let templates = APIResource(prefix: "/api/v1", plural: "podtemplates")
        private static let definitions = APIResource(
            prefix: "/apis/apiextensions.k8s.io/v1",
            plural: "customresourcedefinitions"
        )

        /// The kind as its project installs it, without what is only there to refuse mistakes:
        /// https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler/apis/config/crd
        private static let definition: JSON = [
            "metadata": [
                "name": "provisioningrequests.autoscaling.x-k8s.io",
                "annotations": ["api-approved.kubernetes.io": "https://github.com/kubernetes/kubernetes/pull/0"],
            ],
            "spec": [
                "group": "autoscaling.x-k8s.io", "scope": "Namespaced",
                "names": [
                    "kind": "ProvisioningRequest", "listKind": "ProvisioningRequestList",
                    "plural": "provisioningrequests", "singular": "provisioningrequest",
                ],
                "versions": [
                    [
                        "name": "v1beta1", "served": true, "storage": true, "subresources": ["status": [:]],
                        "schema": [
                            "openAPIV3Schema": [
                                "type": "object",
                                "properties": [
                                    "spec": ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
                                    "status": [
                                        "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                                        "properties": [
                                            "conditions": [
                                                "type": "array", "x-kubernetes-list-type": "map",
                                                "x-kubernetes-list-map-keys": ["type"],
                                                "items": [
                                                    "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                                                    "required": ["type"],
                                                    "properties": ["type": ["type": "string"]],
                                                ],
                                            ]
                                        ],
                                    ],
                                ],
                            ]
                        ],
                    ]
                ],
            ],
        ]

        @Test("a request and its PodTemplate are seen, and its status says what is written into it")
        func status() async throws {
            let cluster = try RealCluster()
            do throws(KubernetesError) {
                _ = try await cluster.admin.create(Self.definitions, Self.definition)
            } catch {
                guard error.code == 409 else { throw error }
            }
            let isServed = try await RealCluster.until {
                (try? await cluster.admin.probe(Self.requests)) != nil
            }
            try #require(isServed)
            let adapter = RealCluster.cluster(try await cluster.deployed())
            let namespace = try await cluster.namespace()
            let pods: JSON = [
                "containers": [["name": "main", "image": "none", "resources": ["requests": ["cpu": "2"]]]]
            ]
            _ = try await cluster.admin.create(
                Self.templates,
                namespace: namespace,
                ["metadata": ["name": "ppt"], "template": ["spec": pods]]
            )
            _ = try await cluster.admin.create(
                Self.requests,
                namespace: namespace,
                [
                    "apiVersion": "autoscaling.x-k8s.io/v1beta1", "kind": "ProvisioningRequest",
                    "metadata": ["name": "pr"],
                    "spec": [
                        "provisioningClassName": "check-capacity.autoscaling.x-k8s.io",
                        "podSets": [["count": 2, "podTemplateRef": ["name": "ppt"]]],
                    ],
                ]
            )
            let seen = Locked<[SchedulingObject]>([])
            let task = Task {
                await adapter.observe { events in
                    for event in events {
                        switch event {
                        case .schedulingObjectsListed(let objects): seen.withLock { $0 += objects }
                        case .schedulingObjectChanged(let object): seen.withLock { $0.append(object) }
                        default: break
                        }
                    }
                }
            }
            defer { task.cancel() }
            func requests() -> [ProvisioningRequest] {
                seen.withLock { $0 }.compactMap { object in
                    if case .provisioningRequest(let request) = object, request.namespace == namespace {
                        request
                    } else {
                        nil
                    }
                }
            }
            let isSeen = try await RealCluster.until { !requests().isEmpty }
            try #require(isSeen)
            let templates = seen.withLock { $0 }.compactMap { object in
                if case .podTemplate(let template) = object, template.namespace == namespace { template } else { nil }
            }
            #expect(templates.first?.pod.requests["cpu"] == Quantity(2))
            let request = try #require(requests().first)
            #expect(request.apiVersion == "autoscaling.x-k8s.io/v1beta1" && request.size == 2)

            let since = Timestamp(seconds: 1_795_237_200)
            for (isTrue, reason) in [(false, "CapacityIsNotFound"), (true, "CapacityIsFound")] {
                let condition = ProvisioningCondition(
                    kind: .provisioned,
                    isTrue: isTrue,
                    reason: reason,
                    message: "m",
                    since: since
                )
                try await adapter.update(ProvisioningUpdate(request, conditions: [condition]))
                let isShown = try await RealCluster.until { requests().last?.conditions == [condition] }
                #expect(isShown)
            }
            let stored = try await cluster.admin.get(Self.requests, namespace: namespace, name: "pr")
            #expect(stored.at("status", "conditions")[0]["observedGeneration"] == 1)
        }
    }
}
