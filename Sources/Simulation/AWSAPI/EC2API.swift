import AWS
import Foundation
import Model

/// EC2's Query API over the simulated cloud. Answers have the elements that AWS's have, as far as the cloud knows them.
struct EC2API {
    static let namespace = "http://ec2.amazonaws.com/doc/2016-11-15/"

    let cloud: CloudModel
    let now: Timestamp

    /// - Returns: The answer's XML.
    /// - Throws: `CloudError` or `AWSAPIError`.
    func respond(to request: EC2Request) throws -> String {
        switch request.action {
        case "DescribeInstanceTypes": try describeInstanceTypes(request)
        case "DescribeInstanceTypeOfferings": try describeInstanceTypeOfferings(request)
        case "DescribeSpotPriceHistory": try describeSpotPriceHistory(request)
        case "DescribeAvailabilityZones": try describeAvailabilityZones(request)
        case "DescribeCapacityReservations": try describeCapacityReservations(request)
        case "GetSpotPlacementScores": try getSpotPlacementScores(request)
        case "DescribeVolumes": try describeVolumes(request)
        case "DescribeSubnets": try describeSubnets(request)
        case "DescribeSecurityGroups": try describeSecurityGroups(request)
        case "DescribeImages": try describeImages(request)
        case "CreatePlacementGroup": try createPlacementGroup(request)
        case "DescribePlacementGroups": try describePlacementGroups(request)
        case "DeletePlacementGroup": try deletePlacementGroup(request)
        case "CreateLaunchTemplate": try createLaunchTemplate(request)
        case "DescribeLaunchTemplates": try describeLaunchTemplates(request)
        case "DescribeLaunchTemplateVersions": try describeLaunchTemplateVersions(request)
        case "DeleteLaunchTemplate": try deleteLaunchTemplate(request)
        case "CreateFleet": try createFleet(request)
        case "DescribeInstances": try describeInstances(request)
        case "DescribeInstanceStatus": try describeInstanceStatus(request)
        case "TerminateInstances": try terminateInstances(request)
        case "CreateTags": try createTags(request)
        default:
            throw AWSAPIError(
                code: "InvalidAction",
                message: "The action \(request.action) is not valid for this web service."
            )
        }
    }

    func answer(_ request: EC2Request, _ content: (inout XMLWriter) -> Void) -> String {
        var xml = XMLWriter()
        xml.element("\(request.action)Response", namespace: Self.namespace) { xml in
            xml.element("requestId", request.requestID)
            content(&xml)
        }
        return xml.document
    }

    func text(_ time: Timestamp) -> String { AWSTime.extended(time.milliseconds) }

    /// Cuts a page out of a whole list.
    func slice<Value>(_ values: [Value], _ page: Page, size: Int) -> (values: ArraySlice<Value>, next: String?) {
        let start = min(values.count, Int(clamping: page.position))
        let end = min(values.count, start + size)
        let next = end < values.count ? Page(position: Int64(end), anchor: page.anchor).token : nil
        return (values[start..<end], next)
    }
}
