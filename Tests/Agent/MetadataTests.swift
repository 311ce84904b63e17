import AWS
import HTTPTransport
import Model
import Testing

@Suite("Asking the instance metadata service")
struct MetadataTests {
    private static func asking(_ fake: FakeMetadata, _ body: (InstanceMetadata) async throws -> Void) async throws {
        try await LoopbackServer.serving({ fake.reply($0) }) { (server) async throws in
            try await body(InstanceMetadata(endpoint: server.url + "/", http: HTTPClient()))
        }
    }

    @Test("one token serves many questions, and a new one is taken when it is refused")
    func tokens() async throws {
        let fake = FakeMetadata()
        try await Self.asking(fake) { (metadata) async throws in
            #expect(try await metadata.instanceID() == InstanceID("i-1"))
            #expect(try await metadata.instanceAction() == nil)
            #expect(fake.tokensIssued == 1)
            fake.forgetTokens()
            #expect(try await metadata.instanceID() == InstanceID("i-1"))
            #expect(fake.tokensIssued == 2)
        }
    }

    @Test("where there is nothing, nothing is announced")
    func nothing() async throws {
        let fake = FakeMetadata()
        try await Self.asking(fake) { (metadata) async throws in
            #expect(try await metadata.instanceAction() == nil)
            #expect(try await metadata.rebalanceRecommendation() == nil)
            #expect(try await metadata.scheduledMaintenance() == [])
            fake.announce("events/maintenance/scheduled", "[]")
            #expect(try await metadata.scheduledMaintenance() == [])
        }
    }

    @Test("interruptions, rebalance recommendations and scheduled events are read as AWS documents them")
    func announcements() async throws {
        let fake = FakeMetadata()
        try await Self.asking(fake) { (metadata) async throws in
            for action in ["terminate", "stop", "hibernate"] {
                fake.interrupt(action, at: "2017-09-18T08:22:00Z")
                let announced = try await metadata.instanceAction()
                #expect(announced?.action == action)
                #expect(announced?.at.description == "2017-09-18T08:22:00Z")
            }
            fake.recommendRebalance(at: "2020-10-27T08:22:00Z")
            #expect(try await metadata.rebalanceRecommendation()?.description == "2020-10-27T08:22:00Z")
            fake.announce("events/maintenance/scheduled", Self.scheduled)
            let maintenance = try await metadata.scheduledMaintenance()
            #expect(maintenance.map(\.id) == ["instance-event-0d59937288b749b32", "instance-event-2"])
            #expect(maintenance.first?.code == "system-reboot")
            #expect(maintenance.first?.notBefore.description == "2019-01-21T09:00:43Z")
            #expect(maintenance.first?.notAfter?.description == "2019-01-21T09:17:23Z")
            #expect(maintenance.last?.endsInstance == true)
        }
    }

    static let scheduled = """
        [{"NotBefore":"22 Jan 2019 09:00:43 GMT","Code":"instance-retirement","Description":"x",
          "EventId":"instance-event-2","State":"active"},
         {"NotBefore":"21 Jan 2019 09:00:43 GMT","Code":"system-reboot","Description":"scheduled reboot",
          "EventId":"instance-event-0d59937288b749b32","NotAfter":"21 Jan 2019 09:17:23 GMT","State":"active"},
         {"NotBefore":"20 Jan 2019 09:00:43 GMT","Code":"system-reboot","Description":"[Canceled] scheduled reboot",
          "EventId":"instance-event-3","State":"canceled"}]
        """

    @Test("answers that are not the documented ones are told, with the path")
    func unreadable() async throws {
        let fake = FakeMetadata()
        try await Self.asking(fake) { (metadata) async throws in
            for body in ["", "{", "[]", "{\"action\":\"terminate\",\"time\":\"soon\"}", "<html>"] {
                fake.announce("spot/instance-action", body)
                let error = await #expect(throws: InstanceMetadataError.self) {
                    _ = try await metadata.instanceAction()
                }
                #expect(error?.description.contains("meta-data/spot/instance-action") == true)
            }
            fake.announce(
                "events/maintenance/scheduled",
                "[{\"NotBefore\":\"never\",\"Code\":\"a\",\"EventId\":\"b\"}]"
            )
            await #expect(throws: InstanceMetadataError.self) { _ = try await metadata.scheduledMaintenance() }
            fake.announce("instance-id", "<html>")
            await #expect(throws: InstanceMetadataError.self) { _ = try await metadata.instanceID() }
            fake.announce("spot/instance-action", String(repeating: "x", count: 100_000))
            await #expect(throws: InstanceMetadataError.self) { _ = try await metadata.instanceAction() }
        }
    }
}
