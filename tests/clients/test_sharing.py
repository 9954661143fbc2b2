"""Sharing and copying across accounts, and what becomes of encryption: the tables of AWS's pages, row
by row, through signed requests of three accounts."""

import base64
import hashlib
import json
import os
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import BIN, Server, amiable, run, wait_for

EAST, WEST = "us-east-1", "us-west-2"
BLOCK = 512 * 1024
MARKER = b"amiable-marker-of-an-encrypted-disk-"


class World:
    """A server of its own with three accounts: the owner of things, a friend, and a stranger."""

    def __init__(self, folder):
        self.server = Server(folder / "data")
        self.accounts = {name: self.server.account(name) for name in ("owner", "friend", "stranger")}
        self.clients = {}

    def client(self, service, name="owner", region=EAST):
        key = (service, name, region)
        if key not in self.clients:
            self.clients[key] = self.server.client(service, self.accounts[name], region)
        return self.clients[key]

    def ec2(self, name="owner", region=EAST):
        return self.client("ec2", name, region)

    def id(self, name):
        return self.accounts[name]["account_id"]

    def snapshot(self, name="owner", marker=MARKER, **encryption):
        """A snapshot of one GiB with one marked block, written through the EBS direct API."""
        ebs = self.client("ebs", name)
        started = ebs.start_snapshot(VolumeSize=1, **encryption)
        data = (marker * (BLOCK // len(marker) + 1))[:BLOCK]
        checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
        ebs.put_snapshot_block(
            SnapshotId=started["SnapshotId"], BlockIndex=0, BlockData=data, DataLength=BLOCK,
            Checksum=checksum, ChecksumAlgorithm="SHA256")
        ebs.complete_snapshot(SnapshotId=started["SnapshotId"], ChangedBlocksCount=1)
        return self.settled(started["SnapshotId"], name)["SnapshotId"]

    def settled(self, snapshot, name="owner", region=EAST):
        def look():
            found = self.ec2(name, region).describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
            return found if found["State"] != "pending" else None
        return wait_for(look)

    def image(self, name="owner", snapshot=None, **more):
        snapshot = snapshot or self.snapshot(name)
        return self.ec2(name).register_image(
            Name=f"image {uuid.uuid4()}", RootDeviceName="/dev/xvda", Architecture="x86_64",
            VirtualizationType="hvm",
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}], **more,
        )["ImageId"]

    def copied_image(self, image, name, region=EAST, **more):
        """Copies an image, and answers it and its root's snapshot once it is decided."""
        ec2 = self.ec2(name, region)
        copy = ec2.copy_image(Name=f"copy {uuid.uuid4()}", SourceImageId=image, SourceRegion=EAST, **more)
        def look():
            found = ec2.describe_images(ImageIds=[copy["ImageId"]])["Images"][0]
            return found if found["State"] != "pending" else None
        found = wait_for(look)
        snapshot = found["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
        return found, self.settled(snapshot, name, region)

    def share(self, image=None, snapshot=None, friend="friend"):
        if image:
            self.ec2().modify_image_attribute(
                ImageId=image, LaunchPermission={"Add": [{"UserId": self.id(friend)}]})
        if snapshot:
            self.ec2().modify_snapshot_attribute(
                SnapshotId=snapshot, CreateVolumePermission={"Add": [{"UserId": self.id(friend)}]})

    def key(self, name="owner", region=EAST, friends=()):
        """A customer key that its account and its friends may use."""
        who = [f"arn:aws:iam::{self.id(account)}:root" for account in (name, *friends)]
        policy = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "kms:*", "Resource": "*"}]}
        return self.client("kms", name, region).create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]

    def managed_key(self, name="owner", region=EAST):
        return self.ec2(name, region).get_ebs_default_kms_key_id()["KmsKeyId"]

    def files_hold(self, marker):
        packed = [path for path in self.server.data.rglob("*") if path.is_file()]
        assert packed
        return [str(path) for path in packed if marker in path.read_bytes()]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("sharing"))
    yield world
    world.server.stop()


@pytest.fixture
def by_default(world):
    """Turns encryption by default on for an account and Region, and off again after the test."""
    turned = []
    def turn(on, name="owner", region=EAST):
        ec2 = world.ec2(name, region)
        if on:
            turned.append(ec2)
            assert ec2.enable_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
        else:
            assert ec2.disable_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    yield turn
    for ec2 in turned:
        ec2.disable_ebs_encryption_by_default()


@pytest.fixture(scope="module")
def customer_keys(world):
    try:
        world.client("kms").list_keys()
    except ClientError as error:
        pytest.skip(f"this build does not speak KMS: {error}")


