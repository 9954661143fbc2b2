"""The main job with the stock aws CLI: import, register, run, change, image, copy, deregister."""

import base64
import subprocess
import time
import urllib.request

from conftest import Cli, amiable, run, wait_for

SCRIPT = "#!/bin/sh\necho user-data-ran-on $(hostname)\n"


def console(cli: Cli, instance: str) -> str:
    return cli(f"ec2 get-console-output --instance-id {instance} --latest --output text --query Output")


def guest(address: str, command: str, timeout: int = 60) -> str:
    """Runs a command in a tiny guest, which serves a shell on port 80 for tests."""
    request = urllib.request.Request(f"http://{address}/cgi-bin/run", data=command.encode())
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return answer.read().decode()


def reachable(address: str) -> bool:
    try:
        return guest(address, "echo ok", 20).strip() == "ok"
    except OSError:
        return False


def launch(cli: Cli, image: str, *more: str) -> dict:
    group = cli("ec2 describe-security-groups --group-names default --query SecurityGroups[0].GroupId --output text")
    cli_quiet_authorize(cli, group)
    answer = cli(f"ec2 run-instances --image-id {image} --instance-type t3.nano", *more)
    ids = [i["InstanceId"] for i in answer["Instances"]]
    cli("ec2 wait instance-running --instance-ids", *ids)
    found = cli("ec2 describe-instances --instance-ids", *ids)
    instances = [i for r in found["Reservations"] for i in r["Instances"]]
    return instances if len(instances) > 1 else instances[0]


def cli_quiet_authorize(cli: Cli, group: str) -> None:
    """Opens port 80; twice is a duplicate, which is as good here."""
    done = subprocess.run(
        ["aws", "ec2", "authorize-security-group-ingress", "--group-id", group, "--protocol", "tcp",
         "--port", "80", "--cidr", "0.0.0.0/0"], env=cli.env, capture_output=True, text=True)
    assert done.returncode == 0 or "InvalidPermission.Duplicate" in done.stderr, done.stderr


def terminate(cli: Cli, *instances: str) -> None:
    cli("ec2 terminate-instances --instance-ids", *instances)
    cli("ec2 wait instance-terminated --instance-ids", *instances)


def digest(cli: Cli, snapshot: str) -> str:
    # An image may be available while the last blocks of its copy are on their way.
    cli("ec2 wait snapshot-completed --snapshot-ids", snapshot)
    return cli(
        f"ec2 describe-snapshots --snapshot-ids {snapshot} --output text --query",
        "Snapshots[0].Tags[?Key=='amiable:digest']|[0].Value")


def root_snapshot(cli: Cli, image: str) -> str:
    return cli(
        f"ec2 describe-images --image-ids {image} --output text --query",
        "Images[0].BlockDeviceMappings[0].Ebs.SnapshotId")


def test_an_imported_disk_is_an_image_that_filters_find(cli, image):
    cli("ec2 wait image-available --image-ids", image)
    names = cli(
        "ec2 describe-images --owners self --filters Name=name,Values=tiny* "
        "Name=architecture,Values=x86_64 --query", "Images[].[ImageId,Name,State]")
    assert [image, "tiny guest", "available"] in names
    assert cli("ec2 describe-images --filters Name=name,Values=nothing --query Images") == []
    tags = cli(f"ec2 describe-images --image-ids {image} --query Images[0].Tags")
    assert [t["Key"] for t in tags] == ["amiable:digest"]


def test_a_launch_must_name_an_image(cli):
    error = cli("ec2 run-instances --instance-type t3.nano", fails="MissingParameter")
    assert "The request must contain the parameter ImageId" in error


def test_three_instances_run_from_one_image_and_execute_user_data(cli, image):
    three = launch(cli, image, "--count", "3", "--user-data", SCRIPT)
    assert len(three) == 3
    assert sorted(i["AmiLaunchIndex"] for i in three) == [0, 1, 2]
    assert len({i["PublicIpAddress"] for i in three}) == 3
    assert len({i["PrivateIpAddress"] for i in three}) == 3
    for instance in three:
        wait_for(lambda: "user-data-ran-on" in console(cli, instance["InstanceId"]), 90)
    terminate(cli, *[i["InstanceId"] for i in three])


def test_a_changed_guest_becomes_an_image_that_boots_with_the_change_in_it(cli, server, image):
    changed = launch(cli, image)
    address = changed["PublicIpAddress"]
    wait_for(lambda: reachable(address), 90)
    guest(address, "echo the change > /root/mark && sync")
    made = cli(f"ec2 create-image --instance-id {changed['InstanceId']} --name changed --no-reboot")["ImageId"]
    cli("ec2 wait image-available --image-ids", made)
    assert reachable(address), "an image without a reboot leaves the guest running"
    terminate(cli, changed["InstanceId"])
    again = launch(cli, made)
    wait_for(lambda: reachable(again["PublicIpAddress"]), 90)
    assert guest(again["PublicIpAddress"], "cat /root/mark").strip() == "the change"
    source = cli(f"ec2 describe-images --image-ids {made} --query Images[0]")
    assert source["SourceInstanceId"] == changed["InstanceId"]
    assert source["SourceImageId"] == image
    terminate(cli, again["InstanceId"])
    cli(f"ec2 deregister-image --image-id {made} --delete-associated-snapshots")


