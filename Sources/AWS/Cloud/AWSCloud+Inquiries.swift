import HTTPTransport
import Logging
package import Model
import Runtime

/// What is asked now and then: which machines are impaired, and what the account may run.
extension AWSCloud {
    /// What an operator was told once, and is not told again until it has changed.
    struct InquiryMemory: Sendable {
        var unreadable: Set<Quota> = []
    }

    package func answer(_ inquiry: Inquiry, clusterName: String) async throws -> InquiryAnswer {
        switch inquiry {
        case .statuses: .statuses(try await ec2.describeInstanceStatus().compactMap(Self.status))
        case .quotas: .quotas(try await quotaLevels(clusterName: clusterName))
        }
    }

    /// - Returns: nil when nothing is the matter with it, and nothing will be.
    private static func status(_ described: EC2InstanceStatus) -> InstanceStatus? {
        let maintenances = described.events.filter { !$0.isOver }.map { event in
            Maintenance(
                id: event.id,
                code: event.code,
                notBefore: Timestamp(milliseconds: event.notBeforeMilliseconds),
                notAfter: event.notAfterMilliseconds.map { Timestamp(milliseconds: $0) }
            )
        }
        guard !described.impairments.isEmpty || !maintenances.isEmpty else { return nil }
        return InstanceStatus(
            instance: InstanceID(described.instanceID),
            impairments: described.impairments,
            impairedSince: described.impairedSinceMilliseconds.map { Timestamp(milliseconds: $0) },
            maintenances: maintenances
        )
    }

    /// The quotas that what pools may buy counts against.
    private var ownQuotas: [Quota] {
        let quotas = pools.flatMap { pool in
            pool.shapes.flatMap(\.instanceTypes).flatMap { type in
                pool.capacityTypes.compactMap { Offering(instanceType: type, zone: "", capacityType: $0).quota }
            }
        }
        return Set(quotas).sorted()
    }

    private func quotaLevels(clusterName: String) async throws(AWSError) -> [QuotaLevel] {
        var limits: [Quota: Int64] = [:]
        for quota in ownQuotas { limits[quota] = try await limit(of: quota) }
        guard !limits.isEmpty else { return [] }
        var used: [Quota: Int64] = [:]
        let patterns = Set(limits.keys.flatMap(\.instanceTypePatterns)).sorted()
        let machines = try await ec2.describeInstances(filters: [
            EC2Filter("instance-state-name", ["pending", "running"]), EC2Filter("instance-type", patterns),
        ])
        for machine in machines where machine.tags[Tag.cluster] != clusterName && !machine.isInCapacityBlock {
            let offering = Offering(
                instanceType: machine.instanceType,
                zone: machine.zone,
                capacityType: machine.isSpot ? .spot : .onDemand
            )
            guard let quota = offering.quota else { continue }
            used[quota, default: 0] += Int64(machine.virtualCPUs ?? 0)
        }
        return limits.sorted { $0.key < $1.key }.map { quota, limit in
            QuotaLevel(quota: quota, limit: limit, usedByOthers: used[quota] ?? 0)
        }
    }

    /// - Returns: nil where it cannot be read: then EC2's own refusals must do.
    private func limit(of quota: Quota) async throws(AWSError) -> Int64? {
        var sum: Double?
        do throws(AWSError) {
            for code in quota.codes {
                guard let value = try await serviceQuotas.quota(service: "ec2", code: code) else { continue }
                sum = (sum ?? 0) + value
            }
        } catch {
            // Without the permission, or without the service, all else goes on.
            guard error.kind == .denied || error.kind == .invalid || error.kind == .gone else { throw error }
            if inquiries.withLock({ $0.unreadable.insert(quota).inserted }) {
                logger.warning(
                    "quota not readable: launches are not held back by it until EC2 refuses one",
                    metadata: ["quota": "\(quota)", "error": "\(error)"]
                )
            }
            return nil
        }
        inquiries.withLock { _ = $0.unreadable.remove(quota) }
        // More than any account may run, and than a whole number holds.
        return sum.map { Int64(min(max(0, $0), 1e9)) }
    }
}
