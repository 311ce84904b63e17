package import Model

/// The account's quotas: so many vCPUs at one time, spot and on-demand apart.
extension CloudModel {
    /// vCPUs of the machines that count against a quota, those of one cluster left out.
    package func used(of quota: Quota, besides clusterName: String? = nil) -> Int64 {
        machines.values.reduce(0) { sum, machine in
            guard machine.isLive, machine.offering.quota == quota,
                clusterName == nil || machine.tags[Tag.cluster] != clusterName
            else { return sum }
            return sum + (catalogue[machine.offering.instanceType]?.vCPUs ?? 0)
        }
    }

    /// How many more machines of an offering the account may run.
    func allowed(_ offering: Offering) -> Int64 {
        guard let quota = offering.quota, let limit = configuration.quotas[quota],
            let vCPUs = catalogue[offering.instanceType]?.vCPUs, vCPUs > 0
        else { return .max }
        return max(0, limit - used(of: quota)) / vCPUs
    }

    /// What EC2 answers where a quota is reached.
    func excess(_ offering: Offering) -> LaunchAnswer.Refusal {
        let limit = offering.quota.flatMap { configuration.quotas[$0] } ?? 0
        let error =
            offering.capacityType == .spot
            ? CloudError("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
            : CloudError(
                "VcpuLimitExceeded",
                "You have requested more vCPU capacity than your current vCPU limit of \(limit) allows for the instance "
                    + "bucket that the specified instance type belongs to."
            )
        return LaunchAnswer.Refusal(instanceType: offering.instanceType, zone: offering.zone, error: error)
    }

    /// Every quota that is set, with what others than a cluster use of it.
    package func quotaLevels(besides clusterName: String) -> [QuotaLevel] {
        configuration.quotas.sorted { $0.key < $1.key }.map { quota, limit in
            QuotaLevel(quota: quota, limit: limit, usedByOthers: used(of: quota, besides: clusterName))
        }
    }
}