def test_an_image_with_a_reboot_reboots_the_guest(cli, image):
    instance = launch(cli, image)
    wait_for(lambda: reachable(instance["PublicIpAddress"]), 90)
    before = guest(instance["PublicIpAddress"], "cat /proc/sys/kernel/random/boot_id")
    made = cli(f"ec2 create-image --instance-id {instance['InstanceId']} --name rebooted")["ImageId"]
    cli("ec2 wait image-available --image-ids", made)
    cli("ec2 wait instance-running --instance-ids", instance["InstanceId"])
    address = cli(
        f"ec2 describe-instances --instance-ids {instance['InstanceId']} --output text --query",
        "Reservations[0].Instances[0].PublicIpAddress")
    wait_for(lambda: reachable(address), 90)
    assert guest(address, "cat /proc/sys/kernel/random/boot_id") != before
    terminate(cli, instance["InstanceId"])
    cli(f"ec2 deregister-image --image-id {made} --delete-associated-snapshots")


def test_copies_hold_the_same_bytes_and_outlive_their_source(cli, server, tiny):
    source = amiable(server, "image import", tiny, "--name", "to be copied")["image_id"]
    west = Cli(server, region="us-west-2")
    near = cli(f"ec2 copy-image --source-image-id {source} --source-region us-east-1 --name near")["ImageId"]
    far = west(f"ec2 copy-image --source-image-id {source} --source-region us-east-1 --name far")["ImageId"]
    cli("ec2 wait image-available --image-ids", near)
    west("ec2 wait image-available --image-ids", far)
    original = digest(cli, root_snapshot(cli, source))
    assert len(original) == 64
    assert digest(cli, root_snapshot(cli, near)) == original
    assert digest(west, root_snapshot(west, far)) == original
    gone = cli(f"ec2 deregister-image --image-id {source} --delete-associated-snapshots")
    assert [r["ReturnCode"] for r in gone["DeleteSnapshotResults"]] == ["success"]
    cli(f"ec2 deregister-image --image-id {source}", fails="InvalidAMIID.Unavailable")
    instance = launch(west, far)
    wait_for(lambda: reachable(instance["PublicIpAddress"]), 90)
    terminate(west, instance["InstanceId"])


def test_an_exported_disk_imported_again_has_the_same_digest(cli, server, image, tmp_path):
    raw = tmp_path / "out.raw"
    run(["sh", "-c", f"exec \"$0\" image export {image} --format raw --output {raw}",
         __import__("conftest").BIN], env=server.env())
    again = amiable(server, "image import", str(raw), "--name", "again")["image_id"]
    first, second = (digest(cli, root_snapshot(cli, i)) for i in (image, again))
    assert first == second


def test_a_shared_image_is_seen_and_launched_by_the_other_account_and_nobody_else(cli, server, image):
    friend, stranger = server.account("friend"), server.account("stranger")
    theirs, others = Cli(server, friend), Cli(server, stranger)
    theirs(f"ec2 describe-images --image-ids {image}", fails="InvalidAMIID.NotFound")
    cli(f"ec2 modify-image-attribute --image-id {image} --launch-permission", f"Add=[{{UserId={friend['account_id']}}}]")
    assert theirs(f"ec2 describe-images --image-ids {image} --query Images[0].OwnerId --output text") != friend["account_id"]
    others(f"ec2 run-instances --image-id {image} --instance-type t3.nano", fails="InvalidAMIID.NotFound")
    theirs(f"ec2 deregister-image --image-id {image}", fails="AuthFailure")
    error = theirs(f"ec2 copy-image --source-image-id {image} --source-region us-east-1 --name mine", fails="InvalidRequest")
    assert "You do not have permission to access the storage of this ami" in error
    instance = launch(theirs, image)
    wait_for(lambda: reachable(instance["PublicIpAddress"]), 90)
    cli(f"ec2 describe-instances --instance-ids {instance['InstanceId']}", fails="InvalidInstanceID.NotFound")
    terminate(theirs, instance["InstanceId"])


