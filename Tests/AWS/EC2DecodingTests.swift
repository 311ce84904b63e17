import Testing

@testable import AWS

@Suite("EC2 answers")
struct EC2DecodingTests {
    @Test("instances carry state, reasons, times, lifecycle, place and tags")
    func instances() throws {
        let root = try XMLElement.parse(Array(Answers.instances.utf8))
        let items = root.items("reservationSet").flatMap { $0.items("instancesSet") }
        let instances = try items.map { try EC2Instance($0) }
        let first = try #require(instances.first)
        #expect(first.id == "i-1")
        #expect(first.state == "terminated")
        #expect(first.stateReasonCode == "Server.SpotInstanceTermination")
        #expect(first.stateTransitionMilliseconds == AWSTime.parse("2026-01-02T03:04:05Z"))
        #expect(first.launchMilliseconds == AWSTime.parse("2026-01-02T01:00:00Z"))
        #expect(first.isSpot)
        #expect(first.zone == "us-east-1a")
        #expect(first.privateDNSName == "ip-10-0-0-5.ec2.internal")
        #expect(first.privateAddress == "10.0.0.5")
        #expect(first.clientToken == "claim-1")
        #expect(first.tags == ["gleaner.dev/claim": "c&1", "Name": ""])
        let second = try #require(instances.last)
        #expect(!second.isSpot)
        #expect(second.stateReasonCode == nil)
        #expect(second.stateTransitionMilliseconds == nil)
    }

    @Test("a fleet tells what it launched and what it could not, by kind")
    func fleet() throws {
        let result = try EC2FleetResult(try XMLElement.parse(Array(Answers.fleet.utf8)))
        #expect(result.fleetID == "fleet-1")
        #expect(result.requestID == "r-1")
        let launch = try #require(result.launches.first)
        #expect(launch.instanceIDs == ["i-1", "i-2"])
        #expect(launch.instanceType == "g5.xlarge")
        #expect(launch.capacityType == .spot)
        #expect(launch.subnetID == "subnet-1")
        let failure = try #require(result.failures.first)
        #expect(failure.kind == .noCapacity)
        #expect(failure.instanceType == "g5.2xlarge")
        #expect(failure.zone == "us-east-1b")
    }

    @Test("an instance type tells its processors, memory, GPUs and usage classes")
    func instanceType() throws {
        let text = """
            <item><instanceType>g5.12xlarge</instanceType><currentGeneration>true</currentGeneration>
            <supportedUsageClasses><item>on-demand</item><item>spot</item></supportedUsageClasses>
            <processorInfo><supportedArchitectures><item>x86_64</item></supportedArchitectures></processorInfo>
            <vCpuInfo><defaultVCpus>48</defaultVCpus></vCpuInfo><memoryInfo><sizeInMiB>196608</sizeInMiB></memoryInfo>
            <instanceStorageInfo><totalSizeInGB>3800</totalSizeInGB></instanceStorageInfo>
            <gpuInfo><gpus><item><name>A10G</name><manufacturer>NVIDIA</manufacturer><count>4</count>
            <memoryInfo><sizeInMiB>24576</sizeInMiB></memoryInfo></item></gpus></gpuInfo>
            <networkInfo><efaSupported>false</efaSupported></networkInfo></item>
            """
        let type = try EC2InstanceType(try XMLElement.parse(Array(text.utf8)))
        #expect(type.name == "g5.12xlarge")
        #expect(type.virtualCPUs == 48)
        #expect(type.memoryMiB == 196_608)
        #expect(type.architectures == ["x86_64"])
        #expect(type.accelerators == [.init(manufacturer: "NVIDIA", name: "A10G", count: 4, memoryMiB: 24_576)])
        #expect(type.usageClasses == ["on-demand", "spot"])
        #expect(type.localStorageGB == 3800)
        #expect(type.isCurrentGeneration)
        #expect(type.efaInterfaces == 0)
    }
}
