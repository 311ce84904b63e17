import Testing

@testable import AWS

@Suite("EC2 requests")
struct EC2RequestTests {
    private func lines(_ parameters: QueryParameters) -> [String] {
        parameters.pairs.map { "\($0.name)=\($0.value)" }
    }

    private func order(_ capacityType: EC2FleetRequest.CapacityType) -> EC2FleetRequest {
        EC2FleetRequest(
            clientToken: "attempt-1",
            launchTemplateName: "gleaner-gpu",
            overrides: [
                .init(instanceType: "g5.xlarge", subnetID: "subnet-1", maximumPrice: "1.006"),
                .init(instanceType: "g5.2xlarge", zone: "us-east-1b", priority: 2),
            ],
            capacityType: capacityType,
            count: 4,
            allocationStrategy: "lowest-price",
            minimumCount: 4,
            singleInstanceType: true,
            singleZone: true,
            tags: ["volume": ["b": "2"], "instance": ["b": "2", "a": "1"]]
        )
    }

    // The names are those that botocore's serializer writes for the same order.
    @Test("a spot fleet is these parameters and no others")
    func spotFleet() {
        #expect(
            lines(QueryParameters(order(.spot))) == [
                "Action=CreateFleet",
                "Version=2016-11-15",
                "Type=instant",
                "ClientToken=attempt-1",
                "LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateName=gleaner-gpu",
                "LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version=$Latest",
                "LaunchTemplateConfigs.1.Overrides.1.InstanceType=g5.xlarge",
                "LaunchTemplateConfigs.1.Overrides.1.SubnetId=subnet-1",
                "LaunchTemplateConfigs.1.Overrides.1.MaxPrice=1.006",
                "LaunchTemplateConfigs.1.Overrides.2.InstanceType=g5.2xlarge",
                "LaunchTemplateConfigs.1.Overrides.2.AvailabilityZone=us-east-1b",
                "LaunchTemplateConfigs.1.Overrides.2.Priority=2",
                "TargetCapacitySpecification.TotalTargetCapacity=4",
                "TargetCapacitySpecification.SpotTargetCapacity=4",
                "TargetCapacitySpecification.OnDemandTargetCapacity=0",
                "TargetCapacitySpecification.DefaultTargetCapacityType=spot",
                "SpotOptions.AllocationStrategy=lowest-price",
                "SpotOptions.MinTargetCapacity=4",
                "SpotOptions.SingleInstanceType=true",
                "SpotOptions.SingleAvailabilityZone=true",
                "TagSpecification.1.ResourceType=instance",
                "TagSpecification.1.Tag.1.Key=a",
                "TagSpecification.1.Tag.1.Value=1",
                "TagSpecification.1.Tag.2.Key=b",
                "TagSpecification.1.Tag.2.Value=2",
                "TagSpecification.2.ResourceType=volume",
                "TagSpecification.2.Tag.1.Key=b",
                "TagSpecification.2.Tag.1.Value=2",
            ]
        )
    }

    @Test("an on-demand fleet has its options under their own name")
    func onDemandFleet() {
        let parameters = lines(QueryParameters(order(.onDemand)))
        #expect(parameters.contains("TargetCapacitySpecification.OnDemandTargetCapacity=4"))
        #expect(parameters.contains("TargetCapacitySpecification.DefaultTargetCapacityType=on-demand"))
        #expect(parameters.contains("OnDemandOptions.MinTargetCapacity=4"))
        #expect(!parameters.contains { $0.hasPrefix("SpotOptions") })
    }

    @Test("a launch template carries its user data encoded, and shows none of it")
    func launchTemplate() {
        let data = EC2LaunchTemplateData(
            imageID: "ami-1",
            userData: Secret("join-token"),
            instanceProfileName: "node",
            securityGroupIDs: ["sg-1"],
            rootVolume: EC2Volume(deviceName: "/dev/xvda", sizeGiB: 100),
            tags: ["instance": ["a": "1"]]
        )
        let parameters = QueryParameters(creating: "gleaner", data, tags: ["c": "x"], clientToken: "t")
        #expect(
            lines(parameters) == [
                "Action=CreateLaunchTemplate",
                "Version=2016-11-15",
                "ClientToken=t",
                "LaunchTemplateName=gleaner",
                "LaunchTemplateData.ImageId=ami-1",
                "LaunchTemplateData.UserData=am9pbi10b2tlbg==",
                "LaunchTemplateData.SecurityGroupId.1=sg-1",
                "LaunchTemplateData.IamInstanceProfile.Name=node",
                "LaunchTemplateData.MetadataOptions.HttpTokens=required",
                "LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit=1",
                "LaunchTemplateData.BlockDeviceMapping.1.DeviceName=/dev/xvda",
                "LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize=100",
                "LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeType=gp3",
                "LaunchTemplateData.BlockDeviceMapping.1.Ebs.Encrypted=true",
                "LaunchTemplateData.BlockDeviceMapping.1.Ebs.DeleteOnTermination=true",
                "LaunchTemplateData.CapacityReservationSpecification.CapacityReservationPreference=none",
                "LaunchTemplateData.TagSpecification.1.ResourceType=instance",
                "LaunchTemplateData.TagSpecification.1.Tag.1.Key=a",
                "LaunchTemplateData.TagSpecification.1.Tag.1.Value=1",
                "TagSpecification.1.ResourceType=launch-template",
                "TagSpecification.1.Tag.1.Key=c",
                "TagSpecification.1.Tag.1.Value=x",
            ]
        )
        #expect(!"\(data)".contains("join-token"))
    }

    @Test("a template for a gang has its interfaces, volume, placement group and reservation")
    func gangTemplate() {
        let data = EC2LaunchTemplateData(
            imageID: "ami-1",
            securityGroupIDs: ["sg-1", "sg-2"],
            rootVolume: EC2Volume(deviceName: "/dev/xvdb", sizeGiB: 500, iops: 6000, throughput: 500),
            efaInterfaces: 2,
            placementGroup: "together",
            reservation: .init(id: "cr-1", isCapacityBlock: true)
        )
        // The names are those that botocore's serializer writes for the same template.
        #expect(
            lines(QueryParameters(creating: "gleaner", data, tags: [:], clientToken: "t")).dropFirst(5) == [
                "LaunchTemplateData.NetworkInterface.1.DeviceIndex=0",
                "LaunchTemplateData.NetworkInterface.1.NetworkCardIndex=0",
                "LaunchTemplateData.NetworkInterface.1.InterfaceType=efa",
                "LaunchTemplateData.NetworkInterface.1.DeleteOnTermination=true",
                "LaunchTemplateData.NetworkInterface.1.SecurityGroupId.1=sg-1",
                "LaunchTemplateData.NetworkInterface.1.SecurityGroupId.2=sg-2",
                "LaunchTemplateData.NetworkInterface.2.DeviceIndex=1",
                "LaunchTemplateData.NetworkInterface.2.NetworkCardIndex=1",
                "LaunchTemplateData.NetworkInterface.2.InterfaceType=efa",
                "LaunchTemplateData.NetworkInterface.2.DeleteOnTermination=true",
                "LaunchTemplateData.NetworkInterface.2.SecurityGroupId.1=sg-1",
                "LaunchTemplateData.NetworkInterface.2.SecurityGroupId.2=sg-2",
                "LaunchTemplateData.MetadataOptions.HttpTokens=required",
                "LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit=1",
                "LaunchTemplateData.BlockDeviceMapping.1.DeviceName=/dev/xvdb",
                "LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize=500",
                "LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeType=gp3",
                "LaunchTemplateData.BlockDeviceMapping.1.Ebs.Iops=6000",
                "LaunchTemplateData.BlockDeviceMapping.1.Ebs.Throughput=500",
                "LaunchTemplateData.BlockDeviceMapping.1.Ebs.Encrypted=true",
                "LaunchTemplateData.BlockDeviceMapping.1.Ebs.DeleteOnTermination=true",
                "LaunchTemplateData.Placement.GroupName=together",
                "LaunchTemplateData.CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId=cr-1",
                "LaunchTemplateData.InstanceMarketOptions.MarketType=capacity-block",
            ]
        )
    }

    @Test("an order in a capacity block is neither spot nor on-demand")
    func capacityBlock() {
        let parameters = lines(QueryParameters(order(.capacityBlock)))
        #expect(parameters.contains("TargetCapacitySpecification.DefaultTargetCapacityType=capacity-block"))
        #expect(!parameters.contains { $0.contains("SpotTargetCapacity") || $0.contains("AllocationStrategy") })
    }

    @Test("a form encodes what is not unreserved")
    func form() {
        var parameters = QueryParameters(action: "X")
        parameters.addFilters([EC2Filter("tag:a b", ["é*", "~"])])
        #expect(
            String(decoding: parameters.form, as: UTF8.self)
                == "Action=X&Version=2016-11-15&Filter.1.Name=tag%3Aa%20b&Filter.1.Value.1=%C3%A9%2A&Filter.1.Value.2=~"
        )
    }
}
