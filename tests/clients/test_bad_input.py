"""Bad input: each gets AWS's own code and a sentence that helps, and the server goes on."""

import http.client
import json
import resource
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode, urlsplit

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
import pytest

from conftest import BIN, amiable, run

VERSION = "2016-11-15"


def send(server, body: str, headers: dict) -> tuple[int, str]:
    request = urllib.request.Request(server.endpoint + "/", data=body.encode(), headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def signed(server, action: str, key=None, secret=None, at=None, tamper=lambda body, headers: (body, headers), **parameters):
    """A request signed by botocore, which `tamper` may change after signing."""
    env = server.env()
    body = urlencode({"Action": action, "Version": VERSION, **parameters})
    request = botocore.awsrequest.AWSRequest(
        "POST", server.endpoint + "/", data=body,
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
    credentials = botocore.credentials.Credentials(
        key or env["AWS_ACCESS_KEY_ID"], secret or env["AWS_SECRET_ACCESS_KEY"])
    auth = botocore.auth.SigV4Auth(credentials, "ec2", "us-east-1")
    if at:
        auth._get_now = None
        original = botocore.auth.get_current_datetime
        botocore.auth.get_current_datetime = lambda *a, **k: at
        try:
            auth.add_auth(request)
        finally:
            botocore.auth.get_current_datetime = original
    else:
        auth.add_auth(request)
    body, headers = tamper(body, dict(request.headers.items()))
    return send(server, body, headers)


def code(answer: tuple[int, str]) -> str:
    return answer[1].split("<Code>")[1].split("</Code>")[0]


def test_unsigned_and_wrongly_signed_requests_are_refused(server):
    plain = {"Content-Type": "application/x-www-form-urlencoded"}
    unsigned = send(server, f"Action=DescribeImages&Version={VERSION}", plain)
    assert (unsigned[0], code(unsigned)) in [(401, "AuthFailure"), (403, "MissingAuthenticationToken"), (400, "MissingAuthenticationToken")]
    wrong = signed(server, "DescribeImages", secret="x" * 40)
    assert wrong[0] in (401, 403) and code(wrong) in ("AuthFailure", "SignatureDoesNotMatch")
    unknown = signed(server, "DescribeImages", key="AKIAAAAAAAAAAAAAAAAA")
    assert unknown[0] in (401, 403) and code(unknown) in ("AuthFailure", "InvalidClientTokenId")
    tampered = signed(server, "DescribeImages", tamper=lambda b, h: (b + "&MaxResults=5", h))
    assert tampered[0] in (401, 403) and code(tampered) in ("AuthFailure", "SignatureDoesNotMatch")
    assert signed(server, "DescribeImages")[0] == 200


def test_an_old_request_has_expired(server):
    late = signed(server, "DescribeImages", at=datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(minutes=20))
    assert code(late) == "RequestExpired"
    soon = signed(server, "DescribeImages", at=datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(minutes=10))
    assert soon[0] == 200


def fails(call, expected: str, **parameters) -> str:
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**parameters)
    error = raised.value.response["Error"]
    assert error["Code"] == expected, error
    assert len(error["Message"]) > 10, error
    return error["Message"]


def test_malformed_and_foreign_ids(server):
    ec2 = server.client("ec2")
    fails(ec2.describe_images, "InvalidAMIID.Malformed", ImageIds=["ami-xyz"])
    fails(ec2.describe_images, "InvalidAMIID.NotFound", ImageIds=["ami-00000000000000000"])
    fails(ec2.describe_snapshots, "InvalidSnapshot.NotFound", SnapshotIds=["snap-00000000000000000"])
    fails(ec2.describe_volumes, "InvalidVolume.NotFound", VolumeIds=["vol-00000000000000000"])
    fails(ec2.describe_instances, "InvalidInstanceID.NotFound", InstanceIds=["i-00000000000000000"])
    fails(ec2.describe_instances, "InvalidInstanceID.Malformed", InstanceIds=["vm-1"])
    fails(ec2.delete_snapshot, "InvalidSnapshot.NotFound", SnapshotId="snap-00000000000000000")
    fails(ec2.run_instances, "InvalidAMIID.NotFound", ImageId="ami-00000000000000000", MinCount=1, MaxCount=1, InstanceType="t3.nano")


def snapshot_of(server, image: str) -> str:
    found = server.client("ec2").describe_images(ImageIds=[image])["Images"][0]
    return found["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]


def root(snapshot=None, **ebs):
    if snapshot:
        ebs["SnapshotId"] = snapshot
    return {"DeviceName": "/dev/xvda", "Ebs": ebs}


def test_names_and_mappings(server, image):
    ec2 = server.client("ec2")
    snapshot = snapshot_of(server, image)
    base = {"Architecture": "x86_64", "VirtualizationType": "hvm", "RootDeviceName": "/dev/xvda"}
    good = root(snapshot)
    fails(ec2.register_image, "InvalidAMIName.Duplicate", Name="tiny guest", BlockDeviceMappings=[good], **base)
    fails(ec2.register_image, "InvalidAMIName.Malformed", Name="a*b", BlockDeviceMappings=[good], **base)
    register = lambda **p: dict(Name="never registered", **(base | p))
    fails(ec2.register_image, "InvalidBlockDeviceMapping", **register(BlockDeviceMappings=[root()]))
    fails(ec2.register_image, "InvalidBlockDeviceMapping", **register(BlockDeviceMappings=[good, good]))
    fails(ec2.register_image, "InvalidBlockDeviceMapping", **register(BlockDeviceMappings=[root(snapshot, Encrypted=True)]))
    fails(ec2.register_image, "InvalidSnapshot.NotFound", **register(BlockDeviceMappings=[root("snap-00000000000000000")]))
    fails(ec2.register_image, "InvalidBlockDeviceMapping", **register(RootDeviceName="/dev/sdz", BlockDeviceMappings=[good]))
    ec2.create_volume(SnapshotId=snapshot, AvailabilityZone="us-east-1a")  # its own size fits
    fails(ec2.create_volume, "InvalidZone.NotFound", Size=1, AvailabilityZone="us-east-1z")
    fails(ec2.run_instances, "InvalidParameterValue", ImageId=image, MinCount=2, MaxCount=1, InstanceType="t3.nano")
    fails(ec2.delete_snapshot, "InvalidSnapshot.InUse", SnapshotId=snapshot)


def test_sizes_below_the_snapshots(server, tmp_path):
    disk = tmp_path / "two.raw"
    with open(disk, "wb") as file:
        file.truncate(2 << 30)
    big = amiable(server, "image import", str(disk), "--name", "two GiB")["image_id"]
    snapshot = snapshot_of(server, big)
    ec2 = server.client("ec2")
    fails(ec2.create_volume, "InvalidParameterValue", SnapshotId=snapshot, Size=1, AvailabilityZone="us-east-1a")
    message = fails(
        ec2.run_instances, "InvalidBlockDeviceMapping", ImageId=big, MinCount=1, MaxCount=1,
        InstanceType="t3.nano", BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 1}}])
    assert f"Volume of size 1GB is smaller than snapshot '{snapshot}', expect size >= 2GB" in message


