import Model
import Testing

@testable import Autoscaler

@Suite("What is shown of the present")
struct StatusTests {
    @Test("each workload shows its own claims, phase and checkpoint")
    func workloads() throws {
        var scene = Scene()
        let since = try scene.runGang()
        var job = Scene.job("llm", parallelism: 2)
        job.annotations["gleaner.dev/last-checkpoint"] = "2026-08-03T08:30:00Z"
        var member = Scene.running(Scene.gangPods[0], on: "node-0", since: since)
        member.annotations["gleaner.dev/last-checkpoint"] = "2026-08-03T08:40:00Z"
        scene.tell([.jobChanged(job), .podChanged(member), .podChanged(Scene.pod("other-0", job: "other"))])
        let shown = scene.core.status(at: scene.now).workloads
        #expect(shown.map(\.phase) == [.running, .waiting])
        #expect(shown.map(\.claims.count) == [2, 0])
        #expect(shown.map(\.lastCheckpointAt) == [Timestamp(rfc3339: "2026-08-03T08:40:00Z"), nil])
    }

    @Test("twenty thousand pods on a thousand nodes are looked at, and those who wait are shown")
    func size() throws {
        var scene = Scene()
        var pods: [Pod] = []
        for index in 0..<20_000 {
            var pod = Scene.pod("p-\(index)", job: "j-\(index / 4)", gpus: 0)
            pod.annotations["gleaner.dev/last-checkpoint"] = "2026-08-03T08:40:00Z"
            pod.nodeName = "n-\(index / 20)"
            pods.append(pod)
        }
        let nodes = (0..<1000).map { Scene.node("n-\($0)", instance: "i-\($0)", taints: []) }
        let waiting = (0..<2000).map { Scene.pod("w-\($0)", job: "w-\($0)") }
        scene.tell([.clusterListed(pods: pods + waiting, nodes: nodes, jobs: [])])
        for _ in 0..<3 { scene.tell(after: 1) }
        #expect(scene.core.status(at: scene.now).workloads.count == 2000)
    }
}
