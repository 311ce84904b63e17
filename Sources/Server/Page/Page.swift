import Foundation
import HTTPTypes
import Hummingbird

/// The page for people: one document, rendered here, that renews itself.
enum Page {
    static let contentType = "text/html; charset=utf-8"

    static func response(for source: any StatusSource) async -> Response {
        let nonce = Self.nonce()
        let content = await PageContent.read(source)
        var headers = HTTPFields()
        headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'nonce-\(nonce)'; script-src 'nonce-\(nonce)'; connect-src 'self'; "
            + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        return .text(document(content, nonce: nonce).text, contentType: contentType, headers: headers)
    }

    /// Lets this document's own style and script through the policy, and nothing that might be smuggled in.
    private static func nonce() -> String {
        let bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        return Data(bytes).base64EncodedString()
    }

    static func document(_ content: PageContent, nonce: String) -> HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <title>Gleaner · \(content.clusterName)</title>
        <link rel="icon" href="data:,">
        <noscript><meta http-equiv="refresh" content="10"></noscript>
        <style nonce="\(nonce)">\(HTML(stringLiteral: Style.sheet))</style>
        </head>
        <body>
        \(main(content))
        <script nonce="\(nonce)">\(HTML(stringLiteral: Style.script))</script>
        </body>
        </html>

        """
    }

    private static func main(_ content: PageContent) -> HTML {
        """
        <main>
        \(Overview.header(content))
        <p class="notice" id="lost" hidden>The service does not answer; this is what it said last.</p>
        \(Overview.notices(content))
        \(Overview.facts(content))
        <div class="charts">
        \(Chart.spend(content.steps, each: content.step))
        \(Chart.savings(content.steps))
        </div>
        \(Tables.teams(content))
        \(Tables.nodes(content))
        \(Tables.waiting(content))
        \(Tables.workloads(content))
        \(Tables.interruptions(content))
        \(Tables.decisions(content))
        <footer>Times are UTC. The same as data: <a href="/api/v1/costs">costs</a>,
        <a href="/api/v1/workloads">workloads</a>, <a href="/api/v1/nodes">nodes</a>,
        <a href="/api/v1/offerings">offerings</a>, <a href="/api/v1/interruptions">interruptions</a>,
        <a href="/api/v1/decisions">decisions</a>, <a href="/metrics">metrics</a>,
        <a href="/openapi.json">OpenAPI</a>.</footer>
        </main>
        """
    }
}
