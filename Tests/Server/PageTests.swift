import Model
import Testing

@testable import Server

@Suite("The page")
struct PageTests {
    @Test("it shows figures, charts and every table, and asks nothing of other sites")
    func page() async throws {
        let source = await SampleSource(SampleStory())
        try await LiveServer.serving(source) { server in
            let answer = try await server.ask("/")
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
            let parts = [
                "Total cost", "On-demand equivalent", "Savings", "Interruptions", "Lost work", "Running nodes",
                "<h2>Spend per hour</h2>", "<h2>Nodes</h2>", "<h2>Pending</h2>", "<h2>Workloads</h2>",
                "<h2>Interruptions</h2>", "<h2>Decisions</h2>", "nothing lost", "work lost", "all saved in 54 s",
                "3.2 times the cost of spot", "Save every",
                "14 min<small>llm-0: it answers &lt;b&gt;503&lt;/b&gt;</small>",
            ]
            for part in parts { #expect(answer.text.contains(part), "\(part)") }
            #expect(answer.text.matches(of: #/<svg /#).count == 2)
            #expect(!answer.text.contains("http://"))
            #expect(!answer.text.contains("https://"))
            #expect(!answer.text.contains("NaN"))
            let nonce = try #require(answer.text.firstMatch(of: #/<script nonce="([^"]+)">/#)).1
            #expect(answer.headers["content-security-policy"]?.contains("script-src 'nonce-\(nonce)'") == true)
            #expect(try await server.ask("/").text.contains(nonce) == false)
        }
    }

    @Test("what others wrote is shown as text, never as markup")
    func escaping() async throws {
        let source = await SampleSource(SampleStory())
        let text = await Page.document(PageContent.read(source), nonce: "n").text
        #expect(!text.contains("<script>alert"))
        #expect(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(!text.contains("<lab>"))
        #expect(!text.contains("<b>"))
        let value = "\"'<&>"
        let html: HTML = "<i title=\"\(value)\">\(value)</i>"
        #expect(html.text == "<i title=\"&quot;&#39;&lt;&amp;&gt;\">&quot;&#39;&lt;&amp;&gt;</i>")
    }

    @Test("it works before anything happened, and says what it waits for")
    func empty() async {
        let text = await Page.document(PageContent.read(SampleSource()), nonce: "n").text
        #expect(text.contains("Nothing was spent yet."))
        #expect(text.contains("No prices are known yet."))
        #expect(!text.contains("<svg"))
        #expect(!text.contains("NaN"))
    }

    @Test("it says when launches are paused")
    func paused() async {
        let source = SampleSource()
        await source.setPaused(true, by: "test")
        let text = await Page.document(PageContent.read(source), nonce: "n").text
        #expect(text.contains("launches paused"))
    }

    @Test("amounts, times and lengths read well")
    func wording() {
        #expect(Wording.money(Money("1234567.895") ?? .zero) == "$1,234,567.90")
        #expect(Wording.money(Money("-999.5") ?? .zero) == "−$999.50")
        #expect(Wording.length(seconds: 45) == "45 s")
        #expect(Wording.length(seconds: 12_600) == "3.5 h")
        #expect(Wording.percent(71.16) == "71.2 %")
        #expect(Wording.percent(-3) == "−3 %")
    }

    @Test("axes end at or above the largest value, with round marks")
    func axes() {
        #expect(Axis(largest: 0).marks == [0, 1])
        #expect(Axis(largest: 37).marks == [0, 10, 20, 30, 40])
        #expect(Axis(largest: 1300).label(1500) == "$1,500")
        #expect(Axis(largest: 0.9).label(0.5) == "$0.50")
        for value in [0.003, 0.7, 1, 9.99, 123, 4567, 1e6] { #expect(Axis(largest: value).top >= value) }
    }
}
