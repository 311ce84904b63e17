import Foundation
import Testing

extension EndToEnd {
    @Suite("Plans and quotes from files")
    struct PlanTests {
        private static let nothing = #"{"shapes": [], "offerings": []}"#
        private static let catalogue = """
            {"shapes": [{"name": "g5", "instanceTypes": ["g5.xlarge"], "labels": {"gleaner.dev/accelerator": "A10G"},
                         "allocatable": {"cpu": "4", "memory": "16Gi", "pods": "20", "nvidia.com/gpu": "1"}},
                        {"name": "cpu", "instanceTypes": ["m7i.large"],
                         "allocatable": {"cpu": "2", "memory": "8Gi", "pods": "20"}}],
             "offerings": [
               {"instanceType": "g5.xlarge", "zone": "z1", "capacityType": "spot", "pricePerHour": "0.4012"},
               {"instanceType": "g5.xlarge", "zone": "z1", "capacityType": "on-demand", "pricePerHour": "1.006"},
               {"instanceType": "m7i.large", "zone": "z2", "capacityType": "on-demand", "pricePerHour": "0.1008"}]}
            """

        private struct Plan: Decodable {
            struct Node: Decodable {
                var name: String
                var instanceType: String
                var zone: String
                var capacityType: String
                var pricePerHour: String
            }

            struct Placement: Decodable {
                var pod: String
                var node: String
            }

            struct Unplaceable: Decodable {
                var pod: String
                var reason: String
            }

            struct Explanation: Decodable {
                var workloads: [String]
                var summary: String
            }

            var nodes: [Node]
            var placements: [Placement]
            var unplaceable: [Unplaceable]
            var explanations: [Explanation]
            var costPerHour: String
            var planningSeconds: Double
        }

        private func list(_ items: [String]) -> String {
            #"{"apiVersion": "v1", "kind": "List", "items": [\#(items.joined(separator: ","))]}"#
        }

        private func pod(_ name: String, _ requests: String, _ spec: String = "") -> String {
            #"{"kind": "Pod", "metadata": {"name": "\#(name)"}, "spec": {\#(spec)"containers": [{"name": "m", "#
                + #""resources": {"requests": {\#(requests)}}}]}}"#
        }

        private func node(_ name: String, _ model: String, _ allocatable: String) -> String {
            #"{"kind": "Node", "metadata": {"name": "\#(name)", "labels": {"gleaner.dev/accelerator": "\#(model)", "#
                + #""topology.kubernetes.io/zone": "lab"}}, "status": {"allocatable": {"pods": "110", \#(allocatable)}}}"#
        }

