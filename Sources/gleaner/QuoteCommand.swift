import ArgumentParser
import Autoscaler
import Foundation
import HTTPTransport
import Kubernetes
import Model

struct QuoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quote",
        abstract: "Says what a workload would cost, before it is submitted.",
        discussion: """
            Prices each workload of a manifest on every offering by itself: nodes needed, price, what it is expected to \
            cost until it is finished, how likely an interruption is, when it starts and when it is done. The choice is \
            marked with *; offerings that cannot serve the workload are listed with the reason. RISK is how likely at least \
            one interruption is, TIMES how many are expected, START the time from launch until the work begins.

              gleaner quote -f job.yaml --catalogue catalogue.json
              gleaner quote -f job.yaml --server http://127.0.0.1:8080

            Understood are Pod, Job, CronJob, JobSet, PyTorchJob, MPIJob, Deployment, ReplicaSet and StatefulSet, in YAML \
            or JSON. How long the work takes is read from the annotation gleaner.dev/expected-runtime, else from the \
            configuration.

            Prices come from --catalogue (see gleaner plan --help for its form) or from a running service, which also \
            knows how often spot nodes were taken back and what has no capacity now. Without --config the defaults of \
            the configuration are reckoned with, and every annotation counts.
            """
    )

    @Option(name: [.customShort("f"), .long], help: "The manifest, YAML or JSON.")
    var file: String

    @Option(help: "What can be bought: shapes and offerings, JSON or YAML.")
    var catalogue: String?

    @Option(help: "The address of a running service, in place of a catalogue.")
    var server: String?

    @OptionGroup
    var access: ServiceAccess

    @Option(help: "The service's configuration, YAML.")
    var config: String?

    @Option(help: "Nodes that stand already, as for gleaner plan, with the pods that run there in the same file.")
    var nodes: String?

    @Option(name: .shortAndLong, help: "table or json.")
    var output: TableOrJSON = .table

    func validate() throws {
        guard (catalogue == nil) != (server == nil) else {
            throw ValidationError("give one of --catalogue FILE and --server URL: prices come from there")
        }
    }

    func run() async throws {
        try await Console.run {
            var files = PlanFiles()
            try files.read(catalogue: catalogue, config: config)
            try files.read(pods: file, nodes: nodes, readsTemplates: true)
            files.compareExpectedCosts()
            if let server {
                let api = try access.api(server)
                try files.take(try await api.offerings(), from: server)
                await api.http.shutDown()
            }
            let question = files.question(at: .now)
            for note in files.notes + question.notes { Console.say("gleaner: \(note)") }
            guard !question.input.demands.isEmpty || !question.heldBack.isEmpty else {
                throw CommandFailure("\(file): holds no workload: a Pod, a Job, or another kind that makes pods")
            }
            let quotes = question.input.demands.sorted { $0.workload.id < $1.workload.id }
                .map { Quote($0, in: question.input) }
            switch output {
            case .json: Console.printData(Quote.json(quotes, heldBack: question.heldBack).description)
            case .table: Console.printData(Quote.text(quotes, heldBack: question.heldBack))
            }
        }
    }
}
