import Foundation
import Model
import Runtime
import Testing

@testable import Simulation

@Suite("The cloud's queue")
struct CloudQueueTests {
    private let start = CloudFixtures.start

    @Test("every state change and notice of an instance reaches the queue as EventBridge writes it")
    func envelopes() throws {
        let cloud = try CloudFixtures.cloud()
        let instance = try cloud.running("a")
        try cloud.interrupt(instance.id, at: cloud.now, rebalanceLead: .seconds(60))
        _ = cloud.advance(to: cloud.now + .seconds(600))
        let received = cloud.queue.receive(maximum: 100, visibilityTimeout: .seconds(30), now: cloud.now)
        #expect(
            received.map(\.event?.kind) == [
                .stateChange(.pending), .stateChange(.running), .rebalance, .interruption, .stateChange(.shuttingDown),
                .stateChange(.terminated),
            ]
        )
        let warning = try #require(received[3].event)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(warning.json.utf8)) as? [String: Any]
        )
        #expect(object["detail-type"] as? String == "EC2 Spot Instance Interruption Warning")
        #expect(object["time"] as? String == warning.at.description)
        #expect(object["resources"] as? [String] == ["arn:aws:ec2:us-east-1a:instance/\(instance.id)"])
        #expect(
            object["detail"] as? [String: String]
                == ["instance-id": instance.id.value, "instance-action": "terminate"]
        )
    }

    @Test("a message that is not deleted comes again after its visibility timeout, a deleted one never")
    func visibility() throws {
        let cloud = try CloudFixtures.cloud()
        _ = try cloud.launch(CloudFixtures.specification("a"), at: start)
        let first = cloud.receiveNotices(at: start)
        #expect(first.count == 1)
        #expect(cloud.receiveNotices(at: start + .seconds(1)).isEmpty)
        let again = cloud.queue.receive(maximum: 10, visibilityTimeout: .seconds(30), now: start + .seconds(30))
        #expect(again.map(\.receiveCount) == [2])
        cloud.acknowledge(first.map(\.receipt))
        #expect(cloud.queue.receive(maximum: 10, visibilityTimeout: .zero, now: start + .seconds(90)).isEmpty)
        let isKnown = cloud.queue.delete(receiptHandle: "no handle")
        #expect(!isKnown)
    }

    @Test("some messages come twice under one event id, and some out of order, but none is lost")
    func atLeastOnce() throws {
        var configuration = CloudFixtures.configuration()
        configuration.duplicateShare = 0.2
        configuration.lateShare = 0.2
        let cloud = try CloudFixtures.cloud(configuration)
        for number in 0..<10 {
            let answer = try cloud.launch(
                CloudFixtures.specification("\(number)", count: 5, capacityType: .onDemand),
                at: cloud.now
            )
            _ = cloud.advance(to: cloud.now + .seconds(20))
            _ = try cloud.terminate(answer.instances, at: cloud.now)
            _ = cloud.advance(to: cloud.now + .seconds(120))
        }
        let notices = cloud.receiveNotices(maximum: 1000, at: cloud.now).flatMap(\.notices)
        let ids = Set(notices.map(\.id))
        #expect(ids.count == 4 * 50)
        #expect(notices.count > ids.count)
        #expect(zip(notices, notices.dropFirst()).contains { $0.at > $1.at })
    }
}
