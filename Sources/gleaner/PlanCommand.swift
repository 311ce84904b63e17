import ArgumentParser
import Autoscaler
import ConfigurationFile
import Foundation
import Kubernetes
import Model
import Planning

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Says what would be bought for pods, from files alone.",
        discussion: """
            Plans as the service does, and buys nothing: which nodes to buy, which pods go where, in the order in which \
            they can be bound, and what no node could take and why. Nothing is asked of a cluster or a cloud.

            Files are what kubectl prints, for example:
              kubectl get pods -A -o json > pods.json
              kubectl get nodes -o json > nodes.json
              gleaner plan --pods pods.json --nodes nodes.json --catalogue catalogue.json

            The files may also hold the namespaces, daemon sets, persistent volumes, their claims and storage classes \
            that pods depend on.

            Pods with spec.nodeName run there and keep their room; finished ones are left out. Cordoned nodes and nodes \
            that are not ready take no pods.

            The catalogue says what can be bought, as JSON or YAML:
              {"shapes": [{"name": "g5", "instanceTypes": ["g5.xlarge"],
                           "allocatable": {"cpu": "3800m", "memory": "14Gi", "pods": "58", "nvidia.com/gpu": "1"},
                           "labels": {"gleaner.dev/accelerator": "A10G"},
                           "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]}],
               "offerings": [{"instanceType": "g5.xlarge", "zone": "us-east-1a", "capacityType": "spot",
                              "pricePerHour": "0.4012"}]}
            labels and taints may be left out. An offering that cannot be had now says "available": false, or \
            "closedUntil": "2026-11-21T14:05:00Z".

            Without --config only prices count and one pool offers the whole catalogue. With it the configured pools do, \
            with their limits, namespaces, labels and taints, and annotations count as far as the configuration accepts \
            them.
            """
    )

    @Option(help: "Pods: a List or single objects, JSON or YAML.")
    var pods: String

    @Option(help: "What can be bought: shapes and offerings, JSON or YAML.")
    var catalogue: String

    @Option(help: "Nodes that stand already: a List or single objects, JSON or YAML.")
    var nodes: String?

    @Option(help: "The service's configuration, YAML.")
    var config: String?

    @Option(name: .shortAndLong, help: "table or json.")
    var output: TableOrJSON = .table

    func run() async throws {
        try await Console.run {
            var files = PlanFiles()
            try files.read(catalogue: catalogue, config: config)
            try files.read(pods: pods, nodes: nodes, readsTemplates: false)
            let question = files.question(at: .now)
            for note in files.notes + question.notes { Console.say("gleaner: \(note)") }

            let input = question.input
            let clock = ContinuousClock()
            let start = clock.now
            let decision = Planning.decide(input)
            _ = decision.plan(explained: false)
            let seconds = (clock.now - start).inSeconds

            // The reasons are found after the decisions and change none of them.
            let plan = decision.plan(explained: true)
            let result = NamedPlan(plan, heldBack: question.heldBack, hosts: input.hosts, planningSeconds: seconds)
            switch output {
            case .json: result.writeJSON()
            case .table: Console.printData(result.table)
            }
        }
    }
}

/// How a command prints its data.
enum TableOrJSON: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
}

extension Timestamp {
    /// The time of the wall clock, to the second.
    static var now: Timestamp { Timestamp(seconds: Int64(Date.now.timeIntervalSince1970)) }
}

/// The files of a question to `Planning`.
struct PlanFiles {
    private var scene = PlanQuestion.Scene()
    private(set) var notes: [String] = []

    /// Takes what a service offers in place of a catalogue, and reckons with what it has learnt.
    mutating func take(_ offerings: [ServiceAPI.Offered], from server: String) throws {
        for offered in offerings {
            let choice = try offered.choice(server)
            scene.choices.append(choice)
            scene.interruptionsPerHour[choice.offering] = offered.interruptionsPerHour
            // With a configuration its pools choose from the same machines.
            if !scene.market.shapes.contains(where: { $0.instanceTypes.contains(choice.offering.instanceType) }) {
                var shape = choice.shape
                shape.instanceTypes = [choice.offering.instanceType]
                scene.market.shapes.append(shape)
            }
            scene.market.offers.append(
                Market.Offer(
                    offering: choice.offering,
                    pricePerHour: choice.pricePerHour,
                    closedUntil: offered.closedUntil.flatMap { Timestamp(rfc3339: $0) }
                )
            )
        }
    }

    /// Has the cost of finishing the work compared, also where there is no configuration.
    mutating func compareExpectedCosts() {
        scene.comparesPrices = false
    }

    mutating func read(catalogue: String?, config: String?) throws {
        if let config { scene.configuration = try ConfigurationFile.load(path: config) }
        guard let catalogue else { return }
        do {
            scene.market = try CatalogueFile.load(path: catalogue)
        } catch {
            Console.say("\(error)")
            throw ExitCode(1)
        }
    }

    mutating func read(pods: String, nodes: String?, readsTemplates: Bool) throws {
        var objects = ClusterObjects(readsTemplates: readsTemplates)
        try objects.read(path: pods, assuming: "Pod")
        if let nodes { try objects.read(path: nodes, assuming: "Node") }
        if !objects.others.isEmpty {
            let kinds = objects.others.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            notes.append("objects of other kinds are left out: \(kinds.joined(separator: ", "))")
        }
        scene.pods = objects.takePods()
        scene.nodes = objects.nodes
        scene.jobs = objects.jobs
        scene.objects = objects.objects
    }

    /// Gives the scene away, so that its pods are held once.
    mutating func question(at now: Timestamp) -> PlanQuestion {
        let scene = scene
        self.scene.pods = []
        return PlanQuestion(scene, at: now)
    }
}
