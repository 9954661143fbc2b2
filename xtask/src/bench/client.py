"""Asks a service through boto3, on one kept connection, as lines on standard input say.

A line is a JSON array: what to do, and its arguments. The answer is one line: a JSON object with "wall", the seconds
that the calls alone took, or "error".
"""

import base64
import hashlib
import json
import os
import re
import selectors
import socket
import sys
import time
from urllib.parse import urlsplit

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


def until(what, ready, seconds=120):
    deadline = time.monotonic() + seconds
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


def end(instance, region=None):
    there = boto3.client("ec2", region_name=region, config=CONFIG) if region else ec2
    there.terminate_instances(InstanceIds=[instance])

    def ended():
        found = there.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        return found["State"]["Name"] == "terminated"

    until("the end of an instance", ended)
    return {}


def answers(address, port):
    try:
        with socket.create_connection((address, port), timeout=5) as guest:
            if port == 80:
                guest.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return bool(guest.recv(4))
    except OSError:
        return False


def let_in(there, port):
    group = there.describe_security_groups(GroupNames=["default"])["SecurityGroups"][0]["GroupId"]
    there.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0")


def start(there, image, port):
    """Launches an image and waits until the guest answers."""
    run = there.run_instances(ImageId=image, InstanceType="t3.small", MinCount=1, MaxCount=1)
    instance = run["Instances"][0]["InstanceId"]
    look = lambda: there.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    until("its address", lambda: look().get("PublicIpAddress"))
    address = look()["PublicIpAddress"]
    until("the guest's answer", lambda: answers(address, port), 900)
    return instance


def first_start(image, port):
    """A start where the image is, which records what a start reads."""
    let_in(ec2, port)
    return end(start(ec2, image, port))


def copy_and_launch(image, region, whole, port):
    """Copies an image and launches the copy: when it is available, or when all of it is there."""
    there = boto3.client("ec2", region_name=region, config=CONFIG)
    let_in(there, port)
    began = time.monotonic()
    copy = there.copy_image(Name="near", SourceImageId=image, SourceRegion=ec2.meta.region_name)["ImageId"]
    found = lambda: there.describe_images(ImageIds=[copy])["Images"][0]
    until("the copy", lambda: found()["State"] == "available")
    snapshot = found()["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    copied = {"snapshot": snapshot, "region": region}
    if whole:
        is_copied(copied)
    instance = start(there, copy, port)
    wall = time.monotonic() - began
    return {"wall": wall, "copy": copied, "instance": {"instance": instance, "region": region}}


def is_copied(copied):
    there = boto3.client("ec2", region_name=copied["region"], config=CONFIG)
    state = lambda: there.describe_snapshots(SnapshotIds=[copied["snapshot"]])["Snapshots"][0]["State"]
    until("all of the copy", lambda: state() == "completed", 900)


def copied(snapshot, region):
    is_copied({"snapshot": snapshot, "region": region})
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


class Captured(Exception):
    """Thrown instead of sending, so that signing is no part of what is timed."""


def signed(client, service, call):
    """The bytes of a request that boto3 would send."""
    taken = []

    def take(request, **_):
        taken.append(request)
        raise Captured

    client.meta.events.register_first(f"before-send.{service}", take)
    try:
        call()
    except Captured:
        pass
    finally:
        client.meta.events.unregister(f"before-send.{service}", take)
    request, url = taken[0], urlsplit(taken[0].url)
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else bytes(body if not hasattr(body, "read") else body.read())
    path = url.path + (f"?{url.query}" if url.query else "")
    lines = [f"{request.method} {path or '/'} HTTP/1.1", f"Host: {url.netloc}"]
    for name, value in request.headers.items():
        if name.lower() not in ("host", "content-length", "connection", "expect"):
            value = value.decode() if isinstance(value, bytes) else value
            lines.append(f"{name}: {value}")
    lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body, (url.hostname, url.port)


class Connection:
    """One kept connection, with at most one request under way."""

    def __init__(self, address):
        self.address = address
        self.socket = None
        self.answer = bytearray()
        self.head = self.length = None
        self.is_last = False
        self.open()

    def open(self):
        if self.socket:
            self.socket.close()
        self.socket = socket.create_connection(self.address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request):
        self.answer, self.head = bytearray(), None
        self.socket.settimeout(120)
        self.socket.sendall(request)

    def receive(self):
        """Whether the answer is whole."""
        part = self.socket.recv(1 << 20)
        if not part:
            raise ConnectionError("the server hung up")
        self.answer += part
        if self.head is None:
            end = self.answer.find(b"\r\n\r\n")
            if end < 0:
                return False
            self.head = end + 4
            length = re.search(rb"(?i)content-length: *(\d+)", self.answer[:end])
            if not length:
                raise ValueError(f"no length in {bytes(self.answer[:end])}")
            self.length = int(length[1])
            self.is_last = bool(re.search(rb"(?i)connection: *close", self.answer[:end]))
        return len(self.answer) >= self.head + self.length

    def body(self):
        if not self.answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201", b"HTTP/1.1 202")):
            raise ValueError(bytes(self.answer[:600]).decode(errors="replace"))
        return bytes(self.answer[self.head:])


def burst(clients, requests):
    """Sends signed requests on so many connections at once; the seconds that took, and the answers."""
    todo, answers = iter([request for request, _ in requests]), []
    connections = [Connection(requests[0][1]) for _ in range(clients)]
    waiting = selectors.DefaultSelector()
    began = time.monotonic()
    busy = 0
    for connection in connections:
        request = next(todo, None)
        if request is not None:
            connection.send(request)
            waiting.register(connection.socket, selectors.EVENT_READ, connection)
            busy += 1
    while busy:
        ready = waiting.select(120)
        if not ready:
            raise TimeoutError("no answer within two minutes")
        for key, _ in ready:
            connection = key.data
            if not connection.receive():
                continue
            answers.append(connection.body())
            request = next(todo, None)
            if request is None:
                waiting.unregister(connection.socket)
                busy -= 1
                continue
            if connection.is_last:
                # moto keeps no connection, so its clients make one for each request.
                waiting.unregister(connection.socket)
                connection.open()
                waiting.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(request)
    wall = time.monotonic() - began
    for connection in connections:
        connection.socket.close()
    return wall, answers


# What `prepare` signed, to be sent by `send`; the images that `send` made.
prepared = []
made = []


def prepare(kind, count, snapshot=None, image=None):
    """Signs so many requests of a kind. Not timed."""
    serial = time.monotonic_ns()
    prepared.clear()
    for index in range(count):
        name = f"{kind}-{serial}-{index}"
        if kind == "register":
            mapping = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}
            call = lambda: ec2.register_image(
                Name=name, Architecture="x86_64", VirtualizationType="hvm",
                RootDeviceName="/dev/xvda", BlockDeviceMappings=[mapping])
        elif kind == "copy":
            call = lambda: ec2.copy_image(
                Name=name, SourceImageId=image, SourceRegion=ec2.meta.region_name)
        else:
            victim = made.pop()
            call = lambda: ec2.deregister_image(ImageId=victim)
        prepared.append(signed(ec2, "ec2", call))
    return {}


