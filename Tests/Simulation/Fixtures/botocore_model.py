"""Holds every answer that a boto3 client reads against botocore's own model of the service, and knows what is left out.

botocore itself drops what it does not know and takes what it finds: a misspelt element would go unseen.
"""

import json
import re
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.session import Session
from botocore.validate import ParamValidator

# What says that an endpoint has no such operation, or no such service at all.
NO_OPERATION = {"InvalidAction", "UnknownOperationException"}
NO_SERVICE = {"SignatureDoesNotMatch"}

called = set()


def watch(client):
    """Has every success of a client checked from now on."""
    client.meta.events.register("before-parse", check_bytes)
    client.meta.events.register("after-call", check_values)
    return client


def check_values(parsed, model, **_):
    """Types, required members, lengths, ranges and enumerations."""
    if "Error" in parsed or parsed["ResponseMetadata"]["HTTPStatusCode"] >= 300:
        return
    called.add((model.service_model.service_name, model.name))
    content = {key: value for key, value in parsed.items() if key != "ResponseMetadata"}
    if model.output_shape is None:
        assert not content, (model.name, content)
        return
    report = ParamValidator().validate(content, model.output_shape)
    assert not report.has_errors(), f"{model.name}: {report.generate_report()}"
    check_enumerations(content, model.output_shape, model.name)


def check_enumerations(value, shape, path):
    if shape.type_name == "structure":
        for name, member in value.items():
            check_enumerations(member, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for member in value:
            check_enumerations(member, shape.member, f"{path}[]")
    elif shape.type_name == "map":
        for member in value.values():
            check_enumerations(member, shape.value, f"{path}{{}}")
    elif getattr(shape, "enum", None):
        assert value in shape.enum, f"{path}: {value!r} is none of {shape.enum[:8]}"


def check_bytes(operation_model, response_dict, **_):
    """No name that the model does not know, and none twice."""
    if response_dict["status_code"] >= 300:
        return
    name, shape = operation_model.name, operation_model.output_shape
    body = response_dict["body"]
    protocol = operation_model.service_model.resolved_protocol
    if protocol == "json":
        check_json(json.loads(body or b"{}"), shape, name)
        return
    root = ElementTree.fromstring(body)
    assert tag(root) == f"{name}Response", (name, tag(root))
    space = operation_model.metadata.get("xmlNamespace")
    assert space is None or root.tag.startswith("{" + space), (name, root.tag)
    if protocol == "ec2":
        children = [child for child in root if tag(child) != "requestId"]
        assert len(children) == len(root) - 1, f"{name}: one requestId expected"
        # EC2 says "true" of what has nothing else to say; the model leaves it out.
        if shape is None and [(tag(child), child.text) for child in children] == [("return", "true")]:
            return
        check_members(children, shape, name)
        return
    assert protocol == "query", protocol
    results = [child for child in root if tag(child) == f"{name}Result"]
    assert {tag(child) for child in root} <= {f"{name}Result", "ResponseMetadata"}, name
    if shape is not None and shape.members:
        (result,) = results
        check_members(list(result), shape, name)


def tag(node):
    return node.tag.rpartition("}")[2]


def check_members(nodes, shape, path):
    names = {}
    for name, member in (shape.members if shape is not None else {}).items():
        key = member.serialization.get("name", name)
        if member.type_name == "list" and member.serialization.get("flattened"):
            key = member.member.serialization.get("name", key)
        names[key] = member
    seen = set()
    for node in nodes:
        member = names.get(tag(node))
        assert member is not None, f"{path}: no member {tag(node)!r}; there are {sorted(names)}"
        flattened = member.serialization.get("flattened")
        assert flattened or tag(node) not in seen, f"{path}: {tag(node)} twice"
        seen.add(tag(node))
        check_node(node, member.member if flattened else member, f"{path}.{tag(node)}")


def check_node(node, shape, path):
    if shape.type_name == "structure":
        check_members(list(node), shape, path)
    elif shape.type_name == "list":
        # EC2 writes "item" where the model gives no name, too.
        expected = {shape.member.serialization.get("name", "member")}
        if "name" not in shape.member.serialization:
            expected.add("item")
        for child in node:
            assert tag(child) in expected, f"{path}: {tag(child)} where {expected} is expected"
            check_node(child, shape.member, f"{path}[]")
    else:
        assert len(node) == 0, f"{path}: a {shape.type_name} with elements in it"
        text = node.text or ""
        if shape.type_name == "boolean":
            assert text in ("true", "false"), f"{path}: {text!r} is no boolean"
        elif shape.type_name in ("integer", "long"):
            assert str(int(text)) == text, f"{path}: {text!r} is no whole number"
        elif shape.type_name == "timestamp":
            assert text.endswith("Z") and "T" in text, f"{path}: {text!r} is no time in UTC"


def check_json(value, shape, path):
    if shape is None:
        assert value == {}, (path, value)
    elif shape.type_name == "structure":
        assert isinstance(value, dict), (path, value)
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, member in value.items():
            assert name in names, f"{path}: no member {name!r}; there are {sorted(names)}"
            check_json(member, names[name], f"{path}.{name}")
    elif shape.type_name == "list":
        assert isinstance(value, list), (path, value)
        for member in value:
            check_json(member, shape.member, f"{path}[]")
    elif shape.type_name == "map":
        for member in value.values():
            check_json(member, shape.value, f"{path}{{}}")
    else:
        kinds = {
            "string": str, "boolean": bool, "integer": int, "long": int, "float": (int, float), "double": (int, float),
            "timestamp": (int, float),
        }
        expected = kinds.get(shape.type_name)
        assert expected is None or isinstance(value, expected), f"{path}: {value!r} is no {shape.type_name}"
        assert not isinstance(value, bool) or shape.type_name == "boolean", f"{path}: {value!r}"


def offered(endpoint, key, secret, service, region="us-east-1"):
    """The operations of a service that an endpoint has, found by asking for each that its model knows, without
    arguments."""
    model = Session().get_service_model(service)
    signer = SigV4Auth(Credentials(key, secret), model.signing_name, region)
    found = set()
    for operation in model.operation_names:
        if model.resolved_protocol == "json":
            headers = {
                "Content-Type": f"application/x-amz-json-{model.metadata['jsonVersion']}",
                "X-Amz-Target": f"{model.metadata['targetPrefix']}.{operation}",
            }
            body = b"{}"
        else:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            body = f"Action={operation}&Version={model.api_version}".encode()
        request = AWSRequest("POST", endpoint + "/", headers=headers, data=body)
        signer.add_auth(request)
        try:
            urllib.request.urlopen(
                urllib.request.Request(endpoint + "/", data=body, headers=dict(request.headers))
            ).close()
        except urllib.error.HTTPError as error:
            code = error_code(error.read())
            if code in NO_SERVICE:
                return set()
            if code in NO_OPERATION:
                continue
        found.add((service, operation))
    return found


def error_code(body):
    match = re.search(rb"<Code>(.*?)</Code>", body) or re.search(rb'"__type":"(?:[^"#]*#)?(.*?)"', body)
    assert match, body
    return match.group(1).decode()
