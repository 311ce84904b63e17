import Foundation
import Model

/// What EC2 has planned for an instance.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_scheduled_events.html
struct ScheduledEvent: Decodable {
    var id: String
    var code: String
    /// `active`, `completed` or `canceled`.
    var state: String
    var notBefore: Timestamp
    var notAfter: Timestamp?

    enum CodingKeys: String, CodingKey {
        case id = "EventId"
        case code = "Code"
        case state = "State"
        case notBefore = "NotBefore"
        case notAfter = "NotAfter"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decode(String.self, forKey: .id)
        code = try values.decode(String.self, forKey: .code)
        state = try values.decodeIfPresent(String.self, forKey: .state) ?? "active"
        guard let time = Self.time(try values.decode(String.self, forKey: .notBefore)) else {
            throw DecodingError.dataCorruptedError(forKey: .notBefore, in: values, debugDescription: "no time")
        }
        notBefore = time
        notAfter = try values.decodeIfPresent(String.self, forKey: .notAfter).flatMap { Self.time($0) }
    }

    /// Reads an instant as the metadata service writes it: `21 Jan 2019 09:00:43 GMT`; also the form of the APIs.
    static func time(_ text: String) -> Timestamp? {
        if let milliseconds = AWSTime.parse(text) { return Timestamp(milliseconds: milliseconds) }
        let words = text.split(separator: " ")
        guard words.count == 5, words[4] == "GMT" || words[4] == "UTC", (1...2).contains(words[0].count),
            let month = HTTPDate.months.firstIndex(of: String(words[1]))
        else { return nil }
        func padded(_ word: Substring) -> String { word.count == 1 ? "0\(word)" : "\(word)" }
        return AWSTime.parse("\(words[2])-\(padded("\(month + 1)"))-\(padded(words[0]))T\(words[3])Z")
            .map { Timestamp(milliseconds: $0) }
    }
}
