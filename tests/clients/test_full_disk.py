"""The host's disk fills up: what is asked for then is refused or waits, what was there stays whole, and all
goes on when there is room again."""

import os
import random
import subprocess

import botocore.exceptions
import pytest

from conftest import BIN, Cli, Server, amiable, run, terminate_everything, wait_for
from test_main_job import guest, launch, reachable

MIB = 1 << 20


@pytest.fixture
def small(tmp_path):
    """A server whose data folder is on a file system of 256 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a file system needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    run(["mount", "-t", "tmpfs", "-o", "size=256m,mode=700", "tmpfs", str(disk)])
    try:
        server = Server(disk / "data")
        yield server
        terminate_everything(server)
        server.stop()
    finally:
        run(["umount", "--lazy", str(disk)])


class Filler:
    """A file of somebody else that takes all room but so much."""

    def __init__(self, server: Server):
        self.path = server.data.parent / "filler"

    def leave(self, size: int) -> None:
        stat = os.statvfs(self.path.parent)
        with open(self.path, "ab") as file:
            os.posix_fallocate(file.fileno(), file.tell(), stat.f_bavail * stat.f_frsize - size)

    def go(self) -> None:
        self.path.unlink()


def disk(path, mib: int, seed: int) -> str:
    path.write_bytes(random.Random(seed).randbytes(mib * MIB))
    return str(path)


def is_whole(server: Server) -> None:
    run([BIN, "fsck", "--data", str(server.data)])


def test_an_import_that_does_not_fit_is_refused_and_goes_on_later(small, tmp_path):
    ec2, filler = small.client("ec2"), Filler(small)
    before = amiable(small, "image import", disk(tmp_path / "a.raw", 16, 1), "--name", "before")["image_id"]
    filler.leave(20 * MIB)
    large = disk(tmp_path / "b.raw", 64, 2)
    command = [BIN, "image", "import", large, "--name", "large", "--json"]
    refused = subprocess.run(command, env=small.env(), capture_output=True, text=True, timeout=600)
    assert refused.returncode != 0
    assert "space" in refused.stderr.lower(), refused.stderr
    assert [i["Name"] for i in ec2.describe_images(Owners=["self"])["Images"]] == ["before"]
    assert amiable(small, "image verify", before)["ok"]
    filler.go()
    after = amiable(small, "image import", large, "--name", "large")["image_id"]
    for image in (before, after):
        assert amiable(small, "image verify", image)["ok"]
    is_whole(small)


def test_calls_on_a_full_disk_say_so_and_leave_nothing_behind(small, tmp_path):
    ec2, filler = small.client("ec2"), Filler(small)
    snapshot = amiable(small, "image import", disk(tmp_path / "a.raw", 16, 1), "--name", "before")["snapshot_id"]
    filler.leave(0)
    refused, made = [], []
    for n in range(200):
        try:
            volume = ec2.create_volume(AvailabilityZone="us-east-1a", SnapshotId=snapshot)
            made.append(volume["VolumeId"])
        except botocore.exceptions.ClientError as error:
            refused.append(error)
            break
    assert refused, "the database found room on a full disk"
    told = refused[0].response
    assert told["ResponseMetadata"]["HTTPStatusCode"] >= 500, told
    filler.go()
    listed = {v["VolumeId"] for v in ec2.describe_volumes()["Volumes"]}
    assert listed == set(made), "what was acknowledged is there, and nothing else"
    assert ec2.create_volume(AvailabilityZone="us-east-1a", SnapshotId=snapshot)["VolumeId"]
    is_whole(small)


def test_a_guest_that_writes_to_a_full_disk_waits_for_room(small, tiny):
    cli, filler = Cli(small), Filler(small)
    image = amiable(small, "image import", tiny, "--name", "tiny")["image_id"]
    instance = launch(cli, image)
    address = instance["PublicIpAddress"]
    wait_for(lambda: reachable(address), 120)
    filler.leave(4 * MIB)
    guest(address, "(head -c 20000000 /dev/urandom > /root/big; sync; sha256sum /root/big > /root/sum; sync) "
                   ">/dev/null 2>&1 </dev/null &")
    full = lambda: os.statvfs(filler.path.parent).f_bavail < 256
    wait_for(full, 120)
    filler.go()
    wait_for(lambda: reachable(address) and guest(address, "cat /root/sum 2>/dev/null || true").strip(), 180)
    assert "OK" in guest(address, "sync; echo 3 > /proc/sys/vm/drop_caches; sha256sum -c /root/sum")
    made = cli(f"ec2 create-image --instance-id {instance['InstanceId']} --name after")["ImageId"]
    cli("ec2 wait image-available --image-ids", made)
    assert amiable(small, "image verify", made)["ok"]
