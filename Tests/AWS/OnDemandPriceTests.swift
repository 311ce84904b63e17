import Foundation
import HTTPTransport
import Logging
import Model
import Runtime
import Testing

@testable import AWS

/// Prices that change rarely: how long they stand, and what one that cannot be read does to the others.
@Suite("On-demand prices", .timeLimit(.minutes(1)))
struct OnDemandPriceTests {
    private struct HandClock: Runtime.Clock {
        let time: Locked<Timestamp>

        var now: Timestamp { time.withLock { $0 } }

        func sleep(until time: Timestamp) async throws {}
    }

    private static let start = Timestamp(seconds: 1_785_744_000)

    private static func types(_ names: [String]) -> String {
        let items = names.map { name in
            "<item><instanceType>\(name)</instanceType><vCpuInfo><defaultVCpus>4</defaultVCpus></vCpuInfo>"
                + "<memoryInfo><sizeInMiB>16384</sizeInMiB></memoryInfo></item>"
        }
        return "<R><instanceTypeSet>\(items.joined())</instanceTypeSet></R>"
    }

    private static func zones(_ names: [String]) -> String {
        let items = names.map { "<item><instanceType>\($0)</instanceType><location>us-east-1a</location></item>" }
        return "<R><instanceTypeOfferingSet>\(items.joined())</instanceTypeOfferingSet></R>"
    }

    private static func product(_ type: String, _ prices: [String]) throws -> String {
        let offers = prices.enumerated().map { index, price in
            "\"o\(index)\":{\"priceDimensions\":{\"d\":{\"unit\":\"Hrs\",\"pricePerUnit\":{\"USD\":\"\(price)\"}}}}"
        }
        let document =
            "{\"product\":{\"attributes\":{\"instanceType\":\"\(type)\"}},\"terms\":{\"OnDemand\":{"
            + offers.joined(separator: ",") + "}}}"
        return String(decoding: try JSONEncoder().encode(document), as: UTF8.self)
    }

    /// Answers what is asked about types; `price` answers calls to the price list, by their bodies.
    private static func client(
        _ region: String = "us-east-1",
        endpoints: [AWSService: String] = [:],
        types: [String] = ["g5.xlarge"],
        price: @escaping @Sendable (String) -> HTTPResponse
    ) -> AWSClient {
        AWSClient(
            configuration: AWSConfiguration(region: region, endpoints: endpoints),
            credentials: StaticCredentials(Credentials(accessKeyID: "A", secretAccessKey: Secret("s"))),
            retry: RetryPolicy(maximumAttempts: 1),
            transport: { request, _ throws(HTTPError) in
                let body = String(decoding: request.body, as: UTF8.self)
                if body.hasPrefix("Action=DescribeInstanceTypes&") {
                    return HTTPResponse(status: 200, body: Array(Self.types(types).utf8))
                }
                if body.hasPrefix("Action=DescribeInstanceTypeOfferings&") {
                    return HTTPResponse(status: 200, body: Array(Self.zones(types).utf8))
                }
                if body.hasPrefix("Action=") { return HTTPResponse(status: 200, body: Array("<R/>".utf8)) }
                return price(body)
            }
        )
    }

    private static func list(_ products: [String]) -> HTTPResponse {
        HTTPResponse(status: 200, body: Array(#"{"PriceList": [\#(products.joined(separator: ", "))]}"#.utf8))
    }

    private static let refusal = HTTPResponse(
        status: 400,
        body: Array(#"{"__type":"AccessDeniedException","message":"no"}"#.utf8)
    )

    @Test("prices that cannot be read again are asked for every five minutes, and not given out for ever")
    func age() async throws {
        let clock = HandClock(time: Locked(Self.start))
        let isFailing = Locked(false)
        let asked = Locked(0)
        let product = try Self.product("g5.xlarge", ["1.006"])
        let cloud = AWSCloud(
            client: Self.client { _ in
                asked.withLock { $0 += 1 }
                return isFailing.withLock { $0 } ? Self.refusal : Self.list([product])
            },
            configuration: GleanerConfiguration(clusterName: "c", pools: []),
            clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        func prices(after seconds: Int64) async throws -> [PricePoint] {
            let now = Self.start + .seconds(seconds)
            clock.time.withLock { $0 = now }
            return try await cloud.prices(instanceTypes: ["g5.xlarge"], since: now)
        }
        _ = try await cloud.catalogue(instanceTypes: ["g5.xlarge"])
        #expect(asked.withLock { $0 } == 1)
        isFailing.withLock { $0 = true }
        #expect(try await prices(after: 12 * 3600).count == 1)
        #expect(asked.withLock { $0 } == 2)
        #expect(try await prices(after: 12 * 3600 + 60).count == 1)
        #expect(asked.withLock { $0 } == 2)
        #expect(try await prices(after: 12 * 3600 + 300).count == 1)
        #expect(asked.withLock { $0 } == 3)
        #expect(try await prices(after: 13 * 3600).count == 1)
        #expect(try await prices(after: 13 * 3600 + 300).isEmpty)
        isFailing.withLock { $0 = false }
        #expect(try await prices(after: 13 * 3600 + 600).count == 1)
    }

    @Test("a price that cannot be read leaves the others alone; a refusal is told")
    func unreadable() async throws {
        let names = ["g5.xlarge", "g6.xlarge", "p4d.24xlarge"]
        let products = [
            "g5.xlarge": try Self.product("g5.xlarge", ["0.5260000000", "0.526"]),
            "g6.xlarge": try Self.product("g6.xlarge", ["0.8", "0.9"]),
            "p4d.24xlarge": try Self.product("p4d.24xlarge", ["1,5"]),
        ]
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let pricing = PricingClient(
            Self.client { body in Self.list(products.filter { body.contains($0.key) }.values.sorted()) }
        )
        let prices = try await pricing.onDemandPrices(names, atOnce: 2, logger: silent)
        #expect(prices.mapValues { "\($0)" } == ["g5.xlarge": "0.526"])
        let refused = PricingClient(Self.client { _ in Self.refusal })
        await #expect(throws: AWSError.self) { try await refused.onDemandPrices(names, atOnce: 2, logger: silent) }
    }

    @Test("China's price list, in yuan, is refused with the way out, which is obeyed")
    func china() async throws {
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let product = try Self.product("g5.xlarge", ["1.006"])
        let refused = PricingClient(Self.client("cn-north-1") { _ in Self.list([product]) })
        let error = await #expect(throws: PricingError.self) {
            try await refused.onDemandPrices(["g5.xlarge"], atOnce: 1, logger: silent)
        }
        #expect(error?.description.contains("AWS_ENDPOINT_URL_PRICING") == true)
        let own = Self.client("cn-north-1", endpoints: [.pricing: "http://127.0.0.1:1"]) { _ in Self.list([product]) }
        let prices = try await PricingClient(own).onDemandPrices(["g5.xlarge"], atOnce: 1, logger: silent)
        #expect(prices.keys.sorted() == ["g5.xlarge"])
    }
}
