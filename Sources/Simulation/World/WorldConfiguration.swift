import Foundation
import Kubernetes
import Model

/// What is wrong with a file of the world, and where.
package struct WorldConfigurationError: Error, Equatable, CustomStringConvertible {
    package var place: String
    package var problem: String

    package var description: String { "\(place): \(problem)" }
}

/// What a world is made from: a document of kind `WorldConfiguration`, with the files it names.
package struct WorldConfiguration: Sendable {
    package var cloud: CloudConfiguration
    package var catalogue: CloudCatalogue
    package var arrivals: [World.Arrival]
    /// World seconds a wall second, at most.
    package var speed: Double

    private static let keys: Set<String> = [
        "apiVersion", "kind", "seed", "start", "speed", "catalogue", "zones", "interruptionsPerDay", "interruptions",
        "impairments", "quotas", "arrivals", "reservations", "volumes",
    ]

    /// - Parameters:
    ///   - path: of the YAML file; files that it names are looked for beside it.
    ///   - seed: in place of the file's.
    /// - Throws: `WorldConfigurationError`, `CloudCatalogueError`.
    package init(path: String, seed: UInt64? = nil) throws {
        let documents = try Manifest.load(path: path)
        guard let document = documents.first(where: { $0["kind"].string == "WorldConfiguration" }) else {
            throw WorldConfigurationError(place: path, problem: "has no document of kind WorldConfiguration")
        }
        let reader = Reader(file: path, document: document)
        try reader.checkKeys(of: document, at: "", Self.keys)
        guard let start = Timestamp(rfc3339: document["start"].string ?? "") else {
            throw reader.error("start", "must be a time like 2026-08-03T08:00:00Z")
        }
        guard let chosen = seed ?? document["seed"].integer.flatMap({ UInt64(exactly: $0) }) else {
            throw reader.error("seed", "must be a whole number, 0 or more")
        }
        cloud = CloudConfiguration(seed: chosen, startsAt: start)
        let zones = try reader.zones()
        if !zones.isEmpty {
            cloud.zones = zones
            cloud.region = String(zones[0].dropLast())
        }
        cloud.interruptionsPerDay = try reader.number("interruptionsPerDay", or: 1, atLeast: 0)
        speed = try reader.number("speed", or: 1000, atLeast: 1)
        cloud.scheduledInterruptions = try reader.interruptions()
        cloud.scheduledImpairments = try reader.impairments()
        cloud.quotas = try reader.quotas()
        cloud.reservations = try reader.reservations()
        cloud.volumes = try reader.volumes()
        let folder = URL(filePath: path).deletingLastPathComponent()
        guard let file = document["catalogue"].string else { throw reader.error("catalogue", "names no CSV file") }
        catalogue = try CloudCatalogue.load(path: folder.appending(path: file).path(percentEncoded: false))
        arrivals = try reader.arrivals(startsAt: start, folder: folder)
    }

    /// The world at its start.
    package func world() -> World {
        World(cloud: CloudModel(configuration: cloud, catalogue: catalogue), seed: cloud.seed, arrivals: arrivals)
    }
}

private struct Reader {
    var file: String
    var document: JSON

    func error(_ path: String, _ problem: String) -> WorldConfigurationError {
        WorldConfigurationError(place: "\(file): \(path)", problem: problem)
    }

    func checkKeys(of object: JSON, at path: String, _ known: Set<String>) throws {
        for key in object.fields.keys.sorted() where !known.contains(key) {
            throw error("\(path)\(key)", "is no key; there are: \(known.sorted().joined(separator: ", "))")
        }
    }

    func zones() throws -> [String] {
        let names = document["zones"].elements.compactMap(\.string)
        guard document["zones"].isNull || !names.isEmpty, names.count == document["zones"].elements.count,
            names.allSatisfy({ !$0.isEmpty })
        else { throw error("zones", "must be a list of names like us-east-1a") }
        return names
    }

    func number(_ key: String, or standard: Double, atLeast least: Double) throws -> Double {
        guard !document[key].isNull else { return standard }
        guard let value = document[key].number ?? document[key].integer.map({ Double($0) }), value >= least,
            value <= 1_000_000
        else { throw error(key, "must be a number from \(Int(least)) to 1000000") }
        return value
    }

    func duration(_ value: JSON, _ path: String) throws -> Duration {
        guard let duration = value.string.flatMap({ Duration(shorthand: $0) }) else {
            throw error(path, "must be a duration such as 90s, 20m or 1h30m")
        }
        return duration
    }

    func interruptions() throws -> [ScheduledInterruption] {
        try events("interruptions").map { ScheduledInterruption(after: $0.after, pattern: $0.pattern, count: $0.count) }
    }

    func impairments() throws -> [ScheduledImpairment] {
        try events("impairments").map { ScheduledImpairment(after: $0.after, pattern: $0.pattern, count: $0.count) }
    }

