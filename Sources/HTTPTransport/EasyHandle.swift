import CCurl
import Glibc

/// A libcurl handle set up for one transfer. Only the loop's thread touches it.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var connectList: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private var failedOption: CURLcode = CURLE_OK

    /// - Throws: `HTTPError.invalidRequest` when libcurl refuses an option.
    init(_ transfer: Transfer, _ configuration: HTTPClientConfiguration) throws(HTTPError) {
        guard let pointer = curl_easy_init() else {
            throw .invalidRequest(transfer.address, "out of memory")
        }
        self.pointer = pointer
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        check(ccurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText))
        setProtocol(transfer)
        setRoute(transfer, configuration)
        setRequest(transfer.request)
        setTimes(transfer, configuration)
        setTLS(configuration.tls)
        setReceivers(transfer)
        check(ccurl_set_string(pointer, CURLOPT_USERAGENT, configuration.userAgent))
        guard failedOption == CURLE_OK else {
            throw .invalidRequest(transfer.address, String(cString: curl_easy_strerror(failedOption)))
        }
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headerList)
        curl_slist_free_all(connectList)
        errorText.deallocate()
    }

    /// What went wrong, in libcurl's words: they name hosts, never paths or headers.
    func failure(_ code: CURLcode, _ address: HTTPAddress) -> HTTPError {
        let said = String(cString: errorText)
        let text = said.isEmpty ? String(cString: curl_easy_strerror(code)) : said
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST:
            return .unresolvedHost(address)
        case CURLE_COULDNT_CONNECT:
            let refused = ccurl_get_long(pointer, CURLINFO_OS_ERRNO) == Int(ECONNREFUSED)
            return refused ? .connectionRefused(address) : .unreachable(address, text)
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY:
            return .unreachable(address, text)
        case CURLE_OPERATION_TIMEDOUT:
            return .timedOut(address, text)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED:
            return .tls(address, text)
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_TOO_MANY_REDIRECTS:
            return .invalidRequest(address, String(cString: curl_easy_strerror(code)))
        default:
            return .connectionLost(address, text)
        }
    }

    private func check(_ code: CURLcode) {
        if code != CURLE_OK, failedOption == CURLE_OK { failedOption = code }
    }

    private func set(_ option: CURLoption, _ value: Int) {
        check(ccurl_set_long(pointer, option, value))
    }

    private func setProtocol(_ transfer: Transfer) {
        // Otherwise libcurl folds dot segments, and the path differs from the one that was signed.
        set(CURLOPT_PATH_AS_IS, 1)
        check(ccurl_set_string(pointer, CURLOPT_PROTOCOLS_STR, "http,https"))
        check(ccurl_set_string(pointer, CURLOPT_REDIR_PROTOCOLS_STR, "http,https"))
        // In libcurl 7.88 a paused HTTP/2 stream stalls its neighbours on the connection.
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_NOSIGNAL, 1)
        // Without it, ending a transfer waits for a name look-up in progress.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        if transfer.request.followRedirects {
            set(CURLOPT_FOLLOWLOCATION, 1)
            set(CURLOPT_MAXREDIRS, 5)
        }
    }

    /// Where the connection goes: to the URL's host, perhaps under another name and through a proxy.
    private func setRoute(_ transfer: Transfer, _ configuration: HTTPClientConfiguration) {
        let address = transfer.address
        if let name = configuration.tls.serverName, address.scheme == "https" {
            // libcurl takes the name for TLS from the URL alone; the list leads that name to the host that is meant.
            check(ccurl_set_string(pointer, CURLOPT_URL, "https://\(name):\(address.port)\(address.target)"))
            connectList = curl_slist_append(nil, "\(name):\(address.port):\(address.host):\(address.port)")
            check(connectList == nil ? CURLE_OUT_OF_MEMORY : CURLE_OK)
            check(ccurl_set_list(pointer, CURLOPT_CONNECT_TO, connectList))
            if transfer.request.headers["Host"] == nil { appendHeader("Host: \(address.hostHeader)") }
        } else {
            check(ccurl_set_string(pointer, CURLOPT_URL, transfer.request.url))
        }
        if let proxy = configuration.proxy {
            check(ccurl_set_string(pointer, CURLOPT_PROXY, proxy))
            check(ccurl_set_string(pointer, CURLOPT_NOPROXY, ""))
        } else if address.isLoopback || !transfer.request.usesEnvironmentProxy {
            check(ccurl_set_string(pointer, CURLOPT_PROXY, ""))
        }
    }

    private func setRequest(_ request: HTTPRequest) {
        var headers = request.headers
        let carriesBody = !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method)
        if carriesBody {
            check(ccurl_set_offset(pointer, CURLOPT_POSTFIELDSIZE_LARGE, Int64(request.body.count)))
            // An empty body is an empty string: with NULL libcurl would read the body from a callback.
            check(
                (request.body + [0]).withUnsafeBytes {
                    ccurl_set_pointer(
                        pointer,
                        CURLOPT_COPYPOSTFIELDS,
                        UnsafeMutableRawPointer(mutating: $0.baseAddress)
                    )
                }
            )
            appendHeader("Expect:")
            if headers["Content-Type"] == nil { appendHeader("Content-Type:") }
        }
        if request.method == "HEAD" { set(CURLOPT_NOBODY, 1) }
        check(ccurl_set_string(pointer, CURLOPT_CUSTOMREQUEST, request.method))
        if let agent = headers["User-Agent"] {
            headers["User-Agent"] = nil
            appendHeader("User-Agent: \(agent)")
        }
        for field in headers.fields {
            // libcurl's own way to write a header without a value; "name:" would remove it.
            appendHeader(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        check(ccurl_set_list(pointer, CURLOPT_HTTPHEADER, headerList))
    }

    private func appendHeader(_ line: String) {
        guard let longer = curl_slist_append(headerList, line) else { return check(CURLE_OUT_OF_MEMORY) }
        headerList = longer
    }

    private func setTimes(_ transfer: Transfer, _ configuration: HTTPClientConfiguration) {
        set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.wholeMilliseconds)
        if case .whole = transfer.delivery, let timeout = transfer.request.timeout {
            set(CURLOPT_TIMEOUT_MS, timeout.wholeMilliseconds)
        }
        if let idle = transfer.request.idleTimeout {
            set(CURLOPT_LOW_SPEED_LIMIT, 1)
            set(CURLOPT_LOW_SPEED_TIME, (idle.wholeMilliseconds + 999) / 1000)
        }
    }

    private func setTLS(_ tls: TLSOptions) {
        setPEM(tls.authorities, file: CURLOPT_CAINFO, blob: CURLOPT_CAINFO_BLOB)
        setPEM(tls.clientCertificate, file: CURLOPT_SSLCERT, blob: CURLOPT_SSLCERT_BLOB)
        setPEM(tls.clientKey, file: CURLOPT_SSLKEY, blob: CURLOPT_SSLKEY_BLOB)
        if !tls.verifiesPeer {
            set(CURLOPT_SSL_VERIFYPEER, 0)
            set(CURLOPT_SSL_VERIFYHOST, 0)
        }
    }

    private func setPEM(_ pem: TLSOptions.PEM?, file: CURLoption, blob: CURLoption) {
        switch pem {
        case .file(let path): check(ccurl_set_string(pointer, file, path))
        case .bytes(let bytes):
            check(bytes.withUnsafeBytes { ccurl_set_blob(pointer, blob, $0.baseAddress, $0.count) })
        case nil: break
        }
    }

    private func setReceivers(_ transfer: Transfer) {
        check(ccurl_set_id(pointer, transfer.id))
        // The loop keeps the transfer for as long as the handle is in use.
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        check(ccurl_set_pointer(pointer, CURLOPT_HEADERDATA, context))
        check(ccurl_set_pointer(pointer, CURLOPT_WRITEDATA, context))
        check(
            ccurl_set_receiver(pointer, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                guard let context else { return 0 }
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                return transfer.receiveHeader(line) ? line.count : 0
            }
        )
        check(
            ccurl_set_receiver(pointer, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                guard let context else { return 0 }
                let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                return transfer.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
            }
        )
    }
}

extension Duration {
    /// At least one: libcurl takes 0 for "no limit".
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        let milliseconds = min(seconds, 1_000_000_000) * 1000 + attoseconds / 1_000_000_000_000_000
        return Int(max(1, milliseconds))
    }
}
