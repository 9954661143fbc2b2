"""Product codes come with volumes: what an instance runs is what is on the disks that are attached to it."""

import json
import uuid

import pytest

from conftest import amiable, wait_for
from test_main_job import guest, reachable
from test_sharing import EAST, World, refused

CODE = "8pi5bmxwq0gjp1p3uxq8z2lba"
SHOWN = [{"ProductCodeId": CODE, "ProductCodeType": "marketplace"}]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The owner sells, as the installation's settings say; the friend buys."""
    world = World(tmp_path_factory.mktemp("codes"))
    world.server.stop()
    settings = world.server.data / "settings.toml"
    owns = f'[images.product_codes]\n{CODE} = "{world.id("owner")}"\n'
    settings.write_text(settings.read_text().replace("[images.product_codes]\n", owns))
    world.server.start()
    yield world
    ec2 = world.ec2("friend")
    live = [i["InstanceId"] for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    if live:
        ec2.terminate_instances(InstanceIds=live)
        wait_for(lambda: all(
            i["State"]["Name"] == "terminated" for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]))
    world.server.stop()


def codes_of(world, what, name="friend"):
    """The product codes of an image, snapshot, volume or instance, as its own attribute shows them."""
    kind = {"ami": "image", "snap": "snapshot", "vol": "volume", "i": "instance"}[what.split("-")[0]]
    look = getattr(world.ec2(name), f"describe_{kind}_attribute")
    return look(**{f"{kind.title()}Id": what}, Attribute="productCodes")["ProductCodes"]


def test_a_list_that_was_asked_for_is_shown_if_need_be_empty_and_no_other_is(world):
    snapshot = world.snapshot()
    image = world.image(snapshot=snapshot)
    volume = world.ec2().create_volume(AvailabilityZone=f"{EAST}a", Size=1)["VolumeId"]
    lists = {"ProductCodes", "LaunchPermissions", "CreateVolumePermissions", "BlockDeviceMappings"}
    ec2 = world.ec2()
    for look, what, attribute, shown in (
            (ec2.describe_image_attribute, {"ImageId": image}, "launchPermission", {"LaunchPermissions"}),
            (ec2.describe_image_attribute, {"ImageId": image}, "productCodes", {"ProductCodes"}),
            (ec2.describe_image_attribute, {"ImageId": image}, "description", set()),
            (ec2.describe_snapshot_attribute, {"SnapshotId": snapshot}, "createVolumePermission",
             {"CreateVolumePermissions"}),
            (ec2.describe_snapshot_attribute, {"SnapshotId": snapshot}, "productCodes", {"ProductCodes"}),
            (ec2.describe_volume_attribute, {"VolumeId": volume}, "productCodes", {"ProductCodes"}),
            (ec2.describe_volume_attribute, {"VolumeId": volume}, "autoEnableIO", set())):
        answer = look(**what, Attribute=attribute)
        assert lists & answer.keys() == shown, answer
        assert all(answer[name] == [] for name in shown)
    assert ec2.describe_volume_attribute(VolumeId=volume, Attribute="autoEnableIO")["AutoEnableIO"] == {"Value": False}
    refused(ec2.describe_volume_attribute, "InvalidParameterValue", VolumeId=volume, Attribute="size")
    refused(world.ec2("stranger").describe_volume_attribute, "InvalidVolume.NotFound", VolumeId=volume,
            Attribute="productCodes")


def test_product_codes_are_not_set_beside_another_attribute(world):
    image, ec2 = world.image(), world.ec2()
    for beside in ({"Description": {"Value": "both"}}, {"Attribute": "description", "Value": "both"}):
        refused(ec2.modify_image_attribute, "InvalidParameterCombination", ImageId=image, ProductCodes=[CODE], **beside)
    refused(ec2.modify_image_attribute, "MissingParameter", ImageId=image, Attribute="productCodes", OperationType="add")
    assert codes_of(world, image, "owner") == []


def test_an_image_that_was_made_public_gets_no_code(world):
    image, ec2 = world.image(), world.ec2()
    ec2.disable_image_block_public_access()
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    refused(ec2.modify_image_attribute, "OperationNotPermitted", ImageId=image, ProductCodes=[CODE])
    ec2.reset_image_attribute(ImageId=image, Attribute="launchPermission")
    ec2.modify_image_attribute(ImageId=image, ProductCodes=[CODE])


