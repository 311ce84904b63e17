package import Model

extension CloudModel {
    /// EC2's own limits of a request.
    private static let maximumCount = 1000
    private static let maximumOverrides = 300

    /// Launches an instant fleet on the cheapest of its overrides that have capacity.
    ///
    /// The same token with the same specification gives the first answer for ever, and launches nothing.
    /// - Parameters:
    ///   - specification: What is asked for.
    ///   - time: The present.
    /// - Returns: What was launched, and why the rest was not. A fleet that comes short of its minimum launches nothing.
    /// - Throws: `CloudError` when the request itself is wrong.
    package func launch(_ specification: LaunchSpecification, at time: Timestamp) throws -> LaunchAnswer {
        settle(to: time)
        try check(specification)
        if let known = answers[specification.clientToken] {
            guard known.specification == specification else {
                throw CloudError(
                    "IdempotentParameterMismatch",
                    "The client token \(specification.clientToken) was used before with other parameters"
                )
            }
            return known.answer
        }
        let fleetID = "fleet-\(UniqueName.uuid(&names))"
        var (shares, refusals) = distribute(specification)
        if shares.reduce(0, { $0 + $1.count }) < max(1, specification.minimum) {
            for share in shares { refusals.append(refusal(share.offering)) }
            shares = []
        }
        let groups = shares.map { offering, count in
            LaunchAnswer.Group(
                offering: offering,
                instances: (0..<count).map { _ in start(offering, fleetID: fleetID, specification) }
            )
        }
        let answer = LaunchAnswer(fleetID: fleetID, groups: groups, refusals: refusals)
        answers[specification.clientToken] = (specification, answer)
        fleetTags[fleetID] = specification.fleetTags
        return answer
    }

