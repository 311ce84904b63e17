"""Goes through every call of the simulated cloud as boto3 makes it, paginators and wrong credentials included.

usage: boto3_client.py ENDPOINT ACCESS_KEY SECRET_KEY. Exits 77 when boto3 is not there; any other failure is a defect.
"""

import base64
import hashlib
import json
import sys
import time
from datetime import datetime, timedelta, timezone

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError

    import botocore_model
except ImportError as error:
    print(f"boto3 cannot be imported: {error}", file=sys.stderr)
    sys.exit(77)

ENDPOINT, KEY, SECRET = sys.argv[1:4]
CLUSTER = "gleaner.dev/cluster"


def client(service, key=KEY, secret=SECRET, **config):
    made = boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=ENDPOINT,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )
    # Every answer is held against botocore's own model.
    return botocore_model.watch(made)


def refused(code, status, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, (code, error.response)
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status, (status, error.response)
        assert error.response["Error"]["Message"], error.response
        return
    raise AssertionError(f"{code} expected, and the call went through")


ec2, pricing, quotas, sqs, sts = (client(name) for name in ("ec2", "pricing", "service-quotas", "sqs", "sts"))

# Who we are, and who we are not.
assert sts.get_caller_identity()["Account"] == "123456789012"
refused("AuthFailure", 401, client("ec2", key="AKIDSTRANGER").describe_subnets)
refused("SignatureDoesNotMatch", 403, client("ec2", secret="wrong").describe_subnets)
refused("InvalidClientTokenId", 403, client("sts", key="AKIDSTRANGER").get_caller_identity)
refused("SignatureDoesNotMatch", 403, client("sts", secret="wrong").get_caller_identity)
refused("InvalidClientTokenId", 403, client("sqs", key="AKIDSTRANGER").get_queue_url, QueueName="gleaner-interruptions")
refused("UnrecognizedClientException", 400, client("pricing", key="AKIDSTRANGER").get_products, ServiceCode="AmazonEC2")

# Instance types.
types = {}
pages = list(ec2.get_paginator("describe_instance_types").paginate(PaginationConfig={"PageSize": 20}))
assert len(pages) == 4, len(pages)
for page in pages:
    for info in page["InstanceTypes"]:
        assert info["InstanceType"] not in types
        types[info["InstanceType"]] = info
assert len(types) == 78, len(types)
assert types["p4d.24xlarge"]["GpuInfo"]["Gpus"] == [
    {"Name": "A100", "Manufacturer": "NVIDIA", "Count": 8, "MemoryInfo": {"SizeInMiB": 40960}}
]
assert types["p4d.24xlarge"]["VCpuInfo"]["DefaultVCpus"] == 96
assert types["p4d.24xlarge"]["MemoryInfo"]["SizeInMiB"] == 1179648
assert types["trn1.32xlarge"]["NeuronInfo"]["NeuronDevices"][0]["Count"] == 16
assert types["inf1.xlarge"]["InferenceAcceleratorInfo"]["Accelerators"][0]["Name"] == "Inferentia"
assert types["g5g.xlarge"]["ProcessorInfo"]["SupportedArchitectures"] == ["arm64"]
assert types["g7e.2xlarge"]["SupportedUsageClasses"] == ["on-demand"]
named = ec2.describe_instance_types(InstanceTypes=["g5.xlarge"])["InstanceTypes"]
assert [info["InstanceType"] for info in named] == ["g5.xlarge"]
metal = ec2.describe_instance_types(Filters=[{"Name": "instance-type", "Values": ["*.metal"]}])["InstanceTypes"]
assert sorted(info["InstanceType"] for info in metal) == ["g4dn.metal", "g5g.metal"]
refused("InvalidInstanceType", 400, ec2.describe_instance_types, InstanceTypes=["g5.nothing"])
refused("InvalidParameterValue", 400, ec2.describe_instance_types, Filters=[{"Name": "no-such", "Values": ["x"]}])
refused("InvalidPaginationToken", 400, ec2.describe_instance_types, NextToken="bm9uZQ==")
refused("DryRunOperation", 412, ec2.describe_instance_types, DryRun=True)

offerings = [
    offering
    for page in ec2.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": ["g5.*"]}],
        PaginationConfig={"PageSize": 5},
    )
    for offering in page["InstanceTypeOfferings"]
]
assert len(offerings) == 3 * sum(name.startswith("g5.") for name in types), offerings
assert {offering["Location"] for offering in offerings} == {"us-east-1a", "us-east-1b", "us-east-1c"}

