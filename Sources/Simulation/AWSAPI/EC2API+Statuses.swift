import Model

extension EC2API {
    func describeInstanceStatus(_ request: EC2Request) throws -> String {
        guard request.parameters.list("InstanceId").count <= 100 else {
            throw AWSAPIError(code: "InvalidParameterValue", message: "At most 100 instance IDs may be specified")
        }
        let all = request.parameters.flag("IncludeAllInstances")
        let (shown, next) = try page(of: request, attribute: attribute(_:filter:)) { all || $0.state == .running }
        return answer(request) { xml in
            xml.list("instanceStatusSet", shown) { xml, machine in
                xml.element("instanceId", machine.id)
                xml.element("availabilityZone", machine.offering.zone)
                writeState("instanceState", machine.state, &xml)
                for (check, element) in Self.checks {
                    xml.element(element) { xml in
                        let status = status(of: machine, check)
                        xml.element("status", status.summary)
                        xml.list("details", [status]) { xml, status in
                            xml.element("name", "reachability")
                            xml.element("status", status.reachability)
                            if status.summary == "impaired", let since = machine.impairedAt {
                                xml.element("impairedSince", text(since))
                            }
                        }
                    }
                }
            }
            xml.element("nextToken", next)
        }
    }

    private static let checks = [
        ("instance", "instanceStatus"), ("system", "systemStatus"), ("attached-ebs", "attachedEbsStatus"),
    ]

    /// EC2 needs some minutes after the launch until it knows.
    private static let initializingSeconds: Int64 = 120

    private func status(of machine: CloudInstance, _ check: String) -> (summary: String, reachability: String) {
        guard machine.state == .running else { return ("not-applicable", "insufficient-data") }
        if machine.failingChecks.contains(check) { return ("impaired", "failed") }
        let running = (now - (machine.runningAt ?? now)).components.seconds
        return running < Self.initializingSeconds ? ("initializing", "initializing") : ("ok", "passed")
    }

    private func attribute(_ machine: CloudInstance, filter: String) -> [String]? {
        switch filter {
        case "availability-zone": [machine.offering.zone]
        case "instance-state-name": [machine.state.rawValue]
        case "instance-state-code": [String(code(machine.state))]
        case "instance-status.status": [status(of: machine, "instance").summary]
        case "instance-status.reachability": [status(of: machine, "instance").reachability]
        case "system-status.status": [status(of: machine, "system").summary]
        case "system-status.reachability": [status(of: machine, "system").reachability]
        case "attached-ebs-status.status": [status(of: machine, "attached-ebs").summary]
        case "event.code", "event.description", "event.instance-event-id", "event.not-after", "event.not-before":
            []
        default: nil
        }
    }
}