        private func plan(_ scene: Scene, _ arguments: [String]) async throws -> Plan {
            let outcome = try await Program.run(["plan", "-o", "json"] + arguments, folder: scene.folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return try JSONDecoder().decode(Plan.self, from: Data(outcome.output.utf8))
        }

        @Test("on five machines that stand all six containers find room, and nothing is bought")
        func standing() async throws {
            let scene = try Scene()
            let machines =
                ["a1", "a2"].map { node($0, "2080Ti", #""cpu": "8", "memory": "50Gi", "nvidia.com/gpu": "2""#) }
                + ["b1", "b2", "b3"].map { node($0, "1080", #""cpu": "4", "memory": "20Gi", "nvidia.com/gpu": "1""#) }
            let waiting =
                (0..<4).map { pod("x\($0)", #""cpu": "4", "memory": "20Gi""#) } + [
                    pod(
                        "y",
                        #""cpu": "2", "memory": "20Gi", "nvidia.com/gpu": "1""#,
                        #""nodeSelector": {"gleaner.dev/accelerator": "2080Ti"}, "#
                    ),
                    pod("z", #""cpu": "4", "memory": "30Gi""#),
                ]
            let arguments = [
                "--pods", try scene.write("pods.json", list(waiting)),
                "--nodes", try scene.write("nodes.json", list(machines)),
                "--catalogue", try scene.write("catalogue.json", Self.nothing),
            ]
            let plan = try await plan(scene, arguments)
            #expect(plan.nodes.isEmpty && plan.unplaceable.isEmpty && plan.costPerHour == "0")
            #expect(plan.placements.map(\.pod).sorted() == ["x0", "x1", "x2", "x3", "y", "z"].map { "default/\($0)" })
            let table = try await Program.run(["plan"] + arguments, folder: scene.folder)
            #expect(table.output.contains("Total: nothing to buy\n0 pods on new nodes, 6 on standing ones, 0 without"))
            #expect(table.errors.isEmpty)
        }

        @Test("what is bought has names, prices and reasons, and what has no place says why")
        func buying() async throws {
            let scene = try Scene()
            let pods = [
                pod("gpu", #""cpu": "1", "nvidia.com/gpu": "1""#), pod("small", #""cpu": "2""#),
                pod("huge", #""cpu": "64""#), pod("runs", #""cpu": "1""#, #""nodeName": "new-1", "#),
            ]
            let arguments = [
                "--pods", try scene.write("pods.json", list(pods)),
                "--nodes", try scene.write("nodes.json", list([node("new-1", "none", #""cpu": "1""#)])),
                "--catalogue", try scene.write("catalogue.json", Self.catalogue),
            ]
            let plan = try await plan(scene, arguments)
            #expect(plan.costPerHour == "0.4012" || plan.costPerHour == "0.502")
            #expect(plan.nodes.allSatisfy { $0.name.hasPrefix("new-") && $0.name != "new-1" })
            #expect(
                plan.nodes.contains { $0.instanceType == "g5.xlarge" && $0.capacityType == "spot" && $0.zone == "z1" }
            )
            #expect(plan.placements.map(\.pod).sorted() == ["default/gpu", "default/small"])
            #expect(Set(plan.placements.map(\.node)).isSubset(of: plan.nodes.map(\.name)))
            #expect(plan.unplaceable.map(\.pod) == ["default/huge"])
            #expect(plan.unplaceable.first?.reason.contains("too few cpu") == true)
            #expect(Set(plan.explanations.flatMap(\.workloads)) == ["default/gpu", "default/huge", "default/small"])
            let table = try await Program.run(["plan"] + arguments, folder: scene.folder)
            #expect(table.output.contains("To buy\nNODES  INSTANCE TYPE"))
            #expect(table.output.contains("Without a place\ndefault/huge: 0/"))
            #expect(table.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
        }

        @Test("a quote prices every offering, marks the choice and says which cannot serve and why")
        func quote() async throws {
            let scene = try Scene()
            let job = """
                apiVersion: batch/v1
                kind: Job
                metadata: {name: train, annotations: {gleaner.dev/expected-runtime: 2h}}
                spec:
                  template:
                    metadata: {annotations: {gleaner.dev/checkpoint: signal}}
                    spec:
                      containers: [{name: m, resources: {limits: {nvidia.com/gpu: 1}}}]
                """
            let arguments = [
                "quote", "-f", try scene.write("job.yaml", job),
                "--catalogue", try scene.write("catalogue.json", Self.catalogue),
            ]
            let table = try await Program.run(arguments, folder: scene.folder)
            #expect(table.status == 0, "\(table.errors)")
            #expect(table.output.hasPrefix("Job default/train: 1 pod, 1 accelerator; computes 2h\n"))
            let rows = table.output.split(separator: "\n").filter { $0.contains("g5.xlarge") }
            #expect(rows.count == 2 && rows.first?.hasPrefix("*  g5.xlarge") == true, "\(table.output)")
            #expect(table.output.contains("1 offering: too few nvidia.com/gpu"), "\(table.output)")

            let json = try await Program.run(arguments + ["-o", "json"], folder: scene.folder)
            let answer = try #require(
                try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            )
            let workload = try #require((answer["workloads"] as? [[String: Any]])?.first)
            let offerings = try #require(workload["offerings"] as? [[String: Any]])
            #expect(offerings.map { $0["chosen"] as? Bool } == [true, false])
            #expect(offerings.map { $0["startSeconds"] as? Int } == [300, 300])
            let onDemand = try #require(offerings.last)
            #expect(onDemand["totalSeconds"] as? Int == 7500)
            #expect(onDemand["expectedCost"] as? String == "2.095833")
            #expect(onDemand["interruptionProbability"] as? Double == 0)
            #expect((offerings.first?["interruptionProbability"] as? Double ?? 0) > 0)
        }

        @Test(
            "what is wrong with a file is said, with its place, and ends the command",
            arguments: [
                (["plan", "--pods", "NONE", "--catalogue", "CATALOGUE"], 1, "none: there is no such file"),
                (["plan", "--pods", "PODS", "--catalogue", "NONE"], 1, "none: there is no such file"),
                (["plan", "--pods", "PODS", "--catalogue", "PODS"], 1, ": apiVersion: is not a known key"),
                (["plan", "--pods", "CATALOGUE", "--catalogue", "CATALOGUE"], 1, "catalogue: has no kind"),
                (["plan", "--pods", "BAD", "--catalogue", "CATALOGUE"], 1, "bad: Pod default/a: spec.containers is 3"),
                (["plan", "--pods", "PODS", "--catalogue", "CATALOGUE", "--config", "NONE"], 2, "no such file"),
                (["plan", "--pods", "PODS", "--catalogue", "CATALOGUE", "--nodes", "BAD"], 1, "bad: Pod default/a"),
                (["plan", "--pods", "PODS", "--catalogue", "CATALOGUE", "-o", "csv"], 64, "'csv' is invalid"),
                (["plan", "--pods", "PODS"], 64, "--catalogue"),
                (["quote", "-f", "PODS"], 64, "give one of --catalogue FILE and --server URL"),
                (["quote", "-f", "NODE", "--catalogue", "CATALOGUE"], 1, "node: holds no workload"),
                (["quote", "-f", "PODS", "--server", BadInputTests.nowhere], 1, "refused the connection"),
            ] as [([String], Int32, String)]
        )
        func mistakes(arguments: [String], status: Int32, message: String) async throws {
            let scene = try Scene()
            let files = [
                "PODS": list([pod("p", #""cpu": "1""#)]), "CATALOGUE": Self.nothing,
                "BAD": #"{"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": 3}}"#,
                "NODE": #"{"kind": "Node", "metadata": {"name": "a"}}"#,
            ]
            for (name, text) in files { try scene.write(name.lowercased(), text) }
            let named = arguments.map { files[$0] != nil || $0 == "NONE" ? scene.path($0.lowercased()) : $0 }
            let outcome = try await Program.run(named, folder: scene.folder)
            #expect(outcome.status == status, "\(outcome.errors)")
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
            #expect(outcome.output.isEmpty)
        }
    }
}