# Networks.
subnets = ec2.describe_subnets(Filters=[{"Name": "tag:gleaner.dev/discovery", "Values": ["demo"]}])["Subnets"]
assert [subnet["AvailabilityZone"] for subnet in subnets] == ["us-east-1a", "us-east-1b", "us-east-1c"]
assert all(subnet["State"] == "available" for subnet in subnets)
assert ec2.describe_subnets(Filters=[{"Name": "tag-key", "Values": ["other"]}])["Subnets"] == []
zone_a = subnets[0]["SubnetId"]

# Zones, and what the account has reserved in them.
zones = ec2.describe_availability_zones()["AvailabilityZones"]
assert [zone["ZoneName"] for zone in zones] == ["us-east-1a", "us-east-1b", "us-east-1c"], zones
assert zones[0]["State"] == "available" and zones[0]["ZoneId"] == subnets[0]["AvailabilityZoneId"]
named = ec2.describe_availability_zones(ZoneNames=["us-east-1b"])["AvailabilityZones"]
assert [zone["ZoneName"] for zone in named] == ["us-east-1b"]
reservations = [
    reservation
    for page in ec2.get_paginator("describe_capacity_reservations").paginate(PaginationConfig={"PageSize": 1})
    for reservation in page["CapacityReservations"]
]
assert [reservation["State"] for reservation in reservations] == ["active", "active", "expired"], reservations
assert reservations[0]["EndDateType"] == "unlimited" and "EndDate" not in reservations[0]
assert reservations[0]["InstancePlatform"] == "Linux/UNIX" and reservations[0]["AvailableInstanceCount"] == 4
assert reservations[1]["ReservationType"] == "capacity-block" and reservations[1]["EndDate"].tzinfo is not None
active = ec2.describe_capacity_reservations(
    Filters=[{"Name": "state", "Values": ["active"]}, {"Name": f"tag:{CLUSTER}", "Values": ["demo"]}]
)["CapacityReservations"]
assert [reservation["CapacityReservationId"] for reservation in active] == ["cr-0123456789abcdef0"]
refused(
    "InvalidCapacityReservationId.NotFound", 400, ec2.describe_capacity_reservations,
    CapacityReservationIds=["cr-0"],
)
scores = ec2.get_spot_placement_scores(
    InstanceTypes=["g5.xlarge", "g5.2xlarge"], TargetCapacity=4, SingleAvailabilityZone=True, RegionNames=["us-east-1"]
)["SpotPlacementScores"]
assert {score["AvailabilityZoneId"] for score in scores} == {zone["ZoneId"] for zone in zones}, scores
assert all(1 <= score["Score"] <= 10 and score["Region"] == "us-east-1" for score in scores)
(region,) = ec2.get_spot_placement_scores(InstanceTypes=["g5.xlarge"], TargetCapacity=1)["SpotPlacementScores"]
assert "AvailabilityZoneId" not in region
refused("InvalidParameterValue", 400, ec2.get_spot_placement_scores, InstanceTypes=["g5.nothing"], TargetCapacity=1)
volumes = ec2.describe_volumes(Filters=[{"Name": "tag:gleaner.dev/dataset", "Values": ["images"]}])["Volumes"]
assert [(volume["AvailabilityZone"], volume["State"]) for volume in volumes] == [("us-east-1b", "available")], volumes
assert len(ec2.describe_volumes()["Volumes"]) == 2
refused("InvalidVolume.NotFound", 400, ec2.describe_volumes, VolumeIds=["vol-0"])
trainium = ec2.describe_instance_types(InstanceTypes=["trn1.32xlarge"])["InstanceTypes"][0]
assert trainium["NeuronInfo"]["NeuronDevices"][0]["CoreInfo"]["Count"] == 2
assert trainium["NetworkInfo"]["EfaInfo"]["MaximumEfaInterfaces"] == 1

