import Foundation
import Model

/// One fact of every kind.
enum Samples {
    static let time = Timestamp(milliseconds: 1_700_000_000_123)
    static let workload = WorkloadID(namespace: "vision", kind: "Job", name: "train", uid: "u-1")
    static let offering = Offering(instanceType: "g5.xlarge", zone: "us-east-1a", capacityType: .spot)
    static let price = Money("0.40330000000000") ?? .zero
    static let claim = ClaimID("abc-1-0")
    static let instance = InstanceID("i-1")

    static var request: LaunchRequest {
        LaunchRequest(
            id: "abc-1",
            pool: "training",
            shape: Shape(
                name: "a10g",
                instanceTypes: ["g5.xlarge"],
                allocatable: Resources(["cpu": Quantity(4), "nvidia.com/gpu": Quantity(1)]),
                accelerator: "A10G"
            ),
            offering: offering,
            count: 1,
            pricePerHour: price,
            nodeLabels: ["c": "3", "a": "1", "b": "2"],
            nodeTaints: [.starting],
            tags: [Tag.cluster: "small/shop"],
            workloads: [workload],
            gang: nil,
            expectedCost: price
        )
    }

    static var explanation: Explanation {
        Explanation(
            workloads: [workload],
            chosen: .init(
                pool: "training",
                shape: "a10g",
                offering: offering,
                nodes: 1,
                pricePerHour: price,
                expectedCost: price,
                reason: "\"cheapest\"\nof all, ünïcode"
            ),
            summary: "bought"
        )
    }

    static var consolidation: ConsolidationIntent {
        let moved = Consolidation(
            reason: .underutilized,
            removals: [Consolidation.Removal(claim: claim, node: "node-1", pods: ["p"])],
            workloads: [workload],
            sum: Consolidation.Sum(before: price, horizonSeconds: 3600),
            summary: "remove node-1"
        )
        return ConsolidationIntent(moved, launch: "abc-2")
    }

    static var launch: Fact { .launchIntended(request, explanation) }

    static var everyFact: [Fact] {
        var admitted = Workload(id: workload, team: "vision", createdAt: time)
        admitted.gang = Gang(minimum: 4)
        admitted.deadline = time
        var machine = Instance(id: instance, offering: offering, state: .running, launchedAt: time)
        machine.tags = [Tag.claim: claim.value]
        let pod = PodID(namespace: "vision", name: "train-0")
        var regular = CheckpointRequest(
            workload: workload,
            attempt: 1,
            pod: pod,
            uid: "p",
            url: "http://10.0.0.1:8080/",
            deadline: time,
            timeoutSeconds: 60
        )
        regular.isRegular = true
        return [
            .priceObserved(PricePoint(offering: offering, pricePerHour: price, effectiveAt: time)),
            .workloadAdmitted(admitted),
            launch,
            .launchEnded("abc-1", .launched([machine])),
            .launchEnded("abc-2", .failed(.noCapacity, message: "none")),
            .instanceObserved(
                InstanceObservation(
                    claim: claim,
                    instance: instance,
                    state: .shuttingDown,
                    at: time,
                    isEstimated: true,
                    reason: Instance.spotReclaimed
                )
            ),
            .claimInitialised(claim, node: "node-1"),
            .claimDraining(claim, reason: "idle"),
            .consolidationIntended(consolidation),
            .consolidationAbandoned([claim], reason: "others came"),
            .terminationIntended(claim, instance, reason: "idle"),
            .strayTerminationIntended(instance, reason: "stray"),
            .noticeReceived(Notice(id: "n", kind: .stateChange(.running), instance: instance, at: time), claim),
            .podAssigned(
                PodUse(
                    uid: "p",
                    pod: pod,
                    workload: workload,
                    claim: claim,
                    accelerators: 1,
                    shareMillionths: 250_000
                )
            ),
            .podReleased(uid: "p", claim),
            .attemptStarted(Attempt(workload: workload, number: 1, startedAt: time, claims: [claim], accelerators: 1)),
            .checkpointRequested(workload, attempt: 1, deadline: time),
            .evictionIntended(pod, uid: "p", graceSeconds: 30, reason: "notice"),
            .attemptEnded(
                AttemptEnd(
                    workload: workload,
                    number: 1,
                    at: time,
                    outcome: .interrupted,
                    lostWork: LostWork(seconds: 3, accelerators: 1),
                    checkpointSeconds: 20
                )
            ),
            .workloadEnded(workload, succeeded: true),
            .offeringClosed(offering, until: time, failures: 2, reason: "none"),
            .offeringOpened(offering),
            .quotaClosed(Quota(family: .graphics, isSpot: true), until: time, failures: 1, reason: "64 of 64 vCPUs"),
            .quotaOpened(Quota(family: .graphics, isSpot: true)),
            .pauseChanged(true, by: "an operator"),
            .explained(explanation),
            .regularCheckpoint(workload, .requested(attempt: 1, [regular])),
            .regularCheckpoint(workload, .completed(attempt: 1, requestedAt: time, seconds: 40)),
            .regularCheckpoint(workload, .failed(attempt: 1, reason: "it answers 500")),
            .regularCheckpoint(workload, .failed(attempt: 1, reason: "it does not answer", seconds: 90)),
        ]
    }
}
