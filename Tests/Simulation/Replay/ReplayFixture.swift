import Foundation
import Model

@testable import Simulation

/// Files of a small replay, in a folder of its own that goes with it.
final class ReplayFixture {
    static let start = "2026-10-01T00:00:00Z"

    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "gleaner-replay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "traces"), withIntermediateDirectories: true)
        // A second costs a cent on demand, and a fifth of one as spot.
        try write(
            "machines.csv",
            """
            instance_type,accelerator_manufacturer,accelerator_name,accelerator_count,accelerator_memory_mib,vcpus,\
            memory_mib,efa,on_demand_usd_per_hour,spot_saving_percent,spot_interruption_per_month,architectures
            g5.xlarge,NVIDIA,A10G,1,22888,4,16384,False,36.000000,80,>20%,x86_64
            """
        )
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path(name)))
    }

    /// Capacity of spot in a zone, a tick each ten minutes.
    func trace(_ zone: String, _ counts: [Int], type: String = "g5.xlarge") throws {
        try write("traces/\(type)_\(zone).json", "{\"metadata\": {\"gap_seconds\": 600}, \"data\": \(counts)}")
    }

    /// A Job on one GPU.
    static func job(
        _ name: String,
        at time: String = start,
        work: String? = "1h",
        annotations: [String: String] = [:],
        more: String = "",
        resources: String = "{cpu: \"3\", memory: 10Gi, nvidia.com/gpu: \"1\"}"
    ) -> String {
        var all = ["gleaner.dev/checkpoint": "signal"].merging(annotations) { $1 }
        all["world.gleaner.dev/work"] = work
        let lines = all.sorted { $0.key < $1.key }.map { "          \($0.key): \"\($0.value)\"\n" }.joined()
        return """
            ---
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: \(name)
              namespace: vision
              creationTimestamp: "\(time)"
            spec:
              podFailurePolicy:
                rules:
                  - action: Ignore
                    onPodConditions:
                      - {type: DisruptionTarget, status: "True"}
              template:
                metadata:
                  annotations:
            \(lines)
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 60
                  containers:
                    - name: train
                      image: registry.example/train:1
                      resources: {requests: \(resources), limits: \(resources)}
            \(more)

            """
    }

    static func configuration(_ types: [CapacityType] = [.spot, .onDemand], zones: [String] = [])
        -> GleanerConfiguration
    {
        GleanerConfiguration(
            clusterName: "replay",
            pools: [
                Pool(
                    name: "gpu",
                    shapes: [Pool.ShapeTemplate(name: "g5.xlarge", instanceTypes: ["g5.xlarge"])],
                    capacityTypes: types,
                    zones: zones,
                    acceptedAnnotations: ["deadline"]
                )
            ]
        )
    }

    func bench(
        _ jobs: String,
        configurations: [(path: String, configuration: GleanerConfiguration)] = [("a.yaml", configuration())],
        prices: [String] = [],
        traceFactor: Int64 = 1,
        patience: Duration = .seconds(86_400)
    ) throws -> ReplayBench {
        try write("workloads.yaml", jobs)
        return try ReplayBench(
            workloads: path("workloads.yaml"),
            traces: [path("traces")],
            traceFactor: traceFactor,
            prices: [path("machines.csv")] + prices,
            configurations: configurations,
            patience: patience
        )
    }
}
