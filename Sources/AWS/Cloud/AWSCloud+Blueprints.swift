import Foundation
import HTTPTransport
import Logging
package import Model

extension AWSCloud {
    /// Settings and the architectures for which they are looked up.
    private struct Question: Hashable {
        var node: NodeSettings
        /// Sorted.
        var architectures: [String]
    }

    package func blueprints() async throws -> [String: PoolBlueprint] {
        var known: [Question: PoolBlueprint] = [:]
        var result: [String: PoolBlueprint] = [:]
        for pool in pools {
            let types = launches.withLock { memory in
                pool.shapes.flatMap(\.instanceTypes).compactMap { memory.types[$0] }
            }
            let question = Question(node: pool.node, architectures: Set(types.map(\.architecture)).sorted())
            var blueprint = PoolBlueprint(problem: "")
            if let answer = known[question] {
                blueprint = answer
            } else {
                blueprint = try await lookUp(question)
                known[question] = blueprint
                if let problem = blueprint.problem {
                    logger.warning("a pool cannot launch", metadata: ["pool": "\(pool.name)", "problem": "\(problem)"])
                }
            }
            if pool.node.usesEFA {
                for type in types where type.efaInterfaces > 0 {
                    blueprint.efaInterfaces[type.name] = Int(type.efaInterfaces)
                }
            }
            result[pool.name] = blueprint
        }
        return result
    }

    /// What settings come to; a mistake in them is the pool's problem, and leaves other pools alone.
    private func lookUp(_ question: Question) async throws -> PoolBlueprint {
        do {
            return try await answer(question)
        } catch let error as AWSError where error.kind == .gone || error.kind == .invalid {
            return PoolBlueprint(problem: error.description)
        } catch let error as AWSCloudError {
            return PoolBlueprint(problem: error.description)
        } catch let error as UserDataError {
            return PoolBlueprint(problem: error.description)
        }
    }

    private func answer(_ question: Question) async throws -> PoolBlueprint {
        let node = question.node
        var common = NodeBlueprint(imageID: nil, subnetID: "", usesPlacementGroups: node.usesPlacementGroups)
        var images: [String: String] = [:]
        var network: String?
        if let named = node.launchTemplate {
            common.launchTemplate = try await numbered(named)
        } else {
            common.bootstrap = node.bootstrap
            common.cluster = node.cluster
            common.instanceProfile = node.instanceProfile
            let groups = try await securityGroups(node)
            common.securityGroupIDs = groups.map(\.id).sorted()
            network = groups.compactMap(\.vpcID).first
            common.userDataDigest = try checkedUserData(node)
            let described = try await machineImages(question)
            for image in described { images[image.architecture == "arm64" ? "arm64" : "amd64"] = image.id }
            common.rootVolume = node.rootVolume
            if node.rootVolume != nil, node.rootVolume?.device == nil {
                // Bottlerocket keeps images and containers on a volume of their own.
                let own = described.compactMap(\.rootDevice).min()
                common.rootVolume?.device = node.bootstrap == .bottlerocket ? "/dev/xvdb" : own ?? "/dev/xvda"
            }
        }
        var result = PoolBlueprint(common: common)
        result.images = images
        result.subnets = try await subnets(node, network: network)
        return result
    }

    /// The roomiest subnet of each zone, so that addresses last.
    private func subnets(_ node: NodeSettings, network: String?) async throws -> [String: String] {
        let found = try await ec2.describeSubnets(filters: Self.filters(node.subnetTags))
            .filter { network == nil || $0.vpcID == network }
        guard !found.isEmpty else { throw AWSCloudError.noSubnets(tags: node.subnetTags) }
        return Dictionary(grouping: found, by: \.zone).compactMapValues { candidates in
            candidates.max { ($0.availableAddresses, $1.id) < ($1.availableAddresses, $0.id) }?.id
        }
    }

    private func securityGroups(_ node: NodeSettings) async throws -> [EC2SecurityGroup] {
        var groups = node.securityGroups.isEmpty ? [] : try await ec2.describeSecurityGroups(node.securityGroups)
        if !node.securityGroupTags.isEmpty {
            let tagged = try await ec2.describeSecurityGroups(filters: Self.filters(node.securityGroupTags))
            guard !tagged.isEmpty else { throw AWSCloudError.noSecurityGroups(tags: node.securityGroupTags) }
            groups += tagged.filter { group in !groups.contains { $0.id == group.id } }
        }
        return groups
    }

    private static func filters(_ tags: [String: String]) -> [EC2Filter] {
        tags.sorted { $0.key < $1.key }.map { EC2Filter("tag:\($0.key)", [$0.value]) }
    }

    /// The images that are there and can be launched.
    private func machineImages(_ question: Question) async throws -> [EC2Image] {
        var ids: [String] = []
        if let id = question.node.imageID {
            ids = [id]
        } else if let parameter = question.node.imageParameter {
            let architectures = question.architectures.isEmpty ? ["amd64"] : question.architectures
            let names = Set(architectures.map { NodeSettings.imageParameter(parameter, architecture: $0) })
            let values = try await ssm.getParameters(names.sorted())
            guard !values.isEmpty else { throw AWSCloudError.noImageParameter(names.sorted()) }
            ids = Set(values.values).sorted()
        } else {
            throw AWSCloudError.noImage
        }
        let images = try await ec2.describeImages(ids)
        let ready = images.filter { $0.state == "available" }
        guard !ready.isEmpty else { throw AWSCloudError.imageNotReady(ids) }
        return ready
    }

    /// The template with the number that its version stands for at present: a request names a number.
    private func numbered(_ named: NodeSettings.NamedTemplate) async throws -> NodeSettings.NamedTemplate {
        let template = try await ec2.describeLaunchTemplates(names: [named.name]).first
        var result = named
        switch named.version {
        case "$Default": result.version = template.map { String($0.defaultVersion) } ?? named.version
        case "$Latest": result.version = template.map { String($0.latestVersion) } ?? named.version
        default: break
        }
        return result
    }

    /// - Returns: The digest of the operator's user data; nil where there is none.
    private func checkedUserData(_ node: NodeSettings) throws -> String? {
        guard let own = try UserData.checked(node, clusterName: clusterName) else { return nil }
        let digest = Self.digest(of: own)
        launches.withLock { $0.userData[digest] = own }
        return digest
    }
}

extension UserData {
    /// Reads an operator's user data and sees whether nodes could be made with it.
    /// - Parameters:
    ///   - node: Settings that may name a file.
    ///   - clusterName: The cluster that nodes join.
    /// - Returns: The operator's text; nil where there is none.
    /// - Throws: `AWSCloudError` when the file cannot be read, `UserDataError` when its text cannot be used.
    @discardableResult
    package static func checked(_ node: NodeSettings, clusterName: String) throws -> Secret? {
        guard node.launchTemplate == nil else { return nil }
        let own = try node.userDataFile.map(read)
        let sample = UserData(
            clusterName: clusterName,
            labels: [:],
            taints: [],
            bootstrap: node.bootstrap,
            access: node.cluster
        )
        _ = try sample.text(own: own?.value)
        return own
    }

    static func read(path: String) throws -> Secret {
        guard let data = FileManager.default.contents(atPath: path), data.count <= limitBytes,
            let text = String(data: data, encoding: .utf8)
        else { throw AWSCloudError.unreadableUserData(path: path) }
        return Secret(text)
    }
}
