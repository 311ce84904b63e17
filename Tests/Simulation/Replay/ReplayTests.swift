import Foundation
import Model
import Testing

@testable import Simulation

@Suite("A month again")
struct ReplayTests {
    /// On one node by hand: ready 145 s after it runs, the image takes 90 s and the start 5 s; at the end it stands empty
    /// for 60 s.
    private static let overhead: Int64 = 145 + 90 + 5 + 60
    /// Answers of cloud and cluster take up to two seconds each.
    private static let answers: ClosedRange<Int64> = 0...10

    @Test("on demand an hour of work costs the hour, one start and the time until the node is seen to be idle")
    func onDemand() throws {
        let fixture = try ReplayFixture()
        try fixture.trace("us-east-1a", [0, 0])
        let report = try fixture.bench(ReplayFixture.job("train")).run()
        #expect(report.failures == [])
        #expect(report.outcomes.map(\.name) == ["on-demand only", "a.yaml"])
        for outcome in report.outcomes {
            let seconds = try #require(outcome.nodeSeconds[.onDemand])
            #expect(Self.answers.contains(seconds - 3600 - Self.overhead))
            #expect(outcome.nodeSeconds[.spot] == nil)
            // A cent a second.
            #expect(outcome.cost == Money("\(seconds)").map { $0 / 100 })
            #expect(outcome.cost == outcome.meterCost)
            #expect(outcome.unfinished.isEmpty)
        }
        // The same, with nothing but on-demand to be had: only the refusal of spot may have cost time.
        #expect(report.outcomes[0].cost == report.outcomes[1].cost)
    }

    @Test("on spot until an outage, and on in the other zone: both nodes to the cent, and no work lost")
    func outage() throws {
        let fixture = try ReplayFixture()
        // The first zone is there for 90 minutes, the second from the 80th minute on.
        try fixture.trace("us-east-1a", [Int](repeating: 1, count: 9) + [Int](repeating: 0, count: 40))
        try fixture.trace("us-east-1b", [Int](repeating: 0, count: 8) + [Int](repeating: 1, count: 41))
        let report = try fixture.bench(ReplayFixture.job("train", work: "3h")).run()
        #expect(report.failures == [])
        let outcome = report.outcomes[1]
        #expect(outcome.interruptions == 1)
        #expect(outcome.lostWorkSeconds == 0)
        #expect(outcome.unfinished.isEmpty)
        #expect(outcome.nodeSeconds[.onDemand] == nil)
        let seconds = try #require(outcome.nodeSeconds[.spot])
        // 7.20 an hour is a fifth of a cent a second: three hours, two starts, the save, and one node at its end.
        #expect(outcome.cost == Money("\(seconds)").map { ($0 * 2 / 1000).rounded() })
        #expect(seconds > 3 * 3600 + 2 * 235 && seconds < 3 * 3600 + 2 * 235 + 300)
        #expect(outcome.workloads[0].interruptions == 1 && outcome.workloads[0].attempts == 2)
        // A fifth of the price, less what the second start took.
        let change = try #require(ReplayReport.change(outcome.cost, from: report.outcomes[0].cost))
        #expect((-80 ... -78).contains(change))
    }

    @Test("each hour of spot costs what the recorded price was at its beginning")
    func recordedPrices() throws {
        let fixture = try ReplayFixture()
        try fixture.trace("us-east-1a", [1, 1])
        func price(_ time: String, _ price: String, product: String = "Linux/UNIX") -> String {
            "{\"AvailabilityZone\": \"us-east-1a\", \"InstanceType\": \"g5.xlarge\", \"ProductDescription\": "
                + "\"\(product)\", \"SpotPrice\": \"\(price)\", \"Timestamp\": \"\(time)\"}"
        }
        let history = [
            price("2026-10-01T00:30:00+00:00", "10.800000"), price("2026-09-30T12:00:00.000Z", "3.600000"),
            price("2026-10-01T00:10:00Z", "0.010000", product: "Windows"),
        ]
        try fixture.write("spot.json", "{\"SpotPriceHistory\": [\(history.joined(separator: ", "))]}")
        let bench = try fixture.bench(ReplayFixture.job("train", work: "90m"), prices: [fixture.path("spot.json")])
        #expect(bench.notes.contains("1 spot prices of other systems than Linux are left out"))
        let outcome = bench.run().outcomes[1]
        let seconds = try #require(outcome.nodeSeconds[.spot])
        #expect(Self.answers.contains(seconds - 5400 - Self.overhead))
        // A tenth of a cent a second in the first hour, three tenths after it.
        #expect(outcome.cost == Money("\(3600 + (seconds - 3600) * 3)").map { ($0 / 1000).rounded() })
    }