# Spot prices: the world is some days old, so that there is a history.
now = max(
    point["Timestamp"]
    for point in ec2.describe_spot_price_history(MaxResults=100)["SpotPriceHistory"]
)
assert now.tzinfo is not None
since = now - timedelta(days=1)
question = dict(InstanceTypes=["g5.xlarge", "p3.2xlarge"], ProductDescriptions=["Linux/UNIX"], StartTime=since)
whole = ec2.describe_spot_price_history(**question)["SpotPriceHistory"]
paged = [
    point
    for page in ec2.get_paginator("describe_spot_price_history").paginate(PaginationConfig={"PageSize": 7}, **question)
    for point in page["SpotPriceHistory"]
]
assert paged == whole, "pages and the whole differ"
for kind in ("g5.xlarge", "p3.2xlarge"):
    for zone in ("us-east-1a", "us-east-1b", "us-east-1c"):
        times = [p["Timestamp"] for p in whole if (p["InstanceType"], p["AvailabilityZone"]) == (kind, zone)]
        assert times == sorted(times, reverse=True)
        assert times[-1] <= since, "the price in force at the start is missing"
        assert all(moment > since for moment in times[:-1])
assert all(len(point["SpotPrice"].split(".")[1]) == 6 for point in whole)
one = ec2.describe_spot_price_history(
    AvailabilityZone="us-east-1b", InstanceTypes=["g5.xlarge"], StartTime=now + timedelta(days=9)
)["SpotPriceHistory"]
assert len(one) == 1 and one[0]["ProductDescription"] == "Linux/UNIX", one
assert ec2.describe_spot_price_history(InstanceTypes=["g7e.2xlarge"])["SpotPriceHistory"] == []

# On-demand prices.
products = [
    json.loads(text)
    for page in pricing.get_paginator("get_products").paginate(
        ServiceCode="AmazonEC2",
        Filters=[
            {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"},
            {"Type": "TERM_MATCH", "Field": "operatingSystem", "Value": "Linux"},
            {"Type": "TERM_MATCH", "Field": "tenancy", "Value": "Shared"},
            {"Type": "TERM_MATCH", "Field": "preInstalledSw", "Value": "NA"},
            {"Type": "TERM_MATCH", "Field": "capacitystatus", "Value": "Used"},
        ],
        PaginationConfig={"PageSize": 30},
    )
    for text in page["PriceList"]
]
assert len(products) == 78, len(products)
prices = {}
for product in products:
    (term,) = product["terms"]["OnDemand"].values()
    (dimension,) = term["priceDimensions"].values()
    assert dimension["unit"] == "Hrs"
    prices[product["product"]["attributes"]["instanceType"]] = dimension["pricePerUnit"]["USD"]
assert prices["p3.2xlarge"] == "3.0600000000", prices["p3.2xlarge"]
assert prices["dl1.24xlarge"] == "13.1090400000"
reservations = pricing.get_products(
    ServiceCode="AmazonEC2", Filters=[{"Type": "TERM_MATCH", "Field": "instanceType", "Value": "g5.xlarge"}]
)["PriceList"]
assert len(reservations) == 2
refused("NotFoundException", 400, pricing.get_products, ServiceCode="AmazonS3")

# Launch templates.
user_data = base64.b64encode("#!/bin/sh\necho \"<&>\"\n".encode()).decode()
template = dict(
    LaunchTemplateName="gleaner-demo",
    ClientToken="template-1",
    LaunchTemplateData={
        "ImageId": "ami-0123456789abcdef0",
        "UserData": user_data,
        "IamInstanceProfile": {"Name": "node"},
        "SecurityGroupIds": ["sg-1"],
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "from", "Value": "template"}]}],
    },
    TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": CLUSTER, "Value": "demo"}]}],
)
made = ec2.create_launch_template(**template)["LaunchTemplate"]
assert made["LatestVersionNumber"] == 1
assert ec2.create_launch_template(**template)["LaunchTemplate"] == made
refused(
    "InvalidLaunchTemplateName.AlreadyExistsException", 400, ec2.create_launch_template,
    **{**template, "ClientToken": "template-2"},
)
assert ec2.describe_launch_templates(LaunchTemplateNames=["gleaner-demo"])["LaunchTemplates"] == [made]
(version,) = ec2.describe_launch_template_versions(LaunchTemplateName="gleaner-demo", Versions=["$Latest"])[
    "LaunchTemplateVersions"
]
assert version["LaunchTemplateData"]["UserData"] == user_data
refused(
    "InvalidLaunchTemplateName.NotFoundException", 400, ec2.describe_launch_templates, LaunchTemplateNames=["nothing"]
)


