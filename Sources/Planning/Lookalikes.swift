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
            for index in demands.indices {
                demands[index].pods.withUnsafeBufferPointer { pods in
                    for place in pods.indices {
                        let digest = Fingerprint(asksOf: pods[place]).value
                        let known = looksOfDigest[digest]?.first { look in
                            let sample = samples[look]
                            return demands[index].capacityTypes == demands[sample.demand].capacityTypes
                                && demands[index].avoided == demands[sample.demand].avoided
                                && outlived[index] == outlived[sample.demand]
                                && demands[sample.demand].pods.withUnsafeBufferPointer {
                                    Self.isAlike(pods[place], $0[sample.pod])
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
    private static func isAlike(_ one: Pod, _ other: Pod) -> Bool {
        one.requests == other.requests && one.labels == other.labels && one.id.namespace == other.id.namespace
            && one.nodeSelector == other.nodeSelector && one.nodeAffinity == other.nodeAffinity
            && one.tolerations == other.tolerations && one.topologySpread == other.topologySpread
            && one.podAffinity == other.podAffinity && one.podAntiAffinity == other.podAntiAffinity
            && one.preferences == other.preferences && one.hostPorts == other.hostPorts
            && one.volumeClaims == other.volumeClaims
    }
}

extension Fingerprint {
    /// What lookalikes have in common, and few others share.
    fileprivate init(asksOf pod: Pod) {
        self.init()
        mix(pod.id.namespace)
        mixSum(of: pod.requests.amounts) { $0.mix(UInt64(bitPattern: $1.thousandths)) }
        mixSum(of: pod.labels) { $0.mix($1) }
        mixSum(of: pod.nodeSelector) { $0.mix($1) }
        for term in pod.nodeAffinity { mix(term.requirements) }
        for toleration in pod.tolerations {
            mix(toleration.key ?? "")
            mix(toleration.value)
        }
        for constraint in pod.topologySpread {
            mix(UInt64(truncatingIfNeeded: constraint.maxSkew))
            mix(constraint.topologyKey)
            mix(constraint.selector.requirements)
        }
        for term in pod.podAffinity { mix(term) }
        // One that is wanted is not one that is shunned.
        mix(UInt64(pod.podAffinity.count))
        for term in pod.podAntiAffinity { mix(term) }
        for preference in pod.preferences {
            mix(UInt64(truncatingIfNeeded: preference.weight))
            switch preference.term {
            case .node(let term): mix(term.requirements)
            case .pods(let term): mix(term)
            }
        }
        for port in pod.hostPorts { mix(UInt64(truncatingIfNeeded: port.port)) }
        for claim in pod.volumeClaims { mix(claim) }
    }

    /// The sum over all entries, in whatever order they come.
    private mutating func mixSum<Value>(of entries: [String: Value], _ mixValue: (inout Fingerprint, Value) -> Void) {
        var sum: UInt64 = 0
        for (key, value) in entries {
            var entry = Fingerprint()
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
