package import Model

/// A kind of accelerator in an instance type, as DescribeInstanceTypes reports it under GpuInfo or NeuronInfo.
package struct InstanceTypeAccelerator: Hashable, Sendable {
    /// `NVIDIA`, `AMD`, `Habana` or `AWS`.
    package var manufacturer: String
    package var name: String
    package var count: Int64
    /// Of each; 0 where it is not known.
    package var memoryMiB: Int64
    /// Of each, where pods can ask for cores; 0 where they cannot.
    package var cores: Int64

    package init(manufacturer: String, name: String, count: Int64, memoryMiB: Int64 = 0, cores: Int64 = 0) {
        self.manufacturer = manufacturer
        self.name = name
        self.count = count
        self.memoryMiB = memoryMiB
        self.cores = cores
    }
}

extension InstanceType {
    /// What a node of an EC2 instance type leaves to pods on EKS's images, before it stands.
    ///
    /// CPU: kubelet's reserve of 6% of the first core, 1% of the second, 0.5% of the next two and 0.25% of the rest.
    /// Memory: 7.5% goes to hypervisor and kernel; kubelet reserves 255 MiB and 11 MiB a pod, and evicts at 100 MiB.
    /// Source: bootstrap.sh of https://github.com/awslabs/amazon-eks-ami and its cap of 110 pods below 30 vCPUs, 250 above.
    /// - Parameters:
    ///   - ec2Name: Name of the type, such as `g5.xlarge`.
    ///   - vCPUs: VCpuInfo.DefaultVCpus.
    ///   - memoryMiB: MemoryInfo.SizeInMiB.
    ///   - accelerators: All kinds it has; a count of 0 is a slice of a GPU and does not count.
    ///   - ec2Architecture: `x86_64` or `arm64`.
    ///   - addressablePods: How many pods its network interfaces have addresses for; nil where that is not known.
    ///   - efaInterfaces: EfaInfo.MaximumEfaInterfaces.
    package init(
        ec2Name: String,
        vCPUs: Int64,
        memoryMiB: Int64,
        accelerators: [InstanceTypeAccelerator],
        ec2Architecture: String,
        addressablePods: Int64? = nil,
        efaInterfaces: Int64 = 0
    ) {
        // Which of the two an image goes by depends on the network plugin: the fewer pods, and the larger reserve.
        let cap: Int64 = vCPUs < 30 ? 110 : 250
        let pods = min(cap, addressablePods ?? cap)
        let reservedPods = max(cap, addressablePods ?? cap)
        var allocatable = Resources([
            Resources.cpu: Quantity(thousandths: vCPUs * 1000 - Self.reservedMillicores(vCPUs: vCPUs)),
            Resources.memory: Quantity(max(0, memoryMiB * 925 / 1000 - 255 - 11 * reservedPods - 100) * 1_048_576),
            Resources.pods: Quantity(pods),
        ])
        let whole = accelerators.filter { $0.count > 0 }
        for accelerator in whole {
            guard let resource = Self.resourceNames[accelerator.manufacturer.lowercased()] else { continue }
            allocatable[resource] = allocatable[resource] + Quantity(accelerator.count)
            // Neuron's plugin registers devices and their cores side by side.
            if accelerator.cores > 0, resource == Resources.neuron {
                allocatable[Resources.neuronCore] =
                    allocatable[Resources.neuronCore] + Quantity(accelerator.count * accelerator.cores)
            }
        }
        self.init(
            name: ec2Name,
            allocatable: allocatable,
            accelerator: whole.first.map { Self.labelValue($0.name) },
            architecture: ec2Architecture == "arm64" ? "arm64" : "amd64",
            vCPUs: vCPUs,
            acceleratorMemoryMiB: whole.first?.memoryMiB ?? 0,
            efaInterfaces: efaInterfaces
        )
    }

    /// The extended resource that each maker's device plugin registers.
    private static let resourceNames = [
        "nvidia": "nvidia.com/gpu", "amd": "amd.com/gpu", "habana": "habana.ai/gaudi", "aws": Resources.neuron,
        "qualcomm": "qualcomm.com/qaic",
    ]

    private static func reservedMillicores(vCPUs: Int64) -> Int64 {
        // In hundredths of a percent of a core, rounded up to a whole thousandth.
        var reserved: Int64 = 0
        for core in 0..<max(0, vCPUs) {
            switch core {
            case 0: reserved += 600
            case 1: reserved += 100
            case 2, 3: reserved += 50
            default: reserved += 25
            }
        }
        return (reserved + 9) / 10
    }

    /// A name in the characters that a Kubernetes label value may have: `RTX PRO Server 6000` becomes
    /// `RTX-PRO-Server-6000`.
    private static func labelValue(_ name: String) -> String {
        var words: [String] = [""]
        for character in name.prefix(63) {
            if character.isASCII, character.isLetter || character.isNumber {
                words[words.count - 1].append(character)
            } else {
                words.append("")
            }
        }
        return words.filter { !$0.isEmpty }.joined(separator: "-")
    }
}
