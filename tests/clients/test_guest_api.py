"""A guest as a client: it reaches the API at 169.254.169.251, with its role's credentials from the metadata service."""

import json
import os
import subprocess
import tarfile
from pathlib import Path

import boto3
import pytest

from conftest import Cli, amiable, wait_for
from test_identity import allow, client, document, refused, trust
from test_main_job import guest, launch, reachable, terminate

API = "http://169.254.169.251"
CREDENTIALS = "http://169.254.169.254/latest/meta-data/iam/security-credentials"
MACHINES = {"Service": "ec2.amazonaws.com"}


@pytest.fixture(scope="module")
def role(server) -> str:
    """A role that may look at images and nothing else, in an instance profile of its own name."""
    iam, name = server.client("iam"), "builder"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(MACHINES))
    iam.put_role_policy(RoleName=name, PolicyName="look", PolicyDocument=document(allow("ec2:DescribeImages")))
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    return name


def raw(address: str, host: str, request: str) -> str:
    """What a service answers to these bytes from within a tiny guest."""
    text = request.replace("\n", "\\r\\n")
    return guest(address, f"(printf '{text}'; sleep 3) | nc -w 10 {host} 80")


def presigned(service: str, operation: str, keys: dict) -> str:
    """A URL that asks the API as a guest sees it: `boto3` signs the address that is in it."""
    signer = boto3.client(
        service, endpoint_url=API, region_name="us-east-1", aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["Token"])
    return signer.generate_presigned_url(operation, HttpMethod="GET")


def test_a_guest_without_credentials_is_told_what_is_missing(cli, image):
    instance = launch(cli, image)
    address = instance["PublicIpAddress"]
    wait_for(lambda: reachable(address), 90)
    answer = raw(address, "169.254.169.251", "GET / HTTP/1.1\nHost: 169.254.169.251\nConnection: close\n\n")
    status, body = answer.split("\r\n", 1)
    assert status == "HTTP/1.1 403 Forbidden" and "<Code>MissingAuthenticationToken</Code>" in body, answer
    assert "404 Not Found" in guest(address, f"wget -qO- {CREDENTIALS}/")
    # Who has asked may shut its side down, and is answered all the same.
    text = "GET / HTTP/1.0\\r\\nHost: 169.254.169.251\\r\\n\\r\\n"
    answer = guest(address, f"printf '{text}' | nc -w 10 169.254.169.251 80")
    assert "<Code>MissingAuthenticationToken</Code>" in answer, answer
    # No other port of that address answers.
    assert "refused" in guest(address, "nc -w 5 169.254.169.251 22 </dev/null")
    terminate(cli, instance["InstanceId"])


def test_the_credentials_of_a_profile_are_the_roles_and_no_more(cli, server, image, role):
    instance = launch(cli, image, "--iam-instance-profile", f"Name={role}")
    address = instance["PublicIpAddress"]
    wait_for(lambda: reachable(address), 90)
    assert guest(address, f"wget -qO- {CREDENTIALS}/").strip() == role
    found = json.loads(guest(address, f"wget -qO- {CREDENTIALS}/{role}"))
    assert found["Code"] == "Success" and found["AccessKeyId"].startswith("ASIA")
    keys = found | {"SessionToken": found["Token"]}
    assert json.loads(guest(address, f"wget -qO- {CREDENTIALS}/{role}")) == found, "the same until they are near their end"

    # On the host with boto3: what the role allows, and nothing else.
    me = client(server, "sts", keys).get_caller_identity()
    assert me["Arn"] == f"arn:aws:sts::{me['Account']}:assumed-role/{role}/{instance['InstanceId']}"
    ec2 = client(server, "ec2", keys)
    assert image in [i["ImageId"] for i in ec2.describe_images(Owners=["self"])["Images"]]
    refused(ec2.describe_snapshots, "UnauthorizedOperation")
    refused(lambda: ec2.deregister_image(ImageId=image), "UnauthorizedOperation")
    refused(client(server, "iam", keys).list_users, "AccessDenied")
    without = {name: keys[name] for name in ("AccessKeyId", "SecretAccessKey")}
    refused(client(server, "sts", without).get_caller_identity, "InvalidClientTokenId")

    # In the guest, with requests that were signed for it.
    ask = lambda service, operation: guest(address, f"wget -qO- '{presigned(service, operation, keys)}'")
    assert f"<Arn>{me['Arn']}</Arn>" in ask("sts", "get_caller_identity")
    assert f"<imageId>{image}</imageId>" in ask("ec2", "describe_images")
    assert "403 Forbidden" in ask("ec2", "describe_snapshots")

    # What a policy allows from the guest's private address is allowed there, and not on the host.
    here = {"IpAddress": {"aws:SourceIp": f"{instance['PrivateIpAddress']}/32"}}
    server.client("iam").put_role_policy(
        RoleName=role, PolicyName="from-the-guest",
        PolicyDocument=document(allow("ec2:DescribeSnapshots", Condition=here)))
    assert "<DescribeSnapshotsResponse" in ask("ec2", "describe_snapshots")
    refused(ec2.describe_snapshots, "UnauthorizedOperation")

    # Another profile, and none, show at the next request.
    iam, other = server.client("iam"), "other-role"
    iam.create_role(RoleName=other, AssumeRolePolicyDocument=trust(MACHINES))
    iam.create_instance_profile(InstanceProfileName=other)
    iam.add_role_to_instance_profile(InstanceProfileName=other, RoleName=other)
    association = cli("ec2 describe-iam-instance-profile-associations")["IamInstanceProfileAssociations"][0]
    association = cli(
        "ec2 replace-iam-instance-profile-association", "--association-id", association["AssociationId"],
        "--iam-instance-profile", f"Name={other}")["IamInstanceProfileAssociation"]
    assert guest(address, f"wget -qO- {CREDENTIALS}/").strip() == other
    new = json.loads(guest(address, f"wget -qO- {CREDENTIALS}/{other}"))
    assert new["AccessKeyId"] != found["AccessKeyId"]
    iam.remove_role_from_instance_profile(InstanceProfileName=other, RoleName=other)
    assert "404 Not Found" in guest(address, f"wget -qO- {CREDENTIALS}/")
    iam.add_role_to_instance_profile(InstanceProfileName=other, RoleName=role)
    assert guest(address, f"wget -qO- {CREDENTIALS}/").strip() == role
    cli("ec2 disassociate-iam-instance-profile", "--association-id", association["AssociationId"])
    assert "404 Not Found" in guest(address, f"wget -qO- {CREDENTIALS}/")
    terminate(cli, instance["InstanceId"])


