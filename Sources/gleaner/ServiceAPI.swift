import Foundation
import HTTPTransport
import Model

/// What commands read from a running service.
struct ServiceAPI {
    struct Totals: Decodable {
        var totalCost: Money
        var onDemandEquivalentCost: Money
        var savings: Money
        var interruptions: Int
        var lostWorkSeconds: Int64
    }

    struct Costs: Decodable {
        var total: Totals
        var isEstimated: Bool
    }

    struct Workload: Decodable {
        var namespace: String
        var name: String
        var team: String
        var state: String
        var completed: Bool
        var attempts: Int
        var interruptions: Int
        var lostWorkSeconds: Int64
        var cost: Money
        var onDemandEquivalentCost: Money
    }

    /// An offering with the shape that it is bought as.
    struct Offered: Decodable {
        struct Taint: Decodable {
            var key: String
            var value: String
            var effect: String
        }

        var instanceType: String
        var zone: String
        var capacityType: String
        var pool: String
        var shape: String
        var accelerator: String?
        var pricePerHour: Money
        var closedUntil: String?
        var closedReason: String?
        var allocatable: [String: String]
        var labels: [String: String]
        var taints: [Taint]
        var interruptionsPerHour: Double?
        var priceEffectiveAt: String?
        var priceSeenAt: String?
        var priceAgeSeconds: Int64?
        var placementScore: Int?
        var reservation: Reserved?

        struct Reserved: Decodable {
            var id: String
            var kind: String
            var count: Int
            var available: Int
            var endsAt: String?
        }

        private var whole: Reservation? {
            reservation.map {
                Reservation(
                    id: $0.id,
                    kind: Reservation.Kind(rawValue: $0.kind) ?? .capacityReservation,
                    instanceType: instanceType,
                    zone: zone,
                    count: $0.count,
                    available: $0.available,
                    endsAt: $0.endsAt.flatMap { Timestamp(rfc3339: $0) }
                )
            }
        }

        func choice(_ server: String) throws -> PlanInput.Choice {
            func failure(_ what: String) -> CommandFailure {
                CommandFailure("\(server): offering \(instanceType) \(zone): \(what)")
            }
            guard let paid = CapacityType(rawValue: capacityType) else {
                throw failure("\"\(capacityType)\" is no capacity type")
            }
            var amounts = Resources()
            for (name, text) in allocatable {
                guard let amount = Quantity(text) else { throw failure("\(name): \"\(text)\" is no quantity") }
                amounts[name] = amount
            }
            let closure = closedUntil.map { "\(closedReason ?? "no capacity") until \($0)" } ?? closedReason
            return PlanInput.Choice(
                pool: pool,
                shape: Shape(
                    name: shape,
                    instanceTypes: [instanceType],
                    allocatable: amounts,
                    accelerator: accelerator,
                    labels: labels,
                    taints: try taints.map { taint in
                        guard let effect = Model.Taint.Effect(rawValue: taint.effect) else {
                            throw failure("\"\(taint.effect)\" is no effect of a taint")
                        }
                        return Model.Taint(key: taint.key, value: taint.value, effect: effect)
                    }
                ),
                offering: Offering(instanceType: instanceType, zone: zone, capacityType: paid),
                pricePerHour: pricePerHour,
                closedBecause: closure,
                reservation: whole
            )
        }
    }

    /// That a node was taken back.
    struct Interruption: Decodable {
        var at: String
        var instanceType: String?
        var zone: String?
    }

    private struct Listing<Item: Decodable>: Decodable {
        var items: [Item]
    }

    private struct Problem: Decodable {
        var detail: String?
    }

    /// Without a slash at its end.
    var url: String
    var http: HTTPClient
    /// Nil for a service that asks nobody who they are.
    var token: String?

    init(url: String, http: HTTPClient, token: String? = nil) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.http = http
        self.token = token
    }

    func costs() async throws -> Costs {
        try await decode("/api/v1/costs?window=all&aggregate=team")
    }

    /// Idle and drain included, so that the costs add up to the total.
    func workloads() async throws -> [Workload] {
        let listing: Listing<Workload> = try await decode("/api/v1/workloads?shareIdle=true")
        return listing.items
    }

    /// What its pools can buy.
    func offerings() async throws -> [Offered] {
        let listing: Listing<Offered> = try await decode("/api/v1/offerings")
        return listing.items
    }

    /// Of its nodes, as far back as it remembers.
    func interruptions() async throws -> [Interruption] {
        let listing: Listing<Interruption> = try await decode("/api/v1/interruptions")
        return listing.items
    }

    func text(_ path: String, accept: String = "application/json") async throws -> String {
        var request = HTTPRequest(url: url + path, headers: ["Accept": accept], timeout: .seconds(20))
        if let token { request.headers["Authorization"] = "Bearer \(token)" }
        let response = try await http.send(request, maximumBodyBytes: 64 << 20)
        guard response.isSuccess else {
            let problem = try? JSONDecoder().decode(Problem.self, from: Data(response.body))
            throw CommandFailure("\(url)\(path): \(response.status): \(problem?.detail ?? "no explanation")")
        }
        return String(decoding: response.body, as: UTF8.self)
    }

    private func decode<Answer: Decodable>(_ path: String) async throws -> Answer {
        let text = try await text(path)
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
        } catch {
            throw CommandFailure("\(url)\(path): not the answer of a Gleaner service: \(error)")
        }
    }
}
