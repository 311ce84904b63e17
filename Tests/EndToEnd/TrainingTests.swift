import Foundation
import HTTPTransport
import Journal
import Kubernetes
import Model
import Simulation
import Testing

extension EndToEnd {
    /// The example as a real process on a world's nodes. `GLEANER_TRAINING_PYTHON` names a Python with PyTorch.
    @Suite(
        "A real training",
        .enabled(if: Example.python != nil, "GLEANER_TRAINING_PYTHON names no Python with PyTorch"),
        .enabled(if: KubectlWorldTests.kubectl != nil, "kubectl is not installed")
    )
    struct TrainingTests {
        private static let steps = 600
        private static let interruptions = 5

        @Test(
            "taken off its node five times, it repeats no step and ends with the bits of an undisturbed one",
            .timeLimit(.minutes(10)),
            arguments: [CheckpointContract.signal, .http]
        )
        func interrupted(contract: CheckpointContract) async throws {
            let seed = ProcessInfo.processInfo.environment["GLEANER_SEED"].flatMap(UInt64.init) ?? 20_260_803
            var chance = SeededGenerator(seed: seed, purpose: "notices of \(contract.rawValue)")
            let scene = try Scene()
            let whole = try await Example.undisturbed(scene, steps: Self.steps)
            try await scene.startWorld(speed: 60, arrivals: [])
            let service = try scene.startService(configuration: try scene.write("gleaner.yaml", Example.configuration))
            _ = try await scene.address(of: service)
            let kubelet = try await LocalKubelet(
                of: scene.world,
                folder: scene.folder,
                searchPath: try Example.searchPath
            )
            let warned = try await kubelet.run {
                try await Example.submit(scene, contract, steps: Self.steps)
                return try await Self.interrupt(kubelet, scene, service, &chance)
            }

            let runs = await kubelet.runs
            print("\(contract.rawValue), seed \(seed): steps a run \(runs.map { Self.steps(of: $0).count })")
            #expect(await kubelet.problems == [])
            #expect(runs.count > Self.interruptions)
            // Every step once, in order, and each came to the same as undisturbed.
            let steps = runs.flatMap { Self.steps(of: $0) }
            #expect(steps.count == whole.steps.count)
            let differing = zip(steps, whole.steps).first { $0 != $1 }
            #expect(
                differing == nil,
                "the first that differs: \(differing?.0 ?? ""), undisturbed \(differing?.1 ?? "")"
            )
            #expect(Example.digest(runs.last?.lines ?? []) == whole.digest)
            for run in runs.dropLast() {
                #expect(run.exitCode == 143, "\(run.lines.suffix(3))")
                #expect(!run.wasKilled)
                if let at = warned[run.uid], let end = run.endedAt { #expect(end < at + Notice.interruptionLead) }
            }
            // The one way saved, and not the other.
            let reasons = runs.flatMap(\.lines).filter { $0.hasPrefix("saved ") }
                .compactMap { $0.split(separator: " ", maxSplits: 2).last }
            #expect(reasons.contains("asked") == (contract == .http))
            #expect(reasons.contains("told to stop") == (contract == .signal))
            let job = try await Example.job(scene)
            #expect(job.at("status", "failed").integer ?? 0 == 0)
            #expect(job.at("status", "succeeded").integer == 1)
            service.terminate()
            #expect(try await service.end(within: 120).status == 0, "\(service.errors)")
        }

