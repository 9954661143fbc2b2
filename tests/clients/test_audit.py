"""The audit trail from outside, with stock boto3, and what happens to whoever edits it."""

import base64
import json
import os
import sqlite3
import subprocess
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3
import botocore.config
import botocore.exceptions
import pytest
from botocore import auth

from conftest import BIN, Server, wait_for


@pytest.fixture
def own(tmp_path):
    server = Server(tmp_path / "data")
    yield server
    server.stop()


def verify(server):
    done = subprocess.run([BIN, "audit", "verify", "--data", str(server.data), "--json"], capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout)


def test_calls_are_found_by_what_they_say(own):
    other = own.account("other")
    ec2, trail = own.client("ec2"), own.client("cloudtrail")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    ec2.describe_volumes()
    with pytest.raises(botocore.exceptions.ClientError):
        ec2.delete_volume(VolumeId="vol-0123456789abcdef0")
    own.client("ec2", other).describe_volumes()

    made = trail.lookup_events(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": volume}])["Events"]
    assert [event["EventName"] for event in made] == ["CreateVolume"]
    assert {"ResourceType": "AWS::EC2::Volume", "ResourceName": volume} in made[0]["Resources"]
    event = json.loads(made[0]["CloudTrailEvent"])
    assert event["eventSource"] == "ec2.amazonaws.com" and event["awsRegion"] == "us-east-1"
    assert event["userIdentity"]["type"] == "Root" and event["sourceIPAddress"] == "127.0.0.1"
    assert event["requestParameters"]["Size"] == "1" and "Boto3" in event["userAgent"]

    names = [event["EventName"] for event in trail.lookup_events()["Events"]]
    # The other account's call is not among them; a lookup is recorded too, after it.
    assert names == ["LookupEvents", "DeleteVolume", "DescribeVolumes", "CreateVolume"]
    failed = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "DeleteVolume"}])
    assert json.loads(failed["Events"][0]["CloudTrailEvent"])["errorCode"] == "InvalidVolume.NotFound"
    pages = trail.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 2})
    assert len([event for page in pages for event in page["Events"]]) >= 6
    now = datetime.now(timezone.utc)
    assert trail.lookup_events(StartTime=now + timedelta(hours=1), EndTime=now + timedelta(hours=2))["Events"] == []
    for code, wrong in [
        ("InvalidLookupAttributesException", {"LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "x"}]}),
        ("InvalidTimeRangeException", {"StartTime": now, "EndTime": now - timedelta(hours=1)}),
        ("InvalidNextTokenException", {"NextToken": "x"}),
    ]:
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            trail.lookup_events(**wrong)
        assert caught.value.response["Error"]["Code"] == code


def test_secrets_are_not_in_the_trail(own):
    ec2 = own.client("ec2")
    with pytest.raises(botocore.exceptions.ClientError):
        ec2.run_instances(ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1, UserData="planted-marker")
    ec2.create_key_pair(KeyName="me")
    out = subprocess.run([BIN, "audit", "ls", "--data", str(own.data), "--json"], capture_output=True, text=True, check=True).stdout
    assert "RunInstances" in out and "CreateKeyPair" in out
    assert "planted-marker" not in out and "cGxhbnRlZC1tYXJrZXI=" not in out and "PRIVATE KEY" not in out


def events(server) -> list[dict]:
    """Every record, the newest first."""
    out = subprocess.run(
        [BIN, "audit", "ls", "--data", str(server.data), "--json", "--limit", "10000"],
        capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def signed_by(server, key: str, secret: str, service: str = "ec2"):
    return boto3.client(
        service, endpoint_url=server.endpoint, region_name="us-east-1", aws_access_key_id=key,
        aws_secret_access_key=secret, config=botocore.config.Config(retries={"max_attempts": 0}))


def fails(call, code: str) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == code, caught.value


def test_what_a_change_answered_is_in_the_trail_without_its_secrets(own):
    account = own.account("answers")
    ec2, iam, kms = (own.client(service, account) for service in ("ec2", "iam", "kms"))
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    ec2.describe_volumes()
    pair = ec2.create_key_pair(KeyName="answered")
    me = account["account_id"]
    iam.create_user(UserName="ann")
    keys = iam.create_access_key(UserName="ann")["AccessKey"]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{me}:user/ann"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    ann = signed_by(own, keys["AccessKeyId"], keys["SecretAccessKey"], "sts")
    session = ann.assume_role(RoleArn=f"arn:aws:iam::{me}:role/r", RoleSessionName="s-1")["Credentials"]
    key = kms.create_key()["KeyMetadata"]
    grant = kms.create_grant(
        KeyId=key["KeyId"], GranteePrincipal=f"arn:aws:iam::{me}:user/ann", Operations=["Decrypt"])
    data_key = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    fails(lambda: iam.create_user(UserName="ann"), "EntityAlreadyExists")
    own.stop()

    made = {event["eventName"]: event["responseElements"] for event in reversed(events(own)) if "errorCode" not in event}
    assert made["CreateVolume"]["volumeId"] == volume and made["CreateVolume"]["size"] == "1"
    assert made["DescribeVolumes"] is None and made["GenerateDataKey"] is None
    assert made["CreateKeyPair"]["keyPairId"] == pair["KeyPairId"]
    assert made["CreateAccessKey"]["accessKey"]["accessKeyId"] == keys["AccessKeyId"]
    assert made["AssumeRole"]["credentials"]["accessKeyId"] == session["AccessKeyId"]
    assert made["CreateKey"]["keyMetadata"]["arn"] == key["Arn"]
    assert made["CreateGrant"]["grantId"] == grant["GrantId"]
    assert next(event for event in events(own) if "errorCode" in event)["responseElements"] is None
    # No secret is anywhere that outlives the answer: not in the trail, the database or the log.
    secrets = {
        "access key": keys["SecretAccessKey"], "session's key": session["SecretAccessKey"],
        "session's token": session["SessionToken"], "grant token": grant["GrantToken"],
        "private key": pair["KeyMaterial"].splitlines()[2], "root key": account["secret_access_key"],
        "data key": base64.b64encode(data_key["Plaintext"]).decode()}
    places = [*own.data.glob("catalogue.db*"), own.data.parent / "server.log", own.data / "audit.head"]
    for place in places:
        content = place.read_bytes()
        for what, secret in secrets.items():
            assert secret.encode() not in content, f"{what} in {place}"
        assert data_key["Plaintext"] not in content, place
    own.start()


def test_the_process_leaves_no_core_dump_and_cannot_be_looked_into(own):
    process = Path(f"/proc/{own.process.pid}")
    limits = (process / "limits").read_text()
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"], core
    # A process that is not dumpable belongs to root in /proc, and only root reads its environment and memory.
    if os.getuid() != 0:
        with pytest.raises(PermissionError):
            (process / "environ").read_bytes()


def test_refused_requests_are_recorded_and_cannot_fill_the_trail(own):
    account = own.account("claimed")
    key, secret = account["access_key_id"], account["secret_access_key"]
    iam = own.client("iam", account)
    fails(signed_by(own, "AKIAAAAAAAAAAAAAAAAA", secret).describe_volumes, "AuthFailure")
    fails(signed_by(own, key, "x" * 40).describe_volumes, "AuthFailure")
    fails(signed_by(own, key, "x" * 40, "iam").list_users, "SignatureDoesNotMatch")
    old = signed_by(own, key, secret, "sts")

    signer = auth.SigV4Auth.add_auth

    def add_auth(self, request):
        request.context["timestamp"] = "20200101T000000Z"
        self._modify_request_before_signing(request)
        signature = self.signature(self.string_to_sign(request, self.canonical_request(request)), request)
        self._inject_signature_to_request(request, signature)

    auth.SigV4Auth.add_auth = add_auth
    try:
        fails(old.get_caller_identity, "RequestExpired")
    finally:
        auth.SigV4Auth.add_auth = signer
    trail = own.client("cloudtrail", account)
    found = [json.loads(event["CloudTrailEvent"]) for event in trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "AccessKeyId", "AttributeValue": key}])["Events"]]
    refused = [event for event in found if "errorCode" in event]
    assert [(event["eventName"], event["errorCode"]) for event in refused] == [
        ("GetCallerIdentity", "RequestExpired"), ("ListUsers", "SignatureDoesNotMatch"),
        ("DescribeVolumes", "AuthFailure")]
    for event in refused:
        assert event["userIdentity"] == {
            "type": "Unknown", "accessKeyId": key, "accountId": account["account_id"]}
        assert event["sourceIPAddress"] == "127.0.0.1" and event["requestParameters"] is None
    nobodys = [event for event in events(own) if event["userIdentity"].get("accessKeyId") == "AKIAAAAAAAAAAAAAAAAA"]
    assert len(nobodys) == 1 and nobodys[0]["recipientAccountId"] == ""

    # Without a signature, or with one that nobody can read. Who names no operation only looked for a server.
    def unsigned(path: str, body: str, **headers) -> int:
        request = urllib.request.Request(own.endpoint + path, body.encode(), headers)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        return caught.value.code

    asked = "Action={}&Version=2016-11-15"
    assert unsigned("/", "X=1") == 403 and unsigned("/", asked.format("NoSuchThing")) == 403
    assert unsigned("/", asked.format("DescribeImages")) == 403
    assert unsigned("/", asked.format("DescribeRegions"), Authorization="AWS4-HMAC-SHA256 nonsense") >= 400
    assert unsigned("/", "Action=ListUsers&Version=2010-05-08") == 403
    unknown = lambda: [event for event in events(own) if event["userIdentity"] == {"type": "Unknown"}]
    wait_for(lambda: len(unknown()) >= 3)
    found = unknown()
    assert sorted((event["eventSource"].split(".")[0], event["eventName"]) for event in found) == [
        ("ec2", "DescribeImages"), ("ec2", "DescribeRegions"), ("iam", "ListUsers")]
    for event in found:
        assert event["errorCode"] and event["sourceIPAddress"] == "127.0.0.1"
        assert event["recipientAccountId"] == "" and event["requestParameters"] is None

    flood = signed_by(own, "AKIABBBBBBBBBBBBBBBB", secret)
    for _ in range(60):
        fails(flood.describe_volumes, "AuthFailure")
    iam.list_users()
    left_out = lambda: [event for event in events(own) if event["eventName"] == "RefusedRequestsLeftOut"]
    wait_for(left_out, 90, 1)
    recorded = [event for event in events(own) if event["userIdentity"].get("accessKeyId") == "AKIABBBBBBBBBBBBBBBB"]
    counted = left_out()[0]["requestParameters"]
    assert len(recorded) <= 20 and len(recorded) + counted["requests"] == 60, counted
    assert counted["addresses"] == [{"sourceIPAddress": "127.0.0.1", "requests": counted["requests"]}]
    assert verify(own)[0] == 0


