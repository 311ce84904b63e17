import Autoscaler
import Billing
import Model

/// The top of the page: how things stand, in one look.
enum Overview {
    static func header(_ content: PageContent) -> HTML {
        var badges: [HTML] = []
        if content.status.isPaused { badges.append("<span class=\"badge warn\">launches paused</span>") }
        if content.status.isDryRun { badges.append("<span class=\"badge warn\">dry run</span>") }
        if !content.status.isLeader { badges.append("<span class=\"badge\">standing by</span>") }
        if badges.isEmpty { badges.append("<span class=\"badge good\">running</span>") }
        return """
            <header><h1>Gleaner</h1><p>\(content.clusterName)</p>\(badges)\
            <p class="when"><time datetime="\(content.now)">\(Wording.time(content.now)) UTC</time></p></header>
            """
    }

    static func notices(_ content: PageContent) -> [HTML] {
        content.missing.map { "<p class=\"notice\">\($0)</p>" }
    }

    static func facts(_ content: PageContent) -> HTML {
        let total = content.total
        let lost = total.lostWorkSeconds
        let initialised = content.status.claims.count { $0.phase == .initialised }
        let others = content.status.claims.count - initialised
        let perHour = content.status.claims.reduce(Money.zero) { $0 + $1.pricePerHour }
        let percent = total.savingsPercent
        let saving = Tone.of(total.savings)
        let lostText = lost == 0 ? "none" : Wording.length(seconds: Double(lost))
        let nodesNote = (others == 0 ? "" : "\(others) more come or go, ") + "\(Wording.money(perHour))/h"
        return """
            <dl class="facts">
            \(fact("Total cost", Wording.money(total.cost), note: content.isEstimated ? "with estimates" : "to the cent"))
            \(fact("On-demand equivalent", Wording.money(total.onDemandEquivalentCost), note: "for the same useful work"))
            \(fact("Savings", percent.map(Wording.percent) ?? "–", note: Wording.money(total.savings), tone: saving))
            \(fact("Interruptions", "\(content.counters.interruptions)", note: "nodes taken back"))
            \(fact("Lost work", lostText, note: "of accelerator time", tone: lost == 0 ? .good : .bad))
            \(fact("Running nodes", "\(initialised)", note: nodesNote))
            </dl>
            """
    }

    private static func fact(_ name: String, _ value: String, note: String, tone: Tone = .plain) -> HTML {
        "<div><dt>\(name)</dt><dd class=\"\(tone.rawValue)\">\(value)<small>\(note)</small></dd></div>"
    }
}

/// How a value is coloured.
enum Tone: String {
    case plain
    case good
    case warn
    case bad

    static func of(_ savings: Money) -> Tone {
        savings == .zero ? .plain : savings > .zero ? .good : .bad
    }
}
