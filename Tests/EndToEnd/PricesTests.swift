import Foundation
import Simulation
import Testing

extension EndToEnd {
    @Suite("Lists of prices")
    struct PricesTests {
        private struct Listing: Decodable {
            struct Row: Decodable {
                var instanceType: String
                var zone: String
                var capacityType: String
                var accelerator: String?
                var accelerators: Int
                var pricePerHour: String
                var pricePerAcceleratorHour: String?
                var priceAgeSeconds: Int?
                var monthlyInterruptions: String?
                var interruptionsSeen: Int?
                var interruptionsPerHour: Double?
            }

            var offerings: [Row]
        }

        private func prices(_ scene: Scene, _ arguments: [String]) async throws -> Program.Outcome {
            try await scene.start(["prices"] + arguments, environment: scene.serviceEnvironment).end(within: 60)
        }

        private func listing(_ outcome: Program.Outcome) throws -> [Listing.Row] {
            #expect(outcome.status == 0, "\(outcome.errors)")
            return try JSONDecoder().decode(Listing.self, from: Data(outcome.output.utf8)).offerings
        }

        @Test("straight from the cloud: by price per accelerator-hour, with the age of each price")
        func fromTheCloud() async throws {
            let scene = try Scene()
            try await scene.startWorld(arrivals: ["{after: 100h, manifest: demo/training.yaml, namespace: vision}"])
            let question = ["--region", "us-east-1", "--accelerator", "A10G"]
            let rows = try listing(await prices(scene, question + ["--advisor", "none", "-o", "json"]))
            #expect(rows.allSatisfy { $0.accelerator == "A10G" && $0.priceAgeSeconds != nil })
            #expect(Set(rows.map(\.capacityType)) == ["spot", "on-demand"])
            #expect(Set(rows.map(\.zone)) == ["us-east-1a", "us-east-1b", "us-east-1c"])
            let each = rows.compactMap { $0.pricePerAcceleratorHour.flatMap(Double.init) }
            #expect(each.count == rows.count && each == each.sorted())
            let table = try await prices(scene, question + ["--capacity-type", "on-demand", "--advisor", "none"])
            let lines = table.output.split(separator: "\n")
            #expect(lines.first?.hasPrefix("INSTANCE TYPE") == true)
            #expect(lines.dropFirst().allSatisfy { $0.contains("on-demand") && $0.hasSuffix("never") })
            let csv = try await prices(
                scene,
                question + ["--instance-type", "g5.xlarge", "--advisor", "none", "-o", "csv"]
            )
            #expect(csv.output.split(whereSeparator: \.isNewline).count == 7)
            #expect(csv.output.hasPrefix("instanceType,zone,capacityType,accelerator,"))
            // The list is shown without the advisor's part when that is not to be had.
            let alone = try await prices(scene, question + ["--advisor", "http://127.0.0.1:1/", "-o", "json"])
            #expect(try listing(alone).allSatisfy { $0.monthlyInterruptions == nil })
            #expect(alone.errors.contains("how often spot is interrupted is not known"))
            let nothing = try await prices(
                scene,
                ["--region", "us-east-1", "--accelerator", "B9", "--advisor", "none"]
            )
            #expect(nothing.status == 1)
            #expect(
                nothing.errors.contains("no such instance type with the accelerator B9; accelerators there: A100,")
            )
        }

        @Test("from a service: what its pools can buy, with the interruptions that it expects and saw")
        func fromAService() async throws {
            let scene = try Scene()
            try await scene.startWorld(
                arrivals: ["{after: 0s, manifest: demo/training.yaml, namespace: vision, name: one, work: 30m}"]
            )
            let service = try await scene.address(of: scene.startService())
            _ = try await scene.wait { $0.liveInstances > 0 }
            let rows = try listing(await prices(scene, ["--server", service, "--accelerator", "a10g", "-o", "json"]))
            let spot = rows.filter { $0.capacityType == "spot" }
            #expect(!spot.isEmpty && spot.allSatisfy { $0.interruptionsSeen == 0 && $0.interruptionsPerHour != nil })
            #expect(rows.allSatisfy { ($0.priceAgeSeconds ?? .max) < 3600 })
            let wrong = try await prices(scene, ["--server", service, "--region", "us-east-1"])
            #expect(wrong.status == 64)
        }
    }
}