    func quotas() throws -> [Quota: Int64] {
        var result: [Quota: Int64] = [:]
        for (index, item) in document["quotas"].elements.enumerated() {
            let path = "quotas[\(index)]"
            try checkKeys(of: item, at: "\(path).", ["family", "capacityType", "vCPUs"])
            guard let family = Quota.Family(rawValue: item["family"].string ?? "") else {
                let known = Quota.Family.allCases.map(\.rawValue).joined(separator: ", ")
                throw error("\(path).family", "must be one of: \(known)")
            }
            guard let type = CapacityType(rawValue: item["capacityType"].string ?? ""), type != .reserved else {
                throw error("\(path).capacityType", "must be spot or on-demand")
            }
            guard let limit = item["vCPUs"].integer, limit >= 0 else {
                throw error("\(path).vCPUs", "must be a whole number, 0 or more")
            }
            result[Quota(family: family, isSpot: type == .spot)] = Int64(limit)
        }
        return result
    }

    private func events(_ key: String) throws -> [(after: Duration, pattern: OfferingPattern, count: Int)] {
        try document[key].elements.enumerated().map { index, item in
            let path = "\(key)[\(index)]"
            try checkKeys(of: item, at: "\(path).", ["after", "offering", "count"])
            let text = item["offering"].string ?? "*"
            guard let pattern = OfferingPattern(text) else {
                throw error("\(path).offering", "\"\(text)\" is not TYPE/ZONE/CAPACITY-TYPE, with * as wildcard")
            }
            let count = item["count"].isNull ? 1 : item["count"].integer ?? 0
            guard (1...1000).contains(count) else {
                throw error("\(path).count", "must be a whole number from 1 to 1000")
            }
            return (try duration(item["after"], "\(path).after"), pattern, Int(count))
        }
    }

    func text(_ item: JSON, _ key: String, at path: String) throws -> String {
        guard let text = item[key].string, !text.isEmpty else { throw error("\(path).\(key)", "must be a text") }
        return text
    }

    func reservations() throws -> [CloudReservation] {
        try document["reservations"].elements.enumerated().map { index, item in
            let path = "reservations[\(index)]"
            try checkKeys(of: item, at: "\(path).", ["id", "kind", "instanceType", "zone", "count", "endsAfter"])
            let kind = item["kind"].string ?? Reservation.Kind.capacityReservation.rawValue
            guard let kind = Reservation.Kind(rawValue: kind) else {
                throw error("\(path).kind", "must be capacity-reservation or capacity-block")
            }
            guard let count = item["count"].integer, (1...1000).contains(count) else {
                throw error("\(path).count", "must be a whole number from 1 to 1000")
            }
            return CloudReservation(
                id: try text(item, "id", at: path),
                kind: kind,
                instanceType: try text(item, "instanceType", at: path),
                zone: try text(item, "zone", at: path),
                count: Int(count),
                endsAfter: item["endsAfter"].isNull ? nil : try duration(item["endsAfter"], "\(path).endsAfter")
            )
        }
    }

    func volumes() throws -> [CloudVolume] {
        try document["volumes"].elements.enumerated().map { index, item in
            let path = "volumes[\(index)]"
            try checkKeys(of: item, at: "\(path).", ["id", "zone", "dataset"])
            return CloudVolume(
                id: try text(item, "id", at: path),
                zone: try text(item, "zone", at: path),
                tags: [Tag.dataset: try text(item, "dataset", at: path)]
            )
        }
    }

    func arrivals(startsAt start: Timestamp, folder: URL) throws -> [World.Arrival] {
        try document["arrivals"].elements.enumerated().map { index, item in
            let path = "arrivals[\(index)]"
            try checkKeys(of: item, at: "\(path).", ["after", "manifest", "namespace", "name", "work"])
            guard let manifest = item["manifest"].string else { throw error(path, "names no manifest") }
            let after = try duration(item["after"], "\(path).after")
            if !item["work"].isNull { _ = try duration(item["work"], "\(path).work") }
            let objects = try Manifest.load(path: folder.appending(path: manifest).path(percentEncoded: false))
            return World.Arrival(at: start + after, objects: objects.map { Self.adapt($0, to: item) })
        }
    }

    /// Sets what the arrival says in an object of its manifest.
    private static func adapt(_ object: JSON, to item: JSON) -> JSON {
        var result = object
        if let namespace = item["namespace"].string { result["metadata"]["namespace"] = .string(namespace) }
        let isJob = object["kind"].string == "Job"
        func annotate(_ key: String, _ value: String) {
            if isJob {
                result["spec"]["template"]["metadata"]["annotations"][key] = .string(value)
            } else {
                result["metadata"]["annotations"][key] = .string(value)
            }
        }
        if let name = item["name"].string {
            result["metadata"]["name"] = .string(name)
            let annotations = object["spec"]["template"]["metadata"]["annotations"]
            if annotations[Annotation.gang.key].string != nil { annotate(Annotation.gang.key, name) }
        }
        if let work = item["work"].string {
            annotate(ProcessDescription.prefix + "work", work)
            annotate(Annotation.expectedRuntime.key, work)
        }
        return result
    }
}
