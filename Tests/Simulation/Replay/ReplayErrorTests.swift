import Foundation
import Model
import Testing

@testable import Simulation

@Suite("Bad input of a replay")
struct ReplayErrorTests {
    /// What a replay of some files says is wrong, with the folder left out.
    private func error(
        workloads: String = ReplayFixture.job("train"),
        traces: [String: String] = [
            "g5.xlarge_us-east-1a.json": "{\"metadata\": {\"gap_seconds\": 60}, \"data\": [1]}"
        ],
        prices: [String: String] = [:],
        withoutMachines: Bool = false,
        configurations: [(path: String, configuration: GleanerConfiguration)] = []
    ) throws -> String {
        let fixture = try ReplayFixture()
        try fixture.write("workloads.yaml", workloads)
        for (name, text) in traces { try fixture.write("traces/\(name)", text) }
        for (name, text) in prices { try fixture.write(name, text) }
        let machines = withoutMachines ? [] : [fixture.path("machines.csv")]
        do {
            _ = try ReplayBench(
                workloads: fixture.path("workloads.yaml"),
                traces: [fixture.path("traces")],
                prices: machines + prices.keys.sorted().map(fixture.path),
                configurations: configurations
            )
            return "nothing"
        } catch {
            return "\(error)".replacing(fixture.path(""), with: "")
        }
    }

