import Foundation
import HummingbirdTLS
package import Logging
import NIOCore
import NIOSSL

/// A certificate and its key, in files that somebody replaces from time to time. Handshakes take what was read last.
package final class TLSFiles: @unchecked Sendable {
    /// One certificate with its key.
    private struct Pair {
        var chain: [NIOSSLCertificateSource]
        var key: NIOSSLPrivateKeySource
        var bytes: [Data]
    }

    /// How often the files are looked at; a kubelet writes a renewed secret within a minute or two.
    private static let interval: Duration = .seconds(5)
    private static let limitBytes = 1 << 20

    private let certificate: String
    private let key: String
    private let logger: Logger
    private let lock = NSLock()
    private var pair: Pair

    /// - Parameters:
    ///   - certificate: PEM, the server's own certificate first.
    ///   - key: PEM, without a pass phrase.
    ///   - logger: Is told of new ones, and of those that cannot be used.
    /// - Throws: `TLSError`.
    package init(certificate: String, key: String, logger: Logger) throws(TLSError) {
        self.certificate = certificate
        self.key = key
        self.logger = logger
        pair = try Self.read(certificate, key)
    }

    /// For a server whose every handshake takes the certificate of the moment.
    func configuration() -> TLSConfiguration {
        let pair = lock.withLock { self.pair }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: pair.chain,
            privateKey: pair.key
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.sslContextCallback = { [self] _, promise in
            let pair = lock.withLock { self.pair }
            var current = NIOSSLContextConfigurationOverride()
            current.certificateChain = pair.chain
            current.privateKey = pair.key
            promise.succeed(current)
        }
        return configuration
    }

    /// Looks at the files until it is cancelled.
    func follow() async {
        var refused: TLSError?
        while (try? await Task.sleep(for: Self.interval)) != nil {
            do throws(TLSError) {
                if try reload() { logger.notice("new certificate", metadata: ["file": "\(certificate)"]) }
                refused = nil
            } catch {
                // The one at hand may still be good. Said once.
                if refused != error {
                    logger.error("the new certificate is not used", metadata: ["error": "\(error)"])
                }
                refused = error
            }
        }
    }

    /// - Returns: Whether they hold something new.
    func reload() throws(TLSError) -> Bool {
        let bytes = [try Self.contents(certificate), try Self.contents(key)]
        guard bytes != lock.withLock({ pair.bytes }) else { return false }
        let new = try Self.read(certificate, key)
        lock.withLock { pair = new }
        return true
    }

    private static func read(_ certificate: String, _ key: String) throws(TLSError) -> Pair {
        let bytes = [try contents(certificate), try contents(key)]
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMBytes([UInt8](bytes[0]))
        } catch {
            throw .unreadable(path: certificate, problem: "it holds no certificate")
        }
        guard !chain.isEmpty else { throw .unreadable(path: certificate, problem: "it holds no certificate") }
        let privateKey: NIOSSLPrivateKey
        do {
            privateKey = try NIOSSLPrivateKey(bytes: [UInt8](bytes[1]), format: .pem)
        } catch {
            throw .unreadable(path: key, problem: "it holds no private key, or one with a pass phrase")
        }
        let pair = Pair(chain: chain.map { .certificate($0) }, key: .privateKey(privateKey), bytes: bytes)
        do {
            let configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: pair.chain,
                privateKey: pair.key
            )
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw .mismatch(certificate: certificate, key: key, problem: "\(error)")
        }
        return pair
    }

    private static func contents(_ path: String) throws(TLSError) -> Data {
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            guard data.count <= limitBytes else { throw TLSError.unreadable(path: path, problem: "it is too long") }
            return data
        } catch let error as TLSError {
            throw error
        } catch {
            throw .unreadable(path: path, problem: "it cannot be read")
        }
    }
}
