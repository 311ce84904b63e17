/// What an instance type has.
package struct EC2InstanceType: Sendable, Equatable {
    /// Devices of one model.
    package struct GPU: Sendable, Equatable {
        package var manufacturer: String
        /// As EC2 writes it: `A10G`, `T4`.
        package var name: String
        package var count: Int
        package var memoryMiB: Int
    }

    package var name: String
    package var virtualCPUs: Int
    package var memoryMiB: Int
    package var architectures: [String]
    package var gpus: [GPU]
    /// `spot`, `on-demand`, `capacity-block`.
    package var usageClasses: [String]
    package var localStorageGB: Int
    package var supportsEFA: Bool
    package var isCurrentGeneration: Bool

    init(_ item: XMLElement) throws(XMLShapeError) {
        name = try item.required("instanceType")
        guard let processors = item["vCpuInfo"], let memory = item["memoryInfo"] else {
            throw .missing("vCpuInfo or memoryInfo", in: "instance type \(name)")
        }
        virtualCPUs = try processors.required("defaultVCpus") { Int($0) }
        memoryMiB = try memory.required("sizeInMiB") { Int($0) }
        architectures = item["processorInfo"]?.items("supportedArchitectures").map(\.text) ?? []
        gpus = []
        for gpu in item["gpuInfo"]?.items("gpus") ?? [] {
            gpus.append(
                GPU(
                    manufacturer: gpu.string("manufacturer") ?? "",
                    name: try gpu.required("name"),
                    count: try gpu.required("count") { Int($0) },
                    memoryMiB: gpu["memoryInfo"]?.string("sizeInMiB").flatMap { Int($0) } ?? 0
                )
            )
        }
        usageClasses = item.items("supportedUsageClasses").map(\.text)
        localStorageGB = item["instanceStorageInfo"]?.string("totalSizeInGB").flatMap { Int($0) } ?? 0
        supportsEFA = item["networkInfo"]?.string("efaSupported") == "true"
        isCurrentGeneration = item.string("currentGeneration") == "true"
    }
}
