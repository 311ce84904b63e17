import Foundation
import Model
import Testing

/// Facts as older versions wrote them.
@Suite("Entries of older versions")
struct OldEntriesTests {
    private static let workload = #"{"kind":"Job","name":"train","namespace":"vision","uid":"u-1"}"#

    private func fact(_ json: String) throws -> Fact {
        try JSONDecoder().decode(Fact.self, from: Data(json.utf8))
    }

    @Test("a request to save that does not say whether it is regular is not")
    func request() throws {
        let read = try fact(
            #"""
            {"podCheckpointRequested":{"_0":{"attempt":1,"deadline":1700000000123,"pod":{"name":"train-0",
            "namespace":"vision"},"uid":"p","url":"http://10.0.0.1:8080/checkpoint","timeoutSeconds":60,
            "workload":\#(Self.workload)}}}
            """#
        )
        var request = CheckpointRequest(
            workload: Samples.workload,
            attempt: 1,
            pod: PodID(namespace: "vision", name: "train-0"),
            uid: "p",
            url: "http://10.0.0.1:8080/checkpoint",
            deadline: Samples.time,
            timeoutSeconds: 60
        )
        #expect(read == .podCheckpointRequested(request))
        request.isRegular = true
        #expect(read != .podCheckpointRequested(request))
    }

    @Test("a regular save that failed without saying how long it took is read as one of which that is not known")
    func failure() throws {
        let read = try fact(
            #"""
            {"regularCheckpoint":{"_0":\#(Self.workload),"_1":{"failed":{"attempt":1,"reason":"it answers 500"}}}}
            """#
        )
        #expect(read == .regularCheckpoint(Samples.workload, .failed(attempt: 1, reason: "it answers 500")))
    }

    @Test("a consolidation that does not say whether it is urgent is read as one of which that is not known")
    func consolidation() throws {
        let read = try fact(
            #"""
            {"consolidationIntended":{"_0":{"launch":"abc-2","launched":0,"reason":"Underutilized","removals":[],
            "sum":{"after":"0","before":"0.4","changeover":"0","horizonSeconds":3600,"lostWork":"0"},
            "summary":"remove node-1","workloads":[\#(Self.workload)]}}}
            """#
        )
        guard case .consolidationIntended(let intent) = read else {
            Issue.record("read as \(read)")
            return
        }
        #expect(intent.isUrgent == nil)
        #expect(intent.workloads == [Samples.workload] && intent.summary == "remove node-1")
    }
}
