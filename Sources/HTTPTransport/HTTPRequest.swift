/// One HTTP request. The URL is sent as it stands: nothing is encoded, folded or normalised.
package struct HTTPRequest: Sendable {
    package var method: String
    package var url: String
    package var headers: HTTPHeaders
    package var body: [UInt8]
    /// For `send` the whole exchange; for `stream` the time until the head of the response. Nil waits for ever.
    package var timeout: Duration?
    /// How long a body may stay silent before the connection counts as lost; rounded up to whole seconds.
    package var idleTimeout: Duration?
    /// Follows at most five redirects. Off by default: a redirect breaks signatures and can leak headers.
    package var followRedirects: Bool
    /// Whether `http_proxy`, `https_proxy` and `no_proxy` count. Loopback hosts never go through a proxy.
    package var usesEnvironmentProxy: Bool

    package init(
        method: String = "GET",
        url: String,
        headers: HTTPHeaders = [:],
        body: [UInt8] = [],
        timeout: Duration? = .seconds(30),
        idleTimeout: Duration? = nil,
        followRedirects: Bool = false,
        usesEnvironmentProxy: Bool = true
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.idleTimeout = idleTimeout
        self.followRedirects = followRedirects
        self.usesEnvironmentProxy = usesEnvironmentProxy
    }

    /// A line end in a header or method would let its value write headers of its own.
    func validate(_ address: HTTPAddress) throws(HTTPError) {
        guard !method.isEmpty, method.utf8.allSatisfy(Self.isTokenByte) else {
            throw .invalidRequest(address, "the method must be one word")
        }
        for field in headers.fields {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(Self.isTokenByte) else {
                throw .invalidRequest(address, "a header name must be one word")
            }
            guard field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw .invalidRequest(address, "header \(field.name) holds a control character")
            }
        }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
