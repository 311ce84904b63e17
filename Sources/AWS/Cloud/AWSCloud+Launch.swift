import HTTPTransport
package import Model

extension AWSCloud {
    package func launch(_ request: LaunchRequest) async -> LaunchOutcome {
        do {
            return outcome(of: try await order(request), for: request)
        } catch let error as AWSError {
            let failure = failure(error.kind, code: error.code, message: error.description)
            // It may have launched: under this id before, or with an answer that cannot be read, nor will the next.
            return error.mayHideInstances ? await adopt(request, otherwise: failure) : failure
        } catch {
            return .failed(.invalid, message: "\(error)")
        }
    }

    private func order(_ request: LaunchRequest) async throws -> EC2FleetResult {
        let blueprint = try await blueprint(for: request)
        let content = LaunchTemplateContent(request, blueprint, clusterName: clusterName)
        let order = fleet(request, blueprint, content)
        try await prepare(content, for: request)
        do {
            return try await create(order, content)
        } catch is AWSCloudError where blueprint.launchTemplate == nil {
            // Someone has removed what it names: nothing was launched, and the same order can be sent again.
            try await prepare(content, for: request)
            return try await create(order, content)
        }
    }

    /// Forgets what EC2 does not find, so that it is made anew.
    /// - Returns: EC2's answer.
    /// - Throws: `AWSCloudError` where the launch template or the placement group is not there, or `AWSError`.
    private func create(_ order: EC2FleetRequest, _ content: LaunchTemplateContent) async throws -> EC2FleetResult {
        do throws(AWSError) {
            let result = try await ec2.createFleet(order)
            for failure in result.failures { _ = forget(missing: failure.code, order, content) }
            return result
        } catch {
            if let code = error.code, let missing = forget(missing: code, order, content) { throw missing }
            throw error
        }
    }

    /// - Returns: What is not there; nil where the code says nothing of the kind.
    private func forget(
        missing code: String,
        _ order: EC2FleetRequest,
        _ content: LaunchTemplateContent
    ) -> AWSCloudError? {
        if EC2FleetResult.namesUnknownTemplate(code) {
            forget(template: content.name)
            return .launchTemplateMissing(order.launchTemplateName)
        }
        guard code == "InvalidPlacementGroup.Unknown", let group = content.placementGroup else { return nil }
        forget(placementGroup: group)
        return .placementGroupMissing(group)
    }

    /// What the request carries; for one of an older version, that carries nothing, what its pool's settings come to now.
    private func blueprint(for request: LaunchRequest) async throws -> NodeBlueprint {
        if let recorded = request.blueprint { return recorded }
        let architecture = request.shape.architecture
        guard let pool = try await blueprints()[request.pool] else {
            throw AWSCloudError.cannotLaunch(pool: request.pool, reason: "the configuration has no such pool any more")
        }
        guard let blueprint = pool.blueprint(for: request.offering, architecture: architecture) else {
            let reason = pool.obstacle(to: request.offering, architecture: architecture)
            throw AWSCloudError.cannotLaunch(pool: request.pool, reason: reason ?? "its node settings come to nothing")
        }
        return blueprint
    }

    private func fleet(
        _ request: LaunchRequest,
        _ blueprint: NodeBlueprint,
        _ content: LaunchTemplateContent
    ) -> EC2FleetRequest {
        let isSpot = request.offering.capacityType == .spot
        return EC2FleetRequest(
            clientToken: request.id,
            launchTemplateName: blueprint.launchTemplate?.name ?? content.name,
            // One of ours never has another.
            launchTemplateVersion: blueprint.launchTemplate?.version ?? "1",
            overrides: [
                EC2FleetRequest.Override(instanceType: request.offering.instanceType, subnetID: blueprint.subnetID)
            ],
            capacityType: content.isCapacityBlock ? .capacityBlock : isSpot ? .spot : .onDemand,
            count: request.count,
            allocationStrategy: isSpot ? "price-capacity-optimized" : "lowest-price",
            minimumCount: request.count,
            singleInstanceType: true,
            singleZone: true,
            tags: ["instance": request.tags, "fleet": request.tags]
        )
    }

    /// Takes what carries the launch's id as its tag for its answer: the id was used before, in a request that an older
    /// version of Gleaner made in another way, or the answer cannot be read.
    private func adopt(_ request: LaunchRequest, otherwise: LaunchOutcome) async -> LaunchOutcome {
        do {
            let found = try await ec2.describeInstances(filters: [EC2Filter("tag:\(Tag.claim)", [request.id])])
            let instances = found.map(Self.instance).filter { !$0.isGone }.sorted { $0.id < $1.id }
            guard !instances.isEmpty else { return otherwise }
            return .launched(
                instances.map { instance in
                    var mine = instance
                    // EC2 does not say that capacity was reserved.
                    mine.offering = request.offering
                    return mine
                }
            )
        } catch {
            return .failed(.unanswered, message: error.description)
        }
    }

    private func outcome(of result: EC2FleetResult, for request: LaunchRequest) -> LaunchOutcome {
        let ids = result.launches.flatMap(\.instanceIDs)
        guard !ids.isEmpty else {
            guard let first = result.failures.first else { return .failed(.noCapacity, message: "no capacity") }
            let message = "\(first.code): \(first.message) (request \(result.requestID ?? "without id"))"
            // The answer is final: the same order sent again would get the same one.
            return failure(first.kind.isRetried ? .noCapacity : first.kind, code: first.code, message: message)
        }
        return .launched(
            ids.map { id in
                Instance(
                    id: InstanceID(id),
                    offering: request.offering,
                    state: .pending,
                    launchedAt: now,
                    tags: request.tags,
                    imageID: request.blueprint?.imageID
                )
            }
        )
    }

    /// Limits of what machines may run. Those of volumes, templates, placement groups and the like say nothing of other
    /// offerings that count against the same vCPUs.
    private static let machineLimits: Set<String> = [
        "InstanceLimitExceeded", "MaxSpotFleetRequestCountExceeded", "MaxSpotInstanceCountExceeded",
        "VcpuLimitExceeded",
    ]

    private func failure(_ kind: AWSErrorKind, code: String?, message: String) -> LaunchOutcome {
        switch kind {
        case .noCapacity: .failed(.noCapacity, message: message)
        case .quota: .failed(code.map(Self.machineLimits.contains) == true ? .quota : .invalid, message: message)
        case .denied: .failed(.denied, message: message)
        case .invalid, .gone: .failed(.invalid, message: message)
        case .throttled, .transient: .failed(.unanswered, message: message)
        }
    }
}

extension EC2FleetResult {
    static func namesUnknownTemplate(_ code: String) -> Bool {
        code.hasPrefix("InvalidLaunchTemplate") && code.contains("NotFound")
    }
}

extension AWSError {
    /// Whether a launch may have gone through although this is its answer.
    fileprivate var mayHideInstances: Bool {
        if case .unreadable = self { return true }
        return code == "IdempotentParameterMismatch"
    }
}
