import Autoscaler
import Billing
import Model

/// The tables of the page.
enum Tables {
    /// How many rows of the long tables are shown; the API has all.
    private static let rowLimit = 100

    private static func section(
        _ title: String,
        note: String = "",
        columns: [HTML],
        rows: [HTML],
        empty: String
    ) -> HTML {
        let body: HTML =
            if rows.isEmpty {
                "<p class=\"empty\">\(empty)</p>"
            } else {
                """
                <div class="scroll"><table><thead><tr>\(columns)</tr></thead><tbody>
                \(rows.prefix(rowLimit).map { row -> HTML in "\(row)\n" })</tbody></table></div>
                """
            }
        let shown = rows.count > rowLimit ? "the first \(rowLimit) of \(rows.count)" : note
        return "<section><header><h2>\(title)</h2><p>\(shown)</p></header>\(body)</section>"
    }

    private static func text(_ names: String...) -> [HTML] { names.map { "<th>\($0)</th>" } }
    private static func numbers(_ names: String...) -> [HTML] { names.map { "<th class=\"n\">\($0)</th>" } }

    // MARK: Money

    static func teams(_ content: PageContent) -> HTML {
        let rows = content.teams.map { team -> HTML in
            let isIdle = team.name == CostRow.idle
            let percent = isIdle ? nil : team.figures.savingsPercent
            return """
                <tr><td>\(isIdle ? "idle nodes" : team.name)</td>\
                <td class="n">\(Wording.money(team.figures.cost))</td>\
                <td class="n">\(isIdle ? "–" : Wording.money(team.figures.onDemandEquivalentCost))</td>\
                <td class="n \(isIdle ? "" : Tone.of(team.figures.savings).rawValue)">\(percent.map(Wording.percent) ?? "–")</td>\
                <td class="n">\(team.figures.interruptions)</td>\
                <td class="n">\(lost(team.figures.lostWorkSeconds))</td></tr>
                """
        }
        return section(
            "Teams",
            columns: text("Team")
                + numbers("Cost", "On-demand equivalent", "Saving", "Interruptions", "Lost work"),
            rows: rows,
            empty: "Nothing was spent yet."
        )
    }

    static func workloads(_ content: PageContent) -> HTML {
        let rows = content.workloads.map { workload -> HTML in
            let savings = Money(workload.savings) ?? .zero
            let equivalent = Money(workload.onDemandEquivalentCost) ?? .zero
            let percent = equivalent > .zero ? savings.approximate / equivalent.approximate * 100 : nil
            return """
                <tr><td>\(workload.name)<small>\(workload.namespace) · \(workload.team)</small></td>\
                <td>\(state(workload.state))</td>\
                <td class="n">\(workload.attempts)</td><td class="n">\(workload.interruptions)</td>\
                <td class="n">\(lost(workload.lostWorkSeconds))</td>\
                <td class="n">\(Wording.money(Money(workload.cost) ?? .zero))</td>\
                <td class="n">\(Wording.money(equivalent))</td>\
                <td class="n \(Tone.of(savings).rawValue)">\(percent.map(Wording.percent) ?? "–")</td>\
                <td class="n">\(advice(workload.checkpointAdvice))</td></tr>
                """
        }
        return section(
            "Workloads",
            note: rows.isEmpty ? "" : "\(rows.count)",
            columns: text("Workload", "State")
                + numbers(
                    "Attempts",
                    "Interruptions",
                    "Lost work",
                    "Cost",
                    "On-demand equivalent",
                    "Saving",
                    "Save every"
                ),
            rows: rows,
            empty: "No workload was seen yet."
        )
    }

    // MARK: Capacity

    static func nodes(_ content: PageContent) -> HTML {
        let rows = content.status.claims.map { claim -> HTML in
            let gpus =
                claim.shape.accelerators > 0 ? "\(claim.shape.accelerators) × \(claim.shape.accelerator ?? "GPU")" : "–"
            let since = claim.launchedAt ?? claim.intendedAt
            return """
                <tr><td>\(claim.node ?? claim.id.value)<small>\(claim.instance?.value ?? "no instance yet")</small></td>\
                <td>\(phase(claim))</td>\
                <td class="k">\(claim.offering.instanceType)<small>\(claim.offering.zone)</small></td>\
                <td class="k">\(claim.offering.capacityType.rawValue)</td><td class="k">\(gpus)</td>\
                <td>\(claim.workloads.map(\.name).joined(separator: ", "))<small>\(claim.pool)</small></td>\
                <td class="n">\(Wording.price(claim.pricePerHour))</td>\
                <td class="n">\(Wording.length(seconds: max(0, (content.now - since).inSeconds)))</td></tr>
                """
        }
        return section(
            "Nodes",
            note: rows.isEmpty ? "" : "\(rows.count)",
            columns: text("Node", "State", "Instance type", "Capacity", "Accelerators", "Bought for")
                + numbers("Price", "Age"),
            rows: rows,
            empty: "No node stands: nothing needs one."
        )
    }

    static func waiting(_ content: PageContent) -> HTML {
        let rows = content.status.workloads.filter { $0.phase == .waiting }.map { status -> HTML in
            """
            <tr><td>\(status.workload.id.name)<small>\(status.workload.id.namespace) · \(status.workload.team)</small></td>\
            <td class="n">\(Wording.length(seconds: max(0, (content.now - status.workload.createdAt).inSeconds)))</td>\
            <td class="n">\(status.workload.accelerators)</td>\
            <td>\(status.reason ?? "It is being planned.")</td></tr>
            """
        }
        let pods = content.status.pendingPods
        return section(
            "Pending",
            note: pods == 0 ? "" : "\(pods) \(pods == 1 ? "pod waits" : "pods wait") for capacity",
            columns: text("Workload") + numbers("Age", "Accelerators") + text("Why it waits"),
            rows: rows,
            empty: "No workload waits without a node that is on its way."
        )
    }

