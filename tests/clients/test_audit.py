"""The audit trail from outside, with stock boto3, and what happens to whoever edits it."""

import json
import sqlite3
import subprocess
from datetime import datetime, timedelta, timezone

import botocore.exceptions
import pytest

from conftest import BIN, Server


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
