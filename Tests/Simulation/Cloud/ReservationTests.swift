import Foundation
import Model
import Testing

@testable import Simulation

@Suite("Reserved capacity of the simulated cloud")
struct ReservationTests {
    private func cloud(_ kind: Reservation.Kind, endsAfter: Duration? = nil) throws -> CloudModel {
        var configuration = CloudFixtures.configuration()
        configuration.reservations = [
            CloudReservation(
                id: "cr-0123456789abcdef0",
                kind: kind,
                instanceType: "g5.xlarge",
                zone: "us-east-1a",
                count: 2,
                endsAfter: endsAfter
            )
        ]
        return try CloudFixtures.cloud(configuration)
    }

    private func order(_ token: String, count: Int, zone: String = "us-east-1a") -> LaunchSpecification {
        var order = CloudFixtures.specification(token, count: count, zone: zone, capacityType: .onDemand)
        order.reservationID = "cr-0123456789abcdef0"
        return order
    }

    @Test("as many instances as are reserved run at no price, and no more")
    func count() throws {
        let cloud = try cloud(.capacityReservation)
        let start = CloudFixtures.start
        #expect(try cloud.launch(order("one", count: 3), at: start).instances.isEmpty)
        let two = try cloud.launch(order("two", count: 2), at: start)
        #expect(two.groups.map(\.offering.capacityType) == [.reserved])
        #expect(cloud.reservations(at: start).map(\.available) == [0])
        let refused = try cloud.launch(order("three", count: 1), at: start)
        #expect(refused.refusals.map(\.error.code) == ["ReservationCapacityExceeded"])
        _ = try cloud.terminate([two.instances[0]], at: start + .seconds(7200))
        #expect(cloud.reservations(at: start + .seconds(7200)).map(\.available) == [1])
        #expect(cloud.bill(at: start + .seconds(7200)).total == 0)
        #expect(throws: CloudError.self) {
            try cloud.launch(order("four", count: 1, zone: "us-east-1b"), at: start + .seconds(7200))
        }
        var unknown = order("five", count: 1)
        unknown.reservationID = "cr-0"
        #expect(throws: CloudError.self) { try cloud.launch(unknown, at: start + .seconds(7200)) }
    }

    @Test("instances of a capacity block are taken half an hour before its end")
    func block() throws {
        let cloud = try cloud(.capacityBlock, endsAfter: .seconds(7200))
        let ids = try cloud.launch(order("one", count: 2), at: CloudFixtures.start).instances
        _ = cloud.advance(to: CloudFixtures.start + .seconds(5399))
        #expect(ids.allSatisfy { cloud.instance($0)?.state == .running })
        _ = cloud.advance(to: CloudFixtures.start + .seconds(5400))
        #expect(ids.allSatisfy { cloud.instance($0)?.state == .shuttingDown })
        #expect(cloud.reservations(at: cloud.now).isEmpty)
        #expect(cloud.bill(at: cloud.now).total == 0)
    }

    @Test("instances of another reservation go on after its end, at the price of on-demand")
    func end() throws {
        let cloud = try cloud(.capacityReservation, endsAfter: .seconds(7200))
        let ids = try cloud.launch(order("one", count: 1), at: CloudFixtures.start).instances
        _ = cloud.advance(to: CloudFixtures.start + .seconds(7200 + 3600))
        #expect(cloud.instance(ids[0])?.state == .running)
        #expect(cloud.instance(ids[0])?.offering.capacityType == .onDemand)
        #expect(cloud.bill(at: cloud.now).roundedTotal == Money("1.01"))
    }
}
