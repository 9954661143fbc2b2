"""What a policy may ask about a launch and what it uses: EC2's condition keys, through signed requests."""

import uuid

import pytest

from test_identity import allow, client, document, refused

ACTION = "ec2:RunInstances"


@pytest.fixture(scope="module")
def account(server) -> dict:
    return server.account("conditions")


@pytest.fixture(scope="module")
def ec2(server, account):
    return server.client("ec2", account)


@pytest.fixture
def user(server, account, ec2):
    """Makes a user with these statements, and answers her client of EC2."""
    iam = server.client("iam", account)

    def make(*statements):
        name = f"user-{uuid.uuid4()}"
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=document(*statements))
        return client(server, "ec2", iam.create_access_key(UserName=name)["AccessKey"])

    return make


def image_of(ec2, **permission) -> str:
    """An image whose disk is empty: enough for a rehearsal."""
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(
        SnapshotIds=[snapshot], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    image = ec2.register_image(
        Name=f"image {uuid.uuid4()}", RootDeviceName="/dev/xvda", Architecture="x86_64", VirtualizationType="hvm",
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot, "VolumeType": "gp3"}}],
    )["ImageId"]
    if permission:
        ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [permission]})
    return image


def rehearse(ec2, image, subnet, code, kind="t3.nano", **more):
    return refused(lambda: ec2.run_instances(
        ImageId=image, SubnetId=subnet, InstanceType=kind, MinCount=1, MaxCount=1, DryRun=True, **more), code)


def equals(key, value):
    return {"Condition": {"StringEquals": {key: value}}}


def test_a_launch_is_allowed_by_its_type_its_subnet_and_the_owner_of_its_image(server, account, ec2, user):
    me = account["account_id"]
    mine, theirs = image_of(ec2), image_of(server.client("ec2"), UserId=me)
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    here = f"arn:aws:ec2:us-east-1:{me}"
    others = [f"{here}:{kind}/*" for kind in ("security-group", "volume", "network-interface")]
    limited = user(
        allow(ACTION, on=f"{here}:instance/*", **equals("ec2:InstanceType", "t3.nano")),
        allow(ACTION, on=f"{here}:subnet/{subnets[0]}"),
        allow(ACTION, on="arn:aws:ec2:us-east-1::image/*", **equals("ec2:Owner", me)),
        allow(ACTION, on=others))
    rehearse(limited, mine, subnets[0], "DryRunOperation")
    for image, subnet, kind, about in (
        (mine, subnets[0], "t3.micro", "instance/"), (mine, subnets[1], "t3.nano", "subnet/"),
        (theirs, subnets[0], "t3.nano", "image/"),
    ):
        error = rehearse(limited, image, subnet, "UnauthorizedOperation", kind)
        assert about in str(error), error
    # Whoever may not use key pairs launches without one.
    name = ec2.create_key_pair(KeyName=f"key-{uuid.uuid4()}")["KeyName"]
    assert "key-pair/" + name in str(rehearse(limited, mine, subnets[0], "UnauthorizedOperation", KeyName=name))


@pytest.mark.parametrize("left", [
    "instance", "image", "subnet", "security-group", "key-pair", "network-interface", "volume"])
def test_a_launch_asks_about_each_kind_of_resource(ec2, user, left):
    image, subnet = image_of(ec2), ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    name = ec2.create_key_pair(KeyName=f"key-{uuid.uuid4()}")["KeyName"]
    everything = user(allow(ACTION))
    rehearse(everything, image, subnet, "DryRunOperation", KeyName=name)
    deny = allow(ACTION, on=f"arn:aws:ec2:*:*:{left}/*") | {"Effect": "Deny"}
    without = user(allow(ACTION), deny)
    assert f":{left}/" in str(rehearse(without, image, subnet, "UnauthorizedOperation", KeyName=name))


def test_volumes_are_allowed_by_what_they_would_be(ec2, user):
    image, subnet = image_of(ec2), ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    sealed = {"Condition": {"Bool": {"ec2:Encrypted": "true"}}}
    only = user(
        allow("ec2:CreateVolume", on="arn:aws:ec2:*:*:volume/*", **sealed),
        allow(ACTION, on="arn:aws:ec2:*:*:volume/*", **sealed),
        {"Effect": "Allow", "Action": ACTION, "NotResource": "arn:aws:ec2:*:*:volume/*"})
    create = {"AvailabilityZone": "us-east-1a", "Size": 1, "DryRun": True}
    refused(lambda: only.create_volume(**create), "UnauthorizedOperation")
    refused(lambda: only.create_volume(Encrypted=True, **create), "DryRunOperation")
    rehearse(only, image, subnet, "UnauthorizedOperation")
    rehearse(only, image, subnet, "DryRunOperation", BlockDeviceMappings=[
        {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}])


