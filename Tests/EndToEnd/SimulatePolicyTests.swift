import Foundation
import Planning
import Testing

extension EndToEnd {
    @Suite("Policies tried by command")
    struct SimulatePolicyTests {
        private struct Run: Decodable, Equatable {
            var startTick: Int
            var costOnDemandHours: Double
            var late: Bool
            var spotHours: Double
            var onDemandHours: Double
            var starts: Int
        }

        private struct Answer: Decodable {
            struct Cell: Decodable {
                struct Policy: Decodable {
                    var policy: String
                    var runs: [Run]
                }

                var deadlineHours: Double
                var changeoverHours: Double
                var runs: [Run]?
                var policies: [Policy]?
                var optimumOnDemandHours: [Double]?
            }

            var runs: [Run]?
            var cells: [Cell]?
        }

        /// Ten hours without capacity, then a hundred with it, in ticks of ten minutes.
        private static let counts = Array(repeating: 0, count: 60) + Array(repeating: 4, count: 600)

        private func trace(_ scene: Scene, _ name: String, gap: Int = 600, counts: [Int] = counts) throws -> String {
            try scene.write(name, #"{"metadata": {"gap_seconds": \#(gap)}, "data": \#(counts)}"#)
        }

        private func simulate(_ scene: Scene, _ arguments: [String]) async throws -> Program.Outcome {
            try await Program.run(["simulate", "policy"] + arguments, folder: scene.folder, within: 120)
        }

        private func answer(_ scene: Scene, _ arguments: [String]) async throws -> Answer {
            let outcome = try await simulate(scene, arguments + ["-o", "json"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.isEmpty)
            return try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
        }

        private static let workload = ["--work", "10h", "--price-ratio", "0.3"]

        @Test("one deadline and changeover: the runs, in the order of the start ticks")
        func runs() async throws {
            let scene = try Scene()
            let question =
                Self.workload + [
                    "--trace", try trace(scene, "a.json"), "--deadline", "14h", "--changeover", "720s",
                    "--policy", "greedy", "--start-ticks", "100,0,55",
                ]
            let runs = try #require(try await answer(scene, question).runs)
            #expect(runs.map(\.startTick) == [100, 0, 55])
            #expect(
                runs[0]
                    == Run(
                        startTick: 100,
                        costOnDemandHours: runs[0].costOnDemandHours,
                        late: false,
                        spotHours: runs[0].spotHours,
                        onDemandHours: 0,
                        starts: 1
                    )
            )
            #expect(abs(runs[0].costOnDemandHours - 10.2 * 0.3) < 1e-9 && abs(runs[0].spotHours - 10.2) < 1e-9)
            #expect(runs[1].onDemandHours > 0 && !runs[1].late)
            // Four instances are there, and five are wanted.
            let gang = try await answer(scene, question + ["--nodes", "5"])
            #expect(gang.runs?.allSatisfy { $0.spotHours == 0 } == true)
            #expect(try await answer(scene, question + ["--nodes", "4"]).runs == runs)
        }

        @Test("several deadlines and changeovers: a cell each, evenly spread starts, by the standard policy")
        func cells() async throws {
            let scene = try Scene()
            let question =
                Self.workload + [
                    "--trace", try trace(scene, "a.json"), try trace(scene, "b.json"), "--deadline", "11h,14h,1d",
                    "--changeover", "72s,12m", "--starts", "3", "--changeover-jitter", "0.5", "--seed", "9",
                ]
            let answer = try await answer(scene, question)
            let cells = try #require(answer.cells)
            #expect(cells.map(\.deadlineHours) == [11, 11, 14, 14, 24, 24])
            #expect(cells.map(\.changeoverHours) == [0.02, 0.2, 0.02, 0.2, 0.02, 0.2])
            #expect(cells.allSatisfy { $0.runs?.map(\.startTick) == [0, 258, 516] })
            #expect(cells.allSatisfy { $0.runs?.contains(where: \.late) == false })
            let named = try await self.answer(scene, question + ["--policy", SpotRule.standard.rawValue])
            #expect(named.cells?.map(\.runs) == cells.map(\.runs))
        }

        @Test("all policies: compared with the optimum, in a table, in JSON and in a plot")
        func comparison() async throws {
            let scene = try Scene()
            let question =
                Self.workload + [
                    "--trace", try trace(scene, "a.json"), "--deadline", "11h,14h", "--changeover", "12m",
                    "--starts", "2", "--policy", "all", "--svg", scene.path("costs.svg"),
                ]
            let table = try await simulate(scene, question)
            #expect(table.status == 0, "\(table.errors)")
            let lines = table.output.split(separator: "\n")
            // A head, two deadlines, their mean, and a line that says what they are.
            #expect(lines.count == 1 + 3 * (SpotRule.allCases.count + 1) + 1)
            #expect(lines[0].hasPrefix("POLICY") && lines[0].contains("OF OPTIMUM"))
            #expect(lines.last?.contains("10 h of work, a changeover of 12 min, means of 2 starts") == true)
            let svg = try String(contentsOfFile: scene.path("costs.svg"), encoding: .utf8)
            #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>\n"))
            let cell = try #require(try await answer(scene, question).cells?.first)
            #expect(cell.policies?.map(\.policy) == SpotRule.allCases.map(\.rawValue))
            #expect(cell.optimumOnDemandHours?.count == 2)
            let separate = try await simulate(scene, question + ["--separately", "-o", "json"])
            #expect(separate.output.hasPrefix(#"{"traces":[{"cells":[{"changeoverHours""#))
            let both = ["--separately", "--trace", try trace(scene, "b.json"), "--nodes", "1,5"]
            let contrast = try await simulate(scene, question + both)
            #expect(contrast.output.contains("\n\(SpotRule.standard.rawValue.uppercased()) OVER"))
            #expect(contrast.output.contains("means of 4 starts in 2 traces"))
        }

        @Test("what cannot be tried ends with 1, and says what is wrong and what is possible")
        func refusals() async throws {
            let scene = try Scene()
            let good = try trace(scene, "a.json")
            let other = try trace(scene, "other.json", gap: 300)
            let none = scene.path("none.json")
            let bad = try scene.write("bad.json", "[]")
            let usual = [
                "--trace": good, "--work": "10h", "--deadline": "14h", "--changeover": "12m", "--price-ratio": "0.3",
            ]
            let cases: [([String: String], [String], String)] = [
                (["--policy": "bold"], [], "there is no policy \"bold\"; there are: on-demand, greedy, uniform-"),
                (["--start-ticks": "0,577"], [], "start tick 577: the traces must go on for 14 h"),
                (["--start-ticks": "0,577"], [], "the last possible is 576"),
                (["--start-ticks": "-1"], [], "--start-ticks -1: must be a tick"),
                (["--deadline": "200h"], [], "the traces hold 110 h, less than the deadline of 200 h"),
                ([:], ["--trace", other], "other.json: a tick is 300 s, and 600 s in "),
                (["--price-ratio": "0.3,0.4"], [], "2 price ratios for 1 traces"),
                (["--price-ratio": "cheap"], [], "--price-ratio cheap: must be a number"),
                (["--price-ratio": "0"], [], "a price ratio of 0"),
                (["--deadline": "14h,10h"], [], "a deadline of 10 h could not be met on demand: 10 h of work"),
                (["--work": "ten"], [], "--work ten: must be a duration"),
                (["--work": "0s"], [], "work of 0 s"),
                (["--changeover": "12"], [], "--changeover 12: must be a duration"),
                (["--changeover": "12m,"], [], "--changeover : must be a duration"),
                (["--changeover-jitter": "2"], [], "a changeover jitter of 2: give 0 to 1"),
                (["--nodes": "0"], [], "0 nodes: give 1 or more"),
                (["--nodes": "1,2"], [], "2 numbers of nodes for 1 traces"),
                (["--nodes": "few"], [], "--nodes few: must be a whole number"),
                (["--starts": "0"], [], "--starts 0: give 1 to"),
                (["--trace": none], [], "--trace \(none): there is no such file"),
                (["--trace": bad], [], "--trace \(bad): not a trace"),
                (["--svg": scene.path("no/where.svg")], [], "where.svg: cannot be written"),
            ]
            for (changes, more, message) in cases {
                let options = usual.merging(changes) { $1 }.sorted { $0.key < $1.key }
                // An equals sign, since a value may begin with a dash.
                let outcome = try await simulate(scene, options.map { "\($0.key)=\($0.value)" } + more)
                #expect(outcome.status == 1, "\(changes)")
                #expect(outcome.errors.contains(message), "\(outcome.errors)")
                #expect(outcome.output.isEmpty)
            }
        }
    }
}
