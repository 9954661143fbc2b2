"""Machines are launched from an image whose blocks are still being sent."""

import base64
import hashlib
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import BIN, Cli, Server, amiable, terminate_everything, wait_for
from test_main_job import digest, guest, launch, reachable, root_snapshot, terminate
from test_streaming import Link

BLOCK = 512 << 10
NOISE = 16 << 20


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("upload") / "data")
    yield server
    terminate_everything(server)
    server.stop()


def disk_with_noise(tiny: str, path: Path, noise: bytes) -> int:
    """The guest's disk, and behind its file system what only a test reads; answers where, in MiB."""
    shutil.copyfile(tiny, path)
    start = (path.stat().st_size + (1 << 20) - 1) >> 20
    with open(path, "r+b") as file:
        file.seek(start << 20)
        file.write(noise)
    return start


def blocks_of(path: Path) -> dict:
    data, zeros = path.read_bytes(), bytes(BLOCK)
    padded = {at // BLOCK: data[at:at + BLOCK].ljust(BLOCK, b"\0") for at in range(0, len(data), BLOCK)}
    return {index: block for index, block in padded.items() if block != zeros}


def checksum(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def put(ebs, snapshot: str, index: int, data: bytes) -> None:
    ebs.put_snapshot_block(
        SnapshotId=snapshot, BlockIndex=index, BlockData=data, DataLength=len(data),
        Checksum=checksum(data), ChecksumAlgorithm="SHA256")


def map_of(to_come) -> bytes:
    """What docs/format/to-come.md describes."""
    block = bytearray(BLOCK)
    block[:25] = b"amiable blocks to come 1\n"
    for index in to_come:
        block[4096 + index // 8] |= 1 << index % 8
    return bytes(block)


def register(ec2, name: str, snapshot: str) -> str:
    return ec2.register_image(
        Name=name, Architecture="x86_64", VirtualizationType="hvm", EnaSupport=True, RootDeviceName="/dev/xvda",
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}])["ImageId"]


def test_a_guest_boots_on_blocks_as_they_are_put_through_a_crash_of_the_server(site, tiny, tmp_path):
    disk, noise = tmp_path / "disk.raw", random.Random(3).randbytes(NOISE)
    start = disk_with_noise(tiny, disk, noise)
    cli, ebs, ec2 = Cli(site), site.client("ebs"), site.client("ec2")
    blocks = blocks_of(disk)
    behind = [index for index in blocks if index * BLOCK >= start << 20]
    system = [index for index in blocks if index not in behind]
    snapshot = ebs.start_snapshot(VolumeSize=1)["SnapshotId"]
    with pytest.raises(ec2.exceptions.ClientError, match="IncorrectState"):
        register(ec2, "too early", snapshot)
    put(ebs, snapshot, 2048, map_of(blocks))

    image = register(ec2, "sent by hand", snapshot)
    assert cli(f"ec2 describe-images --image-ids {image} --query Images[0].State --output text") == "available"
    # Every other block is held back, the one that the machine starts from among them.
    for index in system[1::2]:
        put(ebs, snapshot, index, blocks[index])
    instance = launch(cli, image)
    address = instance["PublicIpAddress"]
    assert not reachable(address)
    # A copy of it, or a snapshot of a machine that runs on it, is not what it is going to be.
    cli(f"ec2 copy-image --source-image-id {image} --source-region us-east-1 --name early", fails="IncorrectState")
    # What a machine may have read does not change.
    free = next(index for index in range(2048) if index not in blocks)
    for index, data in ((free, noise[:BLOCK]), (system[1], noise[:BLOCK])):
        with pytest.raises(ebs.exceptions.ClientError):
            put(ebs, snapshot, index, data)
    for index in system[0::2]:
        put(ebs, snapshot, index, blocks[index])
    wait_for(lambda: reachable(address), 180)

    # What it writes is in memory: the guest is to wait for what it reads alone.
    def summing(skip, count):
        return (f"dd if=/dev/vda bs=1M skip={skip} count={count} 2>/dev/null | sha256sum >/dev/sum.new;"
                " mv /dev/sum.new /dev/sum")

    guest(address, f"{summing(0, 1)}; cat /dev/sum; rm /dev/sum")
    guest(address, f"({summing(start, NOISE >> 20)}) >/dev/null 2>&1 </dev/null &")
    for index in behind[0::2]:
        put(ebs, snapshot, index, blocks[index])
    assert guest(address, "cat /dev/sum 2>/dev/null || echo waits").strip() == "waits"
    site.kill()
    site.start()
    assert guest(address, "cat /dev/sum 2>/dev/null || echo waits").strip() == "waits"
    for index in behind[1::2]:
        put(ebs, snapshot, index, blocks[index])
    expected = hashlib.sha256(noise).hexdigest()
    assert wait_for(lambda: guest(address, "cat /dev/sum 2>/dev/null"), 180).split()[0] == expected
    state = f"ec2 describe-snapshots --snapshot-ids {snapshot} --query Snapshots[0].State --output text"
    assert cli(state) == "pending"

    ebs.complete_snapshot(SnapshotId=snapshot, ChangedBlocksCount=len(blocks))
    whole = amiable(site, "image import", str(disk), "--name", "sent at once")["image_id"]
    assert digest(cli, snapshot) == digest(cli, root_snapshot(cli, whole))
    assert amiable(site, "image verify", image)
    # The guest goes on, on what is stored now.
    assert guest(address, f"dd if=/dev/vda bs=1M skip={start} count={NOISE >> 20} iflag=direct 2>/dev/null"
                          " | sha256sum").split()[0] == expected
    assert guest(address, "dmesg | grep -c 'I/O error'").strip() == "0"
    site.kill()
    site.start()
    assert guest(address, f"dd if=/dev/vda bs=1M skip={start} count=4 iflag=direct 2>/dev/null"
                          " | sha256sum").split()[0] == hashlib.sha256(noise[:4 << 20]).hexdigest()
    terminate(cli, instance["InstanceId"])


def test_an_import_that_streams_is_launched_cut_off_and_taken_up_again(site, tiny, tmp_path):
    disk, noise = tmp_path / "disk.raw", random.Random(4).randbytes(NOISE) + bytes(NOISE)
    disk_with_noise(tiny, disk, noise)
    cli = Cli(site)
    env = site.env() | {"XDG_STATE_HOME": str(tmp_path)}
    command = [BIN, "image", "import", str(disk), "--name", "streamed", "--stream"]
    sending = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    words = sending.stdout.readline().split()
    sending.kill()
    sending.wait()
    assert words[0] == "image", words
    image = words[1]
    snapshot = root_snapshot(cli, image)
    state = f"ec2 describe-snapshots --snapshot-ids {snapshot} --query Snapshots[0].State --output text"
    assert cli(state) == "pending"
    instance = launch(cli, image)
    assert cli(state) == "pending"
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:2] == ["image", image], done.stdout
    wait_for(lambda: reachable(instance["PublicIpAddress"]), 180)
    whole = amiable(site, "image import", str(disk), "--name", "not streamed")["image_id"]
    assert digest(cli, snapshot) == digest(cli, root_snapshot(cli, whole))
    terminate(cli, instance["InstanceId"])
    again = amiable(site, "image import", str(disk), "--name", "streamed to the end", "--stream")
    assert digest(cli, again["snapshot_id"]) == again["digest"] == digest(cli, snapshot)