def refused(call, code, text=None, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    if text:
        assert error["Message"] == text
    return error


# --- who sees and may use what -------------------------------------------------------------------

def test_an_image_is_seen_by_whom_it_is_shared_with(world):
    image = world.image()
    refused(world.ec2("friend").describe_images, "InvalidAMIID.NotFound", ImageIds=[image])
    world.share(image)
    world.ec2().create_tags(Resources=[image], Tags=[{"Key": "owner", "Value": "only"}])
    found = world.ec2("friend").describe_images(ImageIds=[image])["Images"][0]
    assert [tag["Key"] for tag in found.get("Tags", [])] == ["amiable:digest"]
    own = world.ec2("friend").describe_images(ExecutableUsers=["self"])["Images"]
    assert image in [found["ImageId"] for found in own]
    assert image not in [f["ImageId"] for f in world.ec2().describe_images(ExecutableUsers=["self"])["Images"]]
    refused(world.ec2("stranger").describe_images, "InvalidAMIID.NotFound", ImageIds=[image])
    refused(world.ec2("friend").modify_image_attribute, "AuthFailure", ImageId=image,
            Description={"Value": "mine"})
    assert world.ec2("friend").cancel_image_launch_permission(ImageId=image)["Return"] is True
    refused(world.ec2("friend").describe_images, "InvalidAMIID.NotFound", ImageIds=[image])


def test_an_organization_and_its_units_share_as_arns_and_only_as_arns(world):
    image = world.image()
    for wrong in ("o-abcdefghij", "arn:aws:organizations::1:organization/o-abcdefghij",
                  "arn:aws:organizations::111122223333:organization/o-short"):
        refused(world.ec2().modify_image_attribute, "InvalidAMIAttributeItemValue",
                f'Invalid attribute item value "{wrong}" for organizationArn item type.',
                ImageId=image, OperationType="add", OrganizationArns=[wrong])
    arn = "arn:aws:organizations::111122223333:organization/o-abcdefghij"
    unit = "arn:aws:organizations::111122223333:ou/o-abcdefghij/ou-abcd-12345678"
    world.ec2().modify_image_attribute(
        ImageId=image, LaunchPermission={"Add": [{"OrganizationArn": arn}, {"OrganizationalUnitArn": unit}]})
    shown = world.ec2().describe_image_attribute(ImageId=image, Attribute="launchPermission")
    assert shown["LaunchPermissions"] == [{"OrganizationArn": arn}, {"OrganizationalUnitArn": unit}]
    # One may share with an organization that one is not in; it lets nobody here see anything.
    refused(world.ec2("friend").describe_images, "InvalidAMIID.NotFound", ImageIds=[image])


def test_a_unit_shares_with_the_accounts_in_it_and_beneath_it_for_as_long_as_they_are(world):
    manager = world.server.client("organizations")
    root = manager.list_roots()["Roots"][0]["Id"]

    def unit(parent):
        made = manager.create_organizational_unit(ParentId=parent, Name=f"unit {uuid.uuid4()}")
        return made["OrganizationalUnit"]

    outer, sibling = unit(root), unit(root)
    inner = unit(outer["Id"])
    account = world.server.account(f"member-{uuid.uuid4()}")
    ec2, where = world.server.client("ec2", account), [root]

    def move(to):
        manager.move_account(
            AccountId=account["account_id"], SourceParentId=where[0], DestinationParentId=to)
        where[0] = to

    image = world.image()
    world.ec2().modify_image_attribute(
        ImageId=image, OperationType="add", OrganizationalUnitArns=[outer["Arn"]])
    launch = {"ImageId": image, "InstanceType": "t3.nano", "MinCount": 1, "MaxCount": 1, "DryRun": True}
    for place, may in ((root, False), (outer["Id"], True), (inner["Id"], True), (sibling["Id"], False),
                       (inner["Id"], True), (root, False)):
        if place != where[0]:
            move(place)
        if may:
            assert ec2.describe_images(ImageIds=[image])["Images"][0]["ImageId"] == image
            refused(ec2.run_instances, "DryRunOperation", **launch)
        else:
            refused(ec2.describe_images, "InvalidAMIID.NotFound", ImageIds=[image])
            refused(ec2.run_instances, "InvalidAMIID.NotFound", **launch)
            assert image not in [found["ImageId"] for found in ec2.describe_images()["Images"]]
    # The unit beneath is named: what is above it is not.
    other = world.image()
    world.ec2().modify_image_attribute(
        ImageId=other, OperationType="add", OrganizationalUnitArns=[inner["Arn"]])
    move(outer["Id"])
    refused(ec2.describe_images, "InvalidAMIID.NotFound", ImageIds=[other])
    move(inner["Id"])
    assert ec2.describe_images(ImageIds=[other])["Images"]


def test_every_account_here_is_in_one_organization(world):
    arn = world.client("organizations").describe_organization()["Organization"]["Arn"]
    image = world.image()
    world.ec2().modify_image_attribute(ImageId=image, OperationType="add", OrganizationArns=[arn])
    for name in ("friend", "stranger"):
        assert world.ec2(name).describe_images(ImageIds=[image])["Images"]
    own = world.ec2("friend").describe_images(ExecutableUsers=["self"])["Images"]
    assert image in [found["ImageId"] for found in own]
    refused(world.ec2("friend").cancel_image_launch_permission, "OperationNotPermitted", ImageId=image)


def test_a_snapshot_is_seen_by_whom_it_is_shared_with(world):
    snapshot = world.snapshot()
    friend, stranger = world.ec2("friend"), world.ec2("stranger")
    refused(friend.describe_snapshots, "InvalidSnapshot.NotFound",
            f"The snapshot '{snapshot}' does not exist.", SnapshotIds=[snapshot])
    world.share(snapshot=snapshot)
    world.share(snapshot=snapshot)
    shown = world.ec2().describe_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
    assert shown["CreateVolumePermissions"] == [{"UserId": world.id("friend")}]
    def listed(ec2, **parameters):
        return snapshot in [found["SnapshotId"] for found in ec2.describe_snapshots(**parameters)["Snapshots"]]
    assert listed(friend) and listed(friend, RestorableByUserIds=["self"])
    assert not listed(friend, OwnerIds=["self"]) and listed(friend, OwnerIds=[world.id("owner")])
    assert listed(world.ec2(), RestorableByUserIds=[world.id("friend")])
    assert not listed(world.ec2(), RestorableByUserIds=[world.id("stranger")])
    assert not listed(stranger) and not listed(stranger, RestorableByUserIds=["all"])
    refused(friend.describe_snapshot_attribute, "AuthFailure", SnapshotId=snapshot,
            Attribute="createVolumePermission")
    refused(friend.delete_snapshot, "AuthFailure", SnapshotId=snapshot)
    volume = friend.create_volume(AvailabilityZone=f"{EAST}a", SnapshotId=snapshot)
    assert volume["SnapshotId"] == snapshot and volume["Encrypted"] is False
    world.ec2().reset_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
    refused(friend.describe_snapshots, "InvalidSnapshot.NotFound", SnapshotIds=[snapshot])
    refused(world.ec2().modify_snapshot_attribute, "InvalidAMIAttributeItemValue",
            "Invalid attribute item value 'x' for userId item type.", SnapshotId=snapshot,
            OperationType="add", UserIds=["x"])


def test_public_images_need_the_block_taken_away(world):
    image, ec2 = world.image(), world.ec2()
    public = {"ImageId": image, "LaunchPermission": {"Add": [{"Group": "all"}]}}
    assert ec2.get_image_block_public_access_state()["ImageBlockPublicAccessState"] == "block-new-sharing"
    refused(ec2.modify_image_attribute, "OperationNotPermitted",
            "You can't publicly share this image because block public access for AMIs is enabled for this "
            "account. To publicly share the image, you must call the DisableImageBlockPublicAccess API.", **public)
    assert ec2.disable_image_block_public_access()["ImageBlockPublicAccessState"] == "unblocked"
    ec2.modify_image_attribute(**public)
    found = world.ec2("stranger").describe_images(ImageIds=[image])["Images"][0]
    assert found["Public"] is True
    assert ec2.enable_image_block_public_access(
        ImageBlockPublicAccessState="block-new-sharing")["ImageBlockPublicAccessState"] == "block-new-sharing"
    # What is public stays so.
    assert world.ec2("stranger").describe_images(ImageIds=[image])["Images"]
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Remove": [{"Group": "all"}]})
    refused(world.ec2("stranger").describe_images, "InvalidAMIID.NotFound", ImageIds=[image])


def test_public_snapshots_are_private_while_all_sharing_is_blocked(world):
    snapshot, ec2, stranger = world.snapshot(), world.ec2(), world.ec2("stranger")
    public = {"SnapshotId": snapshot, "OperationType": "add", "GroupNames": ["all"]}
    assert ec2.get_snapshot_block_public_access_state()["State"] == "unblocked"
    ec2.modify_snapshot_attribute(**public)
    assert stranger.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
    assert ec2.enable_snapshot_block_public_access(State="block-all-sharing")["State"] == "block-all-sharing"
    refused(stranger.describe_snapshots, "InvalidSnapshot.NotFound", SnapshotIds=[snapshot])
    shown = ec2.describe_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
    assert shown["CreateVolumePermissions"] == [{"Group": "all"}]
    refused(ec2.modify_snapshot_attribute, "OperationNotPermitted", **public)
    assert ec2.enable_snapshot_block_public_access(State="block-new-sharing")["State"] == "block-new-sharing"
    assert stranger.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
    refused(ec2.modify_snapshot_attribute, "OperationNotPermitted", **public)
    assert ec2.disable_snapshot_block_public_access()["State"] == "unblocked"


def test_images_that_are_not_allowed_are_as_if_they_did_not_exist(world):
    image, friend = world.image(), world.ec2("friend")
    own = world.image("friend")
    world.share(image)
    assert friend.get_allowed_images_settings()["State"] == "disabled"
    assert "ImageAllowed" not in friend.describe_images(ImageIds=[image])["Images"][0]
    criteria = [{"ImageProviders": [world.id("stranger")]}]
    assert friend.replace_image_criteria_in_allowed_images_settings(ImageCriteria=criteria)["ReturnValue"] is True
    refused(friend.replace_image_criteria_in_allowed_images_settings, "InvalidParameterCombination",
            ImageCriteria=[{"ImageProviders": ["none", "amazon"]}])
    friend.enable_allowed_images_settings(AllowedImagesSettingsState="audit-mode")
    assert friend.describe_images(ImageIds=[image])["Images"][0]["ImageAllowed"] is False
    assert friend.describe_images(ImageIds=[own])["Images"][0]["ImageAllowed"] is True
    friend.enable_allowed_images_settings(AllowedImagesSettingsState="enabled")
    try:
        assert friend.describe_images(ImageIds=[image])["Images"] == []
        refused(friend.run_instances, "InvalidAMIID.NotFound", ImageId=image, MinCount=1, MaxCount=1)
        refused(friend.copy_image, "InvalidAMIID.NotFound", Name="not allowed", SourceImageId=image,
                SourceRegion=EAST)
        found = friend.get_allowed_images_settings()
        assert found["State"] == "enabled" and found["ImageCriteria"][0]["ImageProviders"] == [world.id("stranger")]
        name = world.ec2().describe_images(ImageIds=[image])["Images"][0]["Name"]
        friend.replace_image_criteria_in_allowed_images_settings(
            ImageCriteria=[{"ImageProviders": [world.id("owner")], "ImageNames": [name[:12] + "*"],
                            "CreationDateCondition": {"MaximumDaysSinceCreated": 1}}])
        assert friend.describe_images(ImageIds=[image])["Images"][0]["ImageAllowed"] is True
        assert friend.describe_images(Filters=[{"Name": "image-allowed", "Values": ["true"]}])["Images"]
    finally:
        friend.disable_allowed_images_settings()


# --- copies across accounts ------------------------------------------------------------------------

def test_a_copy_needs_the_image_and_every_snapshot(world):
    snapshot = world.snapshot()
    image, friend = world.image(snapshot=snapshot), world.ec2("friend")
    copy = {"Name": "not yet", "SourceImageId": image, "SourceRegion": EAST}
    refused(friend.copy_image, "InvalidAMIID.NotFound", **copy)
    world.share(image)
    refused(friend.copy_image, "InvalidRequest",
            "You do not have permission to access the storage of this ami", **copy)
    world.share(snapshot=snapshot)
    world.ec2().create_tags(Resources=[image], Tags=[{"Key": "owner", "Value": "only"}])
    friend.create_tags(Resources=[image], Tags=[{"Key": "friend", "Value": "too"}])
    for region in (EAST, WEST):
        found, root = world.copied_image(image, "friend", region, CopyImageTags=True)
        assert found["State"] == "available", found
        assert (found["SourceImageId"], found["SourceImageRegion"]) == (image, EAST)
        assert found["OwnerId"] == root["OwnerId"] == world.id("friend")
        tags = {tag["Key"] for tag in found["Tags"]} - {"amiable:digest"}
        assert tags == {"friend"} and root["VolumeId"].startswith("vol-ffff")
        assert found["Public"] is False and root["Encrypted"] is False


def test_a_copy_within_the_account_needs_nothing_else_and_names_may_repeat_elsewhere(world):
    image = world.image()
    name = world.ec2().describe_images(ImageIds=[image])["Images"][0]["Name"]
    refused(world.ec2().copy_image, "InvalidAMIName.Duplicate", Name=name, SourceImageId=image, SourceRegion=EAST)
    west = world.ec2(region=WEST)
    assert west.copy_image(Name=name, SourceImageId=image, SourceRegion=EAST)["ImageId"]


def test_a_key_needs_the_flag(world):
    snapshot = world.snapshot()
    image = world.image(snapshot=snapshot)
    for call, parameters in (
        (world.ec2().copy_image, {"Name": "x12", "SourceImageId": image, "SourceRegion": EAST}),
        (world.ec2().copy_snapshot, {"SourceSnapshotId": snapshot, "SourceRegion": EAST}),
        (world.ec2().create_volume, {"AvailabilityZone": f"{EAST}a", "Size": 1}),
    ):
        refused(call, "InvalidParameterDependency", KmsKeyId="alias/aws/ebs", **parameters)
    refused(world.ec2().copy_snapshot, "InvalidParameterValue", SourceSnapshotId=snapshot,
            SourceRegion=EAST, Encrypted=False)


# --- the tables of encryption ----------------------------------------------------------------------

PLAIN, MANAGED, NAMED, SOURCE, ERROR = "plain", "the account's own key", "the named key", "the source's key", "error"

#        source      whose      where   Encrypted  key     default off  default on
IMAGE_COPIES = [
    ("plain",     "owner",  EAST, None,  False, PLAIN,   MANAGED),
    ("plain",     "owner",  EAST, False, False, PLAIN,   MANAGED),
    ("plain",     "owner",  EAST, True,  False, MANAGED, MANAGED),
    ("plain",     "owner",  EAST, True,  True,  NAMED,   NAMED),
    ("plain",     "friend", WEST, None,  False, PLAIN,   MANAGED),
    ("plain",     "friend", EAST, True,  True,  NAMED,   NAMED),
    ("encrypted", "owner",  EAST, None,  False, SOURCE,  SOURCE),
    ("encrypted", "owner",  EAST, False, False, SOURCE,  SOURCE),
    ("encrypted", "owner",  EAST, True,  False, SOURCE,  SOURCE),
    ("encrypted", "owner",  EAST, True,  True,  NAMED,   NAMED),
    ("encrypted", "owner",  WEST, None,  False, MANAGED, MANAGED),
    ("encrypted", "owner",  WEST, True,  False, MANAGED, MANAGED),
    ("encrypted", "owner",  WEST, True,  True,  NAMED,   NAMED),
    ("encrypted", "friend", EAST, None,  False, MANAGED, MANAGED),
    ("encrypted", "friend", EAST, True,  False, MANAGED, MANAGED),
    ("encrypted", "friend", EAST, True,  True,  NAMED,   NAMED),
    ("encrypted", "friend", WEST, None,  False, MANAGED, MANAGED),
]


@pytest.fixture(scope="module")
def sources(world, customer_keys):
    """A plain and an encrypted image, both shared with the friend, and the key of the second."""
    key = world.key(friends=["friend"])
    made = {}
    for kind, encryption in (("plain", {}), ("encrypted", {"Encrypted": True, "KmsKeyArn": key})):
        snapshot = world.snapshot(**encryption)
        image = world.image(snapshot=snapshot)
        world.share(image, snapshot)
        made[kind] = (image, snapshot)
    return made, key


def asked(encrypted, key):
    return ({} if encrypted is None else {"Encrypted": encrypted}) | ({"KmsKeyId": key} if key else {})


def check_key(world, snapshot, expected, who, where, named, source):
    key = {PLAIN: None, MANAGED: world.managed_key(who, where), NAMED: named, SOURCE: source}[expected]
    assert snapshot["State"] == "completed", snapshot
    assert (snapshot["Encrypted"], snapshot.get("KmsKeyId")) == (key is not None, key)


@pytest.mark.parametrize("source,who,where,encrypted,with_key,off,on", IMAGE_COPIES)
@pytest.mark.parametrize("default", [False, True])
def test_every_row_of_image_copies(world, sources, by_default, source, who, where, encrypted, with_key, off, on, default):
    made, source_key = sources
    by_default(default, who, where)
    named = world.key(who, where) if with_key else None
    found, root = world.copied_image(made[source][0], who, where, **asked(encrypted, named))
    assert found["State"] == "available", found
    expected = on if default else off
    check_key(world, root, expected, who, where, named, source_key)
    assert found["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] == (expected != PLAIN)


#        source      Encrypted  key    default off  default on
SNAPSHOT_COPIES = [
    ("plain",     None, False, PLAIN,   MANAGED),
    ("plain",     True, False, MANAGED, MANAGED),
    ("plain",     True, True,  NAMED,   NAMED),
    ("encrypted", None, False, MANAGED, MANAGED),
    ("encrypted", None, True,  NAMED,   NAMED),
    ("encrypted", True, True,  NAMED,   NAMED),
]


@pytest.mark.parametrize("source,encrypted,with_key,off,on", SNAPSHOT_COPIES)
@pytest.mark.parametrize("default", [False, True])
@pytest.mark.parametrize("who", ["owner", "friend"])
def test_every_row_of_snapshot_copies(world, sources, by_default, source, encrypted, with_key, off, on, default, who):
    made, source_key = sources
    by_default(default, who)
    named = world.key(who) if with_key else None
    copy = world.ec2(who).copy_snapshot(
        SourceSnapshotId=made[source][1], SourceRegion=EAST, **asked(encrypted, named))["SnapshotId"]
    check_key(world, world.settled(copy, who), on if default else off, who, EAST, named, source_key)


#        source       who       Encrypted  key    default off  default on
VOLUMES = [
    ("plain",     "owner",  None,  False, PLAIN,   MANAGED),
    ("plain",     "owner",  True,  False, MANAGED, MANAGED),
    ("plain",     "owner",  True,  True,  NAMED,   NAMED),
    ("encrypted", "owner",  None,  False, SOURCE,  SOURCE),
    ("encrypted", "owner",  True,  False, SOURCE,  SOURCE),
    ("encrypted", "owner",  False, False, SOURCE,  SOURCE),
    ("encrypted", "friend", None,  False, MANAGED, MANAGED),
    ("encrypted", "friend", True,  False, MANAGED, MANAGED),
    ("encrypted", "friend", True,  True,  NAMED,   NAMED),
]


@pytest.mark.parametrize("source,who,encrypted,with_key,off,on", VOLUMES)
@pytest.mark.parametrize("default", [False, True])
def test_every_row_of_volumes(world, sources, by_default, source, who, encrypted, with_key, off, on, default):
    made, source_key = sources
    by_default(default, who)
    named = world.key(who) if with_key else None
    volume = world.ec2(who).create_volume(
        AvailabilityZone=f"{EAST}a", SnapshotId=made[source][1], **asked(encrypted, named))
    expected = on if default else off
    key = {PLAIN: None, MANAGED: world.managed_key(who), NAMED: named, SOURCE: source_key}[expected]
    assert (volume["Encrypted"], volume.get("KmsKeyId")) == (key is not None, key)
    found = world.ec2(who).describe_volumes(VolumeIds=[volume["VolumeId"]])["Volumes"][0]
    assert found["State"] == "available"


#       parent      Encrypted  key    default off  default on
DIRECT = [
    ("encrypted", None,  False, SOURCE,  SOURCE),
    ("plain",     None,  False, PLAIN,   ERROR),
    ("plain",     True,  False, ERROR,   ERROR),
    ("encrypted", False, False, ERROR,   ERROR),
    ("encrypted", None,  True,  ERROR,   ERROR),
    (None,        True,  False, MANAGED, MANAGED),
    (None,        True,  True,  NAMED,   NAMED),
    (None,        None,  False, PLAIN,   MANAGED),
    (None,        None,  True,  ERROR,   NAMED),
    (None,        False, False, PLAIN,   ERROR),
    (None,        False, True,  ERROR,   ERROR),
]


@pytest.mark.parametrize("parent,encrypted,with_key,off,on", DIRECT)
@pytest.mark.parametrize("default", [False, True])
def test_every_row_of_direct_snapshots(world, sources, by_default, parent, encrypted, with_key, off, on, default):
    made, source_key = sources
    by_default(default)
    named = world.key() if with_key else None
    parameters = {"VolumeSize": 1} | ({"ParentSnapshotId": made[parent][1]} if parent else {})
    parameters |= {} if encrypted is None else {"Encrypted": encrypted}
    parameters |= {"KmsKeyArn": named} if named else {}
    expected = on if default else off
    ebs = world.client("ebs")
    if expected == ERROR:
        refused(ebs.start_snapshot, "ValidationException", **parameters)
        return
    started = ebs.start_snapshot(**parameters)
    ebs.complete_snapshot(SnapshotId=started["SnapshotId"], ChangedBlocksCount=0)
    check_key(world, world.settled(started["SnapshotId"]), expected, "owner", EAST, named, source_key)


def test_the_default_key_can_be_another_and_is_reset(world, sources, by_default):
    made, _ = sources
    key, ec2 = world.key(), world.ec2()
    managed = world.managed_key()
    assert managed.startswith(f"arn:aws:kms:{EAST}:{world.id('owner')}:key/")
    assert ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)["KmsKeyId"] == key
    try:
        volume = ec2.create_volume(AvailabilityZone=f"{EAST}a", Size=1, Encrypted=True)
        assert volume["KmsKeyId"] == key
        # CopySnapshot goes to `aws/ebs` unless encryption is on by default.
        for default, expected in ((False, managed), (True, key)):
            by_default(default)
            copy = ec2.copy_snapshot(SourceSnapshotId=made["encrypted"][1], SourceRegion=EAST)["SnapshotId"]
            assert world.settled(copy)["KmsKeyId"] == expected
    finally:
        assert ec2.reset_ebs_default_kms_key_id()["KmsKeyId"] == managed


# --- keys that cannot be used ----------------------------------------------------------------------

def test_keys_are_checked_after_the_request_was_accepted(world, sources):
    made, _ = sources
    disabled = world.key()
    world.client("kms").disable_key(KeyId=disabled)
    bad = [disabled, world.key("stranger"), world.key(region=WEST), "alias/nothing", str(uuid.uuid4())]
    for key in bad:
        found, root = world.copied_image(made["plain"][0], "owner", Encrypted=True, KmsKeyId=key)
        assert (root["State"], root["StateMessage"]) == ("error", "Given key ID is not accessible"), key
        assert found["State"] == "failed"
        assert found["StateReason"]["Message"] == "Given key ID is not accessible"


def test_a_copy_needs_the_source_key_too_and_survives_it(world, customer_keys):
    private, shared = world.key(), world.key(friends=["friend"])
    outcome = {}
    for name, key in (("private", private), ("shared", shared)):
        snapshot = world.snapshot(Encrypted=True, KmsKeyArn=key)
        image = world.image(snapshot=snapshot)
        world.share(image, snapshot)
        outcome[name] = (*world.copied_image(image, "friend"), image, snapshot)
    assert outcome["private"][1]["StateMessage"] == "Given key ID is not accessible"
    assert outcome["private"][0]["State"] == "failed"
    copy, root, image, snapshot = outcome["shared"]
    assert copy["State"] == "available"
    world.client("kms").disable_key(KeyId=shared)
    world.ec2().deregister_image(ImageId=image)
    world.ec2().delete_snapshot(SnapshotId=snapshot)
    listed = world.client("ebs", "friend").list_snapshot_blocks(SnapshotId=root["SnapshotId"])["Blocks"]
    read = world.client("ebs", "friend").get_snapshot_block(
        SnapshotId=root["SnapshotId"], BlockIndex=0, BlockToken=listed[0]["BlockToken"])
    assert read["BlockData"].read().startswith(MARKER)


def test_what_the_accounts_own_key_seals_cannot_be_shared(world):
    snapshot = world.snapshot(Encrypted=True)
    image = world.image(snapshot=snapshot)
    friend = {"Add": [{"UserId": world.id("friend")}]}
    refused(world.ec2().modify_snapshot_attribute, "OperationNotPermitted",
            "Encrypted snapshots with EBS default key cannot be shared", SnapshotId=snapshot,
            CreateVolumePermission=friend)
    refused(world.ec2().modify_image_attribute, "InvalidParameter",
            "Snapshots encrypted with the AWS Managed CMK can't be shared. Specify another snapshot.",
            ImageId=image, LaunchPermission=friend)


def test_what_is_encrypted_cannot_be_public(world, sources):
    image, snapshot = sources[0]["encrypted"]
    ec2 = world.ec2()
    ec2.disable_image_block_public_access()
    refused(ec2.modify_image_attribute, "UnsupportedOperation",
            "Encrypted snapshots can't be shared publicly. Specify another snapshot.",
            ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    refused(ec2.modify_snapshot_attribute, "UnsupportedOperation", SnapshotId=snapshot,
            OperationType="add", GroupNames=["all"])


def test_no_byte_of_an_encrypted_disk_is_in_a_file(world):
    marker = b"planted-" + uuid.uuid4().bytes + b"-in-an-encrypted-disk"
    snapshot = world.snapshot(marker=marker, Encrypted=True)
    copy = world.ec2().copy_snapshot(SourceSnapshotId=snapshot, SourceRegion=EAST)["SnapshotId"]
    assert world.settled(copy)["State"] == "completed"
    assert world.files_hold(marker) == []
    # The search finds what is not encrypted, unless it was compressed: a marker is too short for that alone.
    plain = uuid.uuid4().bytes * 3
    (world.server.data / "planted").write_bytes(plain)
    assert world.files_hold(plain) == [str(world.server.data / "planted")]
    (world.server.data / "planted").unlink()


def test_nothing_in_the_clear_is_left_when_the_plain_source_of_encrypted_copies_is_gone(world):
    """What does not compress is stored as it is, so that it can be found as long as it is plain."""
    data = os.urandom(BLOCK)
    marker = data[100_000:100_064]
    source = world.snapshot(marker=data)
    assert world.files_hold(marker)
    zone = world.ec2().describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
    volume = world.ec2().create_volume(SnapshotId=source, AvailabilityZone=zone, Encrypted=True)["VolumeId"]
    kept = world.ec2().create_snapshot(VolumeId=volume)["SnapshotId"]
    copy = world.ec2().copy_snapshot(SourceSnapshotId=source, SourceRegion=EAST, Encrypted=True)["SnapshotId"]
    for made in (kept, copy):
        found = world.settled(made)
        assert (found["State"], found["Encrypted"]) == ("completed", True), found
    world.ec2().delete_volume(VolumeId=volume)
    world.ec2().delete_snapshot(SnapshotId=source)
    # What nobody needs is noticed, forgotten, and its packs deleted, each in a round of its own.
    for _ in range(4):
        run([BIN, "store", "gc", "--data", str(world.server.data), "--delay", "0"])
        time.sleep(0.1)
    assert world.files_hold(marker) == []
    ebs = world.client("ebs")
    for made in (kept, copy):
        block = ebs.list_snapshot_blocks(SnapshotId=made)["Blocks"][0]
        read = ebs.get_snapshot_block(SnapshotId=made, BlockIndex=0, BlockToken=block["BlockToken"])
        assert read["BlockData"].read() == data


# --- images that carry a price ---------------------------------------------------------------------

def test_an_image_with_a_billing_product_is_copied_by_its_owner_alone(world):
    """The account that may name billing products is set in the installation's settings.toml."""
    parameters = {"Name": f"windows {uuid.uuid4()}", "RootDeviceName": "/dev/xvda", "Architecture": "x86_64",
                  "VirtualizationType": "hvm", "BillingProducts": ["bp-6fa54006"]}
    snapshot = world.snapshot()
    devices = [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}]
    refused(world.ec2().register_image, "AuthFailure", BlockDeviceMappings=devices, **parameters)
    world.server.stop()
    settings = world.server.data / "settings.toml"
    before = settings.read_text()
    assert "[images]" in before
    settings.write_text(before.replace(
        "billing_product_accounts = []", f"billing_product_accounts = [\"{world.id('owner')}\"]"))
    world.server.start()
    image = world.ec2().register_image(BlockDeviceMappings=devices, **parameters)["ImageId"]
    found = world.ec2().describe_images(ImageIds=[image])["Images"][0]
    assert (found["Platform"], found["PlatformDetails"], found["UsageOperation"]) == (
        "windows", "Windows", "RunInstances:0002")
    world.share(image, snapshot)
    refused(world.ec2("friend").copy_image, "InvalidRequest",
            "Images with EC2 BillingProduct codes cannot be copied to another AWS account",
            Name="not mine", SourceImageId=image, SourceRegion=EAST)
    copy, _ = world.copied_image(image, "owner", WEST)
    assert copy["PlatformDetails"] == "Windows" and copy["State"] == "available"


def test_a_product_code_follows_the_bytes_and_forbids_copies_across_accounts(world):
    """Whose a code is, is set in the installation's settings.toml."""
    code, other = "4abcdefghijklmnopqrstuvwx", "9zyxwvutsrqponmlkjihgfedc"
    image = world.image()
    snapshot = world.ec2().describe_images(ImageIds=[image])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    refused(world.ec2().modify_image_attribute, "InvalidProductInfo", ImageId=image, ProductCodes=[code])
    world.server.stop()
    settings = world.server.data / "settings.toml"
    before = settings.read_text()
    assert "[images.product_codes]\n" in before
    settings.write_text(before.replace(
        "[images.product_codes]\n",
        f'[images.product_codes]\n{code} = "{world.id("owner")}"\n{other} = "{world.id("stranger")}"\n'))
    world.server.start()
    ec2, friend = world.ec2(), world.ec2("friend")
    refused(ec2.modify_image_attribute, "InvalidProductInfo", ImageId=image, ProductCodes=[code, other])
    # In each of the three forms that clients use; adding what is there succeeds.
    ec2.modify_image_attribute(ImageId=image, ProductCodes=[code])
    ec2.modify_image_attribute(ImageId=image, Attribute="productCodes", OperationType="add", ProductCodes=[code])
    refused(ec2.modify_image_attribute, "OperationNotPermitted", ImageId=image, OperationType="remove", ProductCodes=[code])
    shown = [{"ProductCodeId": code, "ProductCodeType": "marketplace"}]
    assert ec2.describe_images(ImageIds=[image])["Images"][0]["ProductCodes"] == shown
    assert ec2.describe_image_attribute(ImageId=image, Attribute="productCodes")["ProductCodes"] == shown
    assert ec2.describe_snapshot_attribute(SnapshotId=snapshot, Attribute="productCodes")["ProductCodes"] == shown
    by = lambda name, value: [{"Name": name, "Values": [value]}]
    assert [i["ImageId"] for i in ec2.describe_images(Filters=by("product-code", code))["Images"]] == [image]

    # Never for everybody.
    refused(ec2.modify_image_attribute, "OperationNotPermitted", ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    ec2.disable_snapshot_block_public_access()
    refused(ec2.modify_snapshot_attribute, "OperationNotPermitted", "Snapshots with product codes can't be shared publicly.",
            SnapshotId=snapshot, CreateVolumePermission={"Add": [{"Group": "all"}]})

    # Another account launches it and images the instance; it cannot copy it, nor get rid of the code.
    world.share(image, snapshot)
    refused(friend.copy_image, "InvalidRequest", "Images from AWS Marketplace cannot be copied to another AWS account",
            Name="not mine", SourceImageId=image, SourceRegion=EAST)
    instance = friend.run_instances(ImageId=image, InstanceType="t3.nano", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    try:
        look = lambda: friend.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        wait_for(lambda: look()["State"]["Name"] == "running")
        assert look()["ProductCodes"] == shown
        found = friend.describe_instances(Filters=by("product-code", code))["Reservations"]
        assert [i["InstanceId"] for r in found for i in r["Instances"]] == [instance]
        assert friend.describe_instance_attribute(InstanceId=instance, Attribute="productCodes")["ProductCodes"] == shown
        captured = friend.create_image(InstanceId=instance, Name=f"captured {uuid.uuid4()}", NoReboot=True)["ImageId"]
        volume = look()["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
        taken = friend.create_snapshot(VolumeId=volume)["SnapshotId"]
        world.settled(taken, "friend")
        wait_for(lambda: friend.describe_images(ImageIds=[captured])["Images"][0]["State"] == "available")
    finally:
        friend.terminate_instances(InstanceIds=[instance])
    mine = friend.copy_snapshot(SourceSnapshotId=snapshot, SourceRegion=EAST)["SnapshotId"]
    world.settled(mine, "friend")
    for made in (taken, mine):
        assert friend.describe_snapshot_attribute(SnapshotId=made, Attribute="productCodes")["ProductCodes"] == shown
        again = world.image("friend", made)
        assert friend.describe_images(ImageIds=[again])["Images"][0]["ProductCodes"] == shown
    assert friend.describe_images(ImageIds=[captured])["Images"][0]["ProductCodes"] == shown
    # What is captured is its own, to copy as well.
    copy, _ = world.copied_image(captured, "friend", WEST)
    assert copy["ProductCodes"] == shown and copy["State"] == "available"


# --- limits -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("limit, default, copy", [
    ("snapshot_copies", 20, lambda ec2, image, snapshot: ec2.copy_snapshot(
        SourceSnapshotId=snapshot, SourceRegion=EAST)),
    ("image_copies", 300, lambda ec2, image, snapshot: ec2.copy_image(
        Name=f"copy {uuid.uuid4()}", SourceImageId=image, SourceRegion=EAST)),
])
def test_how_many_copies_are_in_flight_is_a_setting(world, limit, default, copy):
    """Which ones count is told in crates/volumes/tests/limits.rs; here, that the setting is read and the code is AWS's."""
    snapshot = world.snapshot()
    image = world.image(snapshot=snapshot)
    settings = world.server.data / "settings.toml"
    before = settings.read_text()
    assert f"{limit} = {default}" in before

    def restart(text):
        world.server.stop()
        settings.write_text(text)
        world.server.start()

    restart(before.replace(f"{limit} = {default}", f"{limit} = 0"))
    try:
        refused(lambda **_: copy(world.ec2(), image, snapshot), "ResourceLimitExceeded")
    finally:
        restart(before)
    copy(world.ec2(), image, snapshot)


# --- encrypted volumes on a running guest ----------------------------------------------------------

def test_an_encrypted_guest_runs_on_when_its_key_is_disabled_and_does_not_start_again(world, tiny, customer_keys):
    image = amiable(world.server, "image import", tiny, "--name", "tiny", account=world.accounts["owner"])["image_id"]
    root = world.ec2().describe_images(ImageIds=[image])["Images"][0]["BlockDeviceMappings"][0]
    world.share(image, root["Ebs"]["SnapshotId"])
    key, ec2 = world.key("friend"), world.ec2("friend")
    copy, _ = world.copied_image(image, "friend", Encrypted=True, KmsKeyId=key)
    mapping = [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1, "Encrypted": True, "KmsKeyId": key}}]
    def launch():
        run = ec2.run_instances(ImageId=copy["ImageId"], MinCount=1, MaxCount=1, InstanceType="t3.micro",
                                BlockDeviceMappings=mapping)
        return run["Instances"][0]["InstanceId"]
    def state(instance):
        found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        return found["State"]["Name"], found
    first = launch()
    wait_for(lambda: state(first)[0] == "running", 120)
    found = state(first)[1]
    ids = [device["Ebs"]["VolumeId"] for device in found["BlockDeviceMappings"]]
    volumes = ec2.describe_volumes(VolumeIds=ids)["Volumes"]
    assert len(volumes) == 2 and all(v["Encrypted"] and v["KmsKeyId"] == key for v in volumes)
    world.client("kms", "friend").disable_key(KeyId=key)
    assert state(first)[0] == "running"
    second = launch()
    wait_for(lambda: state(second)[0] == "terminated", 60)
    reason = state(second)[1]["StateReason"]
    assert (reason["Code"], reason["Message"]) == ("Client.InternalError", "Client.InternalError: Client error on launch")
    assert state(first)[0] == "running"
    ec2.terminate_instances(InstanceIds=[first])
    wait_for(lambda: state(first)[0] == "terminated", 120)
