"""A machine is launched on a copy whose blocks are still on their way over a slow link.

The source Region's packs lie on an S3 server behind a proxy which can be slowed and cut.
"""

import hashlib
import os
import random
import shutil
import socket
import threading
import time

import pytest

from conftest import Cli, Server, amiable, terminate_everything, wait_for
from test_backends import bucket  # noqa: F401
from test_main_job import digest, guest, launch, reachable, root_snapshot, terminate

NOISE = 200 << 20
SLOW = 2 << 20


class Link:
    """A TCP proxy. Answers (or questions) pass at a rate that all connections share; a cut ends every connection."""

    def __init__(self, target: tuple, slow_questions: bool = False):
        self.target, self.rate, self.down, self.refused = target, None, False, 0
        self.slow_questions, self.passed = slow_questions, 0
        self.live, self.lock = set(), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            if self.down:
                self.refused += 1
                client.close()
                continue
            server = socket.create_connection(self.target)
            self.live |= {client, server}
            threading.Thread(target=self.carry, args=(client, server, self.slow_questions), daemon=True).start()
            threading.Thread(target=self.carry, args=(server, client, not self.slow_questions), daemon=True).start()

    def carry(self, source, sink, slowly):
        try:
            while data := source.recv(16 << 10):
                rate = self.rate
                if slowly:
                    with self.lock:
                        self.passed += len(data)
                        time.sleep(len(data) / rate if rate else 0)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            self.live.discard(end)
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        self.down = True
        for end in list(self.live):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def mend(self):
        self.down = False


@pytest.fixture(scope="module")
def link(bucket):  # noqa: F811
    host, port = bucket["AWS_ENDPOINT"].removeprefix("http://").split(":")
    return Link((host, int(port)))


@pytest.fixture(scope="module")
def sites(link, bucket, tmp_path_factory):  # noqa: F811
    """us-east-1 lies behind the link, the other Regions in the data folder."""
    data = tmp_path_factory.mktemp("sites") / "data"
    far = os.environ | bucket | {"AWS_ENDPOINT": f"http://127.0.0.1:{link.port}"}
    server = Server(data, "--store", "us-east-1=s3://packs/far", env=far)
    yield server
    link.rate = None
    link.mend()
    terminate_everything(server)
    server.stop()


def pending(cli: Cli, snapshot: str) -> bool:
    found = cli(f"ec2 describe-snapshots --snapshot-ids {snapshot} --query Snapshots[0]")
    assert found["State"] in ("pending", "completed"), found
    return found["State"] == "pending"


def test_a_guest_boots_on_a_copy_on_its_way_waits_for_a_cut_link_and_goes_on(sites, link, tiny, tmp_path):
    # The guest's disk, and behind its file system what only a test reads.
    disk, noise = tmp_path / "disk.raw", random.Random(8).randbytes(NOISE)
    shutil.copyfile(tiny, disk)
    start = (disk.stat().st_size + (1 << 20) - 1) >> 20
    with open(disk, "r+b") as file:
        file.seek(start << 20)
        file.write(noise)
    east, west = Cli(sites), Cli(sites, region="us-west-2")
    source = amiable(sites, "image import", str(disk), "--name", "far")["image_id"]
    original = digest(east, root_snapshot(east, source))
    # Nothing of it is in memory.
    sites.kill()
    sites.start()

    link.rate = SLOW
    copy = west(f"ec2 copy-image --source-image-id {source} --source-region us-east-1 --name near")["ImageId"]
    west("ec2 wait image-available --image-ids", copy)
    snapshot = root_snapshot(west, copy)
    assert pending(west, snapshot)
    west(f"ebs list-snapshot-blocks --snapshot-id {snapshot}", fails="ValidationException")
    instance = launch(west, copy)
    address = instance["PublicIpAddress"]
    wait_for(lambda: reachable(address), 180)
    assert pending(west, snapshot), "it was all there before the guest was up: nothing is shown"

    # What it reads now is not here, and cannot come. The source goes away meanwhile. The programs that it
    # is done with are here, and what they write is in memory: the guest is to wait for this alone.
    def summing(skip, count):
        return (f"dd if=/dev/vda bs=1M skip={skip} count={count} 2>/dev/null | sha256sum >/dev/sum.new;"
                " mv /dev/sum.new /dev/sum")

    guest(address, f"{summing(0, 1)}; cat /dev/sum; rm /dev/sum")
    link.cut()
    last = (NOISE >> 20) - 4
    guest(address, f"({summing(start + last, 4)}) >/dev/null 2>&1 </dev/null &")
    east(f"ec2 deregister-image --image-id {source} --delete-associated-snapshots")
    refused = link.refused
    wait_for(lambda: link.refused > refused + 3, 120)
    assert guest(address, "cat /dev/sum 2>/dev/null || echo waits").strip() == "waits"
    # The server may be killed too.
    sites.kill()
    sites.start()
    assert pending(west, snapshot)
    assert west(f"ec2 describe-images --image-ids {copy} --query Images[0].State --output text") == "available"
    assert guest(address, "cat /dev/sum 2>/dev/null || echo waits").strip() == "waits"

    link.mend()
    expected = hashlib.sha256(noise[last << 20:]).hexdigest()
    assert wait_for(lambda: guest(address, "cat /dev/sum 2>/dev/null"), 180).split()[0] == expected
    assert guest(address, "dmesg | grep -c 'I/O error'").strip() == "0"
    link.rate = None
    assert digest(west, snapshot) == original
    assert amiable(sites, "image verify", copy, region="us-west-2")
    terminate(west, instance["InstanceId"])


def test_a_region_whose_store_does_not_answer_keeps_no_other_from_starting(sites, link, tmp_path):
    sites.kill()
    link.cut()
    sites.start()
    disk = tmp_path / "small.raw"
    disk.write_bytes(random.Random(9).randbytes(4 << 20))
    assert amiable(sites, "image import", str(disk), "--name", "local", region="us-west-2")["image_id"]
    link.mend()
    assert amiable(sites, "image import", str(disk), "--name", "far again")["image_id"]
