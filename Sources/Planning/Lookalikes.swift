import Model

/// Which of the waiting pods ask for the same: by a cheap digest of what they say and then by comparing, since hashing
/// it anew for each of thousands of pods, dictionary by dictionary, takes longer than planning them.
struct Lookalikes {
    /// By pod, in the order of the input, the number of its look; numbered as first seen.
    private(set) var looks: [Int] = []
    /// Of each look the first pod that has it.
    private(set) var samples: [Member] = []

    /// - Parameters:
    ///   - demands: Whose pods wait.
    ///   - outlived: Of each demand the reservations that end before its work is done.
    init(_ demands: [PlanInput.Demand], outlived: [Set<String>]) {
        var looksOfDigest: [UInt64: [Int]] = [:]
        // In place: a pod is large, and only looked at.
        demands.withUnsafeBufferPointer { demands in
            guard let demands = demands.baseAddress.map({ (first: $0, count: demands.count) }) else { return }
            for index in 0..<demands.count {
                let demand = demands.first + index
                demand.pointee.pods.withUnsafeBufferPointer { pods in
                    guard let first = pods.baseAddress else { return }
                    for place in pods.indices {
                        let pod = first + place
                        let digest = Digest(asksOf: pod).value
                        let known = looksOfDigest[digest]?.first { look in
                            let sample = samples[look]
                            let other = demands.first + sample.demand
                            return demand.pointee.capacityTypes == other.pointee.capacityTypes
                                && demand.pointee.avoided == other.pointee.avoided
                                && outlived[index] == outlived[sample.demand]
                                && other.pointee.pods.withUnsafeBufferPointer { pods in
                                    pods.baseAddress.map { Self.isAlike(pod, $0 + sample.pod) } ?? false
                                }
                        }
                        if let known {
                            looks.append(known)
                        } else {
                            looksOfDigest[digest, default: []].append(samples.count)
                            looks.append(samples.count)
                            samples.append(Member(demand: index, pod: place))
                        }
                    }
                }
            }
        }
    }

    /// Whether two pods say the same of all that decides where they may run.
    private static func isAlike(_ one: UnsafePointer<Pod>, _ other: UnsafePointer<Pod>) -> Bool {
        isEqual(one.pointee.requests.amounts, other.pointee.requests.amounts)
            && isEqual(one.pointee.labels, other.pointee.labels)
            && one.pointee.id.namespace == other.pointee.id.namespace
            && one.pointee.nodeSelector == other.pointee.nodeSelector
            && one.pointee.nodeAffinity == other.pointee.nodeAffinity
            && one.pointee.tolerations == other.pointee.tolerations
            && one.pointee.topologySpread == other.pointee.topologySpread
            && one.pointee.podAffinity == other.pointee.podAffinity
            && one.pointee.podAntiAffinity == other.pointee.podAntiAffinity
            && one.pointee.preferences == other.pointee.preferences
            && one.pointee.hostPorts == other.pointee.hostPorts
            && one.pointee.volumeClaims == other.pointee.volumeClaims
    }

    /// Dictionaries that were made alike list their entries alike, which is quickly seen: no key is hashed for that.
    private static func isEqual<Value: Equatable>(_ one: [String: Value], _ other: [String: Value]) -> Bool {
        guard one.count == other.count else { return false }
        return zip(one, other).allSatisfy { $0.key == $1.key && $0.value == $1.value } || one == other
    }
}

/// A digest of what a pod asks for; lookalikes have it in common, and few others share it. It takes eight bytes of a
/// text at once, and lives no longer than a plan is made.
private struct Digest {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    private init() {}

    private mutating func mix(_ number: UInt64) {
        let product = (value ^ number).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
        value = product.low ^ product.high
    }

    private mutating func mix(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var index = 0
            while index + 8 <= bytes.count {
                mix(UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt64.self))
                index += 8
            }
            var rest = UInt64(bytes.count)
            while index < bytes.count {
                rest = rest << 8 | UInt64(bytes[index])
                index += 1
            }
            mix(rest)
        }
    }

    init(asksOf pod: UnsafePointer<Pod>) {
        mix(pod.pointee.id.namespace)
        mixSum(of: pod.pointee.requests.amounts) { $0.mix(UInt64(bitPattern: $1.thousandths)) }
        mixSum(of: pod.pointee.labels) { $0.mix($1) }
        mixSum(of: pod.pointee.nodeSelector) { $0.mix($1) }
        for term in pod.pointee.nodeAffinity { mix(term.requirements) }
        for toleration in pod.pointee.tolerations {
            mix(toleration.key ?? "")
            mix(toleration.value)
        }
        for constraint in pod.pointee.topologySpread {
            mix(UInt64(truncatingIfNeeded: constraint.maxSkew))
            mix(constraint.topologyKey)
            mix(constraint.selector.requirements)
        }
        for term in pod.pointee.podAffinity { mix(term) }
        // One that is wanted is not one that is shunned.
        mix(UInt64(pod.pointee.podAffinity.count))
        for term in pod.pointee.podAntiAffinity { mix(term) }
        for preference in pod.pointee.preferences {
            mix(UInt64(truncatingIfNeeded: preference.weight))
            switch preference.term {
            case .node(let term): mix(term.requirements)
            case .pods(let term): mix(term)
            }
        }
        for port in pod.pointee.hostPorts { mix(UInt64(truncatingIfNeeded: port.port)) }
        for claim in pod.pointee.volumeClaims { mix(claim) }
    }

    /// The sum over all entries, in whatever order they come.
    private mutating func mixSum<Value>(of entries: [String: Value], _ mixValue: (inout Digest, Value) -> Void) {
        var sum: UInt64 = 0
        for (key, value) in entries {
            var entry = Digest()
            entry.mix(key)
            mixValue(&entry, value)
            sum &+= entry.value
        }
        mix(sum)
    }

    private mutating func mix(_ term: PodAffinityTerm) {
        mix(term.topologyKey)
        mix(term.selector.requirements)
        for namespace in term.namespaces { mix(namespace) }
    }

    private mutating func mix(_ requirements: [NodeSelectorRequirement]) {
        for requirement in requirements {
            mix(requirement.key)
            for value in requirement.values { mix(value) }
        }
    }
}
