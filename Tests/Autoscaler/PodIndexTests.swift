import Model
import Testing

@testable import Autoscaler

@Suite("Pods by what is asked of them")
struct PodIndexTests {
    /// SplitMix64: the same numbers from the same seed.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    private func randomPod(using random: inout Generator) -> Pod {
        let number = Int.random(in: 0..<30, using: &random)
        let uid = "uid-\(number)-\(Int.random(in: 0..<2, using: &random))"
        var pod = Pod(id: PodID(namespace: "n\(number % 2)", name: "p\(number)"), uid: uid, createdAt: Scene.start)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: pod.annotations = [Annotation.gang.key: "gang-\(number % 3)"]
        case 1: pod.owner = Pod.Owner(kind: "Job", name: "job", uid: "job-\(number % 3)")
        case 2:
            pod.owner = Pod.Owner(kind: "DaemonSet", name: "set", uid: "set-\(number % 3)")
            pod.isNodeBound = true
        default: break
        }
        if Bool.random(using: &random) { pod.nodeName = "node-\(Int.random(in: 0..<4, using: &random))" }
        pod.phase = [.pending, .running, .succeeded].randomElement(using: &random) ?? .pending
        if Int.random(in: 0..<4, using: &random) == 0 { pod.deletedAt = Scene.start }
        return pod
    }

    @Test("after any changes the index is what a look at all pods gives", arguments: 0..<20 as Range<UInt64>)
    func changes(seed: UInt64) {
        var random = Generator(state: seed)
        var view = ClusterView()
        for _ in 0..<400 {
            switch Int.random(in: 0..<40, using: &random) {
            case 0:
                let pods = (0..<20).map { _ in randomPod(using: &random) }
                view.replace(pods: pods, nodes: [], jobs: [], at: Scene.start)
            case 1..<8: view.remove(randomPod(using: &random))
            default: view.put(randomPod(using: &random))
            }
            check(view)
        }
    }

    private func check(_ view: ClusterView) {
        let pods = view.pods.values.sorted { $0.id < $1.id }
        for node in (0..<4).map({ "node-\($0)" }) {
            #expect(view.pods(on: node) == pods.filter { $0.occupiesNode && $0.nodeName == node })
        }
        #expect(view.waitingPods == pods.filter(\.isWaiting))
        let leaving = pods.filter { $0.occupiesNode && $0.deletedAt != nil }
        #expect(view.leavingPods.sorted { $0.id < $1.id } == leaving)
        for group in Set(pods.map(MemberKey.init)) {
            #expect(view.pods(of: group) == pods.filter { !$0.isNodeBound && MemberKey($0) == group })
        }
        #expect(view.daemonPods == Dictionary(grouping: pods.filter(\.isNodeBound)) { $0.owner?.uid ?? "" })
    }
}
