import Foundation
import Kubernetes
import Model
import Testing

@testable import Simulation

@Suite("World configuration")
struct WorldConfigurationTests {
    private static let start = """
        apiVersion: gleaner.dev/v1
        kind: WorldConfiguration
        seed: 3
        start: 2026-08-03T08:00:00Z
        catalogue: prices.csv

        """
    private static let manifest = """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: a, namespace: vision}
        spec:
          template:
            metadata: {annotations: {gleaner.dev/gang: a}}
            spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: p, labels: {a: no, b: 12:30:00, c: "1"}}
        spec: {priority: 5, containers: [{name: main, image: busybox}]}
        """

    private struct Refusal: Error, Equatable {
        var message: String
    }

    /// Loads a text as `w.yaml` beside a catalogue and the manifest `a.yaml`.
    private func load(_ text: String, catalogue: String = CloudFixtures.csv) throws -> WorldConfiguration {
        let folder = FileManager.default.temporaryDirectory.appending(path: "world-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, content) in [("w.yaml", text), ("a.yaml", Self.manifest), ("prices.csv", catalogue)] {
            try Data(content.utf8).write(to: folder.appending(path: name))
        }
        do {
            return try WorldConfiguration(path: folder.appending(path: "w.yaml").path(percentEncoded: false))
        } catch {
            throw Refusal(message: "\(error)".replacing(folder.path(percentEncoded: false), with: "DIR"))
        }
    }

