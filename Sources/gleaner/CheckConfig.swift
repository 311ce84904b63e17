import AWS
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
            try checkUserData(configuration)
            let shapes = configuration.pools.reduce(0) { $0 + $1.shapes.count }
            Console.printData("\(file): good: \(configuration.pools.count) pools, \(shapes) shapes")
        }
    }

    /// Looks into the files that pools name: what is wrong there keeps a pool from launching.
    private func checkUserData(_ configuration: GleanerConfiguration) throws {
        var mistakes: [Mistake] = []
        for (index, pool) in configuration.pools.enumerated() {
            do {
                try UserData.checked(pool.node, clusterName: configuration.clusterName)
            } catch {
                let path = "pools[\(index)].node.userDataFile"
                mistakes.append(Mistake(file: file, path: path, problem: "\(error)"))
            }
        }
        guard mistakes.isEmpty else { throw ConfigurationError(mistakes: mistakes) }
    }
}
