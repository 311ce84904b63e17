import Foundation
import Testing

@testable import JobCheck

@Suite("Trial runs")
struct TrialRunTests {
    private func trial(_ script: String, after: Duration = .milliseconds(700), grace: Duration = .seconds(60))
        -> TrialRun
    {
        TrialRun(
            words: ["sh", "-c", script],
            environment: ProcessInfo.processInfo.environment,
            after: after,
            grace: grace
        )
    }

    /// Goes on until it is asked to stop, then ends with that code.
    private static func loop(_ code: Int) -> String {
        "trap 'exit \(code)' TERM; while true; do sleep 0.05; done"
    }

    @Test("a trainer that exits with 143 within its grace keeps the contract")
    func good() async throws {
        let outcome = try await trial(Self.loop(143)).run()
        #expect(outcome.ending == .exited(143) && outcome.severity == .note && outcome.remedy.isEmpty)
    }

    @Test("an exit code of 0 would end the work, another one is taken for a failure")
    func codes() async throws {
        let done = try await trial(Self.loop(0)).run()
        #expect(done.ending == .exited(0) && done.severity == .error && done.problem.contains("takes the work as done"))
        var failing = trial(Self.loop(1))
        #expect(try await failing.run().severity == .warning)
        failing.needsSignalCode = true
        let refused = try await failing.run()
        #expect(refused.severity == .error && refused.problem.contains("ExitCode"))
    }

    @Test("a trainer that does not handle SIGTERM saves nothing")
    func unhandled() async throws {
        let outcome = try await trial("exec sleep 100000").run()
        #expect(outcome.ending == .signalled(15) && outcome.severity == .error)
    }

    @Test("a trainer that goes on is killed when its grace is over, with what it started")
    func killed() async throws {
        let mark = FileManager.default.temporaryDirectory.appending(path: "trial-\(UUID().uuidString)").path()
        let script =
            "trap '' TERM; (trap '' TERM; while true; do sleep 0.05; date > \(mark); done) & wait; sleep 100000"
        let outcome = try await trial(script, grace: .milliseconds(300)).run()
        #expect(outcome.ending == .killed && outcome.severity == .error)
        try await Task.sleep(for: .milliseconds(200))
        try? FileManager.default.removeItem(atPath: mark)
        try await Task.sleep(for: .milliseconds(500))
        #expect(!FileManager.default.fileExists(atPath: mark))
    }

    @Test("it runs in the folder that is named, with a program found from there")
    func folder() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "trial-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let program = folder.appending(path: "train.sh").path()
        try Data("#!/bin/sh\n[ -x ./train.sh ] && [ \"$1 $2\" = 'a b  c' ] || exit 9\n\(Self.loop(143))\n".utf8)
            .write(to: URL(filePath: program))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        var run = trial("")
        run.words = ["./train.sh", "a", "b  c"]
        run.folder = folder.path()
        #expect(try await run.run().ending == .exited(143))
    }

    @Test("one that ends by itself shows nothing")
    func tooShort() async throws {
        let outcome = try await trial("exit 0", after: .seconds(60)).run()
        #expect(outcome.secondsAfterSignal == nil && outcome.severity == .error && outcome.remedy.contains("--after"))
    }

    @Test("a cancelled run leaves nobody behind")
    func cancelled() async throws {
        let running = trial(Self.loop(143), after: .seconds(600))
        let task = Task { try await running.run() }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("what cannot be started is refused with the way out")
    func refused() async throws {
        func error(_ words: [String], folder: String? = nil) async -> TrialError? {
            let run = TrialRun(words: words, environment: [:], folder: folder, after: .seconds(1), grace: .seconds(1))
            do {
                _ = try await run.run()
                return nil
            } catch {
                return error as? TrialError
            }
        }
        #expect(await error([]) == .nothingToRun)
        #expect(await error(["no-such-trainer"]) == .noProgram("no-such-trainer"))
        #expect(await error(["/no/such/trainer"]) == .noProgram("/no/such/trainer"))
        #expect(await error(["true"], folder: "/no/such/folder") == .noFolder("/no/such/folder"))
    }

    @Test("a container's command and variables are those that Kubernetes would give it")
    func command() throws {
        let check = try ManifestFolder().check(
            ManifestFolder.job(
                spec: "completionMode: Indexed\n  " + ManifestFolder.ignoring,
                container: """
                    command: [python3, $(SCRIPT)], args: [--out, "$(DIR)/$$(DIR)/$(OTHER)"], workingDir: /data, \
                    env: [{name: DIR, value: /out}, {name: SCRIPT, value: "$(DIR).py"}, \
                    {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, \
                    {name: TOKEN, valueFrom: {secretKeyRef: {name: s, key: k}}}]
                    """
            )
        )
        let container = try #require(check.containers.first)
        #expect(container.words == ["python3", "/out.py", "--out", "/out/$(DIR)/$(OTHER)"])
        #expect(
            container.environment == [
                "DIR": "/out", "SCRIPT": "/out.py", "POD": "training-0", "JOB_COMPLETION_INDEX": "0",
            ]
        )
        #expect(container.foreignVariables == ["TOKEN"] && container.folder == "/data" && container.graceSeconds == 60)
        let image = try ManifestFolder().check(ManifestFolder.job(container: "args: [--fast]"))
        #expect(image.containers.first?.words == [])
    }
}
