import Model
import Testing

@testable import AWS

@Suite("Instance statuses and quotas of EC2")
struct UpkeepDecodingTests {
    private static let statuses = """
        <DescribeInstanceStatusResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>
        <instanceStatusSet>
          <item><instanceId>i-1</instanceId><availabilityZone>us-east-1a</availabilityZone>
            <eventsSet>
              <item><instanceEventId>instance-event-1</instanceEventId><code>instance-retirement</code>
                <description>The instance is running on degraded hardware</description>
                <notBefore>2026-09-01T00:00:00.000Z</notBefore></item>
              <item><instanceEventId>instance-event-0</instanceEventId><code>system-reboot</code>
                <description>[Completed] scheduled reboot</description>
                <notBefore>2026-08-01T00:00:00.000Z</notBefore><notAfter>2026-08-01T02:00:00.000Z</notAfter></item>
            </eventsSet>
            <instanceState><code>16</code><name>running</name></instanceState>
            <systemStatus><status>impaired</status><details><item><name>reachability</name><status>failed</status>
              <impairedSince>2026-08-03T08:00:00.000Z</impairedSince></item></details></systemStatus>
            <instanceStatus><status>impaired</status><details><item><name>reachability</name><status>failed</status>
              <impairedSince>2026-08-03T07:59:00.000Z</impairedSince></item></details></instanceStatus>
            <attachedEbsStatus><status>ok</status></attachedEbsStatus></item>
          <item><instanceId>i-2</instanceId>
            <systemStatus><status>ok</status></systemStatus>
            <instanceStatus><status>initializing</status></instanceStatus></item>
          <item><instanceId>i-3</instanceId>
            <systemStatus><status>insufficient-data</status></systemStatus>
            <attachedEbsStatus><status>impaired</status></attachedEbsStatus></item>
        </instanceStatusSet></DescribeInstanceStatusResponse>
        """

    @Test("failed checks, since when, and scheduled events are read; what is not known yet is no failure")
    func decodes() throws {
        let root = try XMLElement.parse(Array(Self.statuses.utf8))
        let all = try root.items("instanceStatusSet").map { try EC2InstanceStatus($0) }
        #expect(all.map(\.impairments) == [["instance", "system"], [], ["attached-ebs"]])
        #expect(all[0].impairedSinceMilliseconds == AWSTime.parse("2026-08-03T07:59:00Z"))
        #expect(all[2].impairedSinceMilliseconds == nil)
        #expect(all[0].events.map(\.id) == ["instance-event-1", "instance-event-0"])
        #expect(all[0].events.map(\.isOver) == [false, true])
        #expect(all[0].events[0].notBeforeMilliseconds == AWSTime.parse("2026-09-01T00:00:00Z"))
    }

    @Test("an instance tells how many processors it counts for, and whether it is in a capacity block")
    func processors() throws {
        func instance(_ more: String) throws -> EC2Instance {
            let text = """
                <item><instanceId>i-1</instanceId><instanceState><name>running</name></instanceState>
                <instanceType>p5.48xlarge</instanceType><launchTime>2026-01-02T01:00:00Z</launchTime>
                <placement><availabilityZone>us-east-1a</availabilityZone></placement>\(more)</item>
                """
            return try EC2Instance(try XMLElement.parse(Array(text.utf8)))
        }
        let options = "<cpuOptions><coreCount>96</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions>"
        #expect(try instance(options).virtualCPUs == 192)
        #expect(try instance("").virtualCPUs == nil)
        #expect(try instance("<instanceLifecycle>capacity-block</instanceLifecycle>").isInCapacityBlock)
    }

    @Test("every quota that instance types can count against has a code, except where AWS has none")
    func codes() {
        var codes: Set<String> = []
        for family in Quota.Family.allCases {
            for isSpot in [false, true] {
                let own = Quota(family: family, isSpot: isSpot).codes
                if !isSpot || (family != .highMemory && family != .hpc) { #expect(!own.isEmpty) }
                #expect(codes.isDisjoint(with: own))
                codes.formUnion(own)
            }
        }
    }
}
