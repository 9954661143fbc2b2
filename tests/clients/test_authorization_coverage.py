"""Every operation that is spoken, asked by everyone who must not be answered.

The rows come from models/operations.toml, so a new operation is asked too. What it needs is made up
from its model; nothing of it exists, so an answer that is a success is a hole.
"""

import base64
import hashlib
import json
import tomllib
from pathlib import Path

import boto3
import botocore.config
import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

ROOT = Path(__file__).resolve().parents[2]
LISTED = tomllib.loads((ROOT / "models/operations.toml").read_text())
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

# What an account may do with what another shared with it. A new operation needs a word here.
# Aliases, and grants by their own tokens, belong to whoever has them: no key is shared by them.
ALLOWED, REFUSED, APART = "allowed", "refused", "not about a shared thing"
SHARED = {
    "ec2": {
        "RegisterImage": ALLOWED, "DescribeImages": ALLOWED, "DeregisterImage": REFUSED, "CreateImage": APART,
        "CopyImage": ALLOWED, "DescribeImageAttribute": REFUSED, "ModifyImageAttribute": REFUSED,
        "ResetImageAttribute": REFUSED, "CancelImageLaunchPermission": ALLOWED, "EnableImageBlockPublicAccess": APART,
        "DisableImageBlockPublicAccess": APART, "GetImageBlockPublicAccessState": APART,
        "EnableAllowedImagesSettings": APART, "DisableAllowedImagesSettings": APART,
        "GetAllowedImagesSettings": APART, "ReplaceImageCriteriaInAllowedImagesSettings": APART,
        "CreateTags": ALLOWED, "DeleteTags": ALLOWED, "DescribeTags": APART, "CreateVolume": ALLOWED,
        "DescribeVolumes": APART, "DescribeVolumeAttribute": APART, "AttachVolume": APART, "DetachVolume": APART, "DeleteVolume": APART,
        "CreateSnapshot": APART, "DescribeSnapshots": ALLOWED, "CopySnapshot": ALLOWED, "DeleteSnapshot": REFUSED,
        "ModifySnapshotAttribute": REFUSED, "DescribeSnapshotAttribute": REFUSED, "ResetSnapshotAttribute": REFUSED,
        "EnableSnapshotBlockPublicAccess": APART, "DisableSnapshotBlockPublicAccess": APART,
        "GetSnapshotBlockPublicAccessState": APART, "EnableEbsEncryptionByDefault": APART,
        "DisableEbsEncryptionByDefault": APART, "GetEbsEncryptionByDefault": APART, "GetEbsDefaultKmsKeyId": APART,
        "ModifyEbsDefaultKmsKeyId": APART, "ResetEbsDefaultKmsKeyId": APART, "RunInstances": ALLOWED,
        "DescribeInstances": APART, "DescribeInstanceStatus": APART, "DescribeInstanceAttribute": APART,
        "ModifyInstanceAttribute": APART, "ModifyInstanceMetadataOptions": APART, "StopInstances": APART,
        "StartInstances": APART, "RebootInstances": APART, "TerminateInstances": APART, "GetConsoleOutput": APART,
        "GetConsoleScreenshot": APART, "AssociateIamInstanceProfile": APART,
        "ReplaceIamInstanceProfileAssociation": APART, "DisassociateIamInstanceProfile": APART,
        "DescribeIamInstanceProfileAssociations": APART, "CreateKeyPair": APART, "ImportKeyPair": APART, "DescribeKeyPairs": APART,
        "DeleteKeyPair": APART, "DescribeVpcs": APART, "DescribeSubnets": APART, "DescribeNetworkInterfaces": APART,
        "DescribeSecurityGroups": APART, "DescribeSecurityGroupRules": APART, "CreateSecurityGroup": APART,
        "DeleteSecurityGroup": APART, "AuthorizeSecurityGroupIngress": APART, "RevokeSecurityGroupIngress": APART,
        "DescribeRegions": APART, "DescribeAvailabilityZones": APART, "DescribeInstanceTypes": APART,
        "DescribeInstanceTypeOfferings": APART, "DescribeAccountAttributes": APART,
    },
    "sts": {
        "GetCallerIdentity": APART, "AssumeRole": APART, "GetSessionToken": APART,
        "DecodeAuthorizationMessage": APART, "GetAccessKeyInfo": APART,
    },
    "ebs": {
        "StartSnapshot": ALLOWED, "PutSnapshotBlock": REFUSED, "CompleteSnapshot": REFUSED,
        "ListSnapshotBlocks": ALLOWED, "ListChangedBlocks": ALLOWED, "GetSnapshotBlock": ALLOWED,
    },
    "cloudtrail": {
        "LookupEvents": APART,
    },
    "iam": {
        "CreateUser": APART, "GetUser": APART, "ListUsers": APART, "UpdateUser": APART, "DeleteUser": APART,
        "TagUser": APART, "UntagUser": APART, "ListUserTags": APART, "PutUserPermissionsBoundary": APART,
        "DeleteUserPermissionsBoundary": APART, "CreateAccessKey": APART, "ListAccessKeys": APART,
        "UpdateAccessKey": APART, "DeleteAccessKey": APART, "CreateGroup": APART, "GetGroup": APART,
        "ListGroups": APART, "UpdateGroup": APART, "DeleteGroup": APART, "AddUserToGroup": APART,
        "RemoveUserFromGroup": APART, "ListGroupsForUser": APART, "CreateRole": APART, "GetRole": APART,
        "ListRoles": APART, "UpdateRole": APART, "UpdateAssumeRolePolicy": APART, "DeleteRole": APART,
        "TagRole": APART, "UntagRole": APART, "ListRoleTags": APART, "PutRolePermissionsBoundary": APART,
        "DeleteRolePermissionsBoundary": APART, "CreateInstanceProfile": APART, "GetInstanceProfile": APART,
        "ListInstanceProfiles": APART, "DeleteInstanceProfile": APART, "AddRoleToInstanceProfile": APART,
        "RemoveRoleFromInstanceProfile": APART, "ListInstanceProfilesForRole": APART, "CreatePolicy": APART,
        "GetPolicy": APART, "ListPolicies": APART, "DeletePolicy": APART, "CreatePolicyVersion": APART,
        "GetPolicyVersion": APART, "ListPolicyVersions": APART, "SetDefaultPolicyVersion": APART,
        "DeletePolicyVersion": APART, "ListEntitiesForPolicy": APART, "PutUserPolicy": APART, "GetUserPolicy": APART,
        "ListUserPolicies": APART, "DeleteUserPolicy": APART, "AttachUserPolicy": APART, "DetachUserPolicy": APART,
        "ListAttachedUserPolicies": APART, "PutGroupPolicy": APART, "GetGroupPolicy": APART,
        "ListGroupPolicies": APART, "DeleteGroupPolicy": APART, "AttachGroupPolicy": APART,
        "DetachGroupPolicy": APART, "ListAttachedGroupPolicies": APART, "PutRolePolicy": APART,
        "GetRolePolicy": APART, "ListRolePolicies": APART, "DeleteRolePolicy": APART, "AttachRolePolicy": APART,
        "DetachRolePolicy": APART, "ListAttachedRolePolicies": APART, "SimulatePrincipalPolicy": APART,
        "SimulateCustomPolicy": APART, "CreateAccountAlias": APART, "DeleteAccountAlias": APART,
        "ListAccountAliases": APART, "TagPolicy": APART, "UntagPolicy": APART, "ListPolicyTags": APART,
        "TagInstanceProfile": APART, "UntagInstanceProfile": APART, "ListInstanceProfileTags": APART,
        "GetAccountAuthorizationDetails": APART,
    },
    "organizations": {
        "DescribeOrganization": APART, "ListAccounts": APART, "DescribeAccount": APART, "ListRoots": APART,
        "CreateOrganizationalUnit": APART, "DescribeOrganizationalUnit": APART, "UpdateOrganizationalUnit": APART,
        "DeleteOrganizationalUnit": APART, "ListOrganizationalUnitsForParent": APART, "ListAccountsForParent": APART,
        "ListParents": APART, "ListChildren": APART, "MoveAccount": APART,
    },
    "kms": {
        "CreateKey": APART, "DescribeKey": ALLOWED, "ListKeys": APART, "UpdateKeyDescription": REFUSED,
        "EnableKey": REFUSED, "DisableKey": REFUSED, "ScheduleKeyDeletion": REFUSED, "CancelKeyDeletion": REFUSED,
        "CreateAlias": REFUSED, "UpdateAlias": APART, "DeleteAlias": APART, "ListAliases": APART,
        "GetKeyPolicy": REFUSED, "PutKeyPolicy": REFUSED, "ListKeyPolicies": REFUSED, "CreateGrant": ALLOWED,
        "ListGrants": REFUSED, "ListRetirableGrants": APART, "RevokeGrant": REFUSED, "RetireGrant": APART,
        "Encrypt": ALLOWED, "Decrypt": ALLOWED, "ReEncrypt": ALLOWED, "GenerateDataKey": ALLOWED,
        "GenerateDataKeyWithoutPlaintext": ALLOWED, "GenerateRandom": APART, "EnableKeyRotation": REFUSED,
        "DisableKeyRotation": REFUSED, "GetKeyRotationStatus": REFUSED, "RotateKeyOnDemand": REFUSED,
        "ListKeyRotations": REFUSED, "GetParametersForImport": REFUSED, "ImportKeyMaterial": REFUSED,
        "DeleteImportedKeyMaterial": REFUSED, "TagResource": REFUSED, "UntagResource": REFUSED,
        "ListResourceTags": REFUSED,
    },
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


BLOCK = 512 * 1024
# Rehearsals that need more than the ids of an image, a snapshot and a volume that are there.
UNREHEARSED = {
    "RegisterImage": "a disk", "DeleteKeyPair": "a key pair", "DeleteSecurityGroup": "a group",
    "DetachVolume": "an attached volume", "AuthorizeSecurityGroupIngress": "a group", "RevokeSecurityGroupIngress": "a group",
}


class Things:
    """A snapshot, an image of it and a key of one account."""

    def __init__(self, server):
        self.owner, self.friend = server.account("owner of things"), server.account("friend")
        ec2, ebs = server.client("ec2", self.owner), server.client("ebs", self.owner)
        self.snapshot = ebs.start_snapshot(VolumeSize=1)["SnapshotId"]
        ebs.put_snapshot_block(
            SnapshotId=self.snapshot, BlockIndex=0, BlockData=b"x" * BLOCK, DataLength=BLOCK,
            Checksum=base64.b64encode(hashlib.sha256(b"x" * BLOCK).digest()).decode(), ChecksumAlgorithm="SHA256")
        ebs.complete_snapshot(SnapshotId=self.snapshot, ChangedBlocksCount=1)
        ec2.get_waiter("snapshot_completed").wait(
            SnapshotIds=[self.snapshot], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        self.disk = [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": self.snapshot}}]
        self.image = ec2.register_image(
            Name="thing", RootDeviceName="/dev/xvda", VirtualizationType="hvm", Architecture="x86_64",
            BlockDeviceMappings=self.disk)["ImageId"]
        self.volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
        whom = [{"UserId": self.friend["account_id"]}]
        ec2.modify_image_attribute(ImageId=self.image, LaunchPermission={"Add": whom})
        ec2.modify_snapshot_attribute(SnapshotId=self.snapshot, CreateVolumePermission={"Add": whom})
        use = ["Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "DescribeKey", "CreateGrant"]
        root = "arn:aws:iam::{}:root"
        statement = lambda who, actions: {
            "Effect": "Allow", "Principal": {"AWS": root.format(who["account_id"])}, "Action": actions, "Resource": "*"}
        self.key = server.client("kms", self.owner).create_key(Policy=json.dumps({
            "Version": "2012-10-17", "Statement": [
                statement(self.owner, "kms:*"), statement(self.friend, ["kms:" + action for action in use])],
        }))["KeyMetadata"]["Arn"]
        self.ciphertext = server.client("kms", self.owner).encrypt(KeyId=self.key, Plaintext=b"x")["CiphertextBlob"]

    def asked(self, server, service: str, operation: str) -> dict:
        """What a request about the shared thing says."""
        image, snapshot, whom = self.image, self.snapshot, [{"UserId": "444455556666"}]
        if service == "kms":
            more = {
                "Decrypt": {"CiphertextBlob": self.ciphertext},
                "ReEncrypt": {"CiphertextBlob": self.ciphertext, "DestinationKeyId": self.key},
                "GenerateDataKey": {"KeySpec": "AES_256"}, "GenerateDataKeyWithoutPlaintext": {"KeySpec": "AES_256"},
                "CreateGrant": {
                    "GranteePrincipal": f"arn:aws:iam::{self.friend['account_id']}:root", "Operations": ["Decrypt"]},
                "CreateAlias": {"AliasName": "alias/theirs", "TargetKeyId": self.key},
                "ImportKeyMaterial": {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"},
                "PutKeyPolicy": {"Policy": NOTHING}, "RevokeGrant": {"GrantId": "0" * 64},
                "TagResource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]}, "UntagResource": {"TagKeys": ["a"]},
                "GetParametersForImport": {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"},
            }.get(operation, {})
            return more if operation in ("CreateAlias", "ReEncrypt") else {"KeyId": self.key} | more
        if operation == "GetSnapshotBlock":
            blocks = server.client("ebs", self.friend).list_snapshot_blocks(SnapshotId=snapshot)["Blocks"]
            return {"SnapshotId": snapshot} | blocks[0]
        return {
            "RegisterImage": {
                "Name": "theirs", "RootDeviceName": "/dev/xvda", "VirtualizationType": "hvm", "Architecture": "x86_64",
                "BlockDeviceMappings": self.disk},
            "DescribeImages": {"ImageIds": [image]}, "DescribeSnapshots": {"SnapshotIds": [snapshot]},
            "CopyImage": {"SourceImageId": image, "Name": "copy"}, "CopySnapshot": {"SourceSnapshotId": snapshot},
            "CreateTags": {"Resources": [image, snapshot], "Tags": [{"Key": "a", "Value": "b"}]},
            "DeleteTags": {"Resources": [image, snapshot], "Tags": [{"Key": "a"}]},
            "CreateVolume": {"SnapshotId": snapshot, "AvailabilityZone": "us-east-1a"},
            "RunInstances": {"ImageId": image, "MinCount": 1, "MaxCount": 1, "DryRun": True},
            "ModifyImageAttribute": {"ImageId": image, "LaunchPermission": {"Add": whom}},
            "ModifySnapshotAttribute": {"SnapshotId": snapshot, "CreateVolumePermission": {"Add": whom}},
            "DescribeSnapshotAttribute": {"SnapshotId": snapshot, "Attribute": "createVolumePermission"},
            "ResetSnapshotAttribute": {"SnapshotId": snapshot, "Attribute": "createVolumePermission"},
            "StartSnapshot": {"ParentSnapshotId": snapshot, "VolumeSize": 1},
            "ListChangedBlocks": {"SecondSnapshotId": snapshot},
            "PutSnapshotBlock": {
                "SnapshotId": snapshot, "BlockIndex": 1, "BlockData": b"x" * BLOCK, "DataLength": BLOCK,
                "Checksum": base64.b64encode(hashlib.sha256(b"x" * BLOCK).digest()).decode(),
                "ChecksumAlgorithm": "SHA256"},
            "CompleteSnapshot": {"SnapshotId": snapshot, "ChangedBlocksCount": 1},
        }.get(operation, {"ImageId": image} if "Image" in operation else {"SnapshotId": snapshot})


@pytest.fixture(scope="module")
def things(server) -> Things:
    return Things(server)


def keys_of(account: dict) -> dict:
    return {"AccessKeyId": account["access_key_id"], "SecretAccessKey": account["secret_access_key"]}


@pytest.mark.parametrize("service", LISTED)
def test_of_what_is_shared_only_the_use_is_shared(server, things, service):
    assert SHARED[service].keys() == LISTED[service].keys()
    client = make(server, service, keys_of(things.friend))
    wrong = []
    # A share that is given back is no more: last.
    rows = sorted(SHARED[service].items(), key=lambda row: row[0] == "CancelImageLaunchPermission")
    for operation, word in rows:
        if word == APART:
            continue
        code = ask(client, operation, **things.asked(server, service, operation))
        fine = {None, "DryRunOperation"} if word == ALLOWED else DENIED | {"AuthFailure"}
        if code not in fine:
            wrong.append((operation, word, code))
    assert not wrong


def test_a_rehearsal_never_happens(server, things):
    client = make(server, "ec2", keys_of(things.owner))
    real = {
        "ImageId": things.image, "SourceImageId": things.image, "SnapshotId": things.snapshot,
        "SourceSnapshotId": things.snapshot, "VolumeId": things.volume}
    # What their models do not call required, and is.
    whom = {"Add": [{"UserId": things.friend["account_id"]}]}
    also = {
        "ModifyImageAttribute": {"LaunchPermission": whom}, "ModifySnapshotAttribute": {"CreateVolumePermission": whom},
        "CreateVolume": {"Size": 1, "AvailabilityZone": "us-east-1a"}}
    done, other = [], []
    for operation in LISTED["ec2"]:
        shape = client.meta.service_model.operation_model(operation).input_shape
        if "DryRun" not in shape.members:
            continue
        needed = set(shape.required_members)
        given = {key: real[key] for key in needed & real.keys()} | also.get(operation, {})
        code = ask(client, operation, DryRun=True, **given)
        if code is None:
            done.append(operation)
        filled = needed <= real.keys() | {"SourceRegion", "AvailabilityZone", "Name"}
        if filled and operation not in UNREHEARSED and code != "DryRunOperation":
            other.append((operation, code))
    assert not done, f"a rehearsal was carried out by {done}"
    assert not other, f"a rehearsal was not taken for one by {other}"


def test_every_operation_has_a_row():
    assert {(service, operation) for service in SHARED for operation in SHARED[service]} == set(ROWS)
    session = botocore.session.get_session()
    for service, operation in ROWS:
        assert operation in session.get_service_model(service).operation_names
    assert len(ROWS) > 150
