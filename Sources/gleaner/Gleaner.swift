import ArgumentParser

@main
struct Gleaner: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gleaner",
        abstract: "A spot-aware GPU autoscaler for Kubernetes.",
        discussion: """
            Buys the cheapest capacity that still finishes the work, forces checkpoint-and-requeue when a spot \
            interruption notice arrives, and answers for every cent.

            Exit codes: 0 done, 1 failed, 2 the configuration is wrong, 64 the command line is.
            """,
        subcommands: [
            Serve.self, AgentCommand.self, PlanCommand.self, QuoteCommand.self, PricesCommand.self, CheckConfig.self,
            CheckJob.self,
            Report.self, Simulate.self, Demo.self,
            WorldCommand.self,
        ]
    )
}
