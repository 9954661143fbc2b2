"""The same service on a real PostgreSQL and a real S3 server, instead of its data folder."""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import botocore.config
import botocore.exceptions
import pytest

from conftest import BIN, Cli, Server, amiable, run, terminate_everything, wait_for
from test_main_job import digest, guest, launch, reachable, root_snapshot, terminate

KEY, SECRET = "packs-key", "packs-secret"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    """A PostgreSQL server of the distribution's package. It refuses to run as root."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    folder, port = tmp_path_factory.mktemp("postgres"), free_port()
    user = {}
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        for parent in folder.parents[:3]:
            parent.chmod(parent.stat().st_mode | 0o111)
        user = {"user": "postgres"}
    subprocess.run(
        [programs / "initdb", "--auth=trust", "--no-sync", "-U", "postgres", "-D", folder / "data"],
        check=True, stdout=subprocess.DEVNULL, cwd="/", **user)
    log = open(folder / "log", "wb")
    server = subprocess.Popen(
        [programs / "postgres", "-D", folder / "data", "-p", str(port), "-c", "listen_addresses=127.0.0.1",
         "-c", f"unix_socket_directories={folder}"], stdout=log, stderr=log, cwd="/", **user)
    wait_for(lambda: "ready to accept" in (folder / "log").read_text(), 60)
    yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def bucket(request, tmp_path_factory):
    """A bucket of a SeaweedFS, which speaks S3."""
    folder = tmp_path_factory.mktemp("weed")
    identity = {"name": "t", "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
                "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    command = [Path(sys.executable).parent / "weed", "server", "-s3", "-ip=127.0.0.1", f"-dir={folder}",
               f"-s3.config={folder}/s3.json",
               "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += [f"-{name}.port={port}" for name, port in ports.items()]
    command += [f"-{name}.port.grpc={free_port()}" for name in ports]
    log = open(folder / "log", "wb")
    engine = subprocess.Popen(command, stdout=log, stderr=log)
    request.addfinalizer(engine.kill)

    s3 = boto3.client(
        "s3", endpoint_url=f"http://127.0.0.1:{ports['s3']}", region_name="us-east-1", aws_access_key_id=KEY,
        aws_secret_access_key=SECRET, config=botocore.config.Config(
            s3={"addressing_style": "path"}, retries={"max_attempts": 0}, read_timeout=10))

    def made():
        try:
            return s3.create_bucket(Bucket="packs")
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
            return False

    wait_for(made, 90)
    yield {"AWS_ENDPOINT": f"http://127.0.0.1:{ports['s3']}", "AWS_ACCESS_KEY_ID": KEY,
           "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true"}


@pytest.fixture(scope="module")
def remote(postgres, bucket, tmp_path_factory):
    data = tmp_path_factory.mktemp("remote") / "data"
    server = Server(data, "--database", postgres, "--blocks", "s3://packs/here", env=os.environ | bucket)
    yield server
    terminate_everything(server)
    server.stop()


def test_packs_in_s3_and_rows_in_postgresql_carry_the_main_job(remote, tiny, tmp_path):
    cli, west = Cli(remote), Cli(remote, region="us-west-2")
    image = amiable(remote, "image import", tiny, "--name", "remote")["image_id"]
    far = west(f"ec2 copy-image --source-image-id {image} --source-region us-east-1 --name far")["ImageId"]
    instance = launch(cli, image)
    wait_for(lambda: reachable(instance["PublicIpAddress"]), 180)
    guest(instance["PublicIpAddress"], "echo remote > /root/mark && sync")
    made = cli(f"ec2 create-image --instance-id {instance['InstanceId']} --name changed --no-reboot")["ImageId"]
    cli("ec2 wait image-available --image-ids", made)
    terminate(cli, instance["InstanceId"])
    west("ec2 wait image-available --image-ids", far)
    assert digest(west, root_snapshot(west, far)) == digest(cli, root_snapshot(cli, image))
    out = tmp_path / "made.raw"
    run([BIN, "image", "export", made, "--format", "raw", "--output", str(out)], env=remote.env())
    again = amiable(remote, "image import", str(out), "--name", "again")["image_id"]
    assert digest(cli, root_snapshot(cli, again)) == digest(cli, root_snapshot(cli, made))


def test_nothing_but_volumes_and_settings_is_in_the_data_folder(remote, tmp_path):
    source = tmp_path / "random.raw"
    source.write_bytes(random.Random(5).randbytes(8 << 20))
    amiable(remote, "image import", str(source), "--name", "elsewhere")
    held = [path for path in remote.data.rglob("*") if path.is_file()]
    assert not [path for path in held if path.name == "catalogue.db" or "blocks" in path.parts]
    assert sum(path.stat().st_size for path in held) < 4 << 20, "the disk is elsewhere"


def test_a_killed_server_finds_everything_there_again(remote, tmp_path):
    source = tmp_path / "random.raw"
    source.write_bytes(random.Random(6).randbytes(16 << 20))
    image = amiable(remote, "image import", str(source), "--name", "kept")["image_id"]
    west = Cli(remote, region="us-west-2")
    copy = west(f"ec2 copy-image --source-image-id {image} --source-region us-east-1 --name kept")["ImageId"]
    remote.kill()
    remote.start()
    west("ec2 wait image-available --image-ids", copy)
    assert amiable(remote, "image verify", copy, region="us-west-2")
