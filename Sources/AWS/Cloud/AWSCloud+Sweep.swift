import HTTPTransport
package import Model

extension AWSCloud {
    /// How long a launch template is kept that nobody uses: a pool that buys once a day uses the same one.
    private static let templateIdle: Duration = .seconds(24 * 3600)
    /// How long an empty placement group is kept: its gang may be bought again.
    private static let placementGroupIdle: Duration = .seconds(3600)

    package func sweepLaunchResources(keeping requests: [LaunchRequest]) async throws {
        let kept = requests.compactMap { request in
            request.blueprint.map { LaunchTemplateContent(request, $0, clusterName: clusterName) }
        }
        try await sweepTemplates(keeping: Set(kept.map(\.name)))
        try await sweepPlacementGroups(keeping: Set(kept.compactMap(\.placementGroup)))
    }

    private var ours: [EC2Filter] { [EC2Filter("tag:\(Tag.cluster)", [clusterName])] }

    private func sweepTemplates(keeping kept: Set<String>) async throws(AWSError) {
        // An operator's template carries the cluster's tag too.
        let named = Set(pools.compactMap(\.node.launchTemplate?.name))
        for template in try await ec2.describeLaunchTemplates(filters: ours) {
            let name = template.name
            guard LaunchTemplateContent.makes(name), !named.contains(name), !kept.contains(name) else { continue }
            let created = Timestamp(milliseconds: template.createdMilliseconds)
            let isUnused = launches.withLock { memory in
                guard now - max(memory.templates[name] ?? created, created) >= Self.templateIdle else { return false }
                // From here on a launch makes it anew.
                memory.templates[name] = nil
                return true
            }
            guard isUnused else { continue }
            do throws(AWSError) {
                try await ec2.deleteLaunchTemplate(id: template.id)
            } catch  where error.kind == .gone {
                continue
            }
        }
    }

    private func sweepPlacementGroups(keeping kept: Set<String>) async throws(AWSError) {
        guard pools.contains(where: \.node.usesPlacementGroups) else { return }
        for name in try await ec2.describePlacementGroups(filters: ours) {
            guard LaunchTemplateContent.makes(name), !kept.contains(name) else { continue }
            let isUnused = launches.withLock { memory in
                if let used = memory.placementGroups[name], now - used < Self.placementGroupIdle { return false }
                memory.placementGroups[name] = nil
                return true
            }
            guard isUnused else { continue }
            do throws(AWSError) {
                try await ec2.deletePlacementGroup(name: name)
            } catch  where error.kind == .gone || error.code == "InvalidPlacementGroup.InUse" {
                continue
            }
        }
    }
}