def fleet(token, count, kind="g5.xlarge", capacity="spot", minimum=None, **place):
    options = {"MinTargetCapacity": minimum or count, "SingleAvailabilityZone": True, "SingleInstanceType": True}
    return dict(
        Type="instant",
        ClientToken=token,
        TargetCapacitySpecification={"TotalTargetCapacity": count, "DefaultTargetCapacityType": capacity},
        **{"SpotOptions" if capacity == "spot" else "OnDemandOptions": options},
        LaunchTemplateConfigs=[
            {
                "LaunchTemplateSpecification": {"LaunchTemplateName": "gleaner-demo", "Version": "$Latest"},
                "Overrides": [{"InstanceType": kind, **(place or {"SubnetId": zone_a})}],
            }
        ],
        TagSpecifications=[
            {
                "ResourceType": "instance",
                "Tags": [{"Key": CLUSTER, "Value": "demo"}, {"Key": "Name", "Value": "a <node> & more"}],
            }
        ],
    )


# Fleets: one answer a token, whole or not at all.
first = ec2.create_fleet(**fleet("one", 7))
assert first["Errors"] == [], first
(group,) = first["Instances"]
assert group["Lifecycle"] == "spot" and len(group["InstanceIds"]) == 7
again = ec2.create_fleet(**fleet("one", 7))
for answer in (first, again):
    answer.pop("ResponseMetadata")
assert first == again
refused("IdempotentParameterMismatch", 400, ec2.create_fleet, **fleet("one", 8))
short = ec2.create_fleet(**fleet("two", 900))
assert short["Instances"] == [] and short["Errors"][0]["ErrorCode"] == "InsufficientInstanceCapacity", short
none = ec2.create_fleet(**fleet("three", 1, kind="g7e.2xlarge"))
assert none["Errors"][0]["ErrorCode"] == "InsufficientInstanceCapacity"
steady = ec2.create_fleet(**fleet("four", 1, capacity="on-demand", AvailabilityZone="us-east-1b"))
steady_id = steady["Instances"][0]["InstanceIds"][0]
refused("InvalidParameterValue", 400, ec2.create_fleet, **fleet("five", 1, kind="g5.nothing"))
refused("InvalidParameterValue", 400, ec2.create_fleet, **{**fleet("six", 1), "Type": "maintain"})
refused("InvalidSubnetID.NotFound", 400, ec2.create_fleet, **fleet("seven", 1, SubnetId="subnet-0"))

# Instances.
def instances(**question):
    return [
        instance
        for page in ec2.get_paginator("describe_instances").paginate(**question)
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    ]


ours = [{"Name": f"tag:{CLUSTER}", "Values": ["demo"]}]
seen = instances(Filters=ours, PaginationConfig={"PageSize": 5})
assert {instance["InstanceId"] for instance in seen} == set(group["InstanceIds"]) | {steady_id}
for instance in seen:
    assert instance["ClientToken"] in ("one", "four")
    assert instance["ImageId"] == "ami-0123456789abcdef0"
    assert ("InstanceLifecycle" in instance) == (instance["ClientToken"] == "one")
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    assert tags["Name"] == "a <node> & more" and tags["from"] == "template", tags
    assert instance["PrivateDnsName"].endswith(".ec2.internal") and instance["PrivateIpAddress"].startswith("10.")
    assert instance["LaunchTime"] >= now
assert instances(Filters=ours + [{"Name": "instance-state-name", "Values": ["stopped"]}]) == []
assert instances(Filters=[{"Name": f"tag:{CLUSTER}", "Values": ["other"]}]) == []
assert len(instances(InstanceIds=[steady_id])) == 1
refused("InvalidInstanceID.NotFound", 400, ec2.describe_instances, InstanceIds=["i-0123456789abcdef0"])
refused("InvalidInstanceID.Malformed", 400, ec2.describe_instances, InstanceIds=["steady"])

assert all(machine["CpuOptions"] == {"CoreCount": 2, "ThreadsPerCore": 2} for machine in seen)

# What EC2's checks say of them.
def statuses(**question):
    return [
        status
        for page in ec2.get_paginator("describe_instance_status").paginate(IncludeAllInstances=True, **question)
        for status in page["InstanceStatuses"]
    ]


