import Model
import Testing

@testable import Simulation

@Suite("Texts of the cloud's wire")
struct WireTextTests {
    /// From RFC 1321, appendix A.5.
    @Test(
        "MD5 gives the digests of its RFC",
        arguments: [
            ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a"
            ),
        ]
    )
    func md5(text: String, digest: String) {
        #expect(MD5.hex(text) == digest)
    }

    @Test("XML escapes what it must and replaces what it cannot carry")
    func xml() {
        var xml = XMLWriter()
        xml.element("a", "<&>\"\u{1}\r\nü")
        #expect(xml.document.hasSuffix("<a>&lt;&amp;&gt;&quot;\u{FFFD}&#13;\nü</a>"))
    }

    @Test("query parameters are read with their lists, and broken ones refused")
    func query() throws {
        let form = "Action=X&A.1=a%2Bb&A.2=c+d&Tag.1.Key=k&Tag.1.Value=%3D&Tag.3.Key=l&N=12"
        let parameters = try QueryParameters(form: form)
        #expect(parameters.list("A") == ["a+b", "c d"])
        #expect(parameters.tags("Tag") == ["k": "=", "l": ""])
        #expect(try parameters.number("N", in: 1...12) == 12)
        #expect(throws: AWSAPIError.self) { try parameters.number("N", in: 1...11) }
        #expect(throws: AWSAPIError.self) { try QueryParameters(form: "a=%F") }
    }

    @Test("a page token comes back as it went, and no other text is one")
    func pages() throws {
        let page = try Page(token: Page(position: 17, anchor: -3).token)
        #expect(page.position == 17)
        #expect(page.anchor == -3)
        for text in ["", "x", "cGFnZXwtMXww", "cGFnZXwx"] {
            #expect(throws: AWSAPIError.self) { try Page(token: text) }
        }
    }

    @Test(
        "wildcards match as in EC2's filters",
        arguments: [
            ("*", "", true), ("g5.*", "g5.xlarge", true), ("g?.x*e", "g5.xlarge", true), ("g5", "g5.xlarge", false),
            ("*a*b", "xaxxbb", true), ("a*b*c", "acb", false),
        ]
    )
    func wildcards(pattern: String, text: String, isMatch: Bool) {
        #expect(Wildcard.matches(pattern, text) == isMatch)
    }
}
