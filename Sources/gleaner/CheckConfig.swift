import ArgumentParser
import ConfigurationFile
import Model

struct CheckConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Says everything that is wrong with a configuration file.",
        discussion: "Exits with 0 when nothing is, else with 2."
    )

    @Argument(help: "The YAML file.")
    var file: String

    func run() async throws {
        try await Console.run {
            let configuration = try ConfigurationFile.load(path: file)
            let shapes = configuration.pools.reduce(0) { $0 + $1.shapes.count }
            Console.printData("\(file): good: \(configuration.pools.count) pools, \(shapes) shapes")
        }
    }
}
