/// Why the server cannot listen.
package enum ServerError: Error, Hashable, CustomStringConvertible {
    case addressInUse(host: String, port: Int)
    case addressRefused(host: String, port: Int, reason: String)

    package var description: String {
        switch self {
        case .addressInUse(let host, let port):
            "\(host):\(port) is in use by another process; stop it, or choose another port (0 takes a free one)"
        case .addressRefused(let host, let port, let reason):
            "cannot listen on \(host):\(port): \(reason); choose an address of this machine and a port that is allowed"
        }
    }
}