    @Test("workloads that do not say what they are or when they came")
    func workloads() throws {
        let job = ReplayFixture.job("train")
        let lines = job.split(separator: "\n", omittingEmptySubsequences: false).count - 1
        let undated = job.replacing("  creationTimestamp: \"2026-10-01T00:00:00Z\"\n", with: "")
        #expect(
            try error(workloads: undated)
                == "workloads.yaml:5: Job vision/train: metadata.creationTimestamp is missing; it says when to submit, as "
                + "in 2026-10-01T09:00:00Z"
        )
        #expect(
            try error(workloads: job.replacing("2026-10-01T00:00:00Z", with: "yesterday"))
                == "workloads.yaml:7: Job vision/train: metadata.creationTimestamp \"yesterday\" is no time; it says when to "
                + "submit, as in 2026-10-01T09:00:00Z"
        )
        #expect(
            try error(workloads: job + job)
                == "workloads.yaml:\(lines + 5): Job vision/train: there are two of this name; rename one, since reports go by name"
        )
        #expect(
            try error(workloads: "kind: Service\nmetadata: {name: a}\n")
                == "workloads.yaml: holds no Job, JobSet, PyTorchJob, MPIJob or Pod that could be replayed; "
                + "`kubectl get jobs,pods -A -o yaml` prints some"
        )
        let bare = "kind: Job\nmetadata: {name: a, creationTimestamp: \"2026-10-01T00:00:00Z\"}\nspec: {}\n"
        #expect(try error(workloads: bare) == "workloads.yaml:3: Job default/a: has no pod template")
        #expect(try error(workloads: "kind: [Job\n").hasPrefix("workloads.yaml:2: is not YAML"))
    }

    @Test("traces of which nobody knows what they are of, or that are none")
    func traces() throws {
        let trace = "{\"metadata\": {\"gap_seconds\": 60}, \"data\": [1]}"
        #expect(
            try error(traces: ["spot.json": trace])
                == "traces/spot.json: the name does not say what it is the trace of; call it INSTANCETYPE_ZONE.json "
                + "(g5.xlarge_us-east-1a.json), or let it end in ZONE_MODEL_COUNT.json (..._us-west-2a_v100_1.json)"
        )
        #expect(try error(traces: [:]) == "traces: holds no file that ends in .json; put one there for each spot pool")
        #expect(
            try error(traces: ["g5.xlarge_us-east-1a.json": "{\"metadata\": {\"gap_seconds\": 60}, \"data\": [-1]}"])
                == "traces/g5.xlarge_us-east-1a.json: data[0]: -1 is not a count of instances"
        )
        #expect(
            try error(traces: ["g5.xlarge_us-east-1a.json": trace, "old__us-east-1a_a10g_1.json": trace])
                == "traces/old__us-east-1a_a10g_1.json: a second trace of g5.xlarge in us-east-1a, after "
                + "traces/g5.xlarge_us-east-1a.json; give one of the two"
        )
        #expect(
            try error(traces: ["g5.xlarge_us-east-1a.json": trace, "g5.xlarge_us-west-2a.json": trace])
                == "the traces are of several regions (us-east-1, us-west-2): give a --config whose aws.region says which, "
                + "or the files of one region"
        )
        #expect(
            try error(
                traces: ["g5.xlarge_us-west-2a.json": trace],
                configurations: [("a.yaml", ReplayFixture.configuration())]
            )
                == "a.yaml: aws.region is us-east-1, and the traces are of us-west-2: spot would never be had; give traces "
                + "of that region"
        )
    }

    @Test("prices that are none")
    func prices() throws {
        #expect(
            try error(prices: ["spot.json": "{\"SpotPriceHistory\": []}"], withoutMachines: true)
                .hasSuffix(
                    "spot.json: no CSV file with machines and their on-demand prices; give one like "
                        + "config/catalogues/aws-us-east-1.csv with a --prices of its own"
                )
        )
        #expect(
            try error(prices: ["more.csv": try String(contentsOfFile: CloudFixtures.cataloguePath, encoding: .utf8)])
                == "more.csv: a second CSV file of machines, after machines.csv; give one"
        )
        #expect(
            try error(prices: ["more.csv": "instance_type,vcpus\n"], withoutMachines: true)
                == "more.csv:1: the header has no column \"accelerator_manufacturer\""
        )
        func spot(_ price: String, time: String = "2026-10-01T00:00:00Z") -> [String: String] {
            [
                "spot.json": "{\"SpotPriceHistory\": [{\"InstanceType\": \"g5.xlarge\", \"AvailabilityZone\": "
                    + "\"us-east-1a\", \"SpotPrice\": \(price), \"Timestamp\": \"\(time)\"}]}"
            ]
        }
        #expect(
            try error(prices: spot("0.41"))
                == "spot.json: SpotPriceHistory[0].SpotPrice: \"0.41\" is not a price above 0 with at most 6 decimals, in "
                + "quotes, such as \"0.412300\""
        )
        #expect(
            try error(prices: spot("\"0.41\"", time: "today"))
                == "spot.json: SpotPriceHistory[0].Timestamp: \"today\" is not a time such as 2026-10-01T12:00:00Z"
        )
        #expect(
            try error(prices: ["spot.json": "{}"])
                == "spot.json: has no list SpotPriceHistory; `aws ec2 describe-spot-price-history --output json` prints one"
        )
        #expect(
            try error(prices: ["spot.json": "{\"SpotPriceHistory\": [}"])
                .hasPrefix("spot.json: JSON: expected")
        )
    }

    @Test("pools whose machines nobody knows")
    func pools() throws {
        var configuration = ReplayFixture.configuration()
        configuration.pools[0].shapes = [Pool.ShapeTemplate(name: "p2", instanceTypes: ["p2.xlarge"])]
        #expect(
            try error(configurations: [("a.yaml", configuration)])
                == "a.yaml: none of its pools' instance types is in machines.csv"
        )
    }

    @Test("a file's name says the machine or its accelerators, and the zone")
    func names() {
        func subject(_ name: String) -> String? {
            ReplayTraces.subject(ofFile: name).map { "\($0.zone) \($0.1)" }
        }
        #expect(subject("p4d.24xlarge_eu-central-1b.json") == "eu-central-1b instanceType(\"p4d.24xlarge\")")
        #expect(
            subject("availability__1-node__aws-10-26-2022__us-west-2a_V100_8.json")
                == "us-west-2a accelerators(model: \"v100\", count: 8)"
        )
        for name in ["a.json", "g5.xlarge_us-east-1a.csv", "g5.xlarge_here.json", "us-west-2a_v100_0.json"] {
            #expect(ReplayTraces.subject(ofFile: name) == nil)
        }
    }

    @Test("a trace that says when it begins is turned to the replay's clock")
    func turned() throws {
        func trace(at start: String) throws -> [Int64] {
            let recording = ReplayTraces.Recording(
                path: "a",
                zone: "us-east-1a",
                subject: .instanceType("g5.xlarge"),
                trace: try CapacityTrace(gapSeconds: 60, counts: [0, 1, 2, 3]),
                startsAt: Timestamp(rfc3339: start)
            )
            return recording.starting(at: try #require(Timestamp(rfc3339: "2026-10-01T00:02:30Z"))).counts
        }
        #expect(try trace(at: "2026-10-01T00:00:00Z") == [2, 3, 0, 1])
        #expect(try trace(at: "2026-10-01T00:03:00Z") == [3, 0, 1, 2])
        #expect(try trace(at: "") == [0, 1, 2, 3])
    }
}
