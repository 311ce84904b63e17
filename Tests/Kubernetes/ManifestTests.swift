import Foundation
import Kubernetes
import Model
import Testing

@Suite("Files of Kubernetes objects")
struct ManifestTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "manifests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func file(_ text: String, _ name: String = "objects") throws -> String {
        let path = folder.appending(path: name).path()
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    private func read(_ text: String, assuming kind: String? = nil, templates: Bool = false) throws -> ClusterObjects {
        var objects = ClusterObjects(readsTemplates: templates)
        try objects.read(path: try file(text), assuming: kind)
        return objects
    }

    private static func pod(_ name: String, _ more: String = "") -> String {
        #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"\#(name)"\#(more)},"#
            + #""spec":{"containers":[{"resources":{"requests":{"cpu":"1","memory":"1Gi"}}}]}}"#
    }

    @Test("what an API server would have set is completed, and what a file says is kept")
    func completion() throws {
        let objects = try read(
            #"{"kind":"List","items":[\#(Self.pod("a")),\#(Self.pod("b", #","namespace":"n","uid":"u","creationTimestamp":"2026-01-02T00:00:00Z""#)),"#
                + #"{"kind":"Node","metadata":{"name":"m"},"status":{"allocatable":{"cpu":"4"}}}]}"#
        )
        #expect(objects.pods.map(\.id.description) == ["default/a", "n/b"])
        #expect(objects.pods.map(\.uid) == ["default/a", "u"])
        #expect(objects.pods.map(\.createdAt.description) == ["1970-01-01T00:00:00Z", "2026-01-02T00:00:00Z"])
        let node = try #require(objects.nodes.first)
        #expect(node.isReady && node.labels == [Label.hostname: "m"] && node.allocatable["cpu"] == Quantity(4))
    }

    @Test("what else has a say in where pods run is read beside them")
    func others() throws {
        let objects = try read(
            """
            {kind: Namespace, metadata: {name: vision, labels: {team: a}}}
            ---
            {kind: PersistentVolumeClaim, metadata: {name: data}, spec: {volumeName: v}}
            ---
            kind: PersistentVolume
            metadata: {name: v}
            spec:
              nodeAffinity:
                required:
                  nodeSelectorTerms:
                    - matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [z1]}]
            ---
            kind: DaemonSet
            metadata: {name: agent}
            spec: {template: {spec: {containers: [{resources: {requests: {cpu: "1"}}}]}}}
            ---
            {kind: Service, metadata: {name: s}}
            """
        )
        #expect(objects.objects.namespaceLabels["vision"]?["team"] == "a")
        let claim = try #require(objects.objects.volumeClaims.first)
        #expect(claim.namespace == "default" && claim.volume == "v")
        #expect(claim.reachableFrom.first?.matches([Label.zone: "z1"]) == true)
        #expect(objects.objects.daemonSets.values.map { $0.template.requests["cpu"] } == [Quantity(1)])
        #expect(objects.others == ["Service": 1])
    }

    @Test(
        "lists are taken apart wherever they stand and in whatever order their fields come",
        arguments: [
            #"{"kind":"List","items":[POD]}"#,
            #"{"items":[POD],"kind":"List"}"#,
            "\u{FEFF} \n{ \"metadata\" : {} , \"items\" : [ POD ] , \"kind\" : \"List\" } \n",
            #"{"kind":"List","items":[{"kind":"List","items":[POD]}]}"#,
            #"{"kind":"PodList","items":[{"metadata":{"name":"a"},"spec":{}}]}"#,
            #"{"items":[{"metadata":{"name":"a"},"spec":{}}],"kind":"PodList"}"#,
            "POD",
            "kind: Service\n---\nPOD\n---\n",
            "kind: List\nitems:\n- kind: Pod\n  metadata: {name: a}\n",
            "kind: PodList\nitems:\n- metadata: {name: a}\n",
        ]
    )
    func lists(text: String) throws {
        let objects = try read(text.replacing("POD", with: Self.pod("a")), assuming: "Pod")
        #expect(objects.pods.map(\.id.description) == ["default/a"])
    }

    @Test(
        "what is wrong is said with the file, the object and the field",
        arguments: [
            (
                #"{"kind":"List","items":[{"kind":"Pod","metadata":{}}]}"#,
                "Pod default/(unnamed): metadata.name is missing"
            ),
            (#"{"kind":"List","items":[3]}"#, "items[0] is no object"),
            (#"{"kind":"List","items":[{}]}"#, "items[0] has no kind"),
            (#"{"kind":"Pod","items":[]}"#, "has items but is no list: its kind must be List"),
            (#"{"items":[{}],"kind":"NodeList"}"#, "items[0] has no kind"),
            ("{}", "has no kind"),
            (#"{"kind":"List","items":[]} {}"#, "holds more after its first value: write a v1 List"),
            (#"{"kind":"List","items":["#, "JSON: expected a value at byte 24"),
            (#"{"kind":"List","items":[{"kind":"Pod",}]}"#, "JSON: expected a field name at byte 38"),
            (#"{"kind":"List","items":[POD,POD]}"#, "Pod default/a: there are two of this name"),
            (
                "kind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: x\n      resources:\n"
                    + "        requests:\n          nvidia.com/gpu: many\n",
                ":8: Pod default/a: spec.containers[0].resources.requests.nvidia.com/gpu is \"many\", not a quantity"
            ),
            ("kind: Pod\nmetadata: {}\n", ":2: Pod default/(unnamed): metadata.name is missing"),
            ("- 1\n", ":1: is no object"),
            ("a: 1\n", ":1: an object has no kind"),
            ("a: [\n", ": is not YAML: "),
            ("kind: Pod\nkind: Pod\n", "is written more than once in the same map"),
        ]
    )
    func mistakes(text: String, message: String) throws {
        let error = try #require(throws: ManifestError.self) {
            try read(text.replacing("POD", with: Self.pod("a")))
        }
        #expect(error.description.hasPrefix(folder.path()))
        #expect(error.description.contains(message), "\(error)")
    }

    @Test("a file that is not there, or no file, is said to be so")
    func absent() throws {
        var objects = ClusterObjects()
        for (path, problem) in [("none", "there is no such file"), ("", "is a folder, not a file")] {
            let place = folder.appending(path: path).path()
            let error = #expect(throws: ManifestError.self) { try objects.read(path: place) }
            #expect(error?.problem == problem)
        }
    }

    @Test("a list that is longer than a window comes out whole, and broken off anywhere it is refused")
    func windows() throws {
        let padding = String(repeating: "x", count: 900)
        let names = (0..<1000).map { "pod-\($0)" }
        let annotation = #","annotations":{"gleaner.dev/padding":"\#(padding)\u00e9\\"}"#
        let items = names.map { Self.pod($0, annotation) }.joined(separator: ",")
        let text = #"{"kind":"List","items":[\#(items)]}"#
        let objects = try read(text)
        #expect(objects.pods.map(\.id.name) == names)
        #expect(Set(objects.pods.map(\.annotations)).count == 1)

        let small = Array(#"{"kind":"List","items":[\#(Self.pod("a", annotation))]}"#.utf8)
        for length in stride(from: 0, to: small.count, by: 7) {
            let path = folder.appending(path: "cut").path()
            try Data(small[..<length]).write(to: URL(filePath: path))
            var objects = ClusterObjects()
            if length == 0 {
                try objects.read(path: path)
            } else {
                #expect(throws: ManifestError.self, "cut at \(length)") { try objects.read(path: path) }
            }
        }
    }

    @Test("any change of a byte gives objects or an error, and never more than that")
    func fuzz() throws {
        var generator = Repeatable(state: 7)
        let json = Array(#"{"kind":"List","items":[\#(Self.pod("a")),\#(Self.pod("b"))],"metadata":{}}"#.utf8)
        let yaml = Array(
            "kind: List\nitems:\n- &a {kind: Pod, metadata: {name: x}}\n- kind: Job\n  spec: {a: *a}\n".utf8
        )
        for source in [json, yaml] {
            for _ in 0..<500 {
                var bytes = source
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
                }
                let path = folder.appending(path: "fuzz").path()
                try Data(bytes).write(to: URL(filePath: path))
                var objects = ClusterObjects(readsTemplates: true)
                do {
                    try objects.read(path: path)
                } catch is ManifestError {
                    continue
                }
            }
        }
    }

    @Test("what would come to more than memory holds is refused")
    func limits() throws {
        let bomb =
            "kind: Pod\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
            + (1...9).map { level in
                "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
            }.joined()
        for (text, problem) in [
            (bomb, "too many or too deeply nested values"),
            ("kind: Pod\na: " + String(repeating: "[", count: 200) + String(repeating: "]", count: 200), "too deeply"),
            (#"{"kind":"Pod","a":"# + String(repeating: "[", count: 200), "nested deeper than 128 levels"),
            (#"{"kind":"Pod","a":""# + String(repeating: "x", count: 9 << 20) + "\"}", "is larger than 4 MiB"),
            ("kind: Pod\na: " + String(repeating: "x", count: 17 << 20), "is YAML of more than 16777216 bytes"),
        ] {
            let error = try #require(throws: ManifestError.self) { try read(text) }
            #expect(error.problem.contains(problem), "\(error.problem.prefix(200))")
        }
    }

    @Test(
        "workloads stand for the pods that they would make",
        arguments: [
            ("{kind: Job, metadata: {name: j}, spec: {parallelism: 3, completions: 2, template: T}}", 2, nil),
            ("{kind: CronJob, metadata: {name: j}, spec: {jobTemplate: {spec: {template: T}}}}", 1, nil),
            ("{kind: Deployment, metadata: {name: j}, spec: {replicas: 4, template: T}}", 4, nil),
            (
                "{kind: JobSet, metadata: {name: j}, spec: {replicatedJobs: [{name: w, replicas: 2, "
                    + "template: {spec: {parallelism: 3, template: T}}}]}}", 6, "6"
            ),
            (
                "{kind: PyTorchJob, metadata: {name: j}, spec: {pytorchReplicaSpecs: "
                    + "{Master: {replicas: 1, template: T}, Worker: {replicas: 3, template: T}}}}", 4, "4"
            ),
            (
                "{kind: MPIJob, metadata: {name: j}, spec: {mpiReplicaSpecs: "
                    + "{Launcher: {template: T}, Worker: {replicas: 2, template: T}}}}", 3, "3"
            ),
            ("{kind: Job, metadata: {name: j}, spec: {parallelism: 0, template: T}}", 0, nil),
        ] as [(String, Int, String?)]
    )
    func templates(text: String, count: Int, gangSize: String?) throws {
        let template = "{spec: {containers: [{resources: {requests: {nvidia.com/gpu: 1}}}]}}"
        let objects = try read(text.replacing("T}", with: "\(template)}"), templates: true)
        #expect(objects.pods.count == count)
        #expect(Set(objects.pods.map(\.id)).count == count)
        #expect(Set(objects.pods.map(\.owner?.name)).subtracting(["j"]).isEmpty)
        #expect(objects.pods.allSatisfy { $0.requests["nvidia.com/gpu"] == Quantity(1) })
        #expect(objects.pods.allSatisfy { $0.annotation(.gangSize) == gangSize })
    }

    @Test("a workload without a template, or of too many pods, is refused")
    func wrongTemplates() throws {
        for (text, message) in [
            ("{kind: Job, metadata: {name: j}, spec: {}}", "Job default/j: spec.template.spec is missing"),
            ("{kind: Deployment, metadata: {name: j}, spec: {replicas: 99999, template: {spec: {}}}}", "10000 at most"),
        ] {
            let error = try #require(throws: ManifestError.self) { try read(text, templates: true) }
            #expect(error.problem.contains(message), "\(error)")
        }
    }
}

/// Numerical Recipes' linear congruential generator: the same bytes in every run.
private struct Repeatable: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
