import Model
import Runtime
import Testing

@testable import Server

@Suite("Metrics")
struct MetricsTests {
    @Test("every line is well formed, every family has its help and type first, and no sample comes twice")
    func wellFormed() async throws {
        let source = await SampleSource(SampleStory())
        var tally = QueueTally()
        tally.received = [.capacityReservation: 2, .unknown: 1]
        tally.undeleted = 3
        await source.read(tally)
        try await LiveServer.serving(source) { server in
            let answer = try await server.ask("/metrics")
            #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(answer.text.hasSuffix("\n"))
            let name = #/gleaner_[a-z_]+/#
            let sample = #/(gleaner_[a-z_]+)(\{[a-z_]+="(?:[^"\\]|\\.)*"(?:,[a-z_]+="(?:[^"\\]|\\.)*")*\})? -?[0-9.]+/#
            var types: [String: String] = [:]
            var seen: Set<String> = []
            var helped: Set<String> = []
            for line in answer.text.split(separator: "\n") {
                let words = line.split(separator: " ", maxSplits: 3)
                if line.hasPrefix("# HELP ") {
                    let family = String(words[2])
                    #expect(try name.wholeMatch(in: family) != nil)
                    #expect(helped.insert(family).inserted)
                    #expect(words.count == 4)
                } else if line.hasPrefix("# TYPE ") {
                    let family = String(words[2])
                    #expect(helped.contains(family))
                    types[family] = String(words[3])
                    #expect((words[3] == "counter") == family.hasSuffix("_total"))
                } else {
                    let match = try #require(try sample.wholeMatch(in: line), "\(line)")
                    #expect(types[String(match.1)] != nil)
                    #expect(seen.insert("\(match.1)\(match.2 ?? "")").inserted)
                }
            }
            #expect(Set(types.keys) == helped)
            #expect(answer.text.contains("gleaner_interruptions_total 2\n"))
            #expect(answer.text.contains("gleaner_queue_messages_total{kind=\"capacity-reservation\"} 2\n"))
            #expect(answer.text.contains("gleaner_queue_messages_total{kind=\"malformed\"} 0\n"))
            #expect(answer.text.contains("gleaner_queue_undeleted_total 3\n"))
            #expect(answer.text.contains("gleaner_lost_work_accelerator_seconds_total 1260\n"))
        }
    }

    @Test("no tenant's job is named")
    func noJobNames() async {
        let story = SampleStory()
        let text = await Metrics.text(of: SampleSource(story))
        for workload in story.workloads { #expect(!text.contains(workload.id.name)) }
    }
}
