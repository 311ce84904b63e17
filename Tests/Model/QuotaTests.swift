import Model
import Testing

@Suite("Quotas")
struct QuotaTests {
    @Test(
        "instance types count against the quota of their family",
        arguments: [
            ("g5.xlarge", Quota.Family.graphics), ("gr6.4xlarge", .graphics), ("vt1.3xlarge", .graphics),
            ("p4d.24xlarge", .p), ("p5en.48xlarge", .p), ("inf2.xlarge", .inferentia), ("trn1n.32xlarge", .trainium),
            ("dl1.24xlarge", .gaudi), ("f1.2xlarge", .fpga), ("x2idn.16xlarge", .x), ("u-6tb1.metal", .highMemory),
            ("hpc7a.12xlarge", .hpc), ("m7i.large", .standard), ("d3.xlarge", .standard), ("im4gn.large", .standard),
        ] as [(String, Quota.Family)]
    )
    func families(type: String, family: Quota.Family) {
        let spot = Offering(instanceType: type, zone: "us-east-1a", capacityType: .spot)
        let onDemand = Offering(instanceType: type, zone: "us-east-1b", capacityType: .onDemand)
        #expect(spot.quota == Quota(family: family, isSpot: true))
        #expect(onDemand.quota == Quota(family: family, isSpot: false))
    }

    @Test("reserved capacity and types of no family count against none")
    func none() {
        #expect(Offering(instanceType: "p5.48xlarge", zone: "us-east-1a", capacityType: .reserved).quota == nil)
        #expect(Offering(instanceType: "quantum.large", zone: "us-east-1a", capacityType: .spot).quota == nil)
    }

    @Test("a quota has the name that Service Quotas gives it")
    func names() {
        #expect(Quota(family: .graphics, isSpot: false).name == "Running On-Demand G and VT instances")
        #expect(Quota(family: .trainium, isSpot: true).name == "All Trn Spot Instance Requests")
    }
}
