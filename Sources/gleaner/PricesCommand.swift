import AWS
import ArgumentParser
import Foundation
import HTTPTransport
import Kubernetes
import Logging
import Model
import Simulation

struct PricesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prices",
        abstract: "Lists what can be bought, the cheapest accelerator-hour first.",
        discussion: """
            Asks AWS for a region's instance types, zones, on-demand and spot prices, and nothing else: no service, \
            cluster or configuration is needed. Credentials are looked for as gleaner serve does; the calls are \
            ec2:DescribeInstanceTypes, DescribeInstanceTypeOfferings and DescribeSpotPriceHistory and \
            pricing:GetProducts. How often spot was interrupted is what AWS's Spot Instance Advisor publishes.

              gleaner prices --region us-east-1 --accelerator A10G
              gleaner prices --region us-east-1 --accelerator A10G --capacity-type spot -o csv
              gleaner prices --server http://127.0.0.1:8080

            With --server the offerings of a running service are listed, with reservations, what it does not buy at \
            present and why, and the interruptions that it saw itself.

            IN FORCE is how long the price has been the same, AGE how long ago the cloud last said so.
            """
    )

    @Option(help: "As in us-east-1; by default AWS_REGION or the profile's.")
    var region: String?

    @Option(help: "The accelerator's model, such as A10G; by default all.")
    var accelerator: String?

    @Option(help: "An instance type, with * for any characters; may be given several times. By default all.")
    var instanceType: [String] = []

    @Option(help: "spot, on-demand or reserved; may be given several times. By default all.")
    var capacityType: [String] = []

    @Option(help: "Over how many days the range of each spot price goes, at most 90.")
    var days = 7

    @Option(help: "Where the Spot Instance Advisor publishes its data; none does not ask.")
    var advisor = SpotAdvisor.address

    @Option(help: "The address of a running service, in place of AWS.")
    var server: String?

    @OptionGroup
    var access: ServiceAccess

    @Option(name: .shortAndLong, help: "table, json or csv.")
    var output: Report.Format = .table

    func validate() throws {
        for type in capacityType where CapacityType(rawValue: type) == nil {
            throw ValidationError("--capacity-type \(type): there are spot, on-demand and reserved")
        }
        guard (1...90).contains(days) else { throw ValidationError("--days \(days): give 1 to 90") }
        guard server == nil || region == nil else {
            throw ValidationError("give --region or --server: a service knows its own region")
        }
    }

    func run() async throws {
        try await Console.run {
            let now = Timestamp.now
            var rows: [PriceRow]
            if let server { rows = try await ask(server, at: now) } else { rows = try await ask(at: now) }
            if !capacityType.isEmpty { rows.removeAll { !capacityType.contains($0.offering.capacityType.rawValue) } }
            rows.sort(by: PriceRow.precedes)
            guard !rows.isEmpty else { throw CommandFailure("nothing is sold that answers to all of this") }
            let table = PriceTable(rows: rows, days: server == nil ? days : nil)
            switch output {
            case .table: Console.printData(table.text)
            case .json: Console.printData(table.json.description)
            case .csv: Console.printData(table.csv)
            }
        }
    }

    private func ask(_ server: String, at now: Timestamp) async throws -> [PriceRow] {
        let api = try access.api(server)
        let offered = try await api.offerings()
        let taken = try await api.interruptions()
        await api.http.shutDown()
        // Several pools may offer the same.
        var seen: Set<[String]> = []
        return try offered.map { try PriceRow($0, taken: taken, server, at: now) }.filter { row in
            let offering = row.offering
            guard accelerator == nil || row.accelerator?.lowercased() == accelerator?.lowercased() else { return false }
            guard instanceType.isEmpty || instanceType.contains(where: { Self.matches($0, offering.instanceType) })
            else {
                return false
            }
            return seen.insert([offering.description, row.reservation ?? ""]).inserted
        }
    }

    /// As EC2's own filter does it: `*` stands for any characters, `?` for one.
    private static func matches(_ pattern: String, _ name: String) -> Bool { Wildcard.matches(pattern, name) }

    private func ask(at now: Timestamp) async throws -> [PriceRow] {
        let environment = ProcessInfo.processInfo.environment
        let shared = try SharedConfiguration.load(environment)
        let http = HTTPClient(configuration: AWSConfiguration.http(environment: environment, shared: shared))
        let configuration = try AWSConfiguration(region: region, environment: environment, shared: shared)
        let client = AWSClient(
            configuration: configuration,
            credentials: CredentialSources(environment: environment, configuration: configuration, http: http).chain(),
            http: http
        )
        let question = MarketReader.Question(
            accelerator: accelerator,
            instanceTypes: instanceType,
            since: now - .seconds(days * 86_400)
        )
        let advice = await advice(client.configuration.region, http)
        let offers = try await MarketReader(client, logger: Console.logger(level: .warning)).offers(question)
        await http.shutDown()
        return offers.map { PriceRow($0, advisor: advice, at: now) }
    }

    /// What the list can do without.
    private func advice(_ region: String, _ http: HTTPClient) async -> SpotAdvisor? {
        guard advisor != "none" else { return nil }
        do {
            return try await SpotAdvisor.load(from: advisor, region: region, http: http)
        } catch {
            Console.say("gleaner: how often spot is interrupted is not known: \(error)")
            return nil
        }
    }
}