def test_stop_start_reboot_and_a_hot_plugged_volume(cli, image):
    instance = launch(cli, image)
    i = instance["InstanceId"]
    wait_for(lambda: reachable(instance["PublicIpAddress"]), 90)
    volume = cli(f"ec2 create-volume --size 1 --availability-zone {instance['Placement']['AvailabilityZone']}")["VolumeId"]
    cli("ec2 wait volume-available --volume-ids", volume)
    cli(f"ec2 attach-volume --volume-id {volume} --instance-id {i} --device /dev/sdf")
    cli("ec2 wait volume-in-use --volume-ids", volume)
    address = instance["PublicIpAddress"]
    wait_for(lambda: guest(address, "ls /dev/vdb 2>/dev/null").strip() == "/dev/vdb", 30)
    guest(address, "echo plugged > /dev/vdb; sync")
    cli(f"ec2 detach-volume --volume-id {volume}")
    cli("ec2 wait volume-available --volume-ids", volume)
    wait_for(lambda: guest(address, "ls /dev/vdb 2>/dev/null").strip() == "", 30)
    cli(f"ec2 stop-instances --instance-ids {i}")
    cli("ec2 wait instance-stopped --instance-ids", i)
    cli(f"ec2 attach-volume --volume-id {volume} --instance-id {i} --device /dev/sdf")
    cli(f"ec2 start-instances --instance-ids {i}")
    cli("ec2 wait instance-running --instance-ids", i)
    address = cli(
        f"ec2 describe-instances --instance-ids {i} --output text --query",
        "Reservations[0].Instances[0].PublicIpAddress")
    wait_for(lambda: reachable(address), 90)
    assert guest(address, "head -c 7 /dev/vdb") == "plugged"
    terminate(cli, i)
    cli("ec2 wait volume-available --volume-ids", volume)
    cli(f"ec2 delete-volume --volume-id {volume}")
    cli("ec2 wait volume-deleted --volume-ids", volume)


def test_an_ingress_rule_opens_and_closes_at_once(cli, image):
    group = cli("ec2 create-security-group --group-name closed --description none --query GroupId --output text")
    answer = cli(f"ec2 run-instances --image-id {image} --instance-type t3.nano --security-group-ids {group}")
    i = answer["Instances"][0]["InstanceId"]
    cli("ec2 wait instance-running --instance-ids", i)
    address = cli(
        f"ec2 describe-instances --instance-ids {i} --output text --query",
        "Reservations[0].Instances[0].PublicIpAddress")
    wait_for(lambda: "ready" in console(cli, i), 90)
    assert not reachable(address)
    cli(f"ec2 authorize-security-group-ingress --group-id {group} --protocol tcp --port 80 --cidr 0.0.0.0/0")
    wait_for(lambda: reachable(address), 5)
    cli(f"ec2 revoke-security-group-ingress --group-id {group} --protocol tcp --port 80 --cidr 0.0.0.0/0")
    time.sleep(0.2)
    assert not reachable(address)
    cli(f"ec2 delete-security-group --group-id {group}", fails="DependencyViolation")
    terminate(cli, i)
    cli(f"ec2 delete-security-group --group-id {group}")


def test_user_data_is_not_carried_into_an_image_and_console_pictures_are_jpegs(cli, server, image):
    instance = launch(cli, image, "--user-data", SCRIPT)
    i = instance["InstanceId"]
    picture = cli(f"ec2 get-console-screenshot --instance-id {i} --query ImageData --output text")
    assert base64.b64decode(picture)[:3] == b"\xff\xd8\xff"
    data = cli(f"ec2 describe-instance-attribute --instance-id {i} --attribute userData --query UserData.Value --output text")
    assert base64.b64decode(data).decode() == SCRIPT
    terminate(cli, i)


def test_key_pairs_come_and_go(cli):
    made = cli("ec2 create-key-pair --key-name k1 --key-type ed25519")
    assert "PRIVATE KEY" in made["KeyMaterial"]
    cli("ec2 create-key-pair --key-name k1", fails="InvalidKeyPair.Duplicate")
    rsa = cli("ec2 create-key-pair --key-name k2 --key-type rsa")
    assert len(rsa["KeyFingerprint"].split(":")) == 20
    putty = cli("ec2 create-key-pair --key-name k3 --key-type ed25519 --key-format ppk --query KeyMaterial --output text")
    assert putty.startswith("PuTTY-User-Key-File-2: ssh-ed25519")
    cli("ec2 create-key-pair --key-name k4 --key-format der", fails="InvalidParameterValue")
    assert cli("ec2 describe-key-pairs --query KeyPairs[].KeyName") == ["k1", "k2", "k3"]
    cli("ec2 delete-key-pair --key-name k1")
    cli("ec2 delete-key-pair --key-name k1")
    cli("ec2 describe-key-pairs --key-names k1", fails="InvalidKeyPair.NotFound")


def test_who_am_i_and_where(cli, server):
    me = cli("sts get-caller-identity")
    assert me["Arn"] == f"arn:aws:iam::{me['Account']}:root"
    regions = cli("ec2 describe-regions --query Regions[].RegionName")
    assert sorted(regions) == ["eu-west-1", "us-east-1", "us-west-2"]
    zones = cli("ec2 describe-availability-zones --query AvailabilityZones[].ZoneName")
    assert zones == ["us-east-1a", "us-east-1b", "us-east-1c"]
