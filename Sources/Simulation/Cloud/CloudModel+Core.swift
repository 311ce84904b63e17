import AWS
package import Model
package import Runtime

/// The cloud in the core's own values, for a world in virtual time: exactly what the wire and its adapter come to.
extension CloudModel {
    /// Instance types of the given names, and the current price of each of their offerings.
    package func catalogue(instanceTypes: [String], at time: Timestamp) -> Catalogue {
        settle(to: time)
        var result = Catalogue()
        for name in instanceTypes {
            guard let entry = catalogue[name] else { continue }
            result.instanceTypes[name] = entry.instanceType
        }
        for point in prices(instanceTypes: instanceTypes, since: now, at: now) {
            result.prices[point.offering] = point
        }
        return result
    }

    /// Price changes of every offering of the given types, those in force at `since` included, oldest first.
    package func prices(instanceTypes: [String], since: Timestamp, at time: Timestamp) -> [PricePoint] {
        settle(to: time)
        var result: [PricePoint] = []
        for name in Set(instanceTypes).sorted() {
            guard let entry = catalogue[name] else { continue }
            for zone in configuration.zones {
                result.append(
                    PricePoint(
                        offering: Offering(instanceType: name, zone: zone, capacityType: .onDemand),
                        pricePerHour: entry.onDemandPricePerHour,
                        effectiveAt: onDemandEffectiveAt
                    )
                )
                result += spotPrices(name, zone: zone, since: since)
            }
        }
        return result.sorted { ($0.effectiveAt, $0.offering) < ($1.effectiveAt, $1.offering) }
    }

    /// Every instance with the cluster's tag that is still shown, terminated ones included.
    package func instances(clusterName: String, at time: Timestamp) -> [Instance] {
        settle(to: time)
        return instances.filter { $0.tags[Tag.cluster] == clusterName }.map(\.instance)
    }

    /// Buys all of a request's nodes or none.
    package func launch(_ request: LaunchRequest, at time: Timestamp) -> LaunchOutcome {
        var specification = LaunchSpecification(
            clientToken: request.id,
            count: request.count,
            minimum: request.count,
            overrides: [.init(instanceType: request.offering.instanceType, zone: request.offering.zone)],
            capacityType: request.offering.capacityType
        )
        specification.reservationID = request.reservation?.id
        specification.tags = request.tags
        specification.userData =
            UserData(
                clusterName: request.tags[Tag.cluster] ?? "",
                labels: request.nodeLabels,
                taints: request.nodeTaints
            ).base64
        specification.singleZone = true
        specification.singleInstanceType = true
        do {
            let answer = try launch(specification, at: time)
            guard !answer.groups.isEmpty else {
                let error = answer.refusals.first?.error
                let isQuota = error.map { AWSErrorKind(code: $0.code) == .quota } ?? false
                return .failed(isQuota ? .quota : .noCapacity, message: error?.description ?? "no capacity")
            }
            let launchedAt = answer.instances.first.flatMap { machines[$0]?.launchedAt } ?? wholeNow
            return .launched(
                answer.instances.map { id in
                    machines[id]?.instance
                        ?? Instance(id: id, offering: request.offering, state: .terminated, launchedAt: launchedAt)
                }
            )
        } catch {
            return .failed(.invalid, message: String(describing: error))
        }
    }

    /// What is asked now and then.
    package func answer(_ inquiry: Inquiry, clusterName: String, at time: Timestamp) -> InquiryAnswer {
        settle(to: time)
        return switch inquiry {
        case .statuses: .statuses(statuses)
        case .quotas: .quotas(quotaLevels(besides: clusterName))
        }
    }

    /// Terminates what is still there.
    package func terminateKnown(_ ids: [InstanceID], at time: Timestamp) {
        settle(to: time)
        for id in ids { endByUser(id) }
    }

    /// Takes notices from the queue; they come again after the visibility timeout unless they are acknowledged.
    package func receiveNotices(
        maximum: Int = 10,
        visibilityTimeout: Duration = .seconds(30),
        at time: Timestamp
    ) -> [QueuedMessage] {
        settle(to: time)
        return queue.receive(maximum: maximum, visibilityTimeout: visibilityTimeout, now: now).map {
            switch $0.content {
            case .event(let event):
                QueuedMessage(notice: event.notice, receipt: $0.receiptHandle)
            case .text(let text):
                QueuedMessage(
                    notices: (try? InterruptionMessage(body: text))?.notices ?? [],
                    receipt: $0.receiptHandle
                )
            }
        }
    }

    package func acknowledge(_ receipts: [String]) {
        for receipt in receipts { _ = queue.delete(receiptHandle: receipt) }
    }
}
