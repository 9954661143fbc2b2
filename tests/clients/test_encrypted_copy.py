"""An encrypted image goes to another account: shared in one step, copied by wrapping its keys anew, and independent of
its source from then on."""

import pytest

from conftest import BIN, Cli, Server, amiable, run, terminate_everything, wait_for
from test_main_job import digest, guest, launch, reachable, root_snapshot, terminate


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("encrypted") / "data")
    yield server
    terminate_everything(server)
    server.stop()


def stored(server: Server) -> int:
    blocks = server.data / "blocks"
    return sum(path.stat().st_size for path in blocks.rglob("*") if path.is_file())


def test_a_copy_under_another_accounts_key_writes_next_to_nothing_and_outlives_its_source(own, tiny):
    cli, friend = Cli(own), own.account("friend")
    theirs = Cli(own, friend)
    plain = amiable(own, "image import", tiny, "--name", "plain")["image_id"]
    mine = cli("kms create-key --description mine --query KeyMetadata.Arn --output text")
    key = theirs("kms create-key --description theirs --query KeyMetadata.Arn --output text")
    source = cli(
        f"ec2 copy-image --source-image-id {plain} --source-region us-east-1 --name sealed --encrypted --kms-key-id {mine}")["ImageId"]
    cli("ec2 wait image-available --image-ids", source)
    snapshot = root_snapshot(cli, source)
    assert cli(f"ec2 describe-snapshots --snapshot-ids {snapshot} --query Snapshots[0].[Encrypted,KmsKeyId]") == [True, mine]
    copy = f"ec2 copy-image --source-image-id {source} --source-region us-east-1 --name theirs --encrypted --kms-key-id {key}"

    # What is missing is named before anybody tries, and given in one step.
    check = [BIN, "image", "preflight", source, "--as", friend["account_id"]]
    said = pytest.raises(AssertionError, run, check, env=own.env()).value.args[0]
    assert said.count("missing ") == 3 and "aws kms create-grant" in said, said
    theirs(copy, fails="InvalidAMIID.NotFound")
    given = amiable(own, "image share", source, "--with", friend["account_id"])["given"]
    assert [right["right"] for right in given] == ["launch the image", "read the snapshot", "use the key"]
    assert "copy to us-east-1" in run(check, env=own.env())

    before = stored(own)
    made = theirs(copy)["ImageId"]
    theirs("ec2 wait image-available --image-ids", made)
    written, size = stored(own) - before, before
    assert written < size / 100, f"the copy wrote {written} bytes of {size}"
    assert theirs(
        f"ec2 describe-snapshots --snapshot-ids {root_snapshot(theirs, made)} --query Snapshots[0].[Encrypted,KmsKeyId]") == [True, key]
    assert digest(theirs, root_snapshot(theirs, made)) == digest(cli, snapshot)

    # The source goes: its key, its image, its snapshot, and what only they held.
    cli(f"kms disable-key --key-id {mine}")
    cli(f"ec2 deregister-image --image-id {source} --delete-associated-snapshots")
    cli(f"ec2 deregister-image --image-id {plain} --delete-associated-snapshots")
    for _ in range(2):
        run([BIN, "store", "gc", "--data", str(own.data), "--delay", "0"])
    instance = launch(theirs, made)
    wait_for(lambda: reachable(instance["PublicIpAddress"]), 180)
    assert guest(instance["PublicIpAddress"], "echo ok").strip() == "ok"
    terminate(theirs, instance["InstanceId"])


def test_an_image_under_the_managed_key_cannot_be_shared_and_says_what_to_do(own, tiny):
    cli, friend = Cli(own), own.account("second friend")
    plain = amiable(own, "image import", tiny, "--name", "for the managed key")["image_id"]
    sealed = cli(f"ec2 copy-image --source-image-id {plain} --source-region us-east-1 --name managed --encrypted")["ImageId"]
    cli("ec2 wait image-available --image-ids", sealed)
    share = [BIN, "image", "share", sealed, "--with", friend["account_id"]]
    said = pytest.raises(AssertionError, run, share, env=own.env()).value.args[0]
    assert "aws/ebs" in said and "copy the image under a key of your own" in said
    shown = cli(f"ec2 describe-image-attribute --image-id {sealed} --attribute launchPermission --query LaunchPermissions")
    assert shown == [], "nothing is given if one right cannot be"


def test_a_snapshot_encrypted_anew_holds_the_same_bytes_and_shares_none_that_are_stored(own, tiny):
    cli = Cli(own)
    plain = amiable(own, "image import", tiny, "--name", "to be encrypted anew")["image_id"]
    sealed = cli(f"ec2 copy-image --source-image-id {plain} --source-region us-east-1 --name anew --encrypted")["ImageId"]
    cli("ec2 wait image-available --image-ids", sealed)
    key = cli("kms create-key --query KeyMetadata.Arn --output text")
    before = stored(own)
    made = amiable(own, "snapshot reencrypt", root_snapshot(cli, sealed), "--kms-key-id", key)
    assert made["digest"] == digest(cli, root_snapshot(cli, sealed))
    assert cli(f"ec2 describe-snapshots --snapshot-ids {made['snapshot_id']} --query Snapshots[0].KmsKeyId --output text") == key
    assert stored(own) - before > made["bytes"] / 10, "everything was written again"
