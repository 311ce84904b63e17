import Foundation

/// The files with profiles that the AWS tools share: `~/.aws/config` and `~/.aws/credentials`.
/// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
package struct SharedConfiguration: Sendable, Equatable {
    /// The keys of a profile, in lower case. Some of them are secrets: it shows none.
    package struct Profile: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
        package var values: [String: String] = [:]

        package var description: String { "profile with \(values.keys.sorted().joined(separator: ", "))" }
        package var customMirror: Mirror { Mirror(self, children: []) }
    }

    private static let longestFileBytes = 1 << 20

    package var profiles: [String: Profile] = [:]
    /// The keys of the `services` sections, those of one service as in `ec2.endpoint_url`.
    package var services: [String: [String: String]] = [:]

    package init() {}

    /// Which profile counts.
    package static func profileName(_ environment: [String: String]) -> String {
        environment["AWS_PROFILE"].flatMap { $0.isEmpty ? nil : $0 } ?? "default"
    }

    /// Reads both files; one that is not there is empty, whoever names it, as for AWS's own tools.
    /// - Parameter environment: of the process: `AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `HOME`.
    /// - Returns: what they say; the credentials file wins.
    /// - Throws: `CredentialError.unreadable`.
    package static func load(_ environment: [String: String]) throws(CredentialError) -> SharedConfiguration {
        var result = SharedConfiguration()
        let paths = paths(environment)
        for (path, isCredentials) in [(paths.config, false), (paths.credentials, true)] {
            guard FileManager.default.fileExists(atPath: path) else { continue }
            let text: String
            do {
                let data = try Data(contentsOf: URL(fileURLWithPath: path))
                guard data.count <= longestFileBytes else {
                    throw CredentialError.unreadable(path: path, reason: "it is longer than a file of profiles")
                }
                text = String(decoding: data, as: UTF8.self)
            } catch let error as CredentialError {
                throw error
            } catch {
                throw .unreadable(path: path, reason: error.localizedDescription)
            }
            result.add(text, isCredentials: isCredentials)
        }
        return result
    }

    /// Where the files are.
    package static func paths(_ environment: [String: String]) -> (config: String, credentials: String) {
        let home = environment["HOME"] ?? "/root"
        func path(_ variable: String, _ file: String) -> String {
            guard let named = environment[variable], !named.isEmpty else { return "\(home)/.aws/\(file)" }
            return named.hasPrefix("~/") ? home + named.dropFirst() : named
        }
        return (path("AWS_CONFIG_FILE", "config"), path("AWS_SHARED_CREDENTIALS_FILE", "credentials"))
    }

    private enum Section {
        case profile(String)
        case services(String)
        case other
    }

    /// Takes the sections of a file in, over what is there.
    mutating func add(_ text: String, isCredentials: Bool) {
        var section = Section.other
        /// The section's last key: how far it is indented, and its name when it has no value. A line that is indented
        /// further goes on with it; any other is a key of its own, however far all of them are indented.
        /// https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
        var last: (indentation: Int, parent: String?)?
        for line in text.split(whereSeparator: \.isNewline) {
            let indentation = line.prefix { $0.isWhitespace }.count
            let goesOn = last.map { indentation > $0.indentation } ?? false
            let content = Self.withoutComment(line)
            guard !content.isEmpty else { continue }
            if content.hasPrefix("["), !goesOn {
                section = Self.section(content, isCredentials: isCredentials)
                if case .profile(let name) = section, profiles[name] == nil { profiles[name] = Profile() }
                last = nil
                continue
            }
            guard let mark = content.firstIndex(of: "=") else { continue }
            let key = content[..<mark].trimmingCharacters(in: .whitespaces).lowercased()
            let value = content[content.index(after: mark)...].trimmingCharacters(in: .whitespaces)
            let name: String
            if goesOn {
                // No value that is read here has two lines.
                guard let parent = last?.parent else { continue }
                name = "\(parent).\(key)"
            } else {
                last = (indentation, value.isEmpty ? key : nil)
                name = key
            }
            guard !value.isEmpty else { continue }
            switch section {
            case .profile(let profile): profiles[profile]?.values[name] = value
            case .services(let services): self.services[services, default: [:]][name] = value
            case .other: break
            }
        }
    }

    /// A line's content: comments begin a line, or follow white space.
    private static func withoutComment(_ line: Substring) -> String {
        var previous: Character = " "
        var end = line.endIndex
        for index in line.indices {
            if line[index] == "#" || line[index] == ";", previous.isWhitespace {
                end = index
                break
            }
            previous = line[index]
        }
        return line[..<end].trimmingCharacters(in: .whitespaces)
    }

    private static func section(_ content: String, isCredentials: Bool) -> Section {
        guard let end = content.firstIndex(of: "]") else { return .other }
        let words = content[content.index(after: content.startIndex)..<end]
            .split(maxSplits: 1, whereSeparator: \.isWhitespace)
            .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "\"' \t")) }
        switch (words.count, words.first) {
        case (1, _) where isCredentials || words[0] == "default": return .profile(words[0])
        case (2, "profile") where !isCredentials: return .profile(words[1])
        case (2, "services") where !isCredentials: return .services(words[1])
        case (2, _) where isCredentials: return .profile(words.joined(separator: " "))
        default: return .other
        }
    }
}
