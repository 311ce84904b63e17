import Model
import Testing

@Suite struct TolerationTests {
    let taint = Taint(key: "team", value: "vision", effect: .noSchedule)

    @Test("Equal wants the same key and value, Exists the same key")
    func operators() {
        #expect(Toleration(key: "team", exists: false, value: "vision").tolerates(taint))
        #expect(!Toleration(key: "team", exists: false, value: "speech").tolerates(taint))
        #expect(!Toleration(key: "team", exists: false).tolerates(taint))
        #expect(Toleration(key: "team", exists: true).tolerates(taint))
        #expect(!Toleration(key: "other", exists: true).tolerates(taint))
        #expect(Toleration(key: "spot", exists: false).tolerates(Taint(key: "spot", effect: .noSchedule)))
    }

    @Test("no key tolerates everything, but only with Exists")
    func noKey() {
        #expect(Toleration(key: nil, exists: true).tolerates(taint))
        #expect(!Toleration(key: nil, exists: false).tolerates(taint))
        // An empty key is how YAML writes an absent one.
        #expect(Toleration(key: "", exists: true).tolerates(taint))
        #expect(!Toleration(key: "", exists: false, value: "vision").tolerates(taint))
    }

    @Test("an effect narrows it, an absent one does not")
    func effects() {
        #expect(Toleration(key: "team", exists: true, effect: .noSchedule).tolerates(taint))
        #expect(!Toleration(key: "team", exists: true, effect: .noExecute).tolerates(taint))
        #expect(!Toleration(key: nil, exists: true, effect: .noExecute).tolerates(taint))
    }

    @Test("a pod runs where it tolerates every taint that keeps pods away")
    func pod() {
        var pod = Pod(id: PodID(namespace: "a", name: "b"), uid: "u", createdAt: Timestamp(seconds: 0))
        #expect(pod.accepts(labels: [:], taints: []))
        #expect(!pod.accepts(labels: [:], taints: [taint]))
        #expect(pod.accepts(labels: [:], taints: [Taint(key: "x", effect: .preferNoSchedule)]))
        pod.tolerations = [Toleration(key: "team", exists: true)]
        #expect(pod.accepts(labels: [:], taints: [taint]))
        #expect(!pod.accepts(labels: [:], taints: [taint, .starting]))
        pod.nodeSelector = ["zone": "a"]
        #expect(!pod.accepts(labels: [:], taints: []))
        #expect(pod.accepts(labels: ["zone": "a"], taints: []))
    }
}
