import Hummingbird
import Logging
import NIOCore

/// Keeps the address that a request comes from.
struct CallerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let caller: String

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        caller = source.channel.remoteAddress?.ipAddress ?? "an unknown address"
    }
}
