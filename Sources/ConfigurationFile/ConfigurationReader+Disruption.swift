import Model
import Yams

extension ConfigurationReader {
    func disruption(_ value: Value) -> Disruption? {
        guard let section = Section(value) else { return nil }
        var result = Disruption()
        section.read("policy", into: &result.policy) { $0.choice(Disruption.Policy.self) }
        section.read("consolidateAfter", into: &result.consolidateAfter) { $0.duration() }
        section.read("repayWithin", into: &result.repayWithin) { $0.duration(atLeast: .seconds(1)) }
        section.read("minimumNodeAge", into: &result.minimumNodeAge) { $0.duration() }
        section.read("expireAfter", into: &result.expireAfter) { $0.duration(atLeast: .seconds(3600)) }
        section.read("budgets", into: &result.budgets) { $0.elements().compactMap(budget) }
        section.finish()
        return result
    }

    private func budget(_ value: Value) -> DisruptionBudget? {
        guard let section = Section(value) else { return nil }
        let nodes = section.required("nodes").flatMap(nodes)
        var result = DisruptionBudget(nodes: nodes ?? .count(0))
        section.read("reasons", into: &result.reasons) { value in
            if value.node.sequence?.isEmpty == true { value.refuse("must list at least one; remove it for all") }
            return value.list { $0.choice(Disruption.Reason.self) }
        }
        section.read("schedule", into: &result.schedule, schedule)
        section.read("duration", into: &result.duration) { $0.duration(atLeast: .seconds(60)) }
        section.finish()
        // A window without an end, or an end without a window, says nothing.
        if let schedule = section["schedule"], section["duration"] == nil {
            schedule.refuse("needs a duration beside it: how long the budget is active each time")
        }
        if let duration = section["duration"], section["schedule"] == nil {
            duration.refuse("needs a schedule beside it; remove it for a budget that is always active")
        }
        return nodes == nil ? nil : result
    }

    /// A count or a percentage of nodes.
    private func nodes(_ value: Value) -> DisruptionBudget.Nodes? {
        guard let text = value.node.scalar?.string, text.hasSuffix("%") else {
            return value.count().map { .count(Int($0)) }
        }
        let digits = text.dropLast()
        guard !digits.isEmpty, digits.utf8.count <= 3, digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let percent = Int(digits), percent <= 100
        else {
            value.refuse("\"\(text)\" is not a percentage from 0% to 100%")
            return nil
        }
        return .percent(percent)
    }

    private func schedule(_ value: Value) -> CronSchedule? {
        guard let text = value.text("a schedule such as \"0 9 * * mon-fri\"") else { return nil }
        do throws(CronMistake) {
            return try CronSchedule(text)
        } catch {
            value.refuse("\(error)")
            return nil
        }
    }
}
