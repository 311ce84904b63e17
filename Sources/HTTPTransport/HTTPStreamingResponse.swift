/// A response whose body is still on its way. Letting go of it, or of its body, ends the transfer.
package struct HTTPStreamingResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: HTTPBody
}