    @Test("configurations stand side by side, and those of one name are told apart by their folders")
    func sideBySide() throws {
        let fixture = try ReplayFixture()
        try fixture.trace("us-east-1a", [1, 1])
        try fixture.trace("us-east-1b", [0, 0])
        var patient = ReplayFixture.configuration()
        patient.teams = [GleanerConfiguration.Team(name: "research", namespaces: ["vision"])]
        let bench = try fixture.bench(
            ReplayFixture.job("a") + ReplayFixture.job("b", at: "2026-10-01T03:00:00+01:00"),
            configurations: [
                ("x/gleaner.yaml", patient),
                ("y/gleaner.yaml", ReplayFixture.configuration(zones: ["us-east-1b"])),
                ("z/other.yaml", ReplayFixture.configuration([.spot])),
            ]
        )
        let report = bench.run()
        #expect(report.failures == [])
        #expect(report.outcomes.map(\.name) == ["on-demand only", "x/gleaner.yaml", "y/gleaner.yaml", "other.yaml"])
        let hours = report.outcomes.map { $0.nodeSeconds[.spot] != nil }
        #expect(hours == [false, true, false, true])
        #expect(report.outcomes[2].cost == report.outcomes[0].cost)
        #expect(report.outcomes[1].cost == report.outcomes[3].cost)
        #expect(report.outcomes[1].teams.map(\.name) == ["__idle__", "research"])
        let table = report.table
        #expect(table.split(separator: "\n").allSatisfy { $0.count <= 100 })
        #expect(table.contains("finished") && table.contains("cost, research"))
        #expect(report.csv.split(separator: "\r\n").count == 5)
    }

