import Model
import Yams

/// Reads the sections of a `GleanerConfiguration` and what must hold between them.
struct ConfigurationReader {
    let mistakes: MistakeList

    init(_ mistakes: MistakeList) {
        self.mistakes = mistakes
    }

    func configuration(_ root: Section) -> GleanerConfiguration? {
        let clusterName = root.required("clusterName")?.text(
            "a cluster name: at most 63 letters, digits, dashes, dots and underscores",
            where: Words.isTagValue
        )
        // What all pools share comes first: each takes it over.
        let shared = root["aws"].flatMap(aws) ?? GleanerConfiguration.AWS()
        let pools = root.required("pools").map { self.pools($0, node: shared.node) } ?? []
        var result = GleanerConfiguration(clusterName: clusterName ?? "", pools: pools)
        result.aws = shared
        root.read("teams", into: &result.teams, teams)
        root.read("spendCap", into: &result.spendCap, spendCap)
        root.read("paused", into: &result.isPaused) { $0.flag() }
        root.read("dryRun", into: &result.isDryRun) { $0.flag() }
        readTimes(root, into: &result)
        readEconomics(root, into: &result)
        root.read("checkpoints", into: &result.checkpoints, checkpoints)
        root.read("provisioningClasses", into: &result.provisioningClasses, provisioningClasses)
        root.finish()
        checkZones(root["pools"], in: result.aws.region)
        checkZones(root["datasets"], in: result.aws.region)
        return result
    }

    private func readTimes(_ root: Section, into result: inout GleanerConfiguration) {
        let positive: (Value) -> Duration? = { $0.duration(atLeast: .seconds(1)) }
        root.read("planningWindow", into: &result.planningWindow) { $0.duration() }
        root.read("idleTimeout", into: &result.idleTimeout) { $0.duration() }
        root.read("registrationTimeout", into: &result.registrationTimeout, positive)
        root.read("readinessTimeout", into: &result.readinessTimeout, positive)
        root.read("impairedTimeout", into: &result.impairedTimeout, positive)
        root.read("gangHoldTimeout", into: &result.gangHoldTimeout, positive)
        root.read("sweepTime", into: &result.sweepTime, positive)
        root.read("instanceRefreshInterval", into: &result.instanceRefreshInterval, positive)
        root.read("statusRefreshInterval", into: &result.statusRefreshInterval, positive)
        root.read("quotaRefreshInterval", into: &result.quotaRefreshInterval, positive)
        root.read("priceRefreshInterval", into: &result.priceRefreshInterval, positive)
        root.read("maximumPriceAge", into: &result.maximumPriceAge, positive)
        root.read("closedOfferingTimeout", into: &result.closedOfferingTimeout, positive)
        root.read("changeover", into: &result.changeover, changeover)
        root.read("defaultExpectedRuntime", into: &result.defaultExpectedRuntime, positive)
        root.read("maximumExpectedRuntime", into: &result.maximumExpectedRuntime, positive)
        if result.maximumPriceAge < result.priceRefreshInterval {
            (root["maximumPriceAge"] ?? root["priceRefreshInterval"])?.refuse(
                "prices would be too old before they are asked for again: maximumPriceAge "
                    + "(\(DurationText.write(result.maximumPriceAge))) is less than priceRefreshInterval "
                    + "(\(DurationText.write(result.priceRefreshInterval)))"
            )
        }
        if result.maximumExpectedRuntime < result.defaultExpectedRuntime {
            (root["maximumExpectedRuntime"] ?? root["defaultExpectedRuntime"])?.refuse(
                "maximumExpectedRuntime (\(DurationText.write(result.maximumExpectedRuntime))) is less than "
                    + "defaultExpectedRuntime (\(DurationText.write(result.defaultExpectedRuntime)))"
            )
        }
    }

    private func changeover(_ value: Value) -> Changeover? {
        guard let section = Section(value) else { return nil }
        var result = GleanerConfiguration(clusterName: "", pools: []).changeover
        section.read("boot", into: &result.bootSeconds) { $0.wholeSeconds() }
        section.read("pull", into: &result.pullSeconds) { $0.wholeSeconds() }
        section.read("restore", into: &result.restoreSeconds) { $0.wholeSeconds() }
        section.finish()
        return result
    }

    private func spendCap(_ value: Value) -> GleanerConfiguration.SpendCap? {
        guard let section = Section(value) else { return nil }
        var result = GleanerConfiguration.SpendCap()
        section.read("perHour", into: &result.perHour) { $0.money() }
        section.read("perMonth", into: &result.perMonth) { $0.money() }
        section.finish()
        return result
    }

    private func aws(_ value: Value) -> GleanerConfiguration.AWS? {
        guard let section = Section(value) else { return nil }
        var result = GleanerConfiguration.AWS()
        section.read("region", into: &result.region) { $0.text("a region such as us-east-1", where: Words.isRegion) }
        section.read("interruptionQueue", into: &result.interruptionQueue) { $0.text("the name of a queue") }
        section.read("cluster", into: &result.node.cluster, clusterAccess)
        readNode(section, into: &result.node)
        checkNode(result.node, section)
        readMarket(section, into: &result)
        section.read("role", into: &result.role, role)
        section.finish()
        return result
    }

    private func teams(_ value: Value) -> [GleanerConfiguration.Team]? {
        var result = [GleanerConfiguration.Team]()
        var owners = [String: String]()
        for element in value.elements() {
            guard let section = Section(element) else { continue }
            let name = section.required("name")?.text(
                "a name of lower-case letters, digits and dashes",
                where: Words.isName
            )
            if let name, result.contains(where: { $0.name == name }) {
                section["name"]?.refuse("there are two teams \"\(name)\"")
            }
            var team = GleanerConfiguration.Team(name: name ?? "", namespaces: [])
            if let namespaces = section.required("namespaces") {
                team.namespaces = namespaces.list { value in
                    guard let namespace = value.text("a namespace", where: Words.isName) else { return nil }
                    if let owner = owners[namespace], owner != team.name {
                        value.refuse("namespace \"\(namespace)\" belongs to team \"\(owner)\" already")
                    }
                    owners[namespace] = owners[namespace] ?? team.name
                    return namespace
                }
            }
            section.read("budgetPerMonth", into: &team.budgetPerMonth) { $0.money() }
            section.finish()
            result.append(team)
        }
        return result
    }

    /// Zones must lie in the region: a zone of another one would silently never be bought in.
    private func checkZones(_ list: Value?, in region: String) {
        for element in list?.node.sequence == nil ? [] : list?.elements() ?? [] {
            guard let zones = element.node.mapping?["zones"], zones.sequence != nil else { continue }
            for zone in Value(node: zones, path: "\(element.path).zones", mistakes: mistakes).elements() {
                guard let name = zone.node.scalar?.string, !name.isEmpty, !name.hasPrefix(region) else { continue }
                zone.refuse("zone \"\(name)\" is not in region \(region)")
            }
        }
    }
}
