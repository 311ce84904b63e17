/// How a trainer that was asked to stop ended, held against the contract: save, then exit with 143.
package struct TrialOutcome: Sendable, Equatable {
    package enum Ending: Sendable, Equatable {
        case exited(Int)
        /// A signal ended it.
        case signalled(Int)
        /// It still ran when its grace was over.
        case killed
    }

    package var ending: Ending
    /// Nil when it ended by itself before it was asked.
    package var secondsAfterSignal: Double?
    package var needsSignalCode: Bool
    package var grace: Duration

    init(ending: Ending, secondsAfterSignal: Double? = nil, needsSignalCode: Bool, grace: Duration) {
        self.ending = ending
        self.secondsAfterSignal = secondsAfterSignal
        self.needsSignalCode = needsSignalCode
        self.grace = grace
    }

    /// A note when it kept the contract.
    package var severity: Finding.Severity {
        guard secondsAfterSignal != nil else { return .error }
        switch ending {
        case .exited(143): return .note
        case .exited(let code) where code != 0 && (!needsSignalCode || code >= 128): return .warning
        default: return .error
        }
    }

    /// What happened and what Kubernetes makes of it, in a sentence.
    package var problem: String {
        guard let secondsAfterSignal else {
            let how = Self.words(ending)
            return "it \(how) before it was asked to stop: nothing is known of how it saves"
        }
        let time = "\(Self.shown(secondsAfterSignal)) s after SIGTERM"
        switch ending {
        case .exited(143):
            return "exited with 143 \(time), of \(grace.components.seconds) s"
        case .exited(0):
            return "exited with 0 \(time): Kubernetes takes the work as done, and what is left of it is never computed"
        case .exited(let code) where needsSignalCode && code < 128:
            return "exited with \(code) \(time): restartPolicy ExitCode takes codes below 128 as failures for good"
        case .exited(let code):
            return "exited with \(code) \(time): it is started again, but looks like a failure of the training"
        case .signalled(15):
            return "SIGTERM itself ended it: it does not handle the signal, so nothing is saved; as process 1 of a "
                + "container it would go on until it is killed"
        case .signalled(let signal):
            return "signal \(signal) ended it \(time)"
        case .killed:
            return "still ran \(grace.components.seconds) s after SIGTERM: it is killed, saved or not"
        }
    }

    /// What to do; empty when it kept the contract.
    package var remedy: String {
        guard secondsAfterSignal != nil else { return "a shorter --after, or a command that takes longer" }
        switch ending {
        case .exited(143): return ""
        case .exited, .signalled: return "on SIGTERM save, then exit with 143"
        case .killed: return "handle SIGTERM, save faster, or a longer terminationGracePeriodSeconds"
        }
    }

    private static func words(_ ending: Ending) -> String {
        switch ending {
        case .exited(let code): "exited with \(code)"
        case .signalled(let signal): "was ended by signal \(signal)"
        case .killed: "was killed"
        }
    }

    /// With one digit after the point.
    private static func shown(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
