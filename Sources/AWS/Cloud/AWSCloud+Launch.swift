import HTTPTransport
package import Model

extension AWSCloud {
    package func launch(_ request: LaunchRequest) async -> LaunchOutcome {
        do {
            let subnet = try await subnet(in: request.offering.zone)
            let template = try await launchTemplate(for: request)
            let result = try await ec2.createFleet(fleet(request, subnet: subnet, template: template))
            return outcome(of: result, for: request)
        } catch let error as AWSError {
            if case .refused(let refusal) = error, refusal.code == "IdempotentParameterMismatch" {
                return await adopt(request, error)
            }
            return failure(error.kind, message: error.description)
        } catch {
            return .failed(.invalid, message: "\(error)")
        }
    }

    private func fleet(_ request: LaunchRequest, subnet: String, template: String) -> EC2FleetRequest {
        let isSpot = request.offering.capacityType == .spot
        return EC2FleetRequest(
            clientToken: request.id,
            launchTemplateName: template,
            overrides: [EC2FleetRequest.Override(instanceType: request.offering.instanceType, subnetID: subnet)],
            capacityType: isSpot ? .spot : .onDemand,
            count: request.count,
            allocationStrategy: isSpot ? "price-capacity-optimized" : "lowest-price",
            minimumCount: request.count,
            singleInstanceType: true,
            singleZone: true,
            tags: ["instance": request.tags, "fleet": request.tags]
        )
    }

    /// The id was used before, in a request that differed in what is not ours to keep, such as the roomiest subnet of
    /// then or an image of an older configuration: what that request launched carries the id as its tag.
    private func adopt(_ request: LaunchRequest, _ error: AWSError) async -> LaunchOutcome {
        do {
            let found = try await ec2.describeInstances(filters: [EC2Filter("tag:\(Tag.claim)", [request.id])])
            let instances = found.map(Self.instance).filter { !$0.isGone }.sorted { $0.id < $1.id }
            guard !instances.isEmpty else { return failure(error.kind, message: error.description) }
            return .launched(instances)
        } catch {
            return .failed(.unanswered, message: error.description)
        }
    }

    private func outcome(of result: EC2FleetResult, for request: LaunchRequest) -> LaunchOutcome {
        let ids = result.launches.flatMap(\.instanceIDs)
        guard !ids.isEmpty else {
            let first = result.failures.first
            return failure(
                first?.kind ?? .noCapacity,
                message: first.map { "\($0.code): \($0.message)" } ?? "no capacity"
            )
        }
        return .launched(
            ids.map { id in
                Instance(
                    id: InstanceID(id),
                    offering: request.offering,
                    state: .pending,
                    launchedAt: now,
                    tags: request.tags
                )
            }
        )
    }

    private func failure(_ kind: AWSErrorKind, message: String) -> LaunchOutcome {
        switch kind {
        case .noCapacity: .failed(.noCapacity, message: message)
        case .quota: .failed(.quota, message: message)
        case .denied: .failed(.denied, message: message)
        case .invalid, .gone: .failed(.invalid, message: message)
        case .throttled, .transient: .failed(.unanswered, message: message)
        }
    }

    private func subnet(in zone: String) async throws -> String {
        if let known = memory.withLock({ $0.subnetsByZone[zone] }) { return known }
        let filters = settings.node.subnetTags.sorted { $0.key < $1.key }.map { EC2Filter("tag:\($0.key)", [$0.value]) }
        let subnets = try await ec2.describeSubnets(filters: filters)
        let byZone = Dictionary(grouping: subnets, by: \.zone).compactMapValues { candidates in
            // The roomiest, so that addresses last.
            candidates.max { ($0.availableAddresses, $1.id) < ($1.availableAddresses, $0.id) }?.id
        }
        memory.withLock { $0.subnetsByZone = byZone }
        guard let subnet = byZone[zone] else { throw AWSCloudError.noSubnets(tags: settings.node.subnetTags) }
        return subnet
    }

    /// The launch template for a request's labels and taints, made when it is not there. CreateFleet demands one; its
    /// name is a digest of its content, so that equal content is one template.
    private func launchTemplate(for request: LaunchRequest) async throws(AWSError) -> String {
        let userData = UserData(
            clusterName: clusterName,
            labels: request.nodeLabels,
            taints: request.nodeTaints
        )
        let volumeTags = request.tags.filter { [Tag.cluster, Tag.pool].contains($0.key) }
        let content =
            [settings.node.imageID ?? "", settings.node.instanceProfile ?? "", userData.script]
            + settings.node.securityGroups.sorted()
            + volumeTags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let digest = Digest.hex(Digest.sha256(Array(content.joined(separator: "\n").utf8))).prefix(24)
        let name = "gleaner-\(digest)"
        if memory.withLock({ $0.launchTemplates.contains(name) }) { return name }
        let data = EC2LaunchTemplateData(
            imageID: settings.node.imageID ?? "",
            userData: Secret(userData.script),
            instanceProfileName: settings.node.instanceProfile,
            securityGroupIDs: settings.node.securityGroups,
            tags: ["volume": volumeTags]
        )
        do throws(AWSError) {
            _ = try await ec2.createLaunchTemplate(
                name: name,
                data,
                tags: [Tag.cluster: clusterName],
                clientToken: name
            )
        } catch {
            guard case .refused(let refusal) = error,
                refusal.code == "InvalidLaunchTemplateName.AlreadyExistsException"
            else { throw error }
        }
        memory.withLock { _ = $0.launchTemplates.insert(name) }
        return name
    }
}
