"""Signs a dozen requests with botocore and writes them to sigv4.json beside this file."""

import datetime
import json
import pathlib
from unittest import mock

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
KEY, SECRET, TOKEN = "AKIDGLEANEREXAMPLE", "wJalr/bPxRfiCY+EXAMPLEKEY", "IQoJb3JpZ2lu/EXAMPLE+TOKEN=="

CASES = [
    ("ec2", "us-east-1", "POST", "https://ec2.us-east-1.amazonaws.com/", FORM, "Action=DescribeInstances", None),
    ("ec2", "us-east-1", "POST", "https://ec2.us-east-1.amazonaws.com/", FORM, "Action=CreateFleet&Type=instant", TOKEN),
    ("ec2", "eu-west-1", "GET", "https://ec2.eu-west-1.amazonaws.com:443/?b=2&a=1&a=0&a%2F=3", {}, "", None),
    ("ec2", "us-east-1", "GET", "http://127.0.0.1:4566/x/../y//z/./", {}, "", None),
    ("sqs", "us-east-1", "POST", "https://sqs.us-east-1.amazonaws.com/", {"X-Amz-Target": "AmazonSQS.ReceiveMessage"}, "{}", TOKEN),
    ("sqs", "us-west-2", "POST", "http://localhost:80/123/q%20name", {"X-Many": " a   b\tc "}, "{\"a\": \"\u00e9\"}", None),
    ("pricing", "us-east-1", "POST", "https://api.pricing.us-east-1.amazonaws.com/", {"User-Agent": "unsigned"}, "{}", None),
    ("sts", "us-east-1", "GET", "https://sts.us-east-1.amazonaws.com/?empty=&flag", {}, "", TOKEN),
    ("sts", "us-east-1", "POST", "https://STS.us-east-1.amazonaws.com", FORM, "Action=GetCallerIdentity", None),
    ("s3", "us-east-1", "GET", "https://bucket.s3.amazonaws.com/a/../b//%2541?list-type=2&prefix=x%2F", {}, "", None),
    ("s3", "us-east-1", "PUT", "https://bucket.s3.amazonaws.com/%E6%97%A5?x=~", {"X-Amz-Meta-A": "1"}, "data", TOKEN),
    ("s3", "ap-south-1", "DELETE", "http://127.0.0.1:9000/", {}, "", None),
]


def sign(index, case):
    service, region, method, url, headers, body, token = case
    now = datetime.datetime(2026, 1 + index, 28, 23 - index, 59, index, tzinfo=datetime.timezone.utc)
    request = AWSRequest(method=method, url=url, headers=dict(headers), data=body.encode())
    signer = auth.S3SigV4Auth if service == "s3" else auth.SigV4Auth
    with mock.patch.object(auth, "get_current_datetime", lambda *_, **__: now):
        signer(Credentials(KEY, SECRET, token), service, region).add_auth(request)
    return {
        "method": method,
        "url": url,
        "headers": headers,
        "body": body,
        "service": service,
        "region": region,
        "access_key_id": KEY,
        "secret_access_key": SECRET,
        "session_token": token,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "signed_headers": dict(request.headers.items()),
    }


vectors = [sign(index, case) for index, case in enumerate(CASES)]
target = pathlib.Path(__file__).with_name("sigv4.json")
target.write_text(json.dumps(vectors, indent=1) + "\n")