def packages(path: Path) -> Path:
    """boto3 and what it needs, out of this environment; of botocore's models those of EC2 and STS."""
    site = Path(boto3.__file__).parent.parent
    names = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")

    def wanted(member: tarfile.TarInfo):
        parts = Path(member.name).parts
        model = parts[:2] == ("botocore", "data") and len(parts) > 2 and (member.isdir() or len(parts) > 3)
        skipped = "__pycache__" in parts or model and parts[2] not in ("ec2", "sts")
        return None if skipped else member

    with tarfile.open(path, "w:gz") as tar:
        for name in names:
            tar.add(site / name, name, filter=wanted)
    return path


DEBIAN = os.environ.get("AMIABLE_DEBIAN_IMAGE", "")


@pytest.mark.skipif(not DEBIAN, reason="AMIABLE_DEBIAN_IMAGE names no Debian disk")
def test_boto3_in_debian_needs_only_the_address_of_the_api(cli, server, role, tmp_path):
    image = amiable(server, "image import", DEBIAN, "--name", "debian-12")["image_id"]
    made = cli("ec2 create-key-pair --key-name guest-api --key-type ed25519")
    key = tmp_path / "key"
    key.write_text(made["KeyMaterial"])
    key.chmod(0o600)
    cli("ec2 authorize-security-group-ingress --group-name default --protocol tcp --port 22 --cidr 0.0.0.0/0")
    instance = launch(
        cli, image, "--instance-type", "t3.small", "--key-name", "guest-api",
        "--iam-instance-profile", f"Name={role}")
    ssh = [
        "ssh", "-i", str(key), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
        "-o", "ConnectTimeout=20", "-o", "LogLevel=ERROR", f"admin@{instance['PublicIpAddress']}"]

    def inside(command: str, **options) -> subprocess.CompletedProcess:
        return subprocess.run([*ssh, command], capture_output=True, timeout=300, **options)

    wait_for(lambda: inside("true").returncode == 0, 300, 3)
    with packages(tmp_path / "packages.tar.gz").open("rb") as archive:
        done = inside("mkdir packages && tar xz -C packages", stdin=archive)
    assert done.returncode == 0, done.stderr

    def python(program: str) -> subprocess.CompletedProcess:
        done = inside(f"PYTHONPATH=packages AWS_ENDPOINT_URL={API} python3 -c \"import boto3; {program}\"", text=True)
        print(f">>> {program}\n{done.stdout}{done.stderr}")
        return done

    me = python("print(boto3.client('sts', region_name='us-east-1').get_caller_identity()['Arn'])")
    assert me.stdout.strip().endswith(f":assumed-role/{role}/{instance['InstanceId']}"), me.stderr
    images = python("print(boto3.client('ec2', region_name='us-east-1').describe_images(Owners=['self']))")
    assert image in images.stdout and "'Name': 'debian-12'" in images.stdout, images.stderr
    no = python("boto3.client('ec2', region_name='us-east-1').describe_volumes()")
    assert no.returncode != 0 and "UnauthorizedOperation" in no.stderr
    terminate(cli, instance["InstanceId"])
