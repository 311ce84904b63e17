import Foundation
import Model
import Testing

@testable import Billing

@Suite struct FormatTests {
    func story(team: String = "vision") -> Story {
        var story = Story()
        let train = Story.workload("train")
        story.admit(0, train, team: team)
        story.price(Story.onDemand, "72", from: -10)
        let claim = story.launch(0, offering: Story.onDemand, price: "72", for: [train])
        story.observe(claim, .running, at: 0)
        story.tell(0, .claimInitialised(claim, node: "n"))
        story.assign(0, "p", of: train, to: claim)
        story.attempt(0, of: train, on: claim)
        story.attemptEnd(1800, of: train)
        story.tell(1800, .podReleased(uid: "p", claim))
        story.tell(1800, .workloadEnded(train, succeeded: true))
        story.end(claim, at: 1900)
        return story
    }

    @Test("JSON has OpenCost's names, money as strings, and always the same bytes")
    func json() throws {
        let report = story().report(0..<3600, by: [.team, .pool])
        let text = String(decoding: try report.json(), as: UTF8.self)
        #expect(text == String(decoding: try report.json(), as: UTF8.self))
        let object = try #require(JSONSerialization.jsonObject(with: report.json(isPretty: true)) as? [String: Any])
        #expect(object["currency"] as? String == "USD")
        #expect(object["isEstimated"] as? Bool == false)
        #expect(object["aggregate"] as? [String] == ["team", "pool"])
        #expect(
            object["window"] as? [String: String] == ["start": "2027-01-15T08:00:00Z", "end": "2027-01-15T09:00:00Z"]
        )
        let total = try #require(object["total"] as? [String: Any])
        #expect(total["totalCost"] as? String == "38.00")
        let step = try #require((object["steps"] as? [[String: Any]])?.first)
        let rows = try #require(step["rows"] as? [[String: Any]])
        #expect(rows.map { $0["name"] as? String } == ["__idle__/training", "vision/training"])
        #expect(rows[1]["properties"] as? [String: String] == ["team": "vision", "pool": "training"])
        #expect(rows[1]["totalCost"] as? String == "36.00")
        #expect(rows[1]["workloadCost"] as? String == "36.00")
        #expect(rows[1]["onDemandEquivalentCost"] as? String == "42.00")
        #expect(rows[1]["savings"] as? String == "6.00")
        #expect(rows[0]["savings"] as? String == "-2.00")
        #expect(rows[1]["gpuHours"] as? Double == 0.5)
        #expect(rows[1]["attempts"] as? Int == 1)
    }

    @Test("workloads in JSON have the names of the demo's report")
    func workloadJSON() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let costs = story().ledger().workloads(now: Story.time(9999))
        #expect(
            String(decoding: try encoder.encode(costs), as: UTF8.self) == """
                [{"attempts":1,"completed":true,"cost":"36.00","interruptions":0,"kind":"Job","lostWorkSeconds":0,\
                "name":"train","namespace":"vision","onDemandEquivalentCost":"42.00","savings":"6.00",\
                "state":"succeeded","team":"vision"}]
                """
        )
    }

    @Test("CSV has a header, CR LF, and one line a row")
    func csv() {
        let lines = story().report(0..<3600, by: [.team]).csv.components(separatedBy: "\r\n")
        #expect(lines.count == 4)
        #expect(
            lines[0] == """
                windowStart,windowEnd,team,totalCost,workloadCost,idleCost,bootCost,drainCost,lostWorkCost,\
                checkpointCost,onDemandEquivalentCost,savings,gpuHours,attempts,interruptions,lostWorkSeconds
                """
        )
        #expect(
            lines[2] == """
                2027-01-15T08:00:00Z,2027-01-15T09:00:00Z,vision,36.00,36.00,0.00,0.00,0.00,0.00,0.00,42.00,6.00,0.5,1,0,0
                """
        )
        #expect(lines[3] == "")
        let workloads = WorkloadCost.csv(story().ledger().workloads(now: Story.time(9999)))
        #expect(workloads.hasSuffix("vision,train,Job,vision,succeeded,true,1,0,0,36.00,42.00,6.00\r\n"))
    }

    @Test(
        "a name can neither break a CSV line nor become a formula",
        arguments: [
            ("=cmd()", "'=cmd()"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"), ("a=b", "a=b"),
            ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("two\r\nlines", "\"two\r\nlines\""),
            ("=1,2", "\"'=1,2\""), ("\r\n=x", "\"'\r\n=x\""), ("", ""), ("ünïcode", "ünïcode"),
        ]
    )
    func hostileNames(name: String, field: String) {
        let csv = story(team: name).report(by: [.team], includeIdle: false).csv
        #expect(csv.contains("Z," + field + ",36.00,"))
    }

    @Test("the table is aligned, names left and numbers right, with a total")
    func table() {
        let table = story().report(0..<3600, by: [.team]).table
        #expect(
            table == """
                TEAM       COST  ON-DEMAND      SAVING  WORKLOAD  IDLE  BOOT  DRAIN  LOST  CHECKPOINT  ATTEMPTS  \
                INTERRUPTIONS  LOST WORK S
                __idle__   2.00       0.00       -2.00      0.00  2.00  0.00   0.00  0.00        0.00         0  \
                            0            0
                vision    36.00      42.00  6.00 (14%)     36.00  0.00  0.00   0.00  0.00        0.00         1  \
                            0            0
                total     38.00      42.00  4.00 (10%)     36.00  2.00  0.00   0.00  0.00        0.00         1  \
                            0            0

                """
        )
        let steps = story().report(0..<3600, by: [.team], step: .seconds(1800)).table
        #expect(steps.hasPrefix("FROM                  TEAM"))
        #expect(steps.contains("\n2027-01-15T08:30:00Z  __idle__"))
        #expect(story().report(by: []).table.contains("\ntotal  38.00"))
    }

    @Test("workloads as a table")
    func workloadTable() {
        let table = WorkloadCost.table(story().ledger().workloads(now: Story.time(9999)))
        #expect(
            table == """
                NAMESPACE  NAME   KIND  TEAM    STATE       COST  ON-DEMAND      SAVING  ATTEMPTS  INTERRUPTIONS  LOST WORK S
                vision     train  Job   vision  succeeded  36.00      42.00  6.00 (14%)         1              0            0

                """
        )
    }

    @Test("a name cannot steer the terminal")
    func controlCharacters() {
        let table = story(team: "\u{1B}[2Jteam\u{202E}\n").report(by: [.team]).table
        #expect(table.contains("?[2Jteam??"))
        #expect(!table.unicodeScalars.contains("\u{1B}"))
    }
}
