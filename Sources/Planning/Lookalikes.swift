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
                        let digest = Digest.of(pods[place]).value
                        let known = looksOfDigest[digest]?.first { look in
                            let sample = samples[look]
                            return demands[index].capacityTypes == demands[sample.demand].capacityTypes
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

    /// A number that lookalikes have in common, and few others share.
    private struct Digest {
        private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

        static func of(_ pod: Pod) -> Digest {
            var digest = Digest()
            digest.mix(pod.id.namespace)
            digest.mixSum(of: pod.requests.amounts) { $0.mix(UInt64(bitPattern: $1.thousandths)) }
            digest.mixSum(of: pod.labels) { $0.mix($1) }
            digest.mixSum(of: pod.nodeSelector) { $0.mix($1) }
            for term in pod.nodeAffinity { digest.mix(term.requirements) }
            for toleration in pod.tolerations {
                digest.mix(toleration.key ?? "")
                digest.mix(toleration.value)
            }
            for constraint in pod.topologySpread {
                digest.mix(UInt64(truncatingIfNeeded: constraint.maxSkew))
                digest.mix(constraint.topologyKey)
                digest.mix(constraint.selector.requirements)
            }
            for term in pod.podAffinity { digest.mix(term) }
            // One that is wanted is not one that is shunned.
            digest.mix(UInt64(pod.podAffinity.count))
            for term in pod.podAntiAffinity { digest.mix(term) }
            for preference in pod.preferences {
                digest.mix(UInt64(truncatingIfNeeded: preference.weight))
                switch preference.term {
                case .node(let term): digest.mix(term.requirements)
                case .pods(let term): digest.mix(term)
                }
            }
            for port in pod.hostPorts { digest.mix(UInt64(truncatingIfNeeded: port.port)) }
            for claim in pod.volumeClaims { digest.mix(claim) }
            return digest
        }

        // FNV-1a over whole numbers, and its last step twice: http://www.isthe.com/chongo/tech/comp/fnv
        mutating func mix(_ number: UInt64) {
            value = (value ^ number) &* 0x0000_0100_0000_01b3
            value ^= value >> 29
        }

        mutating func mix(_ text: String) {
            var text = text
            text.withUTF8 { bytes in
                for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            }
            mix(UInt64(text.utf8.count))
        }

        /// The sum over all entries, in whatever order they come.
        mutating func mixSum<Value>(of entries: [String: Value], _ mixValue: (inout Digest, Value) -> Void) {
            var sum: UInt64 = 0
            for (key, value) in entries {
                var digest = Digest()
                digest.mix(key)
                mixValue(&digest, value)
                sum &+= digest.value
            }
            mix(sum)
        }

        mutating func mix(_ term: PodAffinityTerm) {
            mix(term.topologyKey)
            mix(term.selector.requirements)
            for namespace in term.namespaces { mix(namespace) }
        }

        mutating func mix(_ requirements: [NodeSelectorRequirement]) {
            for requirement in requirements {
                mix(requirement.key)
                for value in requirement.values { mix(value) }
            }
        }
    }
}
