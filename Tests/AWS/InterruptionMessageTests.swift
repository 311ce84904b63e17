import AWS
import Model
import Testing

@Suite("Interruption messages")
struct InterruptionMessageTests {
    private func envelope(_ type: String, _ detail: String) -> String {
        """
        {"version": "0", "id": "e-1", "detail-type": "\(type)", "source": "aws.ec2", "account": "123456789012",
         "time": "2026-01-02T03:04:05Z", "region": "us-east-1",
         "resources": ["arn:aws:ec2:us-east-1a:instance/i-1"], "detail": \(detail)}
        """
    }

    @Test("the three kinds of notice are told apart, with id, time, account and region")
    func kinds() throws {
        let warning = try InterruptionMessage(
            body: envelope(
                "EC2 Spot Instance Interruption Warning",
                #"{"instance-id": "i-1", "instance-action": "terminate"}"#
            )
        )
        #expect(warning.kind == .spotInterruption(instanceID: "i-1", action: "terminate"))
        #expect(warning.id == "e-1")
        #expect(warning.milliseconds == AWSTime.parse("2026-01-02T03:04:05Z"))
        #expect(warning.account == "123456789012")
        #expect(warning.region == "us-east-1")
        let rebalance = envelope("EC2 Instance Rebalance Recommendation", #"{"instance-id": "i-2"}"#)
        #expect(try InterruptionMessage(body: rebalance).kind == .rebalanceRecommendation(instanceID: "i-2"))
        let change = envelope(
            "EC2 Instance State-change Notification",
            #"{"instance-id": "i-3", "state": "shutting-down"}"#
        )
        #expect(try InterruptionMessage(body: change).kind == .stateChange(instanceID: "i-3", state: "shutting-down"))
    }

    @Test("other events are unknown, whatever their detail")
    func unknown() throws {
        for detail in [#"{"state": 7}"#, "[1]", "null", #""text""#] {
            #expect(try InterruptionMessage(body: envelope("Other", detail)).kind == .unknown("Other"))
        }
    }

    @Test("what is no event, or lacks its instance, says so")
    func refused() {
        for body in ["", "{}", "[]", "hello", String(repeating: "[", count: 10_000)] {
            #expect(throws: InterruptionMessageError.notAnEvent) { try InterruptionMessage(body: body) }
        }
        #expect(throws: InterruptionMessageError.missing("detail.instance-id", eventID: "e-1")) {
            try InterruptionMessage(body: envelope("EC2 Instance Rebalance Recommendation", "{}"))
        }
        #expect(throws: InterruptionMessageError.tooLong(limitBytes: 262_144)) {
            try InterruptionMessage(body: String(repeating: " ", count: 262_145))
        }
    }

    @Test("random mutations end in a message or an error, never in a crash")
    func fuzz() {
        var generator = SplitMix(state: 7)
        let seed = Array(
            envelope(
                "EC2 Spot Instance Interruption Warning",
                #"{"instance-id": "i-1", "instance-action": "terminate"}"#
            ).utf8
        )
        for _ in 0..<5000 {
            var bytes = seed
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = try? InterruptionMessage(body: String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test("maintenance that AWS Health plans is read with every instance and its begin")
    func scheduledChange() throws {
        let body = #"""
            {"version":"0","id":"h-1","detail-type":"AWS Health Event","source":"aws.health","account":"123456789012",
            "time":"2026-11-20T06:27:57Z","region":"us-east-1","resources":["i-1","i-2"],"detail":{"service":"EC2",
            "eventTypeCode":"AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED","eventTypeCategory":"scheduledChange",
            "startTime":"Sat, 05 Dec 2026 15:10:09 GMT","statusCode":"upcoming",
            "affectedEntities":[{"entityValue":"i-1"},{"entityValue":"i-2","tags":{}}]}}
            """#
        let start = try #require(Timestamp(rfc3339: "2026-12-05T15:10:09Z"))
        #expect(
            try InterruptionMessage(body: body).kind
                == .scheduledChange(
                    instanceIDs: ["i-1", "i-2"],
                    code: "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED",
                    startMilliseconds: start.milliseconds
                )
        )
        #expect(HTTPDate.text(start) == "Sat, 05 Dec 2026 15:10:09 GMT")
        for (old, new) in [
            ("scheduledChange", "issue"), ("\"EC2\"", "\"RDS\""), ("upcoming", "closed"), ("GMT", "CET"),
            ("\"i-", "\"vol-"),
        ] {
            let other = try InterruptionMessage(body: body.replacing(old, with: new))
            #expect(other.kind == .unknown("AWS Health Event"), "\(new)")
        }
    }
}
