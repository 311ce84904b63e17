/// How the machines of a pool are made, as the operator says it: `aws` for all pools, `node` for one.
package struct NodeSettings: Hashable, Codable, Sendable {
    /// How a machine learns at its first boot which cluster it joins, with which labels and taints.
    package enum Bootstrap: String, Hashable, Codable, CaseIterable, Sendable {
        /// A shell script that calls `/etc/eks/bootstrap.sh`: EKS images on Amazon Linux 2, and others that bring it.
        case eksBootstrap = "eks-bootstrap"
        /// A NodeConfig of `node.eks.aws`: EKS images on Amazon Linux 2023.
        case nodeadm
        /// Settings in TOML.
        case bottlerocket
        /// The operator's own text, with places for labels and taints.
        case cloudInit = "cloud-init"
    }

    /// The volume that images and containers are kept on.
    package struct RootVolume: Hashable, Codable, Sendable {
        package var sizeGiB: Int
        /// As in `gp3`.
        package var type: String
        /// Nil leaves it to the type.
        package var iops: Int?
        /// MiB a second; nil leaves it to the type.
        package var throughput: Int?
        /// As in `/dev/xvda`; nil is the image's own.
        package var device: String?

        package init(
            sizeGiB: Int,
            type: String = "gp3",
            iops: Int? = nil,
            throughput: Int? = nil,
            device: String? = nil
        ) {
            self.sizeGiB = sizeGiB
            self.type = type
            self.iops = iops
            self.throughput = throughput
            self.device = device
        }
    }

    /// A launch template that is not ours: everything it says stands.
    package struct NamedTemplate: Hashable, Codable, Sendable {
        package var name: String
        /// A number, `$Default` or `$Latest`.
        package var version: String

        package init(name: String, version: String = "$Default") {
            self.name = name
            self.version = version
        }
    }

    /// Where nodes find the cluster; what `nodeadm` and `bottlerocket` write down.
    package struct ClusterAccess: Hashable, Codable, Sendable {
        /// URL of the API server, as nodes reach it.
        package var endpoint: String
        /// The cluster's certificate authority, PEM in base64.
        package var certificateAuthority: String
        /// The cluster's service addresses, as in `10.100.0.0/16`.
        package var serviceCIDR: String

        package init(endpoint: String, certificateAuthority: String, serviceCIDR: String) {
            self.endpoint = endpoint
            self.certificateAuthority = certificateAuthority
            self.serviceCIDR = serviceCIDR
        }
    }

    /// As in `ami-0123456789abcdef0`.
    package var imageID: String?
    /// An SSM parameter that holds the image's id; `{architecture}` in it stands for `x86_64` or `arm64`.
    package var imageParameter: String?
    package var launchTemplate: NamedTemplate?
    package var bootstrap = Bootstrap.eksBootstrap
    package var cluster: ClusterAccess?
    /// Path of the operator's own user data. Its text is a secret and is kept nowhere else.
    package var userDataFile: String?
    /// Subnets carry all of these tags; in each zone the one with the most free addresses is taken.
    package var subnetTags: [String: String] = [:]
    /// As in `sg-0123456789abcdef0`.
    package var securityGroups: [String] = []
    /// Security groups that carry all of these tags are taken beside those named; empty looks for none.
    package var securityGroupTags: [String: String] = [:]
    package var instanceProfile: String?
    package var rootVolume: RootVolume?
    /// Whether machines get every EFA interface that their type supports.
    package var usesEFA = false
    /// Whether a gang's machines go into a cluster placement group of their own.
    package var usesPlacementGroups = false

    package init() {}

    /// The parameter that names the image for an architecture.
    /// - Parameters:
    ///   - name: In which `{architecture}` stands for it.
    ///   - architecture: `amd64` or `arm64`, as Kubernetes says it.
    /// - Returns: The name with the architecture as AWS says it.
    package static func imageParameter(_ name: String, architecture: String) -> String {
        name.replacing("{architecture}", with: architecture == "arm64" ? "arm64" : "x86_64")
    }
}
