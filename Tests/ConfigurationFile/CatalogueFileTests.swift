import ConfigurationFile
import Model
import Testing

@Suite("Files of what can be bought")
struct CatalogueFileTests {
    private static let good = """
        shapes:
          - name: g5
            instanceTypes: [g5.xlarge]
            allocatable: {cpu: 3800m, memory: 14Gi, nvidia.com/gpu: "1"}
            labels: {gleaner.dev/accelerator: RTX PRO Server 6000}
            taints: [{key: nvidia.com/gpu, value: present, effect: NoSchedule}]
        offerings:
          - {instanceType: g5.xlarge, zone: zone-1, capacityType: spot, pricePerHour: 0.4012}
          - {instanceType: g5.xlarge, zone: zone-1, capacityType: on-demand, pricePerHour: "1.0060", available: false}
          - {instanceType: g5.xlarge, zone: b, capacityType: spot, pricePerHour: "1", closedUntil: 2026-11-21T14:05:00Z}
        """

    @Test("shapes and offerings are read to the last digit")
    func reads() throws {
        let market = try CatalogueFile.parse(text: Self.good, file: "c.yaml")
        let shape = try #require(market.shapes.first)
        #expect(shape.allocatable["cpu"] == Quantity(thousandths: 3800))
        #expect(shape.accelerator == "RTX PRO Server 6000")
        #expect(shape.taints == [Taint(key: "nvidia.com/gpu", value: "present", effect: .noSchedule)])
        #expect(market.offers.map(\.pricePerHour.description) == ["0.4012", "1.006", "1"])
        let now = try #require(Timestamp(rfc3339: "2026-11-21T12:00:00Z"))
        #expect(
            market.offers.map { $0.closure(at: now) }
                == [nil, "no capacity", "no capacity until 2026-11-21T14:05:00Z"]
        )
        #expect(market.offers.map { $0.closure(at: now + .seconds(86_400)) } == [nil, "no capacity", nil])
        #expect(try CatalogueFile.parse(text: #"{"shapes": [], "offerings": []}"#, file: "c") == Market())
    }

    @Test(
        "every mistake is told with its place and what was meant",
        arguments: [
            ("name: g5", "nmae: g5", #"c:2:5: shapes[0].nmae: is not a known key; did you mean "name"?"#),
            ("[g5.xlarge]", "[]", "shapes[0].instanceTypes: must list at least one instance type"),
            ("cpu: 3800m", "cpu: lots", #"shapes[0].allocatable.cpu: "lots" is not a quantity"#),
            ("cpu: 3800m", "cpu: -1", "shapes[0].allocatable.cpu: must not be negative"),
            ("NoSchedule", "Never", #""Never" is not one of NoSchedule, PreferNoSchedule, NoExecute"#),
            (
                "instanceType: g5.xlarge, zone: b", "instanceType: g5.xlarg, zone: b",
                #"c:10:20: offerings[2].instanceType: no shape has the instance type "g5.xlarg"; did you mean "g5.xlarge"?"#
            ),
            ("zone: b", "zone: zone-1", "offerings[2]: there are two offerings g5.xlarge zone-1 spot"),
            ("capacityType: spot", "capacityType: spto", #""spto" is not one of spot, on-demand, reserved"#),
            ("pricePerHour: 0.4012", "pricePerHour: $0.4012", #"did you mean "0.4012"?"#),
            ("pricePerHour: 0.4012", "pricePerHour: -1", "offerings[0].pricePerHour: must not be negative"),
            ("available: false", "available: no", #""no" is not true or false"#),
            ("2026-11-21T14:05:00Z", "14:05", #""14:05" is not a time such as 2026-11-21T06:00:00Z"#),
            ("offerings:", "offering:", #"c:7:1: offering: is not a known key; did you mean "offerings"?"#),
            ("shapes:", "shapes: 3 #", "c:"),
        ]
    )
    func mistakes(good: String, bad: String, message: String) throws {
        let text = Self.good.replacing(good, with: bad, maxReplacements: 1)
        let error = try #require(throws: ConfigurationError.self) { try CatalogueFile.parse(text: text, file: "c") }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test("two shapes may neither share a name nor an instance type; an empty file is none")
    func twice() throws {
        let shape = "{name: a, instanceTypes: [x], allocatable: {}}"
        for (text, message) in [
            ("shapes: [\(shape), \(shape)]\nofferings: []", "there are two shapes \"a\""),
            ("shapes: [\(shape), \(shape)]\nofferings: []", "\"x\" is in shape \"a\" already"),
            ("", "is empty; write shapes and offerings"),
            ("a: 1\n---\nb: 1", "is a second document; keep one"),
        ] {
            let error = try #require(throws: ConfigurationError.self) { try CatalogueFile.parse(text: text, file: "c") }
            #expect(error.description.contains(message), "\(error)")
        }
    }
}