    @Test("the same files give the same report, byte for byte")
    func deterministic() throws {
        let fixture = try ReplayFixture()
        try fixture.trace("us-east-1a", [2, 2, 2, 0, 1, 1, 0])
        let jobs = (0..<4).map { ReplayFixture.job("job-\($0)", at: "2026-10-01T0\($0):20:00Z", work: "2h") }.joined()
        let first = try fixture.bench(jobs).run().json()
        #expect(try fixture.bench(jobs).run().json() == first)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(first.utf8)) as? [String: Any])
        #expect(json.keys.sorted() == ["configurations", "currency", "notes", "seed", "window"])
        let rows = try #require(json["configurations"] as? [[String: Any]])
        #expect(
            rows[1].keys.sorted() == [
                "booksBalance", "end", "finishSeconds", "finished", "gpuHours", "interruptions", "late",
                "lostWorkSeconds", "meterCost", "name", "nodeHours", "onDemandEquivalentCost", "savings", "start",
                "teams", "totalCost", "unfinished", "waitSeconds", "workloads",
            ]
        )
        #expect(rows[1]["booksBalance"] as? Bool == true)
    }

    @Test("what fits nowhere costs nothing and is named with the reason; what else there is goes on")
    func unplaceable() throws {
        let fixture = try ReplayFixture()
        try fixture.trace("us-east-1a", [0, 0])
        let wide = "{cpu: \"3\", memory: 10Gi, nvidia.com/gpu: \"8\"}"
        let report = try fixture.bench(
            ReplayFixture.job("wide", resources: wide) + ReplayFixture.job("train"),
            patience: .seconds(3 * 3600)
        ).run()
        #expect(report.failures == [])
        let outcome = report.outcomes[1]
        #expect(outcome.unfinished.map(\.name) == ["wide"])
        #expect(outcome.unfinished[0].obstacle?.contains("nvidia.com/gpu") == true)
        #expect(outcome.unfinished[0].cost == .zero && outcome.unfinished[0].startedAt == nil)
        #expect(outcome.waits.count == 1)
        #expect(report.table.contains("Not finished with a.yaml by 2026-10-01T03:00:00Z:\n  vision/wide: "))
        #expect(report.table.contains("1 of 2"))
    }

    @Test("what still runs at the end is named so, and the books balance all the same")
    func unfinished() throws {
        let fixture = try ReplayFixture()
        try fixture.trace("us-east-1a", [1, 1])
        let report = try fixture.bench(ReplayFixture.job("long", work: "9h"), patience: .seconds(2 * 3600)).run()
        #expect(report.failures == [])
        for outcome in report.outcomes {
            #expect(outcome.unfinished.map(\.obstacle) == ["still runs"])
            #expect(outcome.cost == outcome.meterCost && outcome.cost > .zero)
        }
    }

    @Test("a deadline that was missed, or is past at the end, is late")
    func late() throws {
        let fixture = try ReplayFixture()
        try fixture.trace("us-east-1a", [0, 0])
        let early = ["gleaner.dev/deadline": "2026-10-01T00:30:00Z"]
        let kept = ["gleaner.dev/deadline": "2026-10-01T06:00:00Z"]
        let outcome = try fixture.bench(
            ReplayFixture.job("missed", annotations: early) + ReplayFixture.job("kept", annotations: kept)
        ).run().outcomes[1]
        #expect(outcome.late.map(\.name) == ["missed"])
        #expect(outcome.unfinished.isEmpty)
    }

    @Test("work without a checkpoint contract begins anew, and the report says what was lost")
    func lostWork() throws {
        let fixture = try ReplayFixture()
        try fixture.trace("us-east-1a", [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
        let report = try fixture.bench(
            ReplayFixture.job("train", annotations: ["gleaner.dev/checkpoint": "none"])
        ).run()
        #expect(report.failures == [])
        // From 240 s on until the notice after 2400 s, and what of the two minutes it was left to run.
        #expect((2100...2400).contains(report.outcomes[1].lostWorkSeconds))
        #expect(report.outcomes[1].unfinished.isEmpty)
    }

    @Test("a trace that counts single nodes can stand for more")
    func factor() throws {
        let fixture = try ReplayFixture()
        try fixture.trace("us-east-1a", [1, 1])
        let jobs = ReplayFixture.job("a") + ReplayFixture.job("b")
        let single = try fixture.bench(jobs).run().outcomes[1]
        #expect(single.nodeSeconds[.onDemand] != nil)
        let double = try fixture.bench(jobs, traceFactor: 2).run().outcomes[1]
        #expect(double.nodeSeconds[.onDemand] == nil)
    }

    @Test("members of different templates compute together: all at once, and saved as one")
    func splitGang() throws {
        let fixture = try ReplayFixture()
        try fixture.trace("us-east-1a", [Int](repeating: 3, count: 6) + [Int](repeating: 2, count: 30))
        let template = """
            template:
                    metadata: {annotations: {gleaner.dev/checkpoint: signal}}
                    spec:
                      containers:
                        - name: train
                          image: registry.example/train:1
                          resources: {requests: {cpu: "3", memory: 10Gi, nvidia.com/gpu: "1"}}
            """
        let report = try fixture.bench(
            """
            apiVersion: kubeflow.org/v1
            kind: PyTorchJob
            metadata:
              name: llm
              namespace: vision
              creationTimestamp: "2026-10-01T00:00:00Z"
              annotations: {gleaner.dev/expected-runtime: 2h}
            spec:
              pytorchReplicaSpecs:
                Master:
                  replicas: 1
                  \(template.replacing("cpu: \"3\"", with: "cpu: \"2\""))
                Worker:
                  replicas: 2
                  \(template)
            """
        ).run()
        #expect(report.failures == [])
        let outcome = report.outcomes[1]
        #expect(outcome.workloads.map(\.kind) == ["PyTorchJob"])
        #expect(outcome.unfinished.isEmpty)
        #expect(outcome.interruptions == 1 && outcome.lostWorkSeconds == 0)
        #expect(outcome.workloads[0].attempts == 2)
    }
}
