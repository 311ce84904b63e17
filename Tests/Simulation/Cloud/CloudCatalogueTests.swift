import Foundation
import Model
import Testing

@testable import Simulation

@Suite("Cloud catalogue")
struct CloudCatalogueTests {
    @Test("the shipped catalogue loads, every price exact")
    func shipped() throws {
        let catalogue = try CloudCatalogue.load(path: CloudFixtures.cataloguePath)
        #expect(catalogue.entries.count == 78)
        #expect(catalogue.publishedAt == Timestamp(rfc3339: "2026-07-20T00:00:00Z"))
        #expect(catalogue["p3.2xlarge"]?.onDemandPricePerHour == Money("3.06"))
        #expect(catalogue["p4d.24xlarge"]?.instanceType.allocatable["nvidia.com/gpu"] == Quantity(8))
        #expect(catalogue["dl1.24xlarge"]?.instanceType.allocatable["habana.ai/gaudi"] == Quantity(8))
        #expect(catalogue["trn1.32xlarge"]?.instanceType.allocatable["aws.amazon.com/neuron"] == Quantity(16))
        #expect(catalogue["g4ad.xlarge"]?.instanceType.allocatable["amd.com/gpu"] == Quantity(1))
        #expect(catalogue["g5g.xlarge"]?.instanceType.architecture == "arm64")
        #expect(catalogue["g6f.large"]?.instanceType.accelerator == nil)
    }

    @Test("a node leaves to pods what kubelet and system do not reserve")
    func allocatable() throws {
        let type = try #require(try CloudCatalogue.load(csv: CloudFixtures.csv)["g5.xlarge"]).instanceType
        #expect(type.allocatable[Resources.cpu] == Quantity("3920m"))
        // 16384 MiB less 7.5%, less 255 + 11 x 110, less 100.
        #expect(type.allocatable[Resources.memory] == Quantity("13590Mi"))
        #expect(type.allocatable[Resources.pods] == Quantity(110))
    }

    @Test(
        "a bad file is refused with its place",
        arguments: [
            ("g5.xlarge,NVIDIA,A10G,1,22888,4,16384,False,1.006000", "g5.xlarge,NVIDIA,A10G,one,22888,4,16384,False,1.006000", "catalogue:3: accelerator_count: \"one\""),
            ("3.060000,80", "3.06x,80", "catalogue:4: on_demand_usd_per_hour: \"3.06x\""),
            ("p3.2xlarge", "g5.xlarge", "catalogue:4: \"g5.xlarge\" is listed twice"),
            ("vcpus,", "cpus,", "catalogue:2: the header has no column \"vcpus\""),
            (",,,x86_64", ",,sometimes,x86_64", "catalogue:5: spot_interruption_per_month: \"sometimes\""),
            ("2026-07-20", "July", "catalogue:1: published: \"July\""),
        ]
    )
    func badFiles(old: String, new: String, message: String) throws {
        let csv = CloudFixtures.csv.replacing(old, with: new)
        #expect(csv != CloudFixtures.csv)
        let error = #expect(throws: CloudCatalogueError.self) { try CloudCatalogue.load(csv: csv) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test("an empty and a missing file say so")
    func emptyFiles() throws {
        for text in ["", "# nothing\n", String(CloudFixtures.csv.split(separator: "\n")[1]) + "\n"] {
            let error = #expect(throws: CloudCatalogueError.self) { try CloudCatalogue.load(csv: text) }
            #expect(error == .empty(file: "catalogue"))
        }
        #expect(throws: CloudCatalogueError.unreadable(path: "/no/such/file")) {
            try CloudCatalogue.load(path: "/no/such/file")
        }
    }

    @Test("a trace file is read as published, and a broken one refused")
    func traces() throws {
        let trace = try CapacityTrace(json: Data(#"{"metadata": {"gap_seconds": 300, "x": 1}, "data": [0, 16]}"#.utf8))
        #expect(trace == (try CapacityTrace(gapSeconds: 300, counts: [0, 16])))
        let broken: [(String, CapacityTraceError)] = [
            (#"{"metadata": {"gap_seconds": 0}, "data": [1]}"#, .badGap("0.0")),
            (#"{"metadata": {"gap_seconds": 5}, "data": []}"#, .empty),
            (#"{"metadata": {"gap_seconds": 5}, "data": [1, -1]}"#, .badCount(index: 1, value: -1)),
        ]
        for (text, error) in broken {
            #expect(throws: error) { try CapacityTrace(json: Data(text.utf8)) }
        }
    }
}
