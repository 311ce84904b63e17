import Foundation
import Glibc

/// A listening socket on a free port of loopback, for servers that tests and benchmarks script byte by byte.
package final class LoopbackListener: Sendable {
    package let port: UInt16
    private let descriptor: Int32

    /// - Throws: `POSIXError` when there is no port.
    package init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1024) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EADDRINUSE) }
        descriptor = listener
        port = UInt16(bigEndian: address.sin_port)
    }

    /// The next connection; nil once the listener is closed.
    package func accept() -> LoopbackSocket? {
        let accepted = Glibc.accept(descriptor, nil, nil)
        return accepted >= 0 ? LoopbackSocket(descriptor: accepted) : nil
    }

    /// Accepts no more; what is connected stays.
    package func close() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    // Not before: whoever accepts by then would accept for the next owner of its number.
    deinit {
        Glibc.close(descriptor)
    }
}
