import Foundation
import Journal
import Model
import NoticeWorkbench
import Simulation
import Testing

extension EndToEnd {
    @Suite("A queue full of warnings")
    struct QueueTests {
        private static let catalogue = Program.package.appending(path: "config/catalogues/aws-us-east-1.csv").path()

        @Test("a thousand are journaled once each and acted on, and none is left", .timeLimit(.minutes(3)))
        func thousand() async throws {
            let scene = try Scene()
            let outcome = try await QueueRun(catalogue: Self.catalogue, patience: .seconds(100))
                .run(folder: scene.folder.path())
            #expect(outcome.isWhole, "\(outcome)")
            print(
                "journaled after \(outcome.journaledAfter) s, acted on after \(outcome.actedAfter) s, deleted after "
                    + "\(outcome.emptyAfter) s"
            )
        }

        @Test(
            "a service that is killed again and again while it reads them loses none, and writes none twice",
            .timeLimit(.minutes(4))
        )
        func killed() async throws {
            let count = 1000
            let seed = ProcessInfo.processInfo.environment["GLEANER_SEED"].flatMap(UInt64.init) ?? 20_261_121
            var chance = SeededGenerator(seed: seed, purpose: "kills")
            let scene = try Scene()
            let path = scene.path("journal.sqlite")
            let cloud = try await Self.crowd(count, journal: path)
            let cluster = try CrowdedCluster(instances: cloud.crowd.instances, answerAfter: .milliseconds(2))
            defer { cluster.close() }
            try await cloud.serving { endpoint in
                let arguments = try Self.arguments(scene, cluster: cluster.url)
                let environment = [
                    "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": CrowdedCloud.accessKeyID,
                    "AWS_SECRET_ACCESS_KEY": CrowdedCloud.secretAccessKey,
                ]
                await cloud.send(Self.odd)
                await cloud.takeBack()
                await cloud.send(Self.odd)
                var moments: [String] = []
                for _ in 0..<4 {
                    let service = try scene.start(arguments, environment: environment)
                    // In the middle of it: some are deleted, others read, in the journal or not, and not deleted.
                    let begun = await cloud.waiting
                    let wanted = Int(chance.integer(in: 1...80))
                    try await Self.wait(service) { await begun - cloud.waiting >= wanted }
                    service.kill()
                    let deleted = await begun - cloud.waiting
                    moments.append("\(deleted)")
                }
                print("killed, by seed \(seed), after so many deletions: \(moments.joined(separator: ", "))")
                #expect(await cloud.waiting > 0)
                let service = try scene.start(arguments, environment: environment)
                try await Self.wait(service) {
                    await cloud.waiting == 0 && cluster.askedCount == count && cluster.cordonedCount == count
                        && cluster.evictedCount == count
                }
                service.terminate()
                #expect(try await service.end().status == 0, "\(service.errors)")
            }
            let journal = try SQLiteJournal(path: path)
            let recorded = try await journal.entries().compactMap(\.interrupted)
            #expect(recorded.count == count)
            #expect(Set(recorded) == Set(cloud.crowd.instances))
            try journal.close()
        }

        /// What else may be in a queue: nothing that follows from it, and nothing that may hold up the rest.
        private static let odd: [String] = [
            "hello", "{}", String(repeating: "[", count: 5000),
            #"{"id":"a","detail-type":"EC2 Spot Instance Interruption Warning","time":"never","detail":{}}"#,
            #"{"id":"b","detail-type":"EC2 Instance Rebalance Recommendation","time":"2026-01-02T03:04:05Z"}"#,
            #"{"id":"c","detail-type":"EC2 Spot Instance Request Fulfillment","time":"2026-01-02T03:04:05Z"}"#,
            #"{"id":"d","detail-type":"EC2 Spot Instance Interruption Warning","time":"2026-01-02T03:04:05Z","detail":"#
                + #"{"instance-id":"i-0123456789abcdef0","instance-action":"terminate"}}"#,
        ]

        /// A cloud with running instances that a journal knows.
        private static func crowd(_ count: Int, journal path: String) async throws -> CrowdedCloud {
            let journal = try SQLiteJournal(path: path)
            let cloud = try CrowdedCloud(
                count: count,
                identity: journal.identity,
                catalogue: catalogue,
                duplicateShare: 0.05,
                lateShare: 0.1
            )
            try await cloud.crowd.record(in: journal, at: cloud.crowd.launchedAt)
            try journal.close()
            return cloud
        }

        private static func arguments(_ scene: Scene, cluster: String) throws -> [String] {
            let configuration = try scene.write(
                "crowd.yaml",
                """
                apiVersion: gleaner.dev/v1
                kind: GleanerConfiguration
                clusterName: \(Crowd.clusterName)
                aws:
                  region: us-east-1
                  interruptionQueue: \(CrowdedCloud.queueName)
                  imageID: ami-00000000000000000
                  subnetTags:
                    gleaner.dev/discovery: crowd
                pools:
                  - name: single
                    instanceTypes: [g5.xlarge]

                """
            )
            let kubeconfig = try scene.write(
                "crowd.kubeconfig",
                """
                apiVersion: v1
                kind: Config
                clusters: [{name: crowd, cluster: {server: "\(cluster)"}}]
                users: [{name: crowd, user: {}}]
                contexts: [{name: crowd, context: {cluster: crowd, user: crowd}}]
                current-context: crowd

                """
            )
            return [
                "serve", "--config", configuration, "--kubeconfig", kubeconfig, "--journal",
                scene.path("journal.sqlite"), "--listen", "127.0.0.1:0",
            ]
        }

        private static func wait(_ service: Program, until isSo: () async -> Bool) async throws {
            let deadline = ContinuousClock.now + .seconds(100)
            while await !isSo() {
                try #require(service.isRunning, "ended early: \(service.errors)")
                try #require(ContinuousClock.now < deadline, "not within 100 s: \(service.errors.suffix(2000))")
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }
}
