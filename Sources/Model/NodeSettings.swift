import Foundation

extension GleanerConfiguration {
    /// What every node of a pool is made with, beside what is bought and its image. A field that is nil leaves no trace
    /// in the digest, so that a new one does not make every standing node look different.
    private struct NodeSettings: Encodable {
        var labels: [String: String]
        var taints: [Taint]
        var securityGroups: [String]
        var instanceProfile: String?
    }

    /// Names what a pool's nodes are made with: equal settings give the same digest in every process and version.
    package func settingsDigest(of pool: Pool) -> String {
        let settings = NodeSettings(
            labels: pool.labels,
            taints: pool.taints.sorted {
                ($0.key, $0.value, $0.effect.rawValue) < ($1.key, $1.value, $1.effect.rawValue)
            },
            securityGroups: aws.securityGroups.sorted(),
            instanceProfile: aws.instanceProfile
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Strings, lists and dictionaries of strings: there is nothing in it that could fail to be written.
        let text = (try? encoder.encode(settings)) ?? Data()
        return "1-" + Self.hexadecimal(Self.fingerprint(text))
    }

    /// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ It only has to be the same everywhere.
    private static func fingerprint(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
