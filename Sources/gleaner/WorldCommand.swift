import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Simulation

struct WorldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "world",
        abstract: "Runs a simulated cloud and cluster behind their real wire protocols.",
        discussion: """
            EC2, Pricing and SQS on one port, the Kubernetes API on another, its clock and its truth on a third, all on \
            loopback. A kubeconfig and AWS credentials for it are written into the state folder.

            A POST to the address that it prints takes a spot node back, with two minutes' notice. Pods annotated \
            world.gleaner.dev/kind: outside are scheduled and never run: a kubelet of yours may run them and write \
            their status.
            """
    )

    @Option(help: "The YAML file with the world's seed, start and arrivals.")
    var config = "config/demo-world.yaml"

    @Option(help: "In place of the file's seed.")
    var seed: UInt64?

    @Option(help: "World seconds a wall second, at most, in place of the file's.")
    var speed: Double?

    @Option(help: "A capacity trace as TYPE/ZONE/CAPACITY-TYPE=FILE, with * as wildcard; may be given several times.")
    var trace: [String] = []

    @Option(help: "Where the kubeconfig and the credentials are written.")
    var state = "gleaner-world"

    @Option(help: "Port of the Kubernetes API; 0 takes a free one.")
    var kubernetesPort = 0

    @Option(help: "Port of the cloud's API; 0 takes a free one.")
    var cloudPort = 0

    @Option(help: .hidden)
    var readyFile: String?

    func run() async throws {
        try await Console.run {
            var configuration = try WorldConfiguration(path: config, seed: seed)
            if let speed {
                try Self.check(speed: speed)
                configuration.speed = speed
            }
            try configuration.addTraces(trace)
            let readyFile = readyFile
            let server = WorldServer(
                configuration: configuration,
                stateFolder: state,
                kubernetesPort: kubernetesPort,
                cloudPort: cloudPort,
                logger: Console.logger(level: .error)
            ) { addresses in
                Console.say("cloud       \(addresses.cloud)")
                Console.say("Kubernetes  \(addresses.kubernetes)")
                Console.say("            kubectl --server \(addresses.kubernetes) get pods -A")
                Console.say("clock       \(addresses.clock)")
                Console.say("notices     curl -X POST '\(addresses.interruptions)?node=NAME'")
                if let readyFile { try ReadyFile(path: readyFile).write(addresses) }
            }
            try await runTogether([server], logger: Console.logger(level: .error))
        }
    }

    static func check(speed: Double) throws {
        guard speed >= 1, speed <= 1_000_000 else {
            throw CommandFailure("--speed \(speed): must be from 1 to 1000000")
        }
    }
}
