"""The server is killed at many points: guests go on, jobs finish, nothing acknowledged is lost."""

import random
import subprocess
import threading
import time

import botocore.exceptions
import pytest

from conftest import BIN, Cli, Server, amiable, run, terminate_everything, wait_for
from test_main_job import digest, guest, launch, reachable, root_snapshot


@pytest.fixture(scope="module")
def fragile(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("fragile") / "data")
    yield server
    terminate_everything(server)
    server.stop()


def disk(path, mib: int, seed: int):
    path.write_bytes(random.Random(seed).randbytes(mib << 20))
    return str(path)


def test_an_import_survives_kills_at_many_points(fragile, tmp_path):
    """The import is resumed by the same command; the disk comes back byte for byte."""
    source = disk(tmp_path / "random.raw", 48, 1)
    for attempt in range(6):
        process = subprocess.Popen(
            [BIN, "image", "import", source, "--name", "killed", "--json"], env=fragile.env(),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.15 + 0.25 * attempt)
        fragile.kill()
        process.kill()
        process.wait()
        fragile.start()
        found = fragile.client("ec2").describe_images(Owners=["self"])["Images"]
        assert all(i["State"] in ("available", "pending") for i in found), "nothing half-done is visible"
        if found:
            break
    image = found[0]["ImageId"] if found else amiable(fragile, "image import", source, "--name", "killed")["image_id"]
    out = tmp_path / "out.raw"
    run([BIN, "image", "export", image, "--format", "raw", "--output", str(out)], env=fragile.env())
    run(["cmp", "-n", str(48 << 20), source, str(out)])


def test_copies_and_snapshots_finish_after_kills(fragile, tmp_path):
    source = amiable(fragile, "image import", disk(tmp_path / "c.raw", 32, 2), "--name", "copied")["image_id"]
    cli, west = Cli(fragile), Cli(fragile, region="us-west-2")
    original = digest(cli, root_snapshot(cli, source))
    copies = []
    for n in range(8):
        region = "us-west-2" if n % 2 else "us-east-1"
        ec2 = fragile.client("ec2", region=region)
        copies.append((region, ec2.copy_image(Name=f"copy {n}", SourceImageId=source, SourceRegion="us-east-1")["ImageId"]))
        time.sleep(random.Random(n).random() * 0.15)
        fragile.kill()
        fragile.start()
    for region, copy in copies:
        where = west if region == "us-west-2" else cli
        where("ec2 wait image-available --image-ids", copy)
        assert digest(where, root_snapshot(where, copy)) == original


def test_a_guest_runs_and_writes_on_while_the_server_is_killed(fragile, tiny):
    image = amiable(fragile, "image import", tiny, "--name", "survivor")["image_id"]
    cli = Cli(fragile)
    instance = launch(cli, image)
    i, address = instance["InstanceId"], instance["PublicIpAddress"]
    wait_for(lambda: reachable(address), 90)
    guest(address, "(n=0; while true; do n=$((n+1)); echo $n > /root/count.new; sync; mv /root/count.new /root/count; sleep 0.1; done) >/dev/null 2>&1 </dev/null &")
    count = lambda: int(guest(address, "cat /root/count 2>/dev/null || echo 0").strip() or 0)
    boot = guest(address, "cat /proc/sys/kernel/random/boot_id")
    last = wait_for(count, 10)
    snapshots = []
    for n in range(5):
        volume = cli(f"ec2 describe-instances --instance-ids {i} --output text --query",
                     "Reservations[0].Instances[0].BlockDeviceMappings[0].Ebs.VolumeId")
        snapshots.append(cli(f"ec2 create-snapshot --volume-id {volume} --query SnapshotId --output text"))
        time.sleep(0.1 * n)
        fragile.kill()
        time.sleep(0.5)
        fragile.start()
        wait_for(lambda: reachable(address), 60)
        assert wait_for(lambda: count() > last, 60), "the guest writes on"
        last = count()
        assert guest(address, "cat /proc/sys/kernel/random/boot_id") == boot, "it never rebooted"
    cli("ec2 wait snapshot-completed --snapshot-ids", *snapshots)
    assert guest(address, "dmesg | grep -ci 'i/o error' || true").strip() == "0"


def test_what_was_acknowledged_is_there_after_a_kill(fragile):
    """Writers work until the kill; every answer that they got must hold afterwards."""
    acknowledged, stop = [], threading.Event()

    def write(n: int):
        ec2 = fragile.client("ec2", connect_timeout=2, read_timeout=5)
        while not stop.is_set():
            try:
                acknowledged.append(ec2.create_volume(Size=1, AvailabilityZone="us-east-1a")["VolumeId"])
            except (botocore.exceptions.ClientError, botocore.exceptions.HTTPClientError):
                return

    for _ in range(3):
        threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.7)
        fragile.kill()
        stop.set()
        for thread in threads:
            thread.join()
        stop.clear()
        fragile.start()
    ec2 = fragile.client("ec2")
    pages = ec2.get_paginator("describe_volumes").paginate(PaginationConfig={"PageSize": 500})
    present = {v["VolumeId"] for page in pages for v in page["Volumes"]}
    assert len(acknowledged) > 20
    assert set(acknowledged) <= present
