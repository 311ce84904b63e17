import AWS
import Foundation
package import Model

/// The EventBridge messages that EC2, and AWS Health for it, send about instances, in AWS's form:
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/rebalance-recommendations.html
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-state-change-notifications.html
/// https://docs.aws.amazon.com/health/latest/ug/cloudwatch-events-health.html
package struct CloudEnvelope: Hashable, Sendable {
    /// The event's id: a second delivery carries the same.
    package var id: String
    package var kind: Notice.Kind
    package var instance: InstanceID
    package var zone: String
    package var region: String
    package var accountID: String
    package var at: Timestamp

    /// The message's body.
    package var json: String {
        let name = instance.value
        let resource: String
        let type: String
        var source = "aws.ec2"
        var detail = "\"instance-id\":\"\(name)\""
        switch kind {
        case .interruption:
            type = "EC2 Spot Instance Interruption Warning"
            resource = "arn:aws:ec2:\(zone):instance/\(name)"
            detail += ",\"instance-action\":\"terminate\""
        case .rebalance:
            type = "EC2 Instance Rebalance Recommendation"
            resource = "arn:aws:ec2:\(zone):instance/\(name)"
        case .stateChange(let state):
            type = "EC2 Instance State-change Notification"
            resource = "arn:aws:ec2:\(region):\(accountID):instance/\(name)"
            detail += ",\"state\":\"\(state.rawValue)\""
        case .maintenance(let maintenance):
            type = "AWS Health Event"
            resource = name
            source = "aws.health"
            let code = maintenance.code.uppercased().replacing("-", with: "_")
            detail =
                "\"service\":\"EC2\",\"eventTypeCategory\":\"scheduledChange\","
                + "\"eventTypeCode\":\"AWS_EC2_\(code)_SCHEDULED\",\"startTime\":\"\(HTTPDate.text(maintenance.notBefore))\","
                + "\"affectedEntities\":[{\"entityValue\":\"\(name)\"}]"
        }
        // The values are the model's own names: none has a character that JSON escapes.
        return """
            {"version":"0","id":"\(id)","detail-type":"\(type)","source":"\(source)","account":"\(accountID)",\
            "time":"\(at)","region":"\(region)","resources":["\(resource)"],"detail":{\(detail)}}
            """
    }

    package var notice: Notice { Notice(id: id, kind: kind, instance: instance, at: at) }
}
