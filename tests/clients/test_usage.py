"""Who is charged for what, as `amiable account usage` says it: the transfer of a copy to another Region is its source's
owner's, what is stored is whoever's the snapshot is."""

import json

import pytest

from conftest import BIN, Cli, Server, amiable, run, wait_for
from test_main_job import root_snapshot

EAST, WEST = "us-east-1", "us-west-2"
MOVED, STORED, STORED_WEST = "USE1-USW2-AWS-Out-Bytes", "EBS:SnapshotUsage", "USW2-EBS:SnapshotUsage"


@pytest.fixture
def own(tmp_path):
    server = Server(tmp_path / "data")
    yield server
    server.stop()


def usage(server: Server, *more: str) -> dict:
    return json.loads(run([BIN, "account", "usage", *more, "--data", str(server.data), "--json"]))


def sums(server: Server, *more: str) -> dict:
    found = {(s["account"], s["usage_type"]): s["quantity"] for s in usage(server, *more)["sums"]}
    return {name: quantity for name, quantity in found.items() if quantity}


def there(server: Server, region: str) -> int:
    stats = run([BIN, "store", "stats", "--data", str(server.data), "--region", region, "--json"])
    return json.loads(stats)[0]["live_bytes"]


def full_size(cli: Cli, snapshot: str) -> int:
    query = "Snapshots[0].FullSnapshotSizeInBytes"
    return cli(f"ec2 describe-snapshots --snapshot-ids {snapshot} --query {query}")


def test_a_copy_for_another_account_and_region_is_charged_to_both_and_once(own, tiny):
    friend = own.account("friend")
    mine, theirs = Cli(own), Cli(own, friend, WEST)
    me = mine("sts get-caller-identity --query Account --output text")
    me, them = f"{me:0>12}", friend["account_id"]
    plain = amiable(own, "image import", tiny, "--name", "plain")["image_id"]
    source = root_snapshot(mine, plain)
    amiable(own, "image share", plain, "--with", them)
    assert sums(own) == {(me, STORED): full_size(mine, source)}

    copied = theirs(f"ec2 copy-image --source-image-id {plain} --source-region {EAST} --name theirs")["ImageId"]
    own.kill()
    own.start()
    theirs("ec2 wait image-available --image-ids", copied)
    copy = root_snapshot(theirs, copied)
    wait_for(lambda: theirs(f"ec2 describe-snapshots --snapshot-ids {copy} --query Snapshots[0].State") == "completed")
    moved = there(own, WEST)
    expected = {
        (me, STORED): full_size(mine, source), (me, MOVED): moved, (them, STORED_WEST): full_size(theirs, copy)}
    assert moved > 1 << 20 and sums(own) == expected
    transfers = [row for row in usage(own)["records"] if row["usage_type"] == MOVED]
    assert {(row["account"], row["caused_by"], row["resource"], row["region"], row["operation"]) for row in transfers} \
        == {(me, them, source, EAST, "CopySnapshot")}
    assert all(row["id"].startswith(f"{copy}/") for row in transfers)

    # Once more, when all is there; and within the Region.
    again = theirs(f"ec2 copy-image --source-image-id {plain} --source-region {EAST} --name again")["ImageId"]
    beside = theirs(f"ec2 copy-image --source-image-id {copied} --source-region {WEST} --name beside")["ImageId"]
    theirs("ec2 wait image-available --image-ids", again, beside)
    wait_for(lambda: sums(own)[them, STORED_WEST] == 3 * full_size(theirs, copy))
    assert sums(own)[me, MOVED] == moved and (them, MOVED) not in sums(own)

    # What is deleted is held no more, and stays on record.
    before = len(usage(own)["records"])
    for image in (again, beside):
        theirs(f"ec2 deregister-image --image-id {image} --delete-associated-snapshots")
    assert sums(own) == expected
    assert len(usage(own)["records"]) == before + 2

    # By account, by time, and what each snapshot holds.
    assert sums(own, them) == {(them, STORED_WEST): full_size(theirs, copy)}
    assert usage(own, "--since", "2999-01-01") == {"records": [], "sums": []}
    held = usage(own, "--snapshots")["snapshots"]
    assert {(h["snapshot"], h["account"], h["region"], h["full_bytes"]) for h in held} == {
        (source, me, EAST, full_size(mine, source)), (copy, them, WEST, full_size(theirs, copy))}
    text = run([BIN, "account", "usage", "--data", str(own.data)])
    assert f"{moved}" in text and f"caused by {them}" in text
    said = pytest.raises(AssertionError, usage, own, "--since", "yesterday").value.args[0]
    assert "'yesterday' is not a time" in said


def test_an_encrypted_copy_is_charged_the_same_way(own, tiny):
    friend = own.account("friend")
    mine, theirs = Cli(own), Cli(own, friend, WEST)
    me = mine("sts get-caller-identity --query Account --output text")
    me, them = f"{me:0>12}", friend["account_id"]
    plain = amiable(own, "image import", tiny, "--name", "plain")["image_id"]
    key = mine("kms create-key --query KeyMetadata.Arn --output text")
    sealed = mine(
        f"ec2 copy-image --source-image-id {plain} --source-region {EAST} --name sealed --encrypted --kms-key-id {key}")
    mine("ec2 wait image-available --image-ids", sealed["ImageId"])
    amiable(own, "image share", sealed["ImageId"], "--with", them)
    copied = theirs(
        f"ec2 copy-image --source-image-id {sealed['ImageId']} --source-region {EAST} --name theirs --encrypted")
    theirs("ec2 wait image-available --image-ids", copied["ImageId"])
    copy = root_snapshot(theirs, copied["ImageId"])
    wait_for(lambda: (them, STORED_WEST) in sums(own))
    found = sums(own)
    assert found[them, STORED_WEST] == full_size(theirs, copy)
    assert (them, MOVED) not in found
    # All that came, and not the list beside each sealed page that every Region makes for itself.
    assert there(own, WEST) * 0.99 < found[me, MOVED] < there(own, WEST)
    assert {row["caused_by"] for row in usage(own, me)["records"] if row["usage_type"] == MOVED} == {them}
