import Model

extension Pod {
    /// What the scheduler reserves for a pod: the larger of what all containers need together and what the init phase
    /// needs at its worst, plus overhead, and one of `pods`.
    ///
    /// An init container that restarts always is a sidecar: it keeps running beside every later init container and all
    /// containers. https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
    static func requests(_ reader: ObjectReader) throws -> Resources {
        var running = Resources()
        for container in try reader.elements("spec", "containers") {
            running += try containerRequests(container)
        }
        var sidecars = Resources()
        var starting = Resources()
        for container in try reader.elements("spec", "initContainers") {
            let own = try containerRequests(container)
            if try container.string("restartPolicy") == "Always" {
                sidecars += own
                starting = starting.maximum(sidecars)
            } else {
                starting = starting.maximum(own + sidecars)
            }
        }
        var total = (running + sidecars).maximum(starting)
        // What is said for the pod as a whole counts instead of the sum.
        for (name, amount) in try reader.resources("spec", "resources", "requests").amounts { total[name] = amount }
        total += try reader.resources("spec", "overhead")
        total[Resources.pods] = Quantity(1)
        return total
    }

    /// A limit without a request counts as the request, as the API server would have written it.
    private static func containerRequests(_ container: ObjectReader) throws -> Resources {
        let requests = try container.resources("resources", "requests")
        let limits = try container.resources("resources", "limits")
        let named = Set(container.json.at("resources", "requests").fields.keys)
        return requests + Resources(limits.amounts.filter { !named.contains($0.key) })
    }
}
