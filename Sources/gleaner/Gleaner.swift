import ArgumentParser

@main
struct Gleaner: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gleaner",
        abstract: "A spot-aware GPU autoscaler for Kubernetes."
    )
}
