import Foundation
import NoticeWorkbench
import Testing

@Suite("A crowd of notices")
struct NoticeTests {
    @Test("a thousand nodes taken back within a second have every pod asked to save, and told to stop, exactly once")
    func thousand() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gleaner-notices-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try await NoticeRun(count: 1000, patience: .seconds(100)).run(folder: folder.path)
        #expect(outcome.notices == 1167)
        #expect(outcome.recorded == 1000)
        #expect(outcome.cordoned == 1000)
        #expect(outcome.asked == 1000)
        #expect(outcome.evicted == 1000)
        #expect(outcome.repeated == 0)
    }
}
