/// What an instance type has.
package struct EC2InstanceType: Sendable, Equatable {
    /// Devices of one model.
    package struct Accelerator: Sendable, Equatable {
        package var manufacturer: String
        /// As EC2 writes it: `A10G`, `T4`, `Trainium`.
        package var name: String
        /// 0 for a slice of one.
        package var count: Int
        /// Of each.
        package var memoryMiB: Int
        /// Of each, where pods can ask for cores: Neuron's.
        package var cores = 0
    }

    package var name: String
    package var virtualCPUs: Int
    package var memoryMiB: Int
    package var architectures: [String]
    /// GPUs, Neuron devices and other accelerators of inference and media.
    package var accelerators: [Accelerator]
    /// `spot`, `on-demand`, `capacity-block`.
    package var usageClasses: [String]
    package var localStorageGB: Int
    /// Elastic Fabric Adapters that can be attached; 0 where it supports none.
    package var efaInterfaces: Int
    /// Pods with an address of their own, where each takes one of a network interface; nil where EC2 does not say.
    package var addressablePods: Int?
    package var isCurrentGeneration: Bool

    init(_ item: XMLElement) throws(XMLShapeError) {
        name = try item.required("instanceType")
        guard let processors = item["vCpuInfo"], let memory = item["memoryInfo"] else {
            throw .missing("vCpuInfo or memoryInfo", in: "instance type \(name)")
        }
        virtualCPUs = try processors.required("defaultVCpus") { Int($0) }
        memoryMiB = try memory.required("sizeInMiB") { Int($0) }
        architectures = item["processorInfo"]?.items("supportedArchitectures").map(\.text) ?? []
        accelerators = try Self.accelerators(item)
        usageClasses = item.items("supportedUsageClasses").map(\.text)
        localStorageGB = item["instanceStorageInfo"]?.string("totalSizeInGB").flatMap { Int($0) } ?? 0
        let network = item["networkInfo"]
        efaInterfaces = 0
        if network?.string("efaSupported") == "true" {
            efaInterfaces = network?["efaInfo"]?.string("maximumEfaInterfaces").flatMap { Int($0) } ?? 1
        }
        addressablePods = nil
        if let interfaces = network?.string("maximumNetworkInterfaces").flatMap({ Int($0) }),
            let addresses = network?.string("ipv4AddressesPerInterface").flatMap({ Int($0) })
        {
            // https://github.com/aws/amazon-vpc-cni-k8s: an interface's first address is its own, and two pods need none.
            addressablePods = interfaces * max(0, addresses - 1) + 2
        }
        isCurrentGeneration = item.string("currentGeneration") == "true"
    }

    private static func accelerators(_ item: XMLElement) throws(XMLShapeError) -> [Accelerator] {
        var result: [Accelerator] = []
        for gpu in item["gpuInfo"]?.items("gpus") ?? [] { result.append(try Accelerator(gpu)) }
        let devices = item["neuronInfo"]?.items("neuronDevices") ?? []
        for device in devices { result.append(try Accelerator(device, manufacturer: "AWS")) }
        // The first Inferentia is there as well, under its older name.
        for other in item["inferenceAcceleratorInfo"]?.items("accelerators") ?? [] {
            let accelerator = try Accelerator(other)
            if devices.isEmpty || accelerator.manufacturer != "AWS" { result.append(accelerator) }
        }
        for media in item["mediaAcceleratorInfo"]?.items("accelerators") ?? [] {
            result.append(try Accelerator(media))
        }
        return result
    }
}

extension EC2InstanceType.Accelerator {
    fileprivate init(_ item: XMLElement, manufacturer: String? = nil) throws(XMLShapeError) {
        self.init(
            manufacturer: manufacturer ?? item.string("manufacturer") ?? "",
            name: try item.required("name"),
            count: try item.required("count") { Int($0) },
            memoryMiB: item["memoryInfo"]?.string("sizeInMiB").flatMap { Int($0) } ?? 0,
            cores: item["coreInfo"]?.string("count").flatMap { Int($0) } ?? 0
        )
    }
}
