"""Every operation that is spoken, asked by everyone who must not be answered.

The rows come from models/operations.toml, so a new operation is asked too. What it needs is made up
from its model; nothing of it exists, so an answer that is a success is a hole.
"""

import tomllib
from pathlib import Path

import boto3
import botocore.config
import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

LISTED = tomllib.loads(Path("models/operations.toml").read_text())
ROWS = [(service, operation) for service in LISTED for operation in LISTED[service]]
# No permission is needed to learn who one is, or to get a session of oneself.
OPEN = {("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")}
READING = ("Describe", "Get", "List", "Lookup", "Simulate")
DENIED = {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"}
UNSIGNED_CODES = {"MissingAuthenticationToken", "MissingAuthenticationTokenException", "AuthFailure"}
WRONG_CODES = {"AuthFailure", "SignatureDoesNotMatch", "InvalidSignatureException"}
# A policy that allows nothing that anybody asks for here.
NOTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
SAMPLES = {
    "ImageId": "ami-0123456789abcdef0", "SourceImageId": "ami-0123456789abcdef0",
    "SnapshotId": "snap-0123456789abcdef0", "SourceSnapshotId": "snap-0123456789abcdef0",
    "VolumeId": "vol-0123456789abcdef0", "InstanceId": "i-0123456789abcdef0",
    "SourceRegion": "us-east-1", "AvailabilityZone": "us-east-1a", "Attribute": "launchPermission",
    "PolicyDocument": NOTHING, "Status": "Inactive",
    "RoleArn": "arn:aws:iam::123456789012:role/nobody", "RoleSessionName": "nobody",
    "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess", "ChildType": "ACCOUNT",
}


def sample(name: str, shape):
    """A value of the shape, as plausible as its name allows."""
    if shape.type_name == "structure":
        return {key: sample(key, shape.members[key]) for key in shape.required_members}
    if shape.type_name == "list":
        return [sample(name.removesuffix("s"), shape.member)]
    if shape.type_name == "map":
        return {}
    if shape.type_name in ("integer", "long"):
        return 1
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "blob":
        return b"x" * 16
    if shape.type_name == "timestamp":
        return 0
    if name in SAMPLES:
        return SAMPLES[name]
    if getattr(shape, "enum", None):
        return shape.enum[0]
    return "nothing-of-this-name"


def parameters(client, operation: str) -> dict:
    shape = client.meta.service_model.operation_model(operation).input_shape
    return sample(operation, shape) if shape else {}


def make(server, service: str, keys: dict | None, **config):
    key, secret = (keys["AccessKeyId"], keys["SecretAccessKey"]) if keys else (None, None)
    settings = {"retries": {"max_attempts": 0}, "parameter_validation": False, "read_timeout": 60} | config
    return boto3.client(
        service, endpoint_url=server.endpoint, region_name="us-east-1", aws_access_key_id=key,
        aws_secret_access_key=secret, config=botocore.config.Config(**settings))


def ask(client, operation: str, **more) -> str | None:
    """The code of the refusal; nothing for a success."""
    try:
        client._make_api_call(operation, parameters(client, operation) | more)
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] < 500, (operation, error)
        return error.response["Error"]["Code"]
    return None


@pytest.fixture(scope="module")
def callers(server) -> dict:
    """Keys of a user without policies, of one who may read, and of an administrator in bounds."""
    iam = server.client("iam", server.account("coverage"))
    nothing = iam.create_policy(
        PolicyName="nothing", PolicyDocument=NOTHING)["Policy"]["Arn"]
    keys = {}
    for name, policy, boundary in (
        ("stranger", None, None), ("reader", "ReadOnlyAccess", None), ("bounded", "AdministratorAccess", nothing),
    ):
        iam.create_user(UserName=name, **({"PermissionsBoundary": boundary} if boundary else {}))
        if policy:
            iam.attach_user_policy(UserName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
        keys[name] = iam.create_access_key(UserName=name)["AccessKey"]
    return keys


@pytest.mark.parametrize("service", LISTED)
def test_nobody_is_answered_without_a_signature_or_with_a_wrong_one(server, callers, service):
    unsigned = make(server, service, None, signature_version=UNSIGNED)
    # Operations that name their own way of signing are sent without a signature too.
    unsigned.meta.events.register_first("choose-signer", lambda **_: UNSIGNED)
    wrong = make(server, service, callers["bounded"] | {"SecretAccessKey": "x" * 40})
    for operation in LISTED[service]:
        assert ask(unsigned, operation) in UNSIGNED_CODES, operation
        assert ask(wrong, operation) in WRONG_CODES, operation


@pytest.mark.parametrize("who", ["stranger", "bounded"])
@pytest.mark.parametrize("service", LISTED)
def test_without_a_right_nothing_is_answered(server, callers, service, who):
    client = make(server, service, callers[who])
    holes, vague = [], []
    for operation in LISTED[service]:
        if (service, operation) in OPEN:
            continue
        code = ask(client, operation)
        if code is None:
            holes.append(operation)
        # What needs no parameters has nothing else to be refused for.
        if code not in DENIED and not parameters(client, operation) and operation.startswith(READING):
            vague.append((operation, code))
    assert not holes, f"{who} was answered by {holes}"
    assert not vague, f"{who} was refused for another reason by {vague}"


@pytest.mark.parametrize("service", LISTED)
def test_who_may_read_changes_nothing(server, callers, service):
    client = make(server, service, callers["reader"])
    done = [
        operation for operation in LISTED[service]
        if not operation.startswith(READING) and ask(client, operation) is None
    ]
    assert not done, f"a reader did {done}"


def test_a_rehearsal_never_happens(server):
    account = server.account("rehearsal")
    keys = {"AccessKeyId": account["access_key_id"], "SecretAccessKey": account["secret_access_key"]}
    client = make(server, "ec2", keys)
    done = []
    for operation in LISTED["ec2"]:
        members = client.meta.service_model.operation_model(operation).input_shape.members
        if "DryRun" in members and ask(client, operation, DryRun=True) is None:
            done.append(operation)
    assert not done, f"a rehearsal was carried out by {done}"


def test_every_operation_has_a_row():
    session = botocore.session.get_session()
    for service, operation in ROWS:
        assert operation in session.get_service_model(service).operation_names
    assert len(ROWS) > 150
