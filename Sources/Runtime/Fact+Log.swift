import Model

extension Fact {
    /// What an operator wants to read of it; nil for what happens all the time.
    var logLine: (message: String, metadata: [String: String])? {
        switch self {
        case .launchIntended(let request, let explanation):
            (
                "launching",
                [
                    "launch": request.id, "offering": "\(request.offering)", "nodes": "\(request.count)",
                    "pricePerHour": "\(request.pricePerHour)", "why": explanation.summary,
                ]
            )
        case .launchEnded(let id, .failed(let failure, let message)):
            ("launch failed", ["launch": id, "failure": failure.rawValue, "message": message])
        case .claimInitialised(let claim, let node): ("node initialised", ["claim": "\(claim)", "node": node])
        case .claimDraining(let claim, let reason): ("draining", ["claim": "\(claim)", "reason": reason])
        case .consolidationIntended(let intent):
            (
                "consolidating",
                [
                    "nodes": intent.removals.map(\.node).joined(separator: ","), "launch": intent.launch ?? "",
                    "why": intent.summary,
                ]
            )
        case .consolidationAbandoned(let claims, let reason):
            (
                "consolidation abandoned",
                ["claims": claims.map(\.description).joined(separator: ","), "reason": reason]
            )
        case .terminationIntended(let claim, let instance, let reason):
            ("terminating", ["claim": "\(claim)", "instance": "\(instance)", "reason": reason])
        case .strayTerminationIntended(let instance, let reason):
            ("terminating a stray instance", ["instance": "\(instance)", "reason": reason])
        case .noticeReceived(let notice, let claim):
            ("notice", ["claim": "\(claim)", "instance": "\(notice.instance)", "kind": "\(notice.kind)"])
        case .evictionIntended(let pod, _, let grace, let reason):
            ("evicting", ["pod": "\(pod)", "graceSeconds": "\(grace)", "reason": reason])
        case .attemptStarted(let attempt):
            ("attempt started", ["workload": "\(attempt.workload)", "attempt": "\(attempt.number)"])
        case .attemptEnded(let end):
            (
                "attempt ended",
                [
                    "workload": "\(end.workload)", "outcome": end.outcome.rawValue,
                    "lostAcceleratorSeconds": "\(end.lostWork.acceleratorSeconds)",
                ]
            )
        case .workloadEnded(let workload, let succeeded):
            ("workload ended", ["workload": "\(workload)", "succeeded": "\(succeeded)"])
        case .pauseChanged(let paused, let by): (paused ? "paused" : "resumed", ["by": by])
        case .explained(let explanation):
            (
                "waiting",
                [
                    "workloads": explanation.workloads.map(\.description).joined(separator: ","),
                    "why": explanation.summary,
                ]
            )
        case .podCheckpointRequested(let request):
            ("asking a pod to save", ["pod": "\(request.pod)", "deadline": "\(request.deadline)"])
        case .checkpointAcknowledged(let answer):
            (
                "checkpoint acknowledged",
                [
                    "pod": "\(answer.pod)", "step": answer.receipt.step.map { "\($0)" } ?? "",
                    "uri": answer.receipt.uri ?? "",
                ]
            )
        case .checkpointFailed(let failure):
            ("checkpoint failed", ["pod": "\(failure.pod)", "reason": failure.reason])
        case .checkpointVerified(let proof):
            (
                proof.uri == nil ? "checkpoint not proven" : "checkpoint proven",
                ["workload": "\(proof.workload)", "uri": proof.uri ?? proof.prefix, "reason": proof.reason ?? ""]
            )
        case .regularCheckpoint(let workload, .failed(_, let reason, _)):
            ("regular checkpoint failed", ["workload": "\(workload)", "reason": reason])
        case .regularCheckpoint: nil
        case .interruptionStep(.relocationIntended(let relocation)):
            ("moving work", ["claim": "\(relocation.claim)", "why": relocation.summary])
        case .interruptionStep(.relocationAbandoned(let claim, let reason)):
            ("move given up", ["claim": "\(claim)", "reason": reason])
        case .provisioning(let workload, .condition(let condition)):
            (
                "provisioning request",
                [
                    "request": "\(workload)", "condition": condition.kind.rawValue, "status": "\(condition.isTrue)",
                    "reason": condition.reason, "why": condition.message,
                ]
            )
        case .provisioning(let workload, .released(let places, let reason)):
            ("booked room given back", ["request": "\(workload)", "places": "\(places.count)", "why": reason])
        case .quotaClosed(let quota, let until, _, let reason):
            ("quota reached", ["quota": "\(quota)", "until": "\(until)", "why": reason])
        case .provisioning: nil
        case .priceObserved, .workloadAdmitted, .launchEnded, .interruptionStep, .instanceObserved, .podAssigned,
            .podReleased,
            .checkpointRequested, .offeringClosed, .offeringOpened, .quotaOpened:
            nil
        }
    }
}
