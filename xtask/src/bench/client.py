"""Asks a service through boto3, on one kept connection, as lines on standard input say.

A line is a JSON array: what to do, and its arguments. The answer is one line: a JSON object with "wall", the seconds
that the calls alone took, or "error".
"""

import base64
import hashlib
import json
import os
import sys
import time

import boto3
from botocore.config import Config

CONFIG = Config(
    parameter_validation=False, retries={"max_attempts": 1, "mode": "standard"}, read_timeout=600)
ec2 = boto3.client("ec2", config=CONFIG)
ebs = boto3.client("ebs", config=CONFIG)

# The ids of the images that were registered, in order.
images = []

# Where `seek` came to.
tokens = []


def timed(count, call):
    began = time.monotonic()
    results = [call(index) for index in range(count)]
    return time.monotonic() - began, results


def until(what, ready):
    deadline = time.monotonic() + 120
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.01)


def direct_snapshot(gib, blocks):
    """A sparse snapshot, put block by block."""
    snapshot = ebs.start_snapshot(VolumeSize=gib)["SnapshotId"]
    for index in range(blocks):
        data = os.urandom(512 * 1024)
        checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
        ebs.put_snapshot_block(
            SnapshotId=snapshot, BlockIndex=index * 7, BlockData=data, DataLength=len(data),
            Checksum=checksum, ChecksumAlgorithm="SHA256")
    ebs.complete_snapshot(SnapshotId=snapshot, ChangedBlocksCount=blocks)

    def completed():
        return ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["State"] == "completed"

    until("the snapshot", completed)
    return {"snapshot": snapshot}


def plain_snapshot(gib):
    """A snapshot of an empty volume, for a service that has no EBS direct API."""
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=gib)["VolumeId"]
    return {"snapshot": ec2.create_snapshot(VolumeId=volume)["SnapshotId"]}


def boot(image, kind, marker):
    """Runs an instance until its console says so."""
    began = time.monotonic()
    run = ec2.run_instances(ImageId=image, InstanceType=kind, MinCount=1, MaxCount=1)
    instance = run["Instances"][0]["InstanceId"]
    deadline = began + 900
    while True:
        said = ec2.get_console_output(InstanceId=instance, Latest=True).get("Output", "")
        if marker in said:
            return {"wall": time.monotonic() - began, "instance": instance}
        if time.monotonic() > deadline:
            raise TimeoutError(said[-2000:])
        time.sleep(0.25)


def end(instance):
    ec2.terminate_instances(InstanceIds=[instance])

    def ended():
        found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        return found["State"]["Name"] == "terminated"

    until("the end of an instance", ended)
    return {}


def register(count, snapshot):
    first = len(images)

    def one(index):
        name = f"image-{first + index:06}"
        mapping = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}
        return ec2.register_image(
            Name=name, Architecture="x86_64", VirtualizationType="hvm", RootDeviceName="/dev/xvda",
            BlockDeviceMappings=[mapping])["ImageId"]

    wall, found = timed(count, one)
    images.extend(found)
    return {"wall": wall}


def page(count):
    """The first page of 100. Says how many came, because not every service pages."""
    wall, found = timed(count, lambda _: ec2.describe_images(Owners=["self"], MaxResults=100))
    return {"wall": wall, "images": len(found[0]["Images"])}


def seek(skip):
    """Goes behind so many pages of 100; `late_page` asks for the one that comes then."""
    token = None
    for _ in range(skip):
        more = {"NextToken": token} if token else {}
        token = ec2.describe_images(Owners=["self"], MaxResults=100, **more)["NextToken"]
    tokens.append(token)
    return {}


def late_page(count):
    wall, found = timed(
        count,
        lambda _: ec2.describe_images(Owners=["self"], MaxResults=100, NextToken=tokens[-1]))
    return {"wall": wall, "images": len(found[0]["Images"])}


def one_image(count, found):
    if found != 1:
        raise ValueError(f"one image expected, {found} found")
    return count


def by_id(count):
    wall, found = timed(
        count, lambda index: ec2.describe_images(ImageIds=[images[index * 37 % len(images)]]))
    one_image(count, max(len(answer["Images"]) for answer in found))
    return {"wall": wall}


def by_name(count):
    def one(index):
        name = f"image-{index * 31 % len(images):06}"
        return ec2.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": [name]}])

    wall, found = timed(count, one)
    one_image(count, max(len(answer["Images"]) for answer in found))
    return {"wall": wall}


def create_volumes(count, snapshot):
    """Until each is available. Their deletion is another request, not timed here."""
    def one(_):
        return ec2.create_volume(AvailabilityZone="us-east-1a", SnapshotId=snapshot)

    began = time.monotonic()
    made = [one(index) for index in range(count)]
    waiting = [volume["VolumeId"] for volume in made if volume["State"] != "available"]

    def available():
        states = ec2.describe_volumes(VolumeIds=waiting)["Volumes"]
        return all(volume["State"] == "available" for volume in states)

    if waiting:
        until("the volumes", available)
    return {"wall": time.monotonic() - began, "volumes": [volume["VolumeId"] for volume in made]}


def delete_volumes(volumes):
    for volume in volumes:
        ec2.delete_volume(VolumeId=volume)
    return {}


ACTIONS = {
    action.__name__: action
    for action in (direct_snapshot, plain_snapshot, register, page, seek, late_page, by_id, by_name,
                   create_volumes, delete_volumes, boot, end)
}

for line in sys.stdin:
    what, arguments = json.loads(line)
    try:
        answer = ACTIONS[what](**arguments)
    except Exception as error:  # whatever it is, the other side has to hear of it
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