def test_a_code_goes_where_the_disk_goes(world, tiny):
    # An image on a snapshot of another account's, which the seller cannot mark: the image alone has the code.
    source = amiable(world.server, "image import", tiny, "--name", "theirs", account=world.accounts["stranger"])["image_id"]
    disk = world.ec2("stranger").describe_images(ImageIds=[source])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    world.ec2("stranger").modify_snapshot_attribute(
        SnapshotId=disk, CreateVolumePermission={"Add": [{"UserId": world.id("owner")}]})
    image = world.image(snapshot=disk)
    world.ec2().modify_image_attribute(ImageId=image, ProductCodes=[CODE])
    assert codes_of(world, disk, "stranger") == []
    world.share(image)
    ec2 = world.ec2("friend")

    # Into the instance and its root, not into a volume that is the buyer's own.
    instance = ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.nano",
        BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1}}])["Instances"][0]["InstanceId"]

    def look():
        return ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]

    def state(wanted):
        wait_for(lambda: look()["State"]["Name"] == wanted, 120)

    state("running")
    by_kind = [{"Name": "product-code.type", "Values": ["marketplace"]}]
    found = ec2.describe_instances(Filters=by_kind)["Reservations"]
    assert [one["InstanceId"] for r in found for one in r["Instances"]] == [instance]
    assert look()["ProductCodes"] == codes_of(world, instance) == SHOWN
    volumes = {one["DeviceName"]: one["Ebs"]["VolumeId"] for one in look()["BlockDeviceMappings"]}
    root, own = volumes.pop(look()["RootDeviceName"]), volumes.pop("/dev/sdf")
    assert (codes_of(world, root), codes_of(world, own)) == (SHOWN, [])

    # Into what the guest reads of itself.
    group = look()["SecurityGroups"][0]["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0")
    address = look()["PublicIpAddress"]
    wait_for(lambda: reachable(address), 90)

    def metadata(path):
        ask = f"printf 'GET /latest/{path} HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n' | nc -w 5 169.254.169.254 80"
        return guest(address, ask).replace("\r", "").split("\n\n", 1)[1]

    assert metadata("meta-data/product-codes").strip() == CODE
    assert json.loads(metadata("dynamic/instance-identity/document"))["marketplaceProductCodes"] == [CODE]

    # A volume with a code is attached to an instance that is stopped.
    snapshot = ec2.create_snapshot(VolumeId=root)["SnapshotId"]
    world.settled(snapshot, "friend")
    copy = ec2.create_volume(AvailabilityZone=look()["Placement"]["AvailabilityZone"], SnapshotId=snapshot)["VolumeId"]
    assert codes_of(world, snapshot) == codes_of(world, copy) == SHOWN
    refused(ec2.attach_volume, "IncorrectInstanceState", InstanceId=instance, VolumeId=copy, Device="/dev/sdg")
    ec2.stop_instances(InstanceIds=[instance], Force=True)
    state("stopped")

    # It brings the code, and takes it away; an image of the instance has what the instance has then.
    ec2.detach_volume(VolumeId=root)
    wait_for(lambda: ec2.describe_volumes(VolumeIds=[root])["Volumes"][0]["State"] == "available")
    assert look()["ProductCodes"] == []
    ec2.attach_volume(InstanceId=instance, VolumeId=copy, Device=look()["RootDeviceName"])
    assert look()["ProductCodes"] == SHOWN
    captured = ec2.create_image(InstanceId=instance, Name=f"captured {uuid.uuid4()}")["ImageId"]
    assert codes_of(world, captured) == SHOWN


def test_a_plain_instance_with_a_sold_disk_is_no_way_to_an_image_without_its_code(world, tiny):
    sold, plain = world.image(), amiable(world.server, "image import", tiny, "--name", "plain", account=world.accounts["friend"])
    world.ec2().modify_image_attribute(ImageId=sold, ProductCodes=[CODE])
    disk = world.ec2().describe_images(ImageIds=[sold])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    world.share(sold, disk)
    ec2 = world.ec2("friend")
    instance = ec2.run_instances(
        ImageId=plain["image_id"], MinCount=1, MaxCount=1, InstanceType="t3.nano",
        BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": disk}}])["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
    assert codes_of(world, instance) == SHOWN
    captured = ec2.create_image(InstanceId=instance, Name=f"laundered {uuid.uuid4()}", NoReboot=True)["ImageId"]
    wait_for(lambda: ec2.describe_images(ImageIds=[captured])["Images"][0]["State"] == "available", 120)
    assert codes_of(world, captured) == SHOWN
    ec2.disable_image_block_public_access()
    refused(ec2.modify_image_attribute, "OperationNotPermitted", ImageId=captured,
            LaunchPermission={"Add": [{"Group": "all"}]})
