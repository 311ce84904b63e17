import Foundation
import HTTPTransport
import Logging
import Model
import Runtime
import Testing

@testable import AWS

@Suite("What EC2 says of its market", .timeLimit(.minutes(1)))
struct MarketTests {
    private struct StillClock: Runtime.Clock {
        var now = Timestamp(seconds: 1_785_744_000)

        func sleep(until time: Timestamp) async throws {}
    }

    /// Answers by the action of the request; what has none is refused.
    private static func client(_ answers: [String: String]) -> AWSClient {
        AWSClient(
            configuration: AWSConfiguration(region: "us-east-1"),
            credentials: StaticCredentials(Credentials(accessKeyID: "AKID", secretAccessKey: Secret("secret"))),
            retry: RetryPolicy(maximumAttempts: 1),
            transport: { request, _ throws(HTTPError) in
                let form = String(decoding: request.body, as: UTF8.self)
                guard let answer = answers.first(where: { form.contains("Action=\($0.key)&") })?.value else {
                    let refusal =
                        "<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>"
                    return HTTPResponse(status: 403, body: Array(refusal.utf8))
                }
                return HTTPResponse(status: 200, body: Array(answer.utf8))
            }
        )
    }

    private static func cloud(_ answers: [String: String], _ change: (inout GleanerConfiguration) -> Void) -> AWSCloud {
        var configuration = GleanerConfiguration(
            clusterName: "test",
            pools: [
                Pool(
                    name: "gpu",
                    shapes: [.init(name: "a100", instanceTypes: ["p4d.24xlarge"])],
                    capacityTypes: CapacityType.allCases
                )
            ]
        )
        change(&configuration)
        return AWSCloud(
            client: client(answers),
            configuration: configuration,
            clock: StillClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private static func reservation(_ id: String, _ more: String) -> String {
        """
        <item><capacityReservationId>\(id)</capacityReservationId><availabilityZone>us-east-1a</availabilityZone>
        <totalInstanceCount>4</totalInstanceCount><availableInstanceCount>3</availableInstanceCount>\(more)</item>
        """
    }

    private static let usual = """
        <instanceType>p4d.24xlarge</instanceType><instancePlatform>Linux/UNIX</instancePlatform><tenancy>default</tenancy>
        <state>active</state>
        """

    @Test("reservations of other types, platforms and hardware, and those that are only lent, are left out")
    func reservations() async throws {
        let answer = """
            <DescribeCapacityReservationsResponse><capacityReservationSet>
            \(Self.reservation("cr-1", Self.usual + "<endDateType>unlimited</endDateType>"))
            \(Self.reservation("cr-2", Self.usual + "<reservationType>capacity-block</reservationType>"
                + "<endDate>2026-08-05T11:30:00.000Z</endDate><endDateType>limited</endDateType>"))
            \(Self.reservation("cr-3", Self.usual.replacing("p4d.24xlarge", with: "m5.large")))
            \(Self.reservation("cr-4", Self.usual.replacing("Linux/UNIX", with: "Windows")))
            \(Self.reservation("cr-5", Self.usual.replacing("default", with: "dedicated")))
            \(Self.reservation("cr-6", Self.usual.replacing("active", with: "expired")))
            \(Self.reservation("cr-7", Self.usual + "<interruptible>true</interruptible>"))
            </capacityReservationSet></DescribeCapacityReservationsResponse>
            """
        let report = await Self.cloud(["DescribeCapacityReservations": answer]) { _ in }.market()
        let found = try #require(report.reservations)
        #expect(found.map(\.id) == ["cr-1", "cr-2"])
        #expect(found.map(\.available) == [3, 3])
        #expect(found.map(\.count) == [4, 4])
        #expect(found[0].endsAt == nil)
        #expect(found[1].kind == .capacityBlock)
        #expect(found[1].usableUntil == Timestamp(rfc3339: "2026-08-05T11:00:00Z"))
        #expect(report.placementScores == nil)
        #expect(report.datasetZones == nil)
    }

    @Test("a part that is refused leaves the others and what was known of it alone")
    func refused() async throws {
        let volumes = """
            <DescribeVolumesResponse><volumeSet>
            <item><volumeId>vol-1</volumeId><availabilityZone>us-east-1b</availabilityZone><status>available</status>
            <tagSet><item><key>gleaner.dev/dataset</key><value>images</value></item></tagSet></item>
            <item><volumeId>vol-2</volumeId><availabilityZone>us-east-1c</availabilityZone><status>in-use</status>
            <tagSet><item><key>gleaner.dev/dataset</key><value>images</value></item></tagSet></item>
            <item><volumeId>vol-3</volumeId><availabilityZone>us-east-1a</availabilityZone><status>in-use</status>
            <multiAttachEnabled>true</multiAttachEnabled>
            <tagSet><item><key>gleaner.dev/dataset</key><value>images</value></item></tagSet></item>
            </volumeSet></DescribeVolumesResponse>
            """
        let report = await Self.cloud(["DescribeVolumes": volumes]) {
            $0.datasets = [Dataset(name: "images", zones: [], loadSeconds: 60)]
        }.market()
        #expect(report.reservations == nil)
        #expect(report.datasetZones == ["images": ["us-east-1a", "us-east-1b"]])
    }

    @Test("scores are of zones by their names here, asked for once an hour at most")
    func scores() async throws {
        let scores = """
            <GetSpotPlacementScoresResponse><spotPlacementScoreSet>
            <item><region>us-east-1</region><availabilityZoneId>use1-az4</availabilityZoneId><score>3</score></item>
            <item><region>us-east-1</region><availabilityZoneId>use1-az9</availabilityZoneId><score>9</score></item>
            </spotPlacementScoreSet></GetSpotPlacementScoresResponse>
            """
        let zones = """
            <DescribeAvailabilityZonesResponse><availabilityZoneInfo><item><zoneName>us-east-1a</zoneName>
            <zoneId>use1-az4</zoneId></item></availabilityZoneInfo></DescribeAvailabilityZonesResponse>
            """
        let answers = ["GetSpotPlacementScores": scores, "DescribeAvailabilityZones": zones]
        let cloud = Self.cloud(answers) { $0.aws.placementScores = .init(minimum: 3) }
        let offering = Offering(instanceType: "p4d.24xlarge", zone: "us-east-1a", capacityType: .spot)
        #expect(await cloud.market().placementScores == [offering: 3])
        #expect(await cloud.market().placementScores == nil)
    }

    @Test("Neuron devices, their cores, EFA interfaces and the addresses for pods are read")
    func instanceType() throws {
        let item = try XMLElement.parse(
            Array(
                """
                <item><instanceType>trn1.32xlarge</instanceType><vCpuInfo><defaultVCpus>128</defaultVCpus></vCpuInfo>
                <memoryInfo><sizeInMiB>524288</sizeInMiB></memoryInfo>
                <networkInfo><maximumNetworkInterfaces>40</maximumNetworkInterfaces>
                <ipv4AddressesPerInterface>50</ipv4AddressesPerInterface><efaSupported>true</efaSupported>
                <efaInfo><maximumEfaInterfaces>8</maximumEfaInterfaces></efaInfo></networkInfo>
                <neuronInfo><neuronDevices><item><count>16</count><name>Trainium</name>
                <coreInfo><count>2</count><version>2</version></coreInfo>
                <memoryInfo><sizeInMiB>32768</sizeInMiB></memoryInfo></item></neuronDevices></neuronInfo></item>
                """.utf8
            )
        )
        let described = try EC2InstanceType(item)
        #expect(described.addressablePods == 40 * 49 + 2)
        let type = InstanceType(described)
        #expect(type.accelerator == "Trainium")
        #expect(type.allocatable[Resources.neuron] == Quantity(16))
        #expect(type.allocatable[Resources.neuronCore] == Quantity(32))
        #expect(type.allocatable.accelerators == 16)
        #expect(type.acceleratorMemoryMiB == 32_768)
        #expect(type.efaInterfaces == 8)
        #expect(type.vCPUs == 128)
        // Of both limits the fewer pods, and the larger reserve.
        #expect(type.allocatable[Resources.pods] == Quantity(250))
        let mebibytes: Int64 = 524_288 * 925 / 1000 - 255 - 11 * 1962 - 100
        #expect(type.allocatable[Resources.memory] == Quantity(mebibytes * 1_048_576))
    }

    @Test("only pools whose machines have EFA interfaces offer them")
    func efa() {
        let type = InstanceType(name: "p4d.24xlarge", allocatable: Resources(), accelerator: "A100", efaInterfaces: 4)
        let catalogue = Catalogue(instanceTypes: [type.name: type])
        let template = Pool.ShapeTemplate(name: "a100", instanceTypes: [type.name])
        var pool = Pool(name: "gpu", shapes: [template])
        #expect(catalogue.shape(template, of: pool)?.allocatable[Resources.efa] == .zero)
        pool.node.usesEFA = true
        #expect(catalogue.shape(template, of: pool)?.allocatable[Resources.efa] == Quantity(4))
    }

    @Test("an on-demand price is the only one that the filters leave; several are an error")
    func onDemandPrice() async throws {
        func product(_ price: String) -> String {
            let document = """
                {"product": {"attributes": {"instanceType": "g4dn.metal"}}, "terms": {"OnDemand": {"S.J": {
                "priceDimensions": {"S.J.6": {"unit": "Hrs", "pricePerUnit": {"USD": "\(price)"}}}}}}}
                """
            return String(decoding: (try? JSONEncoder().encode(document)) ?? Data(), as: UTF8.self)
        }
        func client(_ answer: @escaping @Sendable (String) -> [String]) -> PricingClient {
            PricingClient(
                AWSClient(
                    configuration: AWSConfiguration(region: "us-east-1"),
                    credentials: StaticCredentials(Credentials(accessKeyID: "A", secretAccessKey: Secret("s"))),
                    retry: RetryPolicy(maximumAttempts: 1),
                    transport: { request, _ throws(HTTPError) in
                        let list = answer(String(decoding: request.body, as: UTF8.self))
                        return HTTPResponse(
                            status: 200,
                            body: Array(#"{"PriceList": [\#(list.joined(separator: ", "))]}"#.utf8)
                        )
                    }
                )
            )
        }
        let one = [product("7.824"), product("0.0")]
        // Bare metal has no shared price: the dedicated one is asked for next.
        let dedicated = client { body in
            #expect(body.contains(#""Field":"marketoption","Type":"TERM_MATCH","Value":"OnDemand""#))
            return body.contains("Dedicated") ? one : []
        }
        #expect(try await dedicated.onDemandPrice("g4dn.metal") == Decimal(string: "7.824"))
        let two = [product("7.824"), product("7.9")]
        await #expect(throws: AWSError.self) { try await client { _ in two }.onDemandPrice("g4dn.metal") }
        #expect(try await client { _ in [] }.onDemandPrice("g4dn.metal") == nil)
    }

    @Test("the Spot Instance Advisor's classes are read by region; anything else is refused with its address")
    func advisor() throws {
        let document = """
            {"ranges": [{"index": 0, "label": "<5%", "dots": 0, "max": 5}, {"index": 2, "label": "10-15%", "dots": 2,
            "max": 16}], "instance_types": {}, "spot_advisor": {"us-east-1": {"Linux": {"g5.xlarge": {"s": 60, "r": 2}},
            "Windows": {"g5.xlarge": {"s": 60, "r": 0}}}}}
            """
        let advisor = try SpotAdvisor(document: Array(document.utf8), region: "us-east-1")
        #expect(advisor.monthlyInterruptions == ["g5.xlarge": "10-15%"])
        #expect(try SpotAdvisor(document: Array(document.utf8), region: "eu-west-1").monthlyInterruptions.isEmpty)
        let failure = #expect(throws: SpotAdvisor.Failure.self) {
            try SpotAdvisor(document: Array("<html>".utf8), region: "us-east-1")
        }
        #expect(failure?.description.hasPrefix("\(SpotAdvisor.address): not the Spot Instance Advisor's data") == true)
    }
}
