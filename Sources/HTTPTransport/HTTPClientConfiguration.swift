/// What every request of one client shares.
package struct HTTPClientConfiguration: Sendable {
    package var tls: TLSOptions
    /// Must exceed open watches plus the peak of requests to one host, or requests queue behind watches.
    package var maximumConnectionsPerHost: Int
    package var connectTimeout: Duration
    package var userAgent: String
    /// The proxy for every host, whatever the environment says: an http, https or socks5 URL.
    package var proxy: String?

    package init(
        tls: TLSOptions = TLSOptions(),
        maximumConnectionsPerHost: Int = 128,
        connectTimeout: Duration = .seconds(10),
        userAgent: String = "gleaner",
        proxy: String? = nil
    ) {
        self.tls = tls
        self.maximumConnectionsPerHost = maximumConnectionsPerHost
        self.connectTimeout = connectTimeout
        self.userAgent = userAgent
        self.proxy = proxy
    }
}