    @Test("arrivals carry their manifest's objects, with what stands beside it set in each")
    func arrivals() throws {
        let world = try load(
            Self.start + """
                interruptions: [{after: 3h, offering: "g5*/*/spot", count: 2}]
                impairments: [{after: 4h, count: 3}]
                quotas: [{family: G and VT, capacityType: spot, vCPUs: 64}]
                arrivals: [{after: 90m, manifest: a.yaml, namespace: language, name: b, work: 2h}]
                """
        )
        #expect(world.cloud.seed == 3)
        #expect(world.cloud.scheduledInterruptions.map(\.after) == [.seconds(10_800)])
        #expect(world.cloud.scheduledInterruptions.map(\.count) == [2])
        #expect(world.cloud.scheduledImpairments == [ScheduledImpairment(after: .seconds(14_400), count: 3)])
        #expect(world.cloud.quotas == [Quota(family: .graphics, isSpot: true): 64])
        let arrival = try #require(world.arrivals.first)
        #expect(arrival.at == Timestamp(rfc3339: "2026-08-03T09:30:00Z"))
        #expect(arrival.objects.map { $0["metadata"]["name"].string } == ["b", "b"])
        #expect(arrival.objects.map { $0["metadata"]["namespace"].string } == ["language", "language"])
        #expect(
            arrival.objects[0]["spec"]["template"]["metadata"]["annotations"].strings == [
                "gleaner.dev/gang": "b", "gleaner.dev/expected-runtime": "2h", "world.gleaner.dev/work": "2h",
            ]
        )
        #expect(arrival.objects[1]["metadata"]["annotations"]["world.gleaner.dev/work"].string == "2h")
    }

    @Test("plain scalars that YAML 1.1 would bend stay what they look like")
    func plainScalars() throws {
        let world = try load(Self.start + "arrivals: [{after: 0s, manifest: a.yaml}]")
        let pod = try #require(world.arrivals.first?.objects.last)
        #expect(pod["metadata"]["labels"].strings == ["a": "no", "b": "12:30:00", "c": "1"])
        #expect(pod["spec"]["priority"].integer == 5)
    }

    @Test(
        "a mistake is told with its place",
        arguments: [
            (
                "speeed: 3",
                "DIR/w.yaml: speeed: is no key; there are: apiVersion, arrivals, catalogue, impairments, "
                    + "interruptions, interruptionsPerDay, kind, quotas, reservations, seed, speed, start, "
                    + "volumes, zones"
            ),
            ("speed: 0.5", "DIR/w.yaml: speed: must be a number from 1 to 1000000"),
            ("interruptionsPerDay: often", "DIR/w.yaml: interruptionsPerDay: must be a number from 0 to 1000000"),
            ("zones: us-east-1a", "DIR/w.yaml: zones: must be a list of names like us-east-1a"),
            (
                "interruptions: [{after: 7}]",
                "DIR/w.yaml: interruptions[0].after: must be a duration such as 90s, 20m or 1h30m"
            ),
            (
                "interruptions: [{after: 7h, offering: a/b/c/d}]",
                "DIR/w.yaml: interruptions[0].offering: \"a/b/c/d\" is not TYPE/ZONE/CAPACITY-TYPE, with * as wildcard"
            ),
            (
                "interruptions: [{after: 7h, count: -1}]",
                "DIR/w.yaml: interruptions[0].count: must be a whole number from 1 to 1000"
            ),
            (
                "interruptions: [{after: 7h, offer: x}]",
                "DIR/w.yaml: interruptions[0].offer: is no key; there are: after, count, offering"
            ),
            (
                "quotas: [{family: GPU, capacityType: spot, vCPUs: 64}]",
                "DIR/w.yaml: quotas[0].family: must be one of: Standard (A, C, D, H, I, M, R, T, Z), G and VT, P, Inf, "
                    + "Trn, DL, F, X, High Memory, HPC"
            ),
            (
                "quotas: [{family: P, capacityType: reserved, vCPUs: 64}]",
                "DIR/w.yaml: quotas[0].capacityType: must be spot or on-demand"
            ),
            (
                "quotas: [{family: P, capacityType: spot, vCPUs: -1}]",
                "DIR/w.yaml: quotas[0].vCPUs: must be a whole number, 0 or more"
            ),
            ("arrivals: [{after: 1h}]", "DIR/w.yaml: arrivals[0]: names no manifest"),
            (
                "arrivals: [{after: 1h, manifest: a.yaml}, {after: 5x, manifest: a.yaml}]",
                "DIR/w.yaml: arrivals[1].after: must be a duration such as 90s, 20m or 1h30m"
            ),
            (
                "arrivals: [{after: 1h, manifest: a.yaml, work: long}]",
                "DIR/w.yaml: arrivals[0].work: must be a duration such as 90s, 20m or 1h30m"
            ),
            (
                "arrivals: [{after: 1h, manifest: a.yaml, nmae: x}]",
                "DIR/w.yaml: arrivals[0].nmae: is no key; there are: after, manifest, name, namespace, work"
            ),
            (
                "arrivals: [{after: 1h, manifest: b.yaml}]",
                "DIR/b.yaml: cannot be read: check that the file exists"
            ),
        ]
    )
    func mistakes(line: String, message: String) {
        #expect(throws: Refusal(message: message)) { try load(Self.start + line) }
    }

    @Test("a file without what a world needs is refused")
    func missing() {
        #expect(throws: Refusal(message: "DIR/w.yaml: has no document of kind WorldConfiguration")) { try load("") }
        #expect(throws: Refusal(message: "DIR/w.yaml: start: must be a time like 2026-08-03T08:00:00Z")) {
            try load("kind: WorldConfiguration\nseed: 1\nstart: yesterday")
        }
        #expect(throws: Refusal(message: "DIR/w.yaml: seed: must be a whole number, 0 or more")) {
            try load(Self.start.replacing("seed: 3", with: "seed: -3"))
        }
        #expect(throws: Refusal(message: "DIR/w.yaml: catalogue: names no CSV file")) {
            try load(Self.start.replacing("catalogue: prices.csv", with: ""))
        }
        #expect(
            throws: Refusal(
                message: "DIR/none.csv: no such file, or it may not be read; "
                    + "name a CSV file like config/catalogues/aws-us-east-1.csv"
            )
        ) { try load(Self.start.replacing("prices.csv", with: "none.csv")) }
        #expect(
            throws: WorldConfigurationError(
                place: "/nowhere.yaml",
                problem: "cannot be read: check that the file exists"
            )
        ) { try WorldConfiguration(path: "/nowhere.yaml") }
    }

    @Test("an empty catalogue is refused")
    func emptyCatalogue() {
        let message = "DIR/prices.csv: the catalogue is empty; it needs a header line and at least one instance type"
        #expect(throws: Refusal(message: message)) { try load(Self.start, catalogue: "") }
    }

    @Test("the demo's world is complete, and its cluster takes every object")
    func demo() throws {
        let path = URL(filePath: CloudFixtures.cataloguePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "demo-world.yaml").path(percentEncoded: false)
        let world = try WorldConfiguration(path: path).world()
        world.advance(to: world.now + .seconds(26 * 3600))
        #expect(world.refusals.isEmpty)
        #expect(world.truths.count == 18)
        let pods = world.cluster.store.objects(.pods).compactMap { try? Pod(json: $0) }
        let trainings = pods.filter { $0.requests.accelerators == 1 && $0.annotation(.checkpoint) == "signal" }
        #expect(trainings.filter { $0.annotation(.deadline) == nil }.count == 12)
        #expect(pods.filter { $0.requests.accelerators == 8 }.count == 8)
        #expect(pods.filter { $0.annotation(.doNotDisrupt) == "true" }.count == 3)
        #expect(Set(pods.map(\.id.namespace)) == ["vision", "language", "platform"])
        #expect(world.truths.filter(\.checkpointFitsNotice).count >= 12)
    }
}
