import Foundation
import Model

/// Systems Manager's parameters: GetParameter and GetParameters.
struct SSMAPI {
    /// SSM's own limit of a call.
    private static let mostNames = 10

    let cloud: CloudModel

    private struct Input: Decodable {
        var Name: String?
        var Names: [String]?
    }

    private struct Parameter: Encodable {
        var Name: String
        var `Type` = "String"
        var Value: String
        var Version = 1
        var LastModifiedDate: Double
        var ARN: String
        var DataType = "text"
    }

    private struct One: Encodable {
        var Parameter: Parameter
    }

    private struct Several: Encodable {
        var Parameters: [Parameter]
        var InvalidParameters: [String]
    }

    /// - Returns: The answer's JSON.
    /// - Throws: `AWSAPIError`.
    func respond(to operation: String, _ body: [UInt8]) throws -> String {
        let input = try JSONText.decode(Input.self, body)
        switch operation {
        case "GetParameter":
            guard let name = input.Name, let parameter = parameter(name) else {
                throw AWSAPIError(code: "ParameterNotFound", message: "Parameter \(input.Name ?? "") not found.")
            }
            return JSONText.encode(One(Parameter: parameter))
        case "GetParameters":
            let names = Set(input.Names ?? []).sorted()
            guard (1...Self.mostNames).contains(names.count) else {
                throw AWSAPIError(
                    code: "ValidationException",
                    message: "Names must have 1 to \(Self.mostNames) members"
                )
            }
            return JSONText.encode(
                Several(
                    Parameters: names.compactMap(parameter),
                    InvalidParameters: names.filter { cloud.parameter($0) == nil }
                )
            )
        default:
            throw AWSAPIError(code: "UnknownOperationException", message: "\(operation) is not an operation")
        }
    }

    private func parameter(_ name: String) -> Parameter? {
        cloud.parameter(name).map { value in
            Parameter(
                Name: name,
                Value: value,
                LastModifiedDate: Double(cloud.configuration.startsAt.seconds),
                ARN: "arn:aws:ssm:\(cloud.configuration.region)::parameter\(name)"
            )
        }
    }
}
