/// What whoever looks at an object is told about it: an Event of core/v1, as `kubectl describe` shows it.
package struct ObjectEvent: Hashable, Sendable {
    /// The words that the field's autoscalers use, and a few of our own.
    package enum Reason: String, Hashable, Comparable, Sendable {
        /// Nodes were asked for.
        case triggeredScaleUp = "TriggeredScaleUp"
        /// It waits, and nothing is bought for it now.
        case notTriggerScaleUp = "NotTriggerScaleUp"
        /// What was asked for was refused.
        case failedScaleUp = "FailedScaleUp"
        /// A node is open to pods, or waits for the rest of its gang.
        case nodeInitialised = "NodeInitialised"
        /// A node takes no new pods and goes once it is empty.
        case draining = "Draining"
        /// The cloud has said that it takes a node back.
        case interruptionNotice = "InterruptionNotice"
        /// A pod was told to leave its node.
        case disrupted = "Disrupted"

        package static func < (left: Reason, right: Reason) -> Bool { left.rawValue < right.rawValue }

        /// Whether somebody may have to look after it.
        package var isWarning: Bool { self == .failedScaleUp || self == .interruptionNotice }
    }

    /// The object that it is about.
    package struct Subject: Hashable, Sendable {
        package var kind: String
        /// Empty for what has none.
        package var namespace: String
        package var name: String
        package var uid: String

        package init(kind: String, namespace: String, name: String, uid: String) {
            self.kind = kind
            self.namespace = namespace
            self.name = name
            self.uid = uid
        }
    }

    package var subject: Subject
    package var reason: Reason
    package var message: String

    package init(subject: Subject, reason: Reason, message: String) {
        self.subject = subject
        self.reason = reason
        self.message = message
    }

    /// Those of one object and reason with the same words are one event that happened several times: why something waits
    /// differs in numbers all the time.
    package var words: String { reason == .notTriggerScaleUp ? message.filter { !$0.isNumber } : message }
}

extension ObjectEvent.Subject {
    package init(_ pod: Pod) {
        self.init(kind: "Pod", namespace: pod.id.namespace, name: pod.id.name, uid: pod.uid)
    }

    package init(_ node: Node) {
        self.init(kind: "Node", namespace: "", name: node.name, uid: node.uid)
    }
}
