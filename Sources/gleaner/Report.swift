import ArgumentParser
import Billing
import Foundation
import Model

struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints the cost report of a running service.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table
        case json
        case csv
    }

    @Option(help: "The service's address.")
    var server = "http://127.0.0.1:8080"

    @OptionGroup
    var access: ServiceAccess

    @Option(help: "all, today, yesterday, month, a length such as 24h, or START,END as RFC 3339 times.")
    var window = "all"

    @Option(help: "team, namespace, workload, pool, shape or capacityType; several with commas.")
    var aggregate = "team,workload"

    @Option(name: .shortAndLong, help: "table, json or csv.")
    var output: Format = .table

    func run() async throws {
        try await Console.run {
            let api = try access.api(server)
            let path = "/api/v1/costs?window=\(Self.encoded(window))&aggregate=\(Self.encoded(aggregate))"
            switch output {
            case .json: Console.printData(try await api.text(path))
            case .csv: Console.printData(try await api.text(path, accept: "text/csv"))
            case .table: Console.printData(try await api.text(path, accept: "text/plain"))
            }
        }
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~,:")))
            ?? text
    }
}