def send(count, clients):
    """Sends what was prepared."""
    wall, answers = burst(clients, prepared)
    if len(answers) != count:
        raise ValueError(f"{len(answers)} answers to {count} requests")
    for answer in answers:
        found = re.search(rb"<imageId>(ami-[0-9a-f]+)</imageId>", answer)
        if found:
            made.append(found[1].decode())
    return {"wall": wall, "image": made[-1] if made else None}


def blocks_of(path, count):
    """The first so many blocks of a disk that hold something."""
    found = []
    with open(path, "rb") as disk:
        while len(found) < count:
            block = disk.read(512 * 1024)
            if not block:
                break
            if any(block):
                found.append(block.ljust(512 * 1024, b"\0"))
    return found


def prepare_put(path, count):
    """Signs the upload of blocks of a disk into a new snapshot."""
    snapshot = ebs.start_snapshot(VolumeSize=1)["SnapshotId"]
    prepared.clear()
    for index, data in enumerate(blocks_of(path, count)):
        checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
        prepared.append(signed(ebs, "ebs", lambda: ebs.put_snapshot_block(
            SnapshotId=snapshot, BlockIndex=index, BlockData=data, DataLength=len(data),
            Checksum=checksum, ChecksumAlgorithm="SHA256")))
    return {"snapshot": snapshot, "count": len(prepared)}


def complete(snapshot, blocks):
    ebs.complete_snapshot(SnapshotId=snapshot, ChangedBlocksCount=blocks)
    deadline = time.monotonic() + 120
    while ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["State"] != "completed":
        if time.monotonic() > deadline:
            raise TimeoutError("the snapshot")
        time.sleep(0.01)
    return {}


def prepare_get(snapshot):
    """Signs the download of a snapshot's blocks."""
    prepared.clear()
    for block in ebs.list_snapshot_blocks(SnapshotId=snapshot, MaxResults=10000)["Blocks"]:
        prepared.append(signed(ebs, "ebs", lambda: ebs.get_snapshot_block(
            SnapshotId=snapshot, BlockIndex=block["BlockIndex"], BlockToken=block["BlockToken"])))
    return {"count": len(prepared)}


def changed(count, first, second):
    """Which blocks differ between two snapshots."""
    wall, found = timed(count, lambda _: ebs.list_changed_blocks(
        FirstSnapshotId=first, SecondSnapshotId=second, MaxResults=10000))
    return {"wall": wall, "blocks": len(found[0]["ChangedBlocks"])}


ACTIONS = {
    action.__name__: action
    for action in (direct_snapshot, plain_snapshot, register, page, seek, late_page, by_id, by_name,
                   create_volumes, delete_volumes, prepare, send, prepare_put, complete, prepare_get,
                   changed, boot, end, first_start, copy_and_launch, copied)
}

for line in sys.stdin:
    what, arguments = json.loads(line)
    try:
        answer = ACTIONS[what](**arguments)
    except Exception as error:  # whatever it is, the other side has to hear of it
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