@pytest.mark.parametrize("key, value, other", [
    ("ec2:MetadataHttpTokens", "required", "optional"), ("ec2:Tenancy", "default", "dedicated"),
    ("ec2:RootDeviceType", "ebs", "instance-store"), ("ec2:AvailabilityZone", "us-east-1a", "us-east-1b"),
])
def test_an_instance_is_allowed_by_what_it_would_be(ec2, user, key, value, other):
    image = image_of(ec2)
    subnet = next(s for s in ec2.describe_subnets()["Subnets"] if s["AvailabilityZone"] == "us-east-1a")["SubnetId"]
    on = "arn:aws:ec2:*:*:instance/*"
    rest = {"Effect": "Allow", "Action": ACTION, "NotResource": on}
    options = {"MetadataOptions": {"HttpTokens": "required"}}
    rehearse(user(rest, allow(ACTION, on=on, **equals(key, value))), image, subnet, "DryRunOperation", **options)
    rehearse(user(rest, allow(ACTION, on=on, **equals(key, other))), image, subnet, "UnauthorizedOperation", **options)


def snapshot_of(ec2, image) -> str:
    devices = ec2.describe_images(ImageIds=[image])["Images"][0]["BlockDeviceMappings"]
    return devices[0]["Ebs"]["SnapshotId"]


SEALED = {"Condition": {"Bool": {"ec2:Encrypted": "true"}}}
SNAPSHOTS = "arn:aws:ec2:*::snapshot/*"


def test_a_snapshot_is_allowed_by_what_it_would_be(ec2, user, account):
    plain = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    sealed = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True)["VolumeId"]
    action = "ec2:CreateSnapshot"
    volumes = allow(action, on="arn:aws:ec2:*:*:volume/*")

    def rehearse_with(condition, volume, code):
        only = user(volumes, allow(action, on=SNAPSHOTS, Condition=condition))
        return refused(lambda: only.create_snapshot(VolumeId=volume, DryRun=True), code)

    parent = f"arn:aws:ec2:us-east-1:{account['account_id']}:volume/{plain}"
    for condition, allowed, other in (
        (SEALED["Condition"], sealed, plain),
        ({"ArnEquals": {"ec2:ParentVolume": parent}}, plain, sealed),
    ):
        rehearse_with(condition, allowed, "DryRunOperation")
        assert ":snapshot/" in str(rehearse_with(condition, other, "UnauthorizedOperation"))
    for size, code in (("1", "DryRunOperation"), ("0", "UnauthorizedOperation")):
        rehearse_with({"NumericLessThanEquals": {"ec2:VolumeSize": size}}, plain, code)


def test_a_copy_of_a_snapshot_is_allowed_by_what_it_would_be(ec2, user):
    source = snapshot_of(ec2, image_of(ec2))
    action = "ec2:CopySnapshot"
    only = user(
        allow(action, on=f"arn:aws:ec2:*::snapshot/{source}"), allow(action, on=SNAPSHOTS, **SEALED))
    copy = {"SourceSnapshotId": source, "SourceRegion": "us-east-1", "DryRun": True}
    refused(lambda: only.copy_snapshot(**copy), "UnauthorizedOperation")
    refused(lambda: only.copy_snapshot(Encrypted=True, **copy), "DryRunOperation")


def test_a_copy_of_an_image_is_allowed_by_its_snapshots(ec2, user):
    image = image_of(ec2)
    action, images = "ec2:CopyImage", "arn:aws:ec2:*::image/*"
    only = user(allow(action, on=images), allow(action, on=SNAPSHOTS, **SEALED))
    copy = {"SourceImageId": image, "SourceRegion": "us-east-1", "Name": f"copy {uuid.uuid4()}", "DryRun": True}
    assert ":snapshot/" in str(refused(lambda: only.copy_image(**copy), "UnauthorizedOperation"))
    refused(lambda: only.copy_image(Encrypted=True, **copy), "DryRunOperation")
    # Whoever may copy, and not tag the snapshots, does not.
    tagger = user(
        allow(action), allow("ec2:CreateTags"), allow("ec2:CreateTags", on=SNAPSHOTS) | {"Effect": "Deny"})
    tags = [{"Key": "k", "Value": "v"}]
    for kind, code in (("image", "DryRunOperation"), ("snapshot", "UnauthorizedOperation")):
        specifications = [{"ResourceType": kind, "Tags": tags}]
        refused(lambda: tagger.copy_image(TagSpecifications=specifications, **copy), code)


@pytest.mark.parametrize("key, value, other", [
    ("ec2:RootDeviceType", "ebs", "instance-store"), ("ec2:ImageType", "machine", "kernel"),
    ("ec2:Public", "false", "true"),
])
def test_an_image_is_allowed_by_what_it_would_be(ec2, user, key, value, other):
    snapshot = snapshot_of(ec2, image_of(ec2))
    image = {"Name": f"image {uuid.uuid4()}", "RootDeviceName": "/dev/xvda", "DryRun": True,
             "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}]}
    for asked, code in ((value, "DryRunOperation"), (other, "UnauthorizedOperation")):
        only = user(allow("ec2:RegisterImage", on="arn:aws:ec2:*::image/*", **equals(key, asked)))
        refused(lambda: only.register_image(**image), code)
