import Foundation
import Model
import Testing

@testable import AWS

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

    @Test("the end of a capacity reservation is an interruption at the time that it names, or two minutes on")
    func capacityReservation() throws {
        let type = "EC2 Capacity Reservation Instance Interruption Warning"
        let named = try InterruptionMessage(
            body: envelope(
                type,
                """
                {"instance-id": "i-1", "instance-action": "terminate", "availability-zone-id": "use1-az1",
                 "instance-termination-time": "2026-01-02T03:14:05Z", "instance-lifecycle": "capacity-block"}
                """
            )
        )
        let end = try #require(Timestamp(rfc3339: "2026-01-02T03:14:05Z"))
        let interruption = Notice(id: "e-1", kind: .interruption, instance: InstanceID("i-1"), at: end - .seconds(120))
        #expect(named.notices == [interruption])
        let silent = try InterruptionMessage(body: envelope(type, #"{"instance-id": "i-1"}"#))
        #expect(silent.notices.map(\.at) == [Timestamp(rfc3339: "2026-01-02T03:04:05Z")])
    }

    @Test("what SNS wraps is read like what comes raw; its own messages are unknown")
    func topic() throws {
        let event = envelope("EC2 Instance Rebalance Recommendation", #"{"instance-id": "i-2"}"#)
        func wrapped(_ type: String, _ message: String) throws -> String {
            let fields = [
                "Type": type, "MessageId": "m-1", "TopicArn": "arn:aws:sns:us-east-1:1:t", "Message": message,
            ]
            return String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
        }
        #expect(
            try InterruptionMessage(body: wrapped("Notification", event)) == InterruptionMessage(body: event)
        )
        #expect(
            try InterruptionMessage(body: wrapped("SubscriptionConfirmation", "visit")).kind
                == .unknown("SNS SubscriptionConfirmation")
        )
        for message in ["hello", try wrapped("Notification", event)] {
            let twice = try wrapped("Notification", message)
            #expect(throws: InterruptionMessageError.notAnEvent) { try InterruptionMessage(body: twice) }
        }
    }

    @Test("of planned maintenance the core learns begin, end and what happens, not for what is resolved already")
    func maintenance() throws {
        let detail = """
            {"eventArn": "arn:h", "service": "EC2", "eventTypeCode": "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED",
             "eventTypeCategory": "scheduledChange", "startTime": "Sat, 05 Dec 2026 15:10:09 GMT",
             "endTime": "Sat, 05 Dec 2026 17:10:09 GMT", "affectedEntities": [{"entityValue": "i-1"},
             {"entityValue": "i-2", "status": "RESOLVED"},
             {"entityValue": "arn:aws:ec2:us-east-1:1:instance/i-3", "status": "PENDING"}]}
            """
        let notices = try InterruptionMessage(body: envelope("AWS Health Event", detail)).notices
        #expect(notices.map(\.instance.value) == ["i-1", "i-3"])
        let expected = Maintenance(
            id: "arn:h",
            code: "instance-retirement",
            notBefore: try #require(Timestamp(rfc3339: "2026-12-05T15:10:09Z")),
            notAfter: Timestamp(rfc3339: "2026-12-05T17:10:09Z")
        )
        #expect(notices.first?.kind == .maintenance(expected))
        #expect(expected.endsInstance)
        for (code, word) in [
            ("AWS_EC2_INSTANCE_STOP_SCHEDULED", "instance-stop"),
            ("AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED", "instance-reboot"),
            ("AWS_EC2_SYSTEM_REBOOT_MAINTENANCE_SCHEDULED", "system-reboot"),
            ("AWS_EC2_INSTANCE_NETWORK_MAINTENANCE_SCHEDULED", "system-maintenance"),
            ("AWS_EC2_SOMETHING_ELSE_SCHEDULED", "AWS_EC2_SOMETHING_ELSE_SCHEDULED"),
        ] {
            let other = detail.replacing("AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED", with: code)
            let message = try InterruptionMessage(body: envelope("AWS Health Event", other))
            guard case .maintenance(let maintenance) = message.notices.first?.kind else {
                Issue.record("\(code) is no maintenance")
                continue
            }
            #expect(maintenance.code == word)
        }
    }

    @Test("a request's fulfilment is known and ignored")
    func ignored() throws {
        let type = "EC2 Spot Instance Request Fulfillment"
        let message = try InterruptionMessage(body: envelope(type, #"{"instance-id": "i-1"}"#))
        #expect(message.kind == .ignored(type))
        #expect(message.notices.isEmpty)
    }

    @Test("maintenance that AWS Health plans is read with every instance and its begin")
    func scheduledChange() throws {
        let body = #"""
            {"version":"0","id":"h-1","detail-type":"AWS Health Event","source":"aws.health","account":"123456789012",
            "time":"2026-11-20T06:27:57Z","region":"us-east-1","resources":["i-1","i-2"],"detail":{
            "eventArn":"arn:aws:health:us-east-1::event/EC2/r/1","service":"EC2",
            "eventTypeCode":"AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED","eventTypeCategory":"scheduledChange",
            "startTime":"Sat, 05 Dec 2026 15:10:09 GMT","statusCode":"upcoming",
            "affectedEntities":[{"entityValue":"i-1"},{"entityValue":"i-2","tags":{}}]}}
            """#
        let start = try #require(Timestamp(rfc3339: "2026-12-05T15:10:09Z"))
        #expect(
            try InterruptionMessage(body: body).kind
                == .scheduledChange(
                    instanceIDs: ["i-1", "i-2"],
                    .init(
                        id: "arn:aws:health:us-east-1::event/EC2/r/1",
                        code: "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED",
                        startMilliseconds: start.milliseconds
                    )
                )
        )
        #expect(HTTPDate.text(start) == "Sat, 05 Dec 2026 15:10:09 GMT")
        for (old, new) in [
            ("scheduledChange", "issue"), ("\"EC2\"", "\"RDS\""), ("upcoming", "closed"), ("GMT", "CET"),
            ("\"i-", "\"vol-"),
        ] {
            let other = try InterruptionMessage(body: body.replacing(old, with: new))
            #expect(other.kind == .ignored("AWS Health Event"), "\(new)")
        }
    }
}
