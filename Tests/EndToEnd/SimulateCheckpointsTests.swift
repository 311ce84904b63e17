import Foundation
import Testing

extension EndToEnd {
    @Suite("Checkpoints tried by command")
    struct SimulateCheckpointsTests {
        private struct Answer: Decodable {
            struct Cell: Decodable {
                struct Rule: Decodable {
                    var rule: String
                    var wastedHours: Double
                    var wastedHoursByTrace: [Double]
                    var intervalSecondsByTrace: [Double?]
                    var overBestFixed: Double?
                }

                var costSeconds: Int64
                var noticeSeconds: Int64?
                var unannouncedShare: Double
                var hours: Double
                var rules: [Rule]
            }

            var traces: [String]
            var cells: [Cell]
        }

        private func trace(_ scene: Scene, _ name: String, _ counts: [Int]) throws -> String {
            try scene.write(name, #"{"metadata": {"gap_seconds": 600}, "data": \#(counts)}"#)
        }

        private func simulate(_ scene: Scene, _ arguments: [String]) async throws -> Program.Outcome {
            try await Program.run(["simulate", "checkpoints"] + arguments, folder: scene.folder, within: 120)
        }

        @Test("every cost and notice has its rules, with what each wastes in each trace")
        func answer() async throws {
            let scene = try Scene()
            let counts = (0..<40).flatMap { Array(repeating: 2, count: 1 + $0 * $0 % 37) + [0, 0] }
            let traces = [try trace(scene, "a.json", counts), try trace(scene, "b.json", counts.reversed())]
            let outcome = try await simulate(scene, ["--trace"] + traces + ["--nodes", "1,2", "-o", "json"])
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
            let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
            #expect(answer.traces == traces)
            #expect(answer.cells.map(\.costSeconds) == [30, 120, 300, 600, 30, 120, 300, 600])
            #expect(answer.cells.prefix(4).allSatisfy { $0.noticeSeconds == 120 })
            #expect(answer.cells.suffix(4).allSatisfy { $0.noticeSeconds == nil })
            for cell in answer.cells {
                #expect(cell.rules.map(\.rule) == ["advice", "young", "best-fixed", "best-fixed-per-trace"])
                #expect(cell.rules.allSatisfy { $0.wastedHoursByTrace.count == 2 && $0.wastedHours < cell.hours })
                #expect(cell.rules[2].overBestFixed == 1)
            }
            let table = try await simulate(scene, ["--trace"] + traces + ["--cost", "2m", "--notice", "none"])
            #expect(table.status == 0 && table.output.contains("best-fixed-per-trace"), "\(table.errors)")
            #expect(table.output.contains("by age"))
        }

        @Test("mistakes name the option or the file, and what to give instead")
        func mistakes() async throws {
            let scene = try Scene()
            let good = try trace(scene, "good.json", [1, 1, 0])
            let none = try trace(scene, "none.json", [0, 0])
            for (arguments, message) in [
                (["--trace", "missing.json"], "--trace missing.json: there is no such file"),
                (["--trace", none], "there is never capacity for 1 node"),
                (["--trace", good, "--cost", "soon"], "--cost soon: must be a duration"),
                (["--trace", good, "--cost", "2m,0s"], "--cost 0s: a checkpoint cost of 0 s: give more than nothing"),
                (["--trace", good, "--notice", "maybe"], "--notice maybe: must be a duration"),
                (
                    ["--trace", good, "--unannounced", "2"],
                    "--unannounced 2: a share of 2 of unannounced interruptions: give 0 to 1"
                ),
                (
                    ["--trace", good, "--interruptions-per-day", "nan"],
                    "--interruptions-per-day nan: nan interruptions a day: give 0 to 1000"
                ),
                (["--trace", good, "--nodes", "1,2"], "2 numbers of nodes for 1 traces"),
            ] {
                let outcome = try await simulate(scene, arguments)
                #expect(outcome.status != 0 && outcome.output.isEmpty)
                #expect(outcome.errors.contains(message), "\(outcome.errors)")
            }
        }
    }
}