def test_filters_pages_and_parameters(server):
    ec2 = server.client("ec2")
    message = fails(ec2.describe_images, "InvalidParameterValue", Filters=[{"Name": "colour", "Values": ["red"]}])
    assert "colour" in message
    fails(ec2.describe_images, "InvalidUserID.Malformed", Owners=["bob"])
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        ec2.describe_images(NextToken="nonsense", MaxResults=5)
    assert "Token" in raised.value.response["Error"]["Code"]
    message = fails(ec2.copy_image, "UnsupportedOperation", Name="abc", SourceImageId="ami-00000000000000000",
                    SourceRegion="us-east-1", DestinationOutpostArn="arn:aws:outposts:us-east-1:1:outpost/op-1")
    assert "DestinationOutpostArn" in message
    answer = signed(server, "DescribeImages", Colour="red")
    assert code(answer) == "UnknownParameter"
    assert code(signed(server, "PaintImages")) == "InvalidAction"


def test_dry_runs_change_nothing(server, image):
    ec2 = server.client("ec2")
    before = len(ec2.describe_images(Owners=["self"])["Images"])
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        ec2.copy_image(Name="rehearsal", SourceImageId=image, SourceRegion="us-east-1", DryRun=True)
    assert raised.value.response["Error"]["Code"] == "DryRunOperation"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        ec2.deregister_image(ImageId=image, DryRun=True)
    assert raised.value.response["Error"]["Code"] == "DryRunOperation"
    assert len(ec2.describe_images(Owners=["self"])["Images"]) == before


def memory_of(server) -> int:
    text = open(f"/proc/{server.process.pid}/status").read()
    return int(text.split("VmRSS:")[1].split()[0]) * 1024


def test_huge_bodies_are_refused_and_cost_no_memory(server):
    before = memory_of(server)
    host = urlsplit(server.endpoint)
    connection = http.client.HTTPConnection(host.hostname, host.port, timeout=60)
    block = b"Action=DescribeImages&" + b"x" * (1 << 20)
    try:
        connection.putrequest("POST", "/")
        connection.putheader("Content-Length", str(100 * len(block)))
        connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        connection.endheaders()
        for _ in range(100):
            connection.send(block)
        answer = connection.getresponse()
        assert answer.status in (400, 401, 403, 413)
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused before all of it was sent
    assert memory_of(server) - before < 64 << 20
    assert server.client("ec2").describe_regions()["Regions"]


def test_slow_clients_hold_up_nobody(server):
    host = urlsplit(server.endpoint)
    slow = []
    for _ in range(200):
        s = socket.create_connection((host.hostname, host.port))
        s.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Le")
        slow.append(s)
    began = time.monotonic()
    assert server.client("ec2").describe_regions()["Regions"]
    assert time.monotonic() - began < 5
    for s in slow:
        s.close()


def import_fails(server, *words: str) -> str:
    done = subprocess.run([BIN, "image", "import", *words], env=server.env(), capture_output=True, text=True, timeout=120)
    assert done.returncode != 0, done.stdout
    return done.stderr


def test_a_disk_that_names_other_files_is_refused(server, tmp_path):
    base, over, data = tmp_path / "base.raw", tmp_path / "over.qcow2", tmp_path / "data.qcow2"
    base.write_bytes(b"secret" * 1000)
    run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(base), "-F", "raw", str(over), "1M"])
    assert "backing" in import_fails(server, str(over), "--name", "never")
    run(["qemu-img", "create", "-q", "-f", "qcow2", "-o", f"data_file={tmp_path}/ext.raw", str(data), "1M"])
    assert "another file" in import_fails(server, str(data), "--name", "never")


def test_a_vmdk_that_lies_about_its_size_is_refused(server, tmp_path):
    disk = tmp_path / "lies.vmdk"
    run(["qemu-img", "create", "-q", "-f", "vmdk", "-o", "subformat=streamOptimized", str(disk), "64M"])
    content = bytearray(disk.read_bytes())
    content[12:20] = (1 << 50).to_bytes(8, "little")  # the header's capacity, in sectors
    disk.write_bytes(content)
    assert import_fails(server, str(disk), "--name", "never")
    assert server.client("ec2").describe_images(Filters=[{"Name": "name", "Values": ["never"]}])["Images"] == []