checked = statuses(PaginationConfig={"PageSize": 5})
assert {status["InstanceId"] for status in checked} == {instance["InstanceId"] for instance in seen}
for status in checked:
    assert status["SystemStatus"]["Status"] in ("not-applicable", "initializing", "ok"), status
    assert status["InstanceStatus"]["Details"][0]["Name"] == "reachability"
    assert "ImpairedSince" not in status["AttachedEbsStatus"]["Details"][0]
assert statuses(Filters=[{"Name": "system-status.status", "Values": ["impaired"]}]) == []
assert [status["InstanceId"] for status in statuses(InstanceIds=[steady_id])] == [steady_id]
refused("InvalidInstanceID.NotFound", 400, ec2.describe_instance_status, InstanceIds=["i-0123456789abcdef0"])
refused("InvalidParameterCombination", 400, ec2.describe_instance_status, InstanceIds=[steady_id], MaxResults=5)

# The account's quotas, and what is refused because of them.
limits = [
    quota
    for page in quotas.get_paginator("list_service_quotas").paginate(
        ServiceCode="ec2", PaginationConfig={"PageSize": 1}
    )
    for quota in page["Quotas"]
]
assert {quota["QuotaName"] for quota in limits} == {
    "Running On-Demand G and VT instances", "All Inf Spot Instance Requests"
}, limits
limit = quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-DB2E81BA")["Quota"]
assert limit in limits and limit["Value"] == 64.0 and limit["Adjustable"]
refused("NoSuchResourceException", 400, quotas.get_service_quota, ServiceCode="ec2", QuotaCode="L-00000000")
refused("NoSuchResourceException", 400, quotas.list_service_quotas, ServiceCode="sagemaker")
much = ec2.create_fleet(**fleet("much", 17, capacity="on-demand"))
assert much["Instances"] == [] and much["Errors"][-1]["ErrorCode"] == "VcpuLimitExceeded", much
much = ec2.create_fleet(**fleet("much-spot", 2, kind="inf1.xlarge"))
assert much["Errors"][-1]["ErrorCode"] == "MaxSpotInstanceCountExceeded", much

ec2.create_tags(Resources=[steady_id], Tags=[{"Key": "gleaner.dev/claim", "Value": "c-1"}])
assert len(instances(Filters=[{"Name": "tag:gleaner.dev/claim", "Values": ["c-*"]}])) == 1
assert len(instances(Filters=[{"Name": "tag-key", "Values": ["gleaner.dev/claim"]}])) == 1
refused("InvalidInstanceID.NotFound", 400, ec2.create_tags, Resources=["i-0123456789abcdef0"], Tags=[{"Key": "a", "Value": "b"}])

