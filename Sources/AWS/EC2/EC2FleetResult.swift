/// What became of an instant fleet: instances, and why there are no more. Both may be filled at once.
package struct EC2FleetResult: Sendable, Equatable {
    /// Instances of one type from one override.
    package struct Launch: Sendable, Equatable {
        package var instanceIDs: [String]
        package var instanceType: String
        package var capacityType: EC2FleetRequest.CapacityType
        package var zone: String?
        package var subnetID: String?
    }

    /// An override that gave nothing.
    package struct Failure: Sendable, Equatable {
        package var code: String
        package var message: String
        package var instanceType: String?
        package var zone: String?
        package var subnetID: String?

        package var kind: AWSErrorKind { AWSErrorKind(code: code) }
    }

    /// The id to quote to AWS's support.
    package var requestID: String?
    /// Nil when EC2 made no fleet at all.
    package var fleetID: String?
    package var launches: [Launch]
    package var failures: [Failure]

    init(_ root: XMLElement) throws(XMLShapeError) {
        requestID = root.string("requestId")
        fleetID = root.string("fleetId")
        launches = []
        for item in root.items("fleetInstanceSet") {
            let override = item["launchTemplateAndOverrides"]?["overrides"]
            guard let type = item.string("instanceType") ?? override?.string("instanceType") else {
                throw .missing("instanceType", in: "fleetInstanceSet")
            }
            launches.append(
                Launch(
                    instanceIDs: item.items("instanceIds").map(\.text),
                    instanceType: type,
                    capacityType: item.string("lifecycle") == "spot" ? .spot : .onDemand,
                    zone: override?.string("availabilityZone"),
                    subnetID: override?.string("subnetId")
                )
            )
        }
        failures = []
        for item in root.items("errorSet") {
            let override = item["launchTemplateAndOverrides"]?["overrides"]
            failures.append(
                Failure(
                    code: try item.required("errorCode"),
                    message: item.string("errorMessage") ?? "",
                    instanceType: override?.string("instanceType"),
                    zone: override?.string("availabilityZone"),
                    subnetID: override?.string("subnetId")
                )
            )
        }
    }
}
