import Foundation
import Testing

extension EndToEnd {
    @Suite("Checks of manifests")
    struct CheckJobTests {
        private struct Report: Decodable {
            struct Finding: Decodable {
                var severity: String
                var check: String
                var place: String
            }

            struct Trial: Decodable {
                var severity: String
                var exitCode: Int?
            }

            var workloads: [String]
            var findings: [Finding]
            var trial: Trial?
        }

        private static func job(_ command: String, _ spec: String = "") -> String {
            """
            kind: Job
            metadata: {name: training}
            spec:
              podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}
              template:
                metadata: {annotations: {gleaner.dev/checkpoint: signal}}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 60
                  containers: [{name: train, image: i, env: [{name: CODE, value: "143"}], command: \(command)}]
            """
        }

        private func check(_ text: String, _ arguments: [String]) async throws -> (Program.Outcome, Report) {
            let scene = try Scene()
            let file = scene.folder.appending(path: "job.yaml")
            try Data(text.utf8).write(to: file)
            let words = ["check-job", "-f", file.path(), "-o", "json"] + arguments
            let outcome = try await Program.run(words, folder: scene.folder, within: 120)
            return (outcome, try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8)))
        }

        @Test("a trainer that exits with 143 passes, one that exits with 0 does not")
        func trial() async throws {
            let loop = #"[sh, -c, "trap 'exit $CODE' TERM; while true; do sleep 0.05; done"]"#
            let (good, report) = try await check(Self.job(loop), ["--run-command", "--after", "1s"])
            #expect(good.status == 0, "\(good.errors)")
            #expect(report.trial?.exitCode == 143 && report.trial?.severity == "note")
            let (bad, other) = try await check(
                Self.job(loop),
                [
                    "--run-command", "--after", "1s", "--", "sh", "-c",
                    "trap 'exit 0' TERM; while true; do sleep 0.05; done",
                ]
            )
            #expect(bad.status == 1)
            #expect(other.trial?.exitCode == 0 && other.trial?.severity == "error")
        }

        @Test("what is missing is told with its line, and ends with 1")
        func missing() async throws {
            let (outcome, report) = try await check(
                Self.job("[python3, train.py]").replacing("restartPolicy: Never", with: "restartPolicy: OnFailure"),
                []
            )
            #expect(outcome.status == 1)
            let errors = report.findings.filter { $0.severity == "error" }
            #expect(errors.map(\.check) == ["restart-policy"])
            #expect(errors.first?.place.hasSuffix("job.yaml:8") == true)
        }

        @Test("the demo's trainings lack nothing", arguments: ["training", "nightly", "gang-a100", "gang-v100"])
        func demo(name: String) async throws {
            let scene = try Scene()
            let outcome = try await Program.run(["check-job", "-f", "config/demo/\(name).yaml"], folder: scene.folder)
            #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
            #expect(outcome.output.contains("nothing is missing"))
        }

        @Test("wrong options and files are refused")
        func refused() async throws {
            let scene = try Scene()
            let job = scene.folder.appending(path: "job.yaml")
            try Data(Self.job("[python3]").utf8).write(to: job)
            func end(_ arguments: [String]) async throws -> Program.Outcome {
                try await Program.run(["check-job"] + arguments, folder: scene.folder)
            }
            let missing = try await end(["-f", "/no/such/file.yaml"])
            #expect(missing.status == 1 && missing.errors.contains("/no/such/file.yaml"))
            #expect(try await end(["-f", job.path(), "--after", "soon"]).status == 64)
            #expect(try await end(["-f", job.path(), "--", "true"]).status == 64)
            let container = try await end(["-f", job.path(), "--run-command", "--container", "other"])
            #expect(container.status == 1 && container.errors.contains("there are: train"))
        }
    }
}
