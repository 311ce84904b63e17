import Foundation
import Kubernetes
import Model
import Testing

@testable import Simulation

@Suite("Workloads of the past")
struct ReplayFileTests {
    private func file(_ text: String) throws -> ReplayFile {
        let fixture = try ReplayFixture()
        try fixture.write("month.yaml", text)
        return try ReplayFile(
            path: fixture.path("month.yaml"),
            assumedLength: .seconds(8 * 3600),
            restore: .seconds(60)
        )
    }

    private static func status(_ end: String) -> String {
        "status: {startTime: \"2026-10-01T00:00:00Z\", completionTime: \"\(end)\"}"
    }

    @Test(
        "a length comes from the world's annotation, then from what was, then from what was expected, then from nowhere"
    )
    func lengths() throws {
        let expected = ["gleaner.dev/expected-runtime": "3h"]
        let status = Self.status("2026-10-01T02:00:00Z")
        let file = try file(
            ReplayFixture.job("a", work: "1h", annotations: expected, more: status)
                + ReplayFixture.job("b", work: nil, annotations: expected, more: status)
                + ReplayFixture.job("c", work: nil, annotations: expected) + ReplayFixture.job("d", work: nil)
        )
        #expect(file.workloads.map(\.source) == [.world, .record, .expectedRuntime, .assumed])
        #expect(file.workloads.map(\.work) == [1, 2, 3, 8].map { .seconds($0 * 3600) })
        #expect(file.notes == ["1 of 4 workloads do not say how long they compute: taken for 8h"])
    }

    @Test("the containers' own times of a Job's pods come before the Job's, which has the wait for nodes in it")
    func podTimes() throws {
        let job = ReplayFixture.job("train", work: nil, more: Self.status("2026-10-01T02:00:00Z"))
        func pod(_ name: String, _ from: String, _ to: String) -> String {
            """
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              name: \(name)
              namespace: vision
              creationTimestamp: "2026-10-01T00:00:00Z"
              ownerReferences: [{apiVersion: batch/v1, kind: Job, name: train, uid: u, controller: true}]
            spec: {nodeName: gone, containers: [{name: train, image: a}]}
            status:
              containerStatuses: [{name: train, state: {terminated: {exitCode: 0, startedAt: "\(from)", finishedAt: "\(to)"}}}]

            """
        }
        let file = try file(
            job + pod("train-x", "2026-10-01T00:20:00Z", "2026-10-01T00:50:00Z")
                + pod("train-y", "2026-10-01T01:00:00Z", "2026-10-01T02:00:00Z")
        )
        // The second pod went on where the first was interrupted; neither is submitted by itself.
        #expect(file.workloads.map(\.work) == [.seconds(5400)])
    }

