import ArgumentParser
import Foundation
import JobCheck
import Kubernetes
import Model
import UnixSignals

struct CheckJob: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-job",
        abstract: "Says what a workload's manifest lacks for interruptions to cost nothing.",
        discussion: """
            Looks at the checkpoint contract and the grace for it, at retries and restarts that interruptions would use \
            up, at volumes that pin the zone, and at annotations that Gleaner does not understand.

              gleaner check-job -f job.yaml
              gleaner check-job -f job.yaml --run-command --after 30s
              gleaner check-job -f job.yaml --run-command -- python3 train.py --steps 100000

            Understood are Pod, Job, CronJob, JobSet, PyTorchJob, MPIJob, Deployment, ReplicaSet and StatefulSet, in YAML \
            or JSON. Claims and storage classes in the same file say what its volumes are.

            --run-command starts the container's command as a local process with the manifest's variables, sends it \
            SIGTERM as Kubernetes does, and sees whether it exits with 143 within its grace. What it prints goes to \
            standard error.

            Exits with 0 when no error was found (warnings and notes are none), else with 1.
            """
    )

    @Option(name: [.customShort("f"), .long], help: "The manifest, YAML or JSON.")
    var file: String

    @Flag(help: "Run the container's command here, send it SIGTERM, and see how it ends.")
    var runCommand = false

    @Option(help: "How long it works before SIGTERM, such as 30s or 2m.")
    var after = "10s"

    @Option(help: "The grace after SIGTERM; by default the manifest's.")
    var grace: String?

    @Option(help: "Which container is run; by default the first that names a command.")
    var container: String?

    @Option(help: "Where it is run; by default in the container's working directory.")
    var directory: String?

    @Option(name: .shortAndLong, help: "table or json.")
    var output: TableOrJSON = .table

    @Argument(
        parsing: .postTerminator,
        help: "After --: run this in place of the container's command, with its variables."
    )
    var command: [String] = []

    func validate() throws {
        for (option, text) in [("--after", after), ("--grace", grace)] {
            guard let text else { continue }
            guard let duration = Duration(shorthand: text), duration > .zero else {
                throw ValidationError("\(option) \(text): must be a duration such as 30s or 2m")
            }
        }
        guard runCommand || command.isEmpty else { throw ValidationError("a command after -- needs --run-command") }
    }

    func run() async throws {
        try await Console.run {
            let check = try JobCheck(path: file)
            var trial: (container: ContainerCommand, outcome: TrialOutcome)?
            if runCommand {
                let container = try chosen(check.containers)
                trial = (container, try await outcome(of: container))
            }
            switch output {
            case .json: Console.printData(JobCheckReport.json(check, trial: trial).description)
            case .table: Console.printData(JobCheckReport.text(check, trial: trial))
            }
            if check.hasErrors || trial?.outcome.severity == .error { throw ExitCode(1) }
        }
    }

    private func chosen(_ containers: [ContainerCommand]) throws -> ContainerCommand {
        if let container {
            guard let found = containers.first(where: { $0.name == container }) else {
                let names = containers.map(\.name).joined(separator: ", ")
                throw CommandFailure("--container \(container): there is none of this name; there are: \(names)")
            }
            return found
        }
        guard let found = containers.first(where: { !$0.words.isEmpty }) ?? containers.first else {
            throw CommandFailure("\(file): has no container")
        }
        return found
    }

    private func outcome(of container: ContainerCommand) async throws -> TrialOutcome {
        let own = ProcessInfo.processInfo.environment
        let missing = container.foreignVariables.filter { own[$0] == nil }
        guard missing.isEmpty else {
            throw CommandFailure(
                "container \(container.name): the manifest does not hold the value of \(missing.joined(separator: ", ")): "
                    + "set it in the environment of this command"
            )
        }
        var trial = TrialRun(
            words: command.isEmpty ? container.words : command,
            environment: own.merging(container.environment) { $1 },
            folder: directory ?? container.folder,
            after: Duration(shorthand: after) ?? .seconds(10),
            grace: grace.flatMap { Duration(shorthand: $0) } ?? .seconds(container.graceSeconds)
        )
        trial.needsSignalCode = container.needsSignalCode
        Console.say("gleaner: \(trial.words.joined(separator: " ")): SIGTERM after \(after)")
        let ready = trial
        return try await withThrowingTaskGroup(of: TrialOutcome?.self) { group in
            // Ctrl-C ends the trainer too: it has a process group of its own.
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { break }
                return nil
            }
            group.addTask { try await ready.run() }
            let first = try await group.next() ?? nil
            group.cancelAll()
            guard let first else {
                while let _ = try? await group.next() {}
                throw ExitCode(130)
            }
            return first
        }
    }
}