        /// Takes the training's node back again and again, and waits until it is done.
        ///
        /// - Returns: When, by the pod's uid.
        /// - Throws: when the training is done before, or nothing goes on.
        private static func interrupt(
            _ kubelet: LocalKubelet,
            _ scene: Scene,
            _ service: Program,
            _ chance: inout SeededGenerator
        ) async throws -> [String: Timestamp] {
            var warned: [String: Timestamp] = [:]
            while warned.count < interruptions {
                let least = chance.integer(in: 1...40)
                let run = try await wait("computes", kubelet, service) { runs in
                    runs.last { run in
                        run.exitCode == 0 || (run.exitCode == nil && steps(of: run).count >= least)
                    }
                }
                try #require(run.exitCode == nil, "done after \(warned.count) interruptions: \(run.lines.suffix(3))")
                try await Task.sleep(for: .milliseconds(chance.integer(in: 0...40)))
                guard try await scene.post("\(scene.world.interruptions)?node=\(run.node)") == 200 else { continue }
                warned[run.uid] = try await scene.status().now
                _ = try await wait("stops", kubelet, service) { runs in
                    runs.first { $0.uid == run.uid && $0.exitCode != nil }
                }
            }
            _ = try await wait("is done", kubelet, service) { $0.last?.exitCode == 0 ? true : nil }
            _ = try await scene.wait { $0.workloads.first?.completed == true }
            return warned
        }

        private static func steps(of run: LocalKubelet.Run) -> [String] {
            run.lines.filter { $0.hasPrefix("step ") }
        }

        /// Waits for something of the runs; the machine may be slow.
        private static func wait<Found>(
            _ what: String,
            _ kubelet: LocalKubelet,
            _ service: Program,
            _ find: ([LocalKubelet.Run]) -> Found?
        ) async throws -> Found {
            for _ in 0..<6000 {
                if let found = find(await kubelet.runs) { return found }
                try #require(service.isRunning, "\(service.errors)")
                try await Task.sleep(for: .milliseconds(30))
            }
            let said = await kubelet.runs.last?.lines.suffix(5).joined(separator: "\n") ?? "nothing runs"
            throw Program.Unended(
                description:
                    "no training that \(what): \(said)\n\(await kubelet.problems)\n\(service.errors.suffix(4000))"
            )
        }

        @Test(
            "told to stop before its first step, it exits with 143; done, it exits with 0, also when it is asked again"
        )
        func exitCodes() async throws {
            let scene = try Scene()
            let early = try Example.start(scene, ["--step-seconds", "60"])
            try await Self.expectLine("began at 0", of: early)
            early.terminate()
            #expect(try await early.end(within: 120).status == 143)
            for began in ["began at 1", "began at 20"] {
                let outcome = try await Example.start(scene, ["--steps", "20"]).end(within: 120)
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.contains("done at 20 sha256 "))
                #expect(outcome.output.hasPrefix(began), "\(outcome.output)")
            }
        }

        @Test("a checkpoint that was answered for is there after a power cut, whoever else asks and however")
        func durable() async throws {
            struct Answer: Decodable {
                var step: Int
                var uri: String
            }
            let scene = try Scene()
            let port = try Example.freePort()
            let program = try Example.start(scene, ["--port", "\(port)", "--step-seconds", "0.01", "--hold", "0"])
            try await Self.expectLine("step 7 ", of: program)
            let url = "http://127.0.0.1:\(port)/checkpoint"
            let http = scene.http
            async let other = http.send(HTTPRequest(method: "POST", url: url), maximumBodyBytes: 1 << 16)
            let response = try await http.send(HTTPRequest(method: "POST", url: url), maximumBodyBytes: 1 << 16)
            #expect(try await other.status == 200)
            #expect(try await scene.post("http://127.0.0.1:\(port)/other") == 404)
            program.kill()
            let answer = try JSONDecoder().decode(Answer.self, from: Data(response.body))
            #expect(answer.step >= 7)
            let path = try #require(URL(string: answer.uri)?.path())
            #expect(FileManager.default.fileExists(atPath: path))
            let next = try await Example.start(scene, ["--steps", "1"]).end(within: 120)
            let began = try #require(next.output.split(separator: "\n").first?.split(separator: " ").last)
            #expect(try #require(Int(began)) >= answer.step)
        }

        private static func expectLine(_ start: String, of program: Program) async throws {
            for _ in 0..<6000 {
                if program.output.split(separator: "\n").contains(where: { $0.hasPrefix(start) }) { return }
                try #require(program.isRunning, "\(program.errors)")
                try await Task.sleep(for: .milliseconds(20))
            }
            throw Program.Unended(description: "did not say \"\(start)\": \(program.output) \(program.errors)")
        }
    }
}