    @Test("what the cluster wrote is left out, and what people wrote is kept")
    func cleaning() throws {
        let job = """
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: train
              creationTimestamp: "2026-10-01T00:00:30Z"
              uid: 0f6c
              resourceVersion: "77"
              labels: {team: a, controller-uid: 0f6c}
              annotations: {gleaner.dev/checkpoint: http, gleaner.dev/last-checkpoint: "2026-10-01T01:00:00Z"}
              ownerReferences: [{apiVersion: batch/v1, kind: CronJob, name: nightly, uid: c, controller: true}]
            spec:
              completionMode: Indexed
              parallelism: 2
              completions: 5
              suspend: false
              selector: {matchLabels: {controller-uid: 0f6c}}
              template:
                metadata: {labels: {controller-uid: 0f6c, app: x}}
                spec:
                  schedulerName: volcano
                  volumes:
                    - {name: data, persistentVolumeClaim: {claimName: gone}}
                    - {name: scratch, emptyDir: {}}
                  containers: [{name: train, image: a}]
            status: {startTime: "2026-10-01T00:01:00Z", completionTime: "2026-10-01T03:01:00Z"}
            """
        let file = try file(job)
        let object = try #require(file.workloads.first?.objects.first)
        #expect(file.workloads[0].namespace == "default")
        // Five, two at a time, are three rounds.
        #expect(file.workloads[0].work == .seconds(3600))
        #expect(object["metadata"].fields.keys.sorted() == ["annotations", "labels", "name", "namespace"])
        #expect(object.at("metadata", "labels").strings == ["team": "a"])
        let spec = object["spec"]
        #expect(spec["selector"].isNull && spec["completionMode"] == "NonIndexed" && spec["completions"] == 5)
        let template = spec["template"]
        #expect(template.at("metadata", "labels").strings == ["app": "x"])
        #expect(
            template.at("metadata", "annotations").strings == [
                "gleaner.dev/checkpoint": "signal", "world.gleaner.dev/work": "1h",
                "world.gleaner.dev/restore-duration": "1m", "world.gleaner.dev/checkpoint-interval": "0s",
            ]
        )
        #expect(template.at("spec", "volumes").elements.map { $0["name"].string } == ["scratch"])
        #expect(template.at("spec", "schedulerName").isNull && template.at("spec", "restartPolicy") == "Never")
        #expect(file.notes == ["1 volume claims that are not in the file are taken to be reachable from everywhere"])
    }

    @Test("a JobSet of one template is one gang; the Jobs that it made are left to it")
    func jobSet() throws {
        let file = try file(
            """
            apiVersion: jobset.x-k8s.io/v1alpha2
            kind: JobSet
            metadata: {name: llm, namespace: vision, creationTimestamp: "2026-10-01T00:00:00Z", uid: s}
            spec:
              replicatedJobs:
                - name: workers
                  replicas: 2
                  template:
                    spec:
                      parallelism: 3
                      template: {spec: {containers: [{name: train, image: a}]}}
            ---
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: llm-workers-0
              namespace: vision
              creationTimestamp: "2026-10-01T00:00:01Z"
              ownerReferences: [{apiVersion: jobset.x-k8s.io/v1alpha2, kind: JobSet, name: llm, uid: s, controller: true}]
            spec: {template: {spec: {containers: [{name: train, image: a}]}}}
            status: {startTime: "2026-10-01T00:10:00Z", completionTime: "2026-10-01T01:10:00Z"}
            """
        )
        #expect(file.workloads.map(\.kind) == ["JobSet"])
        #expect(file.workloads[0].work == .seconds(3600) && file.workloads[0].source == .record)
        let object = try #require(file.workloads[0].objects.first)
        #expect(object.at("spec", "parallelism") == 6 && object.at("spec", "completionMode") == "Indexed")
        let annotations = object.at("spec", "template", "metadata", "annotations").strings
        #expect(annotations["gleaner.dev/gang-size"] == "6")
    }

    @Test("pods that have no end, suspended Jobs that never ran and other kinds are left out and counted")
    func leftOut() throws {
        let suspended = ReplayFixture.job("held").replacing("spec:\n  pod", with: "spec:\n  suspend: true\n  pod")
        let file = try file(
            ReplayFixture.job("train") + suspended + """
                ---
                apiVersion: v1
                kind: Pod
                metadata:
                  name: web
                  creationTimestamp: "2026-10-01T00:00:00Z"
                  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: r, controller: true}]
                spec: {containers: [{name: web, image: a}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                """
        )
        #expect(file.workloads.map(\.name) == ["train"])
        #expect(
            file.notes == [
                "1 pods of Deployments, StatefulSets and DaemonSets are left out: they have no end",
                "1 suspended Jobs that never ran are left out", "objects of other kinds are left out: 1 Service",
            ]
        )
    }

    @Test("the example beside the configurations can be read")
    func example() throws {
        let folder = URL(filePath: CloudFixtures.cataloguePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "replay")
        func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
        let bench = try ReplayBench(
            workloads: path("workloads.yaml"),
            traces: [path("traces")],
            prices: [CloudFixtures.cataloguePath, path("spot-prices.json")],
            configurations: []
        )
        #expect(bench.replay.workloads.count == 14)
        #expect(bench.scenarios.map(\.name) == ["on-demand only", "default"])
    }
}
