import Model
import Testing

@testable import Autoscaler

@Suite("While the cluster or the cloud cannot be reached")
struct OutageTests {
    @Test("a plan that is due while the watch is broken does not wake the loop again and again")
    func planDueWithoutCluster() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        let broken = scene.tell([
            .clusterUnreachable(reason: "reset"), .launchEnded(request.id, .failed(.noCapacity, message: "none")),
        ])
        #expect(broken.wakes.allSatisfy { $0 > scene.now })
        #expect(scene.tell([.wake]).wakes.allSatisfy { $0 > scene.now })
        let pods = Scene.gangPods
        let mended = scene.tell([.clusterListed(pods: pods, nodes: [], jobs: [Scene.job("llm", parallelism: 2)])])
        #expect(mended.plans.count == 1)
    }

    @Test("a change of a node is not sent again while the watch has yet to show it")
    func nodeUpdateSettles() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        let instances = ["i-0", "i-1"].map { Scene.instance($0, at: scene.now) }
        scene.tell([.launchEnded(request.id, .launched(instances))])
        let updates = scene.tell([
            .nodeChanged(Scene.node("node-0", instance: "i-0")), .nodeChanged(Scene.node("node-1", instance: "i-1")),
        ]).updates
        #expect(updates.count == 2)
        #expect(scene.tell(updates.map { .nodeUpdated($0) }, after: 1).updates.isEmpty)
        #expect(scene.tell(after: 10).updates.count == 2)
    }

    @Test("a cloud that does not answer is asked again after a while, not at once")
    func cloudUnreachable() {
        var scene = Scene()
        let asked = scene.tell(after: 301).questions
        #expect(asked == 2)
        let failed = scene.tell([.cloudUnreachable(reason: "refused"), .cloudUnreachable(reason: "refused")])
        #expect(failed.questions == 0)
        #expect(failed.wakes == [scene.now + .seconds(15)])
        #expect(scene.tell(after: 15).questions == 2)
    }
}

extension Decisions {
    fileprivate var wakes: [Timestamp] {
        commands.compactMap { if case .wake(let time) = $0 { time } else { nil } }
    }
    /// How many questions to the cloud are among the commands.
    fileprivate var questions: Int {
        commands.count { command in
            switch command {
            case .listInstances, .refreshPrices: true
            default: false
            }
        }
    }
}