def test_old_records_are_cut_off_and_the_rest_is_still_verified(own):
    ec2 = own.client("ec2")
    for _ in range(3):
        ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)

    def prune(days: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [BIN, "audit", "prune", "--data", str(own.data), "--older-than", days], capture_output=True, text=True)

    assert prune("soon").returncode == 2
    assert prune("1d").stdout == "0 records were cut off\n"
    done = prune("0d")
    assert done.stdout == "3 records were cut off\n", done
    code, report = verify(own)
    assert code == 0 and (report["records"], report["cut"]) == (1, 3), report
    # The cut is in the trail, and the server that ran meanwhile goes on with it.
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    assert [event["eventName"] for event in events(own)] == ["CreateVolume", "PruneAuditTrail"]
    assert events(own)[0]["responseElements"]["volumeId"] == volume
    code, report = verify(own)
    assert code == 0 and (report["records"], report["cut"]) == (2, 3), report
    with sqlite3.connect(own.data / "catalogue.db") as db:
        db.execute("DELETE FROM audit_records WHERE seq = 4")
        db.execute("DELETE FROM audit_touched WHERE seq = 4")
    assert verify(own)[1]["sentences"] == ["Record 4 is missing."]
    done = prune("0d")
    assert done.returncode != 0 and "nothing was cut off" in done.stderr


def test_an_edited_trail_is_found_out_and_a_killed_server_leaves_a_whole_one(own):
    ec2 = own.client("ec2")
    for _ in range(3):
        ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)
    own.kill()
    code, report = verify(own)
    assert code == 0 and report["records"] >= 3, report
    own.start()
    ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)
    own.kill()
    with sqlite3.connect(own.data / "catalogue.db") as db:
        db.execute("UPDATE audit_records SET event = replace(event, 'CreateVolume', 'DeleteVolume') WHERE seq = 2")
    code, report = verify(own)
    assert code == 1 and report["sentences"] == ["Record 2 was edited."], report
    own.start()