def test_what_a_machine_waits_for_is_sent_before_the_rest(site, tiny, tmp_path):
    """Over a slow link, the last block is there while nearly all that lies before it is not."""
    disk, noise = tmp_path / "disk.raw", random.Random(5).randbytes(128 << 20)
    start = disk_with_noise(tiny, disk, noise)
    cli = Cli(site)
    host, port = site.env()["AWS_ENDPOINT_URL"].removeprefix("http://").split(":")
    link = Link((host, int(port)), slow_questions=True)
    link.rate = 16 << 20
    env = site.env() | {"XDG_STATE_HOME": str(tmp_path), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{link.port}"}
    command = [BIN, "image", "import", str(disk), "--name", "asked for", "--stream"]
    sending = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    image = sending.stdout.readline().split()[1]
    # What it boots from is sent quickly, and the rest would take minutes.
    wait_for(lambda: link.passed > start << 20, 60)
    link.rate = 1 << 20
    snapshot = root_snapshot(cli, image)
    instance = launch(cli, image)
    address = instance["PublicIpAddress"]
    wait_for(lambda: reachable(address), 180)
    before = link.passed
    last = start + (len(noise) >> 20) - 1
    assert guest(address, f"dd if=/dev/vda bs=1M skip={last} count=1 2>/dev/null | sha256sum").split()[0] == \
        hashlib.sha256(noise[-1 << 20:]).hexdigest()
    # What was on its way already came first.
    assert link.passed - before < 24 << 20
    assert sending.poll() is None
    link.rate = None
    assert sending.wait(timeout=300) == 0
    assert digest(cli, snapshot)
    terminate(cli, instance["InstanceId"])