    // MARK: What happened

    static func interruptions(_ content: PageContent) -> HTML {
        let rows = content.interruptions.map { record -> HTML in
            let effects = record.effects.map { effect -> HTML in
                let saving = effect.end.map { $0.checkpointSeconds } ?? 0
                let text =
                    switch effect.outcome {
                    case .pending: "saving"
                    case .saved: saving > 0 ? "all saved in \(saving) s" : "all saved"
                    case .lost:
                        "lost \(lost(effect.end?.lostWork.acceleratorSeconds ?? 0)) of accelerator time"
                    }
                return "<div>\(effect.workload.name) <span class=\"soft\">\(text)</span></div>"
            }
            return """
                <tr><td class="k">\(Wording.time(record.at))\
                <small>\(record.wasAnnounced ? "with notice" : "without notice")</small></td>\
                <td class="k">\(record.offering?.instanceType ?? record.instance.value)\
                <small>\(record.offering?.zone ?? "")</small></td>\
                <td>\(record.claim)</td>\
                <td>\(effects.isEmpty ? ["<span class=\"soft\">nothing ran on it</span>"] : effects)</td>\
                <td>\(outcome(record.outcome))</td></tr>
                """
        }
        return section(
            "Interruptions",
            note: rows.isEmpty ? "" : "the newest first",
            columns: text("Time", "Offering", "Claim", "Workloads", "Outcome"),
            rows: rows,
            empty: "The cloud has taken no node back."
        )
    }

    static func decisions(_ content: PageContent) -> HTML {
        let rows = content.decisions.map { record -> HTML in
            var body: HTML = "\(record.text)"
            if let explanation = record.explanation, explanation.chosen != nil || !explanation.rejected.isEmpty {
                body = """
                    <details id="d\(record.sequence)"><summary>\(record.text)</summary>\(options(explanation))</details>
                    """
            }
            return
                "<tr><td class=\"k\">\(Wording.time(record.at))</td><td>\(kind(record.kind))</td><td>\(body)</td></tr>"
        }
        return section(
            "Decisions",
            note: rows.isEmpty ? "" : "the newest first; open one for what was rejected and why",
            columns: text("Time", "What", "Why"),
            rows: rows,
            empty: "Nothing was decided yet."
        )
    }

    private static func options(_ explanation: Explanation) -> HTML {
        func row(_ option: Explanation.Option, isChosen: Bool) -> HTML {
            """
            <tr class="\(isChosen ? "chosen" : "rejected")"><td>\(isChosen ? "chosen" : "rejected")</td>\
            <td class="k">\(option.nodes) × \(option.offering)</td><td>\(option.pool)</td>\
            <td class="n">\(Wording.price(option.pricePerHour))</td><td class="n">\(Wording.money(option.expectedCost))</td>\
            <td>\(option.reason)</td></tr>
            """
        }
        let rows =
            [explanation.chosen].compactMap(\.self).map { row($0, isChosen: true) }
            + explanation.rejected.map { row($0, isChosen: false) }
        return """
            <div class="scroll"><table><thead><tr>\(text("", "Offering", "Pool"))\
            \(numbers("Price per node", "Expected cost"))\(text("Reason"))</tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    // MARK: Words

    private static func badge(_ text: String, _ tone: Tone = .plain) -> HTML {
        "<span class=\"badge \(tone.rawValue)\">\(text)</span>"
    }

    private static func lost(_ seconds: Int64) -> String {
        seconds == 0 ? "none" : Wording.length(seconds: Double(seconds))
    }

    private static func advice(_ advice: CheckpointAdviceView?) -> HTML {
        guard let advice else { return "–" }
        let interval = advice.intervalSeconds.map { Wording.length(seconds: Double($0)) } ?? "only when told"
        let saved = Money(advice.savedPerHour) ?? .zero
        let worth = "\(Wording.money(saved))/h saved"
        return "\(interval)<small>\(advice.failure ?? (advice.asksAt == nil ? worth : "\(worth), asked for"))</small>"
    }

    private static func state(_ state: String) -> HTML {
        switch Status.WorkloadStatus.Phase(rawValue: state) {
        case .running, .succeeded: badge(state, .good)
        case .waiting, .checkpointing: badge(state, .warn)
        case .failed: badge(state, .bad)
        case .starting, nil: badge(state)
        }
    }

    private static func phase(_ claim: Claim) -> HTML {
        if claim.reclaimAt != nil { return badge("being taken back", .bad) }
        return switch claim.phase {
        case .initialised: badge("ready", .good)
        case .draining: badge("draining", .warn)
        default: badge(claim.phase.rawValue)
        }
    }

    private static func outcome(_ outcome: InterruptionRecord.Outcome) -> HTML {
        switch outcome {
        case .pending: badge("under way", .warn)
        case .saved: badge("nothing lost", .good)
        case .lost: badge("work lost", .bad)
        }
    }

    private static func kind(_ kind: DecisionRecord.Kind) -> HTML {
        switch kind {
        case .launch: badge("launch", .good)
        case .launchFailed: badge("refused", .bad)
        case .wait: badge("wait", .warn)
        case .closeOffering: badge("pass over", .warn)
        case .drain, .consolidate, .terminate, .evict, .checkpoint, .pause, .resume, .provision: badge(kind.rawValue)
        }
    }
}
