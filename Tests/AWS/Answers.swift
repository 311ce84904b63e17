/// Answers in the form that EC2's API reference shows.
enum Answers {
    static let instances = """
        <?xml version="1.0" encoding="UTF-8"?>
        <DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
          <requestId>8f7724cf-496f-496e-8fe3-example</requestId>
          <reservationSet><item><reservationId>r-1</reservationId><instancesSet>
            <item><instanceId>i-1</instanceId><imageId>ami-1</imageId>
              <instanceState><code>48</code><name>terminated</name></instanceState>
              <privateDnsName>ip-10-0-0-5.ec2.internal</privateDnsName>
              <reason>User initiated (2026-01-02 03:04:05 GMT)</reason>
              <instanceType>g5.xlarge</instanceType><launchTime>2026-01-02T01:00:00.000Z</launchTime>
              <placement><availabilityZone>us-east-1a</availabilityZone></placement>
              <subnetId>subnet-1</subnetId><privateIpAddress>10.0.0.5</privateIpAddress>
              <stateReason><code>Server.SpotInstanceTermination</code><message>gone</message></stateReason>
              <instanceLifecycle>spot</instanceLifecycle><clientToken>claim-1</clientToken>
              <tagSet><item><key>gleaner.dev/claim</key><value>c&amp;1</value></item><item><key>Name</key><value/></item>
              </tagSet></item>
            <item><instanceId>i-2</instanceId>
              <instanceState><code>16</code><name>running</name></instanceState><reason/>
              <instanceType>g5.xlarge</instanceType><launchTime>2026-01-02T01:00:00Z</launchTime>
              <placement><availabilityZone>us-east-1b</availabilityZone></placement></item>
          </instancesSet></item></reservationSet>
        </DescribeInstancesResponse>
        """

    static let fleet = """
        <CreateFleetResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
          <requestId>r-1</requestId><fleetId>fleet-1</fleetId>
          <errorSet><item><errorCode>InsufficientInstanceCapacity</errorCode><errorMessage>none left</errorMessage>
            <launchTemplateAndOverrides><overrides><instanceType>g5.2xlarge</instanceType>
              <availabilityZone>us-east-1b</availabilityZone></overrides></launchTemplateAndOverrides>
            <lifecycle>spot</lifecycle></item></errorSet>
          <fleetInstanceSet><item>
            <launchTemplateAndOverrides><overrides><instanceType>g5.xlarge</instanceType>
              <subnetId>subnet-1</subnetId></overrides></launchTemplateAndOverrides>
            <lifecycle>spot</lifecycle><instanceIds><item>i-1</item><item>i-2</item></instanceIds>
            <instanceType>g5.xlarge</instanceType></item></fleetInstanceSet>
        </CreateFleetResponse>
        """

    static let error = """
        <?xml version="1.0" encoding="UTF-8"?>
        <Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error>
        </Errors><RequestID>ea966190-f9aa-478e-9ede-example</RequestID></Response>
        """
}
