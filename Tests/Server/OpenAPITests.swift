import Foundation
import HTTPTypes
import Testing

@testable import Server

@Suite("The API's description")
struct OpenAPITests {
    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    @Test("it lists exactly what the server answers")
    func routes() async throws {
        let source = await SampleSource(SampleStory())
        try await LiveServer.serving(source) { server in
            let document = try await server.ask("/openapi.json").object()
            #expect(document["openapi"] as? String == "3.1.0")
            let paths = try #require(document["paths"] as? [String: [String: Any]])
            #expect(Set(paths.keys) == Set(Route.all.map(\.path)))
            for (path, operations) in paths {
                for method in Self.methods {
                    let status = try await server.ask(path, method: method).status
                    let isListed = operations[method.lowercased()] != nil
                    #expect(isListed == (status != 405), "\(method) \(path) answers \(status)")
                }
            }
            for path in ["/api/v1", "/api/v1/pods", "/api/v1/config", "/healthz", "/index.html", "/api/v1/costs/"] {
                #expect(try await server.ask(path).status == 404)
            }
        }
    }

    @Test("every parameter it lists is taken, and no answer holds more or less than its schema says")
    func schemas() async throws {
        let source = await SampleSource(SampleStory())
        try await LiveServer.serving(source) { server in
            let document = try await server.ask("/openapi.json").object()
            let schemas = try #require((document["components"] as? [String: Any])?["schemas"] as? [String: Any])
            for route in Route.all where route.method == .get {
                for parameter in route.parameters {
                    let text = try await server.ask("\(route.path)?\(parameter.name)=").text
                    #expect(!text.contains("is not known"))
                }
                let answer = try await server.ask(route.path)
                switch route.content {
                case .json(let name), .jsonCSVOrTable(let name):
                    try Self.check(try answer.object(), against: name, in: schemas)
                case .list(let name, _):
                    let items = try answer.items()
                    #expect(!items.isEmpty, "\(route.path)")
                    for item in items { try Self.check(item, against: name, in: schemas) }
                case .text(let type):
                    #expect(answer.headers["content-type"] == type)
                }
            }
            try Self.check(try await server.ask("/nowhere").object(), against: "Problem", in: schemas)
            try Self.check(try await server.ask("/livez?x=1").object(), against: "Problem", in: schemas)
            let pause = try await server.ask("/api/v1/pause", method: "POST")
            try Self.check(try pause.object(), against: "Pause", in: schemas)
        }
    }

    /// Checks an object's keys, and those of the objects in it, against a schema.
    private static func check(_ object: [String: Any], against name: String, in schemas: [String: Any]) throws {
        let schema = try #require(schemas[name] as? [String: Any], "\(name) is not described")
        let properties = try #require(schema["properties"] as? [String: [String: Any]])
        let required = Set(try #require(schema["required"] as? [String]))
        let keys = Set(object.keys)
        #expect(keys.isSubset(of: properties.keys), "\(name) holds \(keys.subtracting(properties.keys))")
        #expect(required.isSubset(of: keys), "\(name) lacks \(required.subtracting(keys))")
        for (key, value) in object {
            let property = properties[key] ?? [:]
            if let allowed = property["enum"] as? [String] {
                #expect(allowed.contains(value as? String ?? ""), "\(name).\(key) is \(value)")
            }
            let nested = (property["items"] as? [String: Any])?["$ref"] ?? property["$ref"]
            guard let reference = (nested as? String)?.split(separator: "/").last else { continue }
            for part in value as? [[String: Any]] ?? [value as? [String: Any] ?? [:]] {
                try check(part, against: String(reference), in: schemas)
            }
        }
    }
}
