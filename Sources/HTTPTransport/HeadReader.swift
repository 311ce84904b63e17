/// Puts a response's head together from the lines libcurl hands over one by one.
struct HeadReader {
    static let maximumBytes = 256 * 1024

    private(set) var totalBytes = 0
    private var status = 0
    private var headers = HTTPHeaders()

    /// Takes the next line, with its line end.
    /// - Parameters:
    ///   - line: the bytes of the line.
    ///   - followsRedirects: whether libcurl goes on after a redirect, so that its head is not the last.
    /// - Returns: the head, when this line ended the final one.
    mutating func read(_ line: UnsafeRawBufferPointer, followsRedirects: Bool) -> HTTPResponse? {
        totalBytes += line.count
        var bytes = line[...]
        while let last = bytes.last, last == 0x0D || last == 0x0A { bytes = bytes.dropLast() }
        if bytes.starts(with: "HTTP/".utf8) {
            let words = bytes.split(separator: UInt8(ascii: " "), maxSplits: 2)
            status = words.count > 1 ? Int(String(decoding: words[1], as: UTF8.self)) ?? 0 : 0
            headers = [:]
            return nil
        }
        guard bytes.isEmpty else {
            guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            headers.add(Self.trimmed(bytes[..<colon]), Self.trimmed(bytes[(colon + 1)...]))
            return nil
        }
        let isInterim = (100..<200).contains(status)
        let isFollowed = followsRedirects && (300..<400).contains(status) && headers["Location"] != nil
        return isInterim || isFollowed || status == 0 ? nil : HTTPResponse(status: status, headers: headers)
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        var rest = bytes.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        return String(decoding: rest, as: UTF8.self)
    }
}
