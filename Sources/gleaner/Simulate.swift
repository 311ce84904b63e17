import ArgumentParser

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what would have happened, from files alone.",
        subcommands: [SimulateCluster.self, PolicyCommand.self, CheckpointCommand.self]
    )
}