# The queue: the fleets' events are there.
url = sqs.get_queue_url(QueueName="gleaner-interruptions")["QueueUrl"]
refused("AWS.SimpleQueueService.NonExistentQueue", 400, sqs.get_queue_url, QueueName="nothing")
bodies = []
while True:
    # boto3 checks MD5OfBody by itself.
    batch = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0, VisibilityTimeout=60, AttributeNames=["All"]
    ).get("Messages", [])
    if not batch:
        break
    for message in batch:
        assert message["MD5OfBody"] == hashlib.md5(message["Body"].encode()).hexdigest()
        assert message["Attributes"]["ApproximateReceiveCount"] == "1"
        bodies.append(json.loads(message["Body"]))
    answer = sqs.delete_message_batch(
        QueueUrl=url,
        Entries=[{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(batch)]
        + ([{"Id": "bad", "ReceiptHandle": "none"}] if len(batch) < 10 else []),
    )
    assert len(answer["Successful"]) == len(batch)
    assert [failure["Id"] for failure in answer.get("Failed", [])] == (["bad"] if len(batch) < 10 else [])
assert {body["detail"]["instance-id"] for body in bodies} == set(group["InstanceIds"]) | {steady_id}
assert {body["detail-type"] for body in bodies} == {"EC2 Instance State-change Notification"}
assert {body["detail"]["state"] for body in bodies} >= {"pending"}
for body in bodies:
    assert body["version"] == "0" and body["source"] == "aws.ec2" and body["account"] == "123456789012"
    assert body["resources"] == [f"arn:aws:ec2:us-east-1:123456789012:instance/{body['detail']['instance-id']}"]
    datetime.strptime(body["time"], "%Y-%m-%dT%H:%M:%SZ")

# Whatever somebody sends comes out as it was.
odd = "no event: <&> \u00e9\n"
sent = sqs.send_message(QueueUrl=url, MessageBody=odd)
assert sent["MD5OfMessageBody"] == hashlib.md5(odd.encode()).hexdigest()
(message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
assert (message["MessageId"], message["Body"]) == (sent["MessageId"], odd), message
sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
refused("MissingParameter", 400, sqs.send_message, QueueUrl=url, MessageBody="")

# A long poll waits for its time when there is nothing, and comes back at once when there is something.
began = time.monotonic()
assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
assert 0.9 < time.monotonic() - began < 5

ended = ec2.terminate_instances(InstanceIds=[steady_id])["TerminatingInstances"]
assert [(item["PreviousState"]["Name"], item["CurrentState"]["Name"]) for item in ended] in (
    [("running", "shutting-down")],
    [("pending", "shutting-down")],
)
began = time.monotonic()
(message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
assert time.monotonic() - began < 10
assert json.loads(message["Body"])["detail"] == {"instance-id": steady_id, "state": "shutting-down"}
sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
refused("ReceiptHandleIsInvalid", 404, sqs.delete_message, QueueUrl=url, ReceiptHandle="none")
(gone,) = instances(InstanceIds=[steady_id])
assert gone["State"] == {"Code": 32, "Name": "shutting-down"}, gone["State"]
assert gone["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
moment = gone["StateTransitionReason"].removeprefix("User initiated (").removesuffix(" GMT)")
assert datetime.strptime(moment, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc) >= gone["LaunchTime"]
refused("InvalidInstanceID.NotFound", 400, ec2.terminate_instances, InstanceIds=[steady_id, "i-0123456789abcdef0"])
# What machines are launched with: images, parameters, security groups, placement groups.
ssm = client("ssm")
path = "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/{}/nvidia/recommended/image_id"
names = [path.format("x86_64"), path.format("arm64")]
found = ssm.get_parameters(Names=names + ["/no/such"])
assert found["InvalidParameters"] == ["/no/such"], found
images = {parameter["Name"]: parameter["Value"] for parameter in found["Parameters"]}
assert sorted(images) == sorted(names) and found["Parameters"][0]["LastModifiedDate"].tzinfo is not None
assert ssm.get_parameter(Name=names[0])["Parameter"]["Value"] == images[names[0]]
refused("ParameterNotFound", 400, ssm.get_parameter, Name="/no/such")
refused("ValidationException", 400, ssm.get_parameters, Names=[f"/{number}" for number in range(11)])
refused("UnrecognizedClientException", 400, client("ssm", key="AKIDSTRANGER").get_parameter, Name="/no/such")
described = ec2.describe_images(ImageIds=[images[name] for name in names])["Images"]
assert [image["Architecture"] for image in described] == ["x86_64", "arm64"], described
assert all(image["State"] == "available" and image["RootDeviceName"] == "/dev/xvda" for image in described)
assert described[0]["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 20
refused("InvalidAMIID.Malformed", 400, ec2.describe_images, ImageIds=["ami-odd"])
(security,) = ec2.describe_security_groups(Filters=[{"Name": "tag:gleaner.dev/discovery", "Values": ["demo"]}])[
    "SecurityGroups"
]
assert security["VpcId"] == subnets[0]["VpcId"]
assert ec2.describe_security_groups(GroupIds=[security["GroupId"]])["SecurityGroups"] == [security]
refused("InvalidGroup.NotFound", 400, ec2.describe_security_groups, GroupIds=["sg-0"])
group = ec2.create_placement_group(
    GroupName="gang",
    Strategy="cluster",
    TagSpecifications=[{"ResourceType": "placement-group", "Tags": [{"Key": CLUSTER, "Value": "demo"}]}],
)["PlacementGroup"]
assert group["State"] == "available" and group["Strategy"] == "cluster"
refused("InvalidPlacementGroup.Duplicate", 400, ec2.create_placement_group, GroupName="gang")
assert ec2.describe_placement_groups(Filters=ours)["PlacementGroups"] == [group]
refused("InvalidPlacementGroup.Unknown", 400, ec2.describe_placement_groups, GroupNames=["nothing"])
ec2.create_launch_template(
    LaunchTemplateName="gleaner-gang",
    LaunchTemplateData={
        "ImageId": images[names[0]],
        "NetworkInterfaces": [
            {"DeviceIndex": 0 if card == 0 else 1, "NetworkCardIndex": card, "InterfaceType": "efa", "Groups": ["sg-1"]}
            for card in range(4)
        ],
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/xvda",
                "Ebs": {"VolumeSize": 500, "VolumeType": "gp3", "Iops": 6000, "Throughput": 500},
            }
        ],
        "Placement": {"GroupName": "gang"},
        "MetadataOptions": {"HttpTokens": "required"},
        "CapacityReservationSpecification": {
            "CapacityReservationTarget": {"CapacityReservationId": "cr-0123456789abcdef0"}
        },
        "InstanceMarketOptions": {"MarketType": "capacity-block"},
    },
)
(version,) = ec2.describe_launch_template_versions(LaunchTemplateName="gleaner-gang")["LaunchTemplateVersions"]
content = version["LaunchTemplateData"]
assert [interface["NetworkCardIndex"] for interface in content["NetworkInterfaces"]] == [0, 1, 2, 3]
assert all(interface["InterfaceType"] == "efa" for interface in content["NetworkInterfaces"])
assert content["NetworkInterfaces"][0]["Groups"] == ["sg-1"]
assert content["BlockDeviceMappings"][0]["Ebs"]["Throughput"] == 500
assert content["Placement"]["GroupName"] == "gang" and content["MetadataOptions"]["HttpTokens"] == "required"
assert content["InstanceMarketOptions"]["MarketType"] == "capacity-block"
target = content["CapacityReservationSpecification"]["CapacityReservationTarget"]
assert target["CapacityReservationId"] == "cr-0123456789abcdef0"
ec2.delete_launch_template(LaunchTemplateName="gleaner-gang")
ec2.create_launch_template(
    LaunchTemplateName="gleaner-gang",
    LaunchTemplateData={"ImageId": images[names[0]], "Placement": {"GroupName": "gang"}},
)
order = fleet("gang", 2, kind="p4d.24xlarge")
order["LaunchTemplateConfigs"][0]["LaunchTemplateSpecification"]["LaunchTemplateName"] = "gleaner-gang"
together = ec2.create_fleet(**order)["Instances"][0]["InstanceIds"]
placed = instances(Filters=[{"Name": "placement-group-name", "Values": ["gang"]}])
assert {instance["InstanceId"] for instance in placed} == set(together)
assert all(instance["Placement"]["GroupName"] == "gang" for instance in placed)
refused("InvalidPlacementGroup.InUse", 400, ec2.delete_placement_group, GroupName="gang")
ec2.create_placement_group(GroupName="empty")
ec2.delete_placement_group(GroupName="empty")
refused("InvalidPlacementGroup.Unknown", 400, ec2.delete_placement_group, GroupName="empty")
ec2.delete_launch_template(LaunchTemplateName="gleaner-gang")
ec2.delete_launch_template(LaunchTemplateName="gleaner-demo")
assert ec2.describe_launch_templates()["LaunchTemplates"] == []
# Nothing that the endpoints have was left out.
SERVICES = ("ec2", "pricing", "sqs", "sts", "ssm", "service-quotas")
there = set().union(*(botocore_model.offered(ENDPOINT, KEY, SECRET, service) for service in SERVICES))
assert len(there) >= 18, sorted(there)
assert there <= botocore_model.called, f"never called: {sorted(there - botocore_model.called)}"

# And the comparison itself can fail.
for wrong in (
    "<subnetsSet/>",
    "<subnetSet/><subnetSet/>",
    "<subnetSet><entry/></subnetSet>",
    "<subnetSet><item><availableIpAddressCount>many</availableIpAddressCount></item></subnetSet>",
    "<subnetSet><item><defaultForAz>yes</defaultForAz></item></subnetSet>",
):
    answer = (
        '<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>'
        f"{wrong}</DescribeSubnetsResponse>"
    )
    try:
        botocore_model.check_bytes(
            ec2.meta.service_model.operation_model("DescribeSubnets"), {"status_code": 200, "body": answer.encode()}
        )
    except (AssertionError, ValueError):
        continue
    raise AssertionError(f"{wrong} was taken for an answer")
print("all calls agree")
