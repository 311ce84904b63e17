/// Reads a list page after page.
enum Pages {
    /// More pages than any account's answers fill: an endpoint that always names a next page must not run for ever.
    private static let most = 1000

    /// What one page holds, and where the next one is.
    typealias Page<Item> = (items: [Item], next: String?)

    /// Reads all pages. A token that AWS does not take any more, because it grew old, begins the list anew, once.
    /// - Parameters:
    ///   - api: as in `ec2.DescribeInstances`; for messages.
    ///   - read: reads the page of a token; nil for the first.
    /// - Returns: the items of all pages.
    /// - Throws: `AWSError`.
    static func all<Item>(
        of api: String,
        _ read: (String?) async throws(AWSError) -> Page<Item>
    ) async throws(AWSError) -> [Item] {
        var items: [Item] = []
        var token: String?
        var mayBeginAnew = true
        for _ in 0..<most {
            let page: Page<Item>
            do throws(AWSError) {
                page = try await read(token)
            } catch {
                guard mayBeginAnew, token != nil, case .refused(let refusal) = error, refusal.namesUselessPage else {
                    throw error
                }
                (items, token, mayBeginAnew) = ([], nil, false)
                continue
            }
            items += page.items
            guard let next = page.next, !next.isEmpty else { return items }
            guard next != token else {
                throw .unreadable(operation: api, requestID: nil, reason: "a page names itself as the next one")
            }
            token = next
        }
        throw .unreadable(operation: api, requestID: nil, reason: "more than \(most) pages")
    }
}
