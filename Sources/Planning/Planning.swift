package import Model

/// Turns pending pods, the room on present nodes and what can be bought into what to buy. Pure: the same input, in
/// whatever order its lists come, gives the same plan.
package enum Planning {
    /// Decides what to buy, what fits already and what cannot be placed, each with its reasons.
    ///
    /// Workloads of higher priority come first; among equals gangs come before the rest, the older first. Room on
    /// hosts is used before anything is bought. The headroom of every pool is kept across the whole plan, and so are
    /// budgets: where one does not suffice for all, pods that would be served later do without. Every pod
    /// gets a place only where the Kubernetes scheduler would let it run, with regard to all the others.
    ///
    /// - Parameters:
    ///   - input: Everything that may be looked at.
    ///   - explained: Whether purchases and refusals carry their reasons; the decisions are the same without.
    /// - Returns: A plan in which every pod of every demand is placed, bought for, or part of an unplaceable workload.
    package static func plan(_ input: PlanInput, explained: Bool = true) -> Plan {
        decide(input).plan(explained: explained)
    }

    /// Decides, and leaves it open whether the plan is to carry its reasons.
    ///
    /// - Parameter input: Everything that may be looked at.
    /// - Returns: What was decided.
    package static func decide(_ input: PlanInput) -> Decision {
        guard !input.budgets.isEmpty else { return Decision(draft: PlanDraft.decided(input), unaffordable: []) }
        let within = BudgetSearch(input)
        return Decision(draft: within.draft, unaffordable: within.unaffordable)
    }

    /// A plan before it is put into words.
    package struct Decision {
        fileprivate let draft: PlanDraft
        /// Pods that budgets left out.
        fileprivate let unaffordable: [Plan.Unplaceable]

        /// - Parameter explained: Whether purchases and refusals carry their reasons.
        /// - Returns: The plan.
        package func plan(explained: Bool) -> Plan {
            var plan = Outcome(draft).plan(explained: explained)
            for part in unaffordable {
                // Of one workload one thing is said.
                let known = plan.unplaceable.firstIndex { $0.explanation.workloads == part.explanation.workloads }
                guard let known else {
                    plan.unplaceable.append(part)
                    continue
                }
                plan.unplaceable[known].pods = (plan.unplaceable[known].pods + part.pods).sorted()
                plan.unplaceable[known].explanation.summary += "; others \(part.explanation.summary)"
            }
            return plan
        }
    }
}
