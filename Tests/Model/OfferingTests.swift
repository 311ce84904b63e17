import Model
import Testing

@Suite("Offering")
struct OfferingTests {
    @Test(
        "a zone's name tells its region",
        arguments: [
            ("us-east-1a", "us-east-1"), ("us-gov-west-1b", "us-gov-west-1"), ("us-west-2-lax-1a", "us-west-2"),
            ("us-east-1-wl1-bos-wlz-1", "us-east-1"), ("zone-1", nil), ("", nil),
        ] as [(String, String?)]
    )
    func region(zone: String, region: String?) {
        #expect(Offering(instanceType: "p4d.24xlarge", zone: zone, capacityType: .spot).region == region)
    }

    @Test("a new node carries its region beside its zone")
    func labels() {
        let shape = Shape(name: "s", instanceTypes: ["p4d.24xlarge"], allocatable: Resources())
        let offering = Offering(instanceType: "p4d.24xlarge", zone: "us-east-1a", capacityType: .spot)
        let labels = shape.nodeLabels(pool: "p", offering: offering)
        #expect(labels[Label.region] == "us-east-1" && labels[Label.zone] == "us-east-1a")
    }
}
