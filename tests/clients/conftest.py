"""The service from outside, with the clients that people use: the stock aws CLI and boto3.

Each test session starts the real binary on an empty data folder. Paths come from the environment,
set by `cargo xtask test`: AMIABLE_BIN (the server's binary) and AMIABLE_TINY_IMAGE (a small
bootable Linux disk).
"""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import boto3
import botocore.config
import pytest

BIN = os.environ.get("AMIABLE_BIN", "target/debug/amiable")
TINY = os.environ.get("AMIABLE_TINY_IMAGE", "")


class Server:
    """One running server, which can be killed and started again on the same data."""

    def __init__(self, data: Path, *args: str, env: dict | None = None):
        self.data = data
        self.args = args
        self.environment = env
        self.process = None
        self.endpoint = None
        self.start()

    def start(self, listen: str | None = None) -> None:
        listen = listen or (self.endpoint or "http://127.0.0.1:0").removeprefix("http://")
        self.log = open(self.data.parent / "server.log", "ab")
        self.process = subprocess.Popen(
            [BIN, "serve", "--data", str(self.data), "--listen", listen, *self.args],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env=self.environment,
        )
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, f"the server said {line!r}; see {self.data.parent}/server.log"
        self.endpoint = found.group(0)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)

    def account(self, name: str) -> dict:
        out = run([BIN, "account", "create", name, "--data", str(self.data), "--json"])
        return json.loads(out)

    def env(self, account: dict | None = None, region: str | None = None) -> dict:
        """The environment that `amiable env` prints, for this account and Region."""
        text = run([BIN, "env", "--data", str(self.data)])
        env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        env.update(re.findall(r"^export (\w+)='(.*)'$", text, re.M))
        if account:
            env["AWS_ACCESS_KEY_ID"] = account["access_key_id"]
            env["AWS_SECRET_ACCESS_KEY"] = account["secret_access_key"]
        if region:
            env["AWS_DEFAULT_REGION"] = env["AWS_REGION"] = region
        env["AWS_PAGER"] = ""
        return env

    def client(self, service: str, account: dict | None = None, region: str | None = None, **config):
        env = self.env(account, region)
        settings = {"retries": {"max_attempts": 0}, "read_timeout": 120} | config
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=env["AWS_DEFAULT_REGION"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
            config=botocore.config.Config(**settings),
        )


class Cli:
    """The stock aws CLI, as a user would type it, pointed at a server."""

    def __init__(self, server: Server, account: dict | None = None, region: str | None = None):
        self.env = server.env(account, region)

    def __call__(self, words: str, *more: str, fails: str | None = None):
        """Runs `aws WORDS`, and answers its JSON (or text). `fails` names the expected error code."""
        command = ["aws", *words.split(), *more]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=600)
        if fails:
            assert done.returncode != 0, f"{command} should fail with {fails}: {done.stdout}"
            assert f"({fails})" in done.stderr, done.stderr
            return done.stderr
        assert done.returncode == 0, f"{command}: {done.stderr}"
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            return done.stdout.strip()


def run(command: list[str], **options) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def amiable(server: Server, words: str, *more: str, account: dict | None = None, region: str | None = None) -> dict:
    """Our own command line, with --json."""
    out = run([BIN, *words.split(), *more, "--json"], env=server.env(account, region))
    return json.loads(out)


def wait_for(what, seconds: float = 60, every: float = 0.2):
    """Calls until it answers something true, and answers that."""
    deadline = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"gave up after {seconds} s, last answer {answer!r}"
        time.sleep(every)


@pytest.fixture(scope="session")
def tiny() -> str:
    assert TINY and Path(TINY).exists(), "AMIABLE_TINY_IMAGE must name the tiny guest's disk"
    return TINY


def terminate_everything(server: Server) -> None:
    for region in ("us-east-1", "us-west-2", "eu-west-1"):
        ec2 = server.client("ec2", region=region)
        live = [
            i["InstanceId"] for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]
            if i["State"]["Name"] != "terminated"
        ]
        if live:
            ec2.terminate_instances(InstanceIds=live)
            ec2.get_waiter("instance_terminated").wait(
                InstanceIds=live, WaiterConfig={"Delay": 1, "MaxAttempts": 120})


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("amiable") / "data")
    yield server
    terminate_everything(server)
    server.stop()


@pytest.fixture(scope="session")
def cli(server) -> Cli:
    return Cli(server)


@pytest.fixture(scope="session")
def image(server, tiny) -> str:
    """The tiny guest, imported and registered with our own command line."""
    return amiable(server, "image import", tiny, "--name", "tiny guest")["image_id"]