    private func check(_ specification: LaunchSpecification) throws {
        let token = specification.clientToken
        guard !token.isEmpty, token.utf8.count <= 64, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw CloudError("InvalidParameterValue", "ClientToken must be 1 to 64 ASCII characters")
        }
        guard (1...Self.maximumCount).contains(specification.count) else {
            throw CloudError("InvalidParameterValue", "TotalTargetCapacity must be 1 to \(Self.maximumCount)")
        }
        guard (0...specification.count).contains(specification.minimum) else {
            throw CloudError("InvalidParameterValue", "MinTargetCapacity must not exceed TotalTargetCapacity")
        }
        guard (1...Self.maximumOverrides).contains(specification.overrides.count) else {
            throw CloudError("InvalidFleetConfig", "A fleet needs 1 to \(Self.maximumOverrides) overrides")
        }
        guard specification.capacityType != .reserved || specification.reservationID != nil else {
            throw CloudError("InvalidParameterValue", "DefaultTargetCapacityType must be spot or on-demand")
        }
        _ = try reservation(of: specification)
        if let group = specification.placementGroup, placementGroups[group] == nil {
            throw CloudError.unknownPlacementGroup(group)
        }
        for override in specification.overrides {
            guard catalogue[override.instanceType] != nil else {
                throw CloudError("InvalidParameterValue", "Invalid instance type: \(override.instanceType)")
            }
            guard configuration.zones.contains(override.zone) else {
                throw CloudError("InvalidParameterValue", "Invalid availability zone: [\(override.zone)]")
            }
        }
    }

    /// How many to launch where: the cheapest offerings first, within the demand for one zone and one type.
    private func distribute(
        _ specification: LaunchSpecification
    ) -> (shares: [(offering: Offering, count: Int)], refusals: [LaunchAnswer.Refusal]) {
        var offerings: [Offering] = []
        for override in specification.overrides {
            let offering = Offering(
                instanceType: override.instanceType,
                zone: override.zone,
                capacityType: specification.capacityType
            )
            if !offerings.contains(offering) { offerings.append(offering) }
        }
        let reservation = configuration.reservations.first { $0.id == specification.reservationID }
        if let reservation { offerings = [reservation.offering] }
        let ranked = offerings.map { (price: price(of: $0, at: now) ?? .zero, offering: $0) }
            .sorted { ($0.price, $0.offering) < ($1.price, $1.offering) }
            .map { rank in
                let room = reservation.map { free(in: $0) } ?? min(free(rank.offering), allowed(rank.offering))
                return (offering: rank.offering, free: Int(min(room, Int64(specification.count))))
            }
        let refusals = ranked.filter { $0.free == 0 }.map { refusal($0.offering) }
        var available = ranked.filter { $0.free > 0 }
        if specification.singleZone || specification.singleInstanceType {
            available = mostOfOne(available, specification)
        }
        var missing = specification.count
        var shares: [(offering: Offering, count: Int)] = []
        for (offering, free) in available where missing > 0 {
            shares.append((offering, min(free, missing)))
            missing -= min(free, missing)
        }
        return (shares, refusals)
    }

    /// Keeps the offerings of one zone, one type, or both: those that give the most, and of these the cheapest.
    private func mostOfOne(
        _ available: [(offering: Offering, free: Int)],
        _ specification: LaunchSpecification
    ) -> [(offering: Offering, free: Int)] {
        func key(_ offering: Offering) -> [String] {
            [
                specification.singleZone ? offering.zone : "",
                specification.singleInstanceType ? offering.instanceType : "",
            ]
        }
        var best: [(offering: Offering, free: Int)] = []
        var most = 0
        for (offering, _) in available {
            let group = available.filter { key($0.offering) == key(offering) }
            let total = min(specification.count, group.reduce(0) { $0 + $1.free })
            if total > most { (best, most) = (group, total) }
        }
        return best
    }

    /// Why there are no more machines of an offering: the account's quota comes before the market.
    private func refusal(_ offering: Offering) -> LaunchAnswer.Refusal {
        allowed(offering) < free(offering) ? excess(offering) : shortage(offering)
    }

    private func shortage(_ offering: Offering) -> LaunchAnswer.Refusal {
        if offering.capacityType == .reserved {
            return LaunchAnswer.Refusal(
                instanceType: offering.instanceType,
                zone: offering.zone,
                error: CloudError(
                    "ReservationCapacityExceeded",
                    "The requested reservation does not have sufficient compatible and available capacity for this request."
                )
            )
        }
        let message =
            offering.capacityType == .spot
            ? "There is no Spot capacity available that matches your request."
            : "We currently do not have sufficient \(offering.instanceType) capacity in the Availability Zone you "
                + "requested (\(offering.zone))."
        return LaunchAnswer.Refusal(
            instanceType: offering.instanceType,
            zone: offering.zone,
            error: CloudError("InsufficientInstanceCapacity", message)
        )
    }

    private func start(_ offering: Offering, fleetID: String, _ specification: LaunchSpecification) -> InstanceID {
        let id = InstanceID("i-0\(names.hexadecimal(digits: 16))")
        let zone = configuration.zones.firstIndex(of: offering.zone) ?? 0
        // The first four and the last addresses of a block are the cloud's own; a block of a zone outlasts any world.
        let host = 4 + launchCount % 65_000
        let address = "10.\(zone).\(host / 256).\(host % 256)"
        let domain = configuration.region == "us-east-1" ? "ec2.internal" : "\(configuration.region).compute.internal"
        machines[id] = CloudInstance(
            id: id,
            offering: offering,
            state: .pending,
            number: launchCount,
            fleetID: fleetID,
            clientToken: specification.clientToken,
            imageID: specification.imageID,
            userData: specification.userData,
            tags: specification.tags,
            privateAddress: address,
            privateDNSName: "ip-\(address.replacing(".", with: "-")).\(domain)",
            subnetID: subnets[zone].id,
            placementGroup: specification.placementGroup,
            launchedAt: wholeNow
        )
        machines[id]?.reservationID = specification.reservationID
        launchCount += 1
        enter(.pending, id)
        schedule(.running(id), at: wholeNow + .seconds(max(1, delays.integer(in: configuration.pendingSeconds))))
        return id
    }

    // MARK: - Launch templates

    /// Keeps a launch template.
    /// - Parameters:
    ///   - name: Unique, 3 to 128 characters.
    ///   - content: What its instances have in common.
    ///   - tags: Its own.
    ///   - clientToken: Repeated with the same content, it gives the same template.
    ///   - time: The present.
    /// - Returns: It, with its id.
    /// - Throws: `CloudError` when the name is taken or not a name.
    package func createLaunchTemplate(
        name: String,
        content: LaunchTemplate.Content,
        tags: [String: String],
        clientToken: String? = nil,
        at time: Timestamp
    ) throws -> LaunchTemplate {
        settle(to: time)
        if let clientToken, let known = launchTemplates[name], known.clientToken == clientToken,
            known.content == content
        {
            return known
        }
        guard (3...128).contains(name.utf8.count) else {
            throw CloudError(
                "InvalidLaunchTemplateName.MalformedException",
                "Launch template names have 3 to 128 characters"
            )
        }
        guard launchTemplates[name] == nil else {
            throw CloudError(
                "InvalidLaunchTemplateName.AlreadyExistsException",
                "Launch template name already in use."
            )
        }
        let template = LaunchTemplate(
            id: "lt-0\(names.hexadecimal(digits: 16))",
            name: name,
            clientToken: clientToken,
            createdAt: wholeNow,
            content: content,
            tags: tags
        )
        launchTemplates[name] = template
        return template
    }

    /// Removes a launch template; instances made from it stay.
    /// - Throws: `CloudError` when there is none of that name.
    package func deleteLaunchTemplate(name: String, at time: Timestamp) throws -> LaunchTemplate {
        settle(to: time)
        guard let template = launchTemplates.removeValue(forKey: name) else {
            throw CloudError.unknownLaunchTemplate(name)
        }
        return template
    }
}

extension CloudError {
    static func unknownLaunchTemplate(_ name: String) -> CloudError {
        CloudError(
            "InvalidLaunchTemplateName.NotFoundException",
            "At least one of the launch templates specified in the request does not exist: \(name)"
        )
    }
}
