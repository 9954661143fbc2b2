"""Users, roles, policies and sessions with boto3: what each may do, and what it reads when it may not."""

import json

import boto3
import botocore.config
import pytest
from botocore.exceptions import ClientError


def document(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, on: str | list = "*", **more) -> dict:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def deny(*actions: str, on: str | list = "*", **more) -> dict:
    return allow(*actions, on=on, **more) | {"Effect": "Deny"}


def trust(principal, **more) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    return document(statement | more)


def client(server, service: str, keys: dict, region: str = "us-east-1"):
    """A client with the keys of CreateAccessKey or the credentials of AssumeRole."""
    return boto3.client(
        service, endpoint_url=server.endpoint, region_name=region,
        aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
        config=botocore.config.Config(retries={"max_attempts": 0}),
    )


def refused(call, *codes: str) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] in codes, caught.value
    return caught.value


@pytest.fixture(scope="module")
def account(server) -> dict:
    return server.account("identity")


@pytest.fixture(scope="module")
def iam(server, account):
    return server.client("iam", account)


@pytest.fixture
def user(iam, request):
    """A user without any right, and her keys."""
    name = request.node.name[:60]
    iam.create_user(UserName=name)
    keys = iam.create_access_key(UserName=name)["AccessKey"]
    return name, keys


def test_a_user_has_no_right_until_a_policy_gives_it(server, iam, user):
    name, keys = user
    ec2, sts = client(server, "ec2", keys), client(server, "sts", keys)
    me = sts.get_caller_identity()
    assert me["Arn"].endswith(f":user/{name}") and me["UserId"].startswith("AIDA")
    error = refused(ec2.describe_images, "UnauthorizedOperation")
    assert "because no identity-based policy allows the ec2:DescribeImages action" in str(error)
    iam.put_user_policy(UserName=name, PolicyName="look", PolicyDocument=document(allow("ec2:Describe*")))
    assert ec2.describe_images(Owners=["self"])["Images"] == []
    iam.put_user_policy(UserName=name, PolicyName="not", PolicyDocument=document(deny("ec2:DescribeImages")))
    assert "explicit deny" in str(refused(ec2.describe_images, "UnauthorizedOperation"))
    assert sorted(iam.list_user_policies(UserName=name)["PolicyNames"]) == ["look", "not"]
    found = iam.get_user_policy(UserName=name, PolicyName="not")
    assert found["PolicyDocument"]["Statement"][0]["Effect"] == "Deny"


def test_the_sealed_part_of_a_refusal_is_explained_to_whoever_may_ask(server, account, iam, user):
    name, keys = user
    iam.put_user_policy(UserName=name, PolicyName="not", PolicyDocument=document(
        deny("ec2:DeleteVolume") | {"Sid": "Never"}, allow("ec2:*")))
    ec2 = client(server, "ec2", keys)
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    error = refused(lambda: ec2.delete_volume(VolumeId=volume), "UnauthorizedOperation")
    message = str(error).rsplit("Encoded authorization failure message: ", 1)[1]
    refused(lambda: client(server, "sts", keys).decode_authorization_message(EncodedMessage=message), "AccessDenied")
    explained = server.client("sts", account).decode_authorization_message(EncodedMessage=message)
    explained = json.loads(explained["DecodedMessage"])
    assert explained["explicitDeny"] is True and explained["allowed"] is False
    assert explained["context"]["action"] == "ec2:DeleteVolume"
    assert explained["context"]["resource"].endswith(f"volume/{volume}")
    assert explained["matchedStatements"]["items"][0]["statementId"] == "Never"
    stranger = server.client("sts", server.account("cannot decode"))
    refused(lambda: stranger.decode_authorization_message(EncodedMessage=message),
            "InvalidAuthorizationMessageException")
    server.client("ec2", account).delete_volume(VolumeId=volume)


def test_tags_of_request_and_resource_are_conditions(server, iam, user):
    name, keys = user
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(
        allow("ec2:CreateVolume", "ec2:CreateTags",
              Condition={"StringEquals": {"aws:RequestTag/team": "a"}}),
        allow("ec2:DeleteVolume", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}})))
    ec2 = client(server, "ec2", keys)

    def create(team: str) -> str:
        tags = [{"ResourceType": "volume", "Tags": [{"Key": "team", "Value": team}]}]
        return ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, TagSpecifications=tags)["VolumeId"]

    refused(lambda: create("b"), "UnauthorizedOperation")
    refused(lambda: ec2.create_volume(AvailabilityZone="us-east-1a", Size=1), "UnauthorizedOperation")
    volume = create("a")
    # What is tagged later is asked about by its own name.
    tags = {"Resources": [volume], "Tags": [{"Key": "team", "Value": "a"}]}
    ec2.create_tags(**tags)
    iam.put_user_policy(UserName=name, PolicyName="never", PolicyDocument=document(
        deny("ec2:CreateTags", "ec2:DeleteTags", on="arn:aws:ec2:*:*:volume/*")))
    refused(lambda: ec2.create_tags(**tags), "UnauthorizedOperation")
    refused(lambda: ec2.delete_tags(**tags), "UnauthorizedOperation")
    iam.delete_user_policy(UserName=name, PolicyName="never")
    ec2.delete_volume(VolumeId=volume)


def test_a_key_pair_is_known_to_policies_by_its_name(server, iam, user):
    name, keys = user
    of = lambda pattern: f"arn:aws:ec2:us-east-1:{iam.get_user()['User']['UserId']}:key-pair/{pattern}"
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(
        allow("ec2:CreateKeyPair", "ec2:DeleteKeyPair", on=of("dev-*")), allow("ec2:CreateTags", on=of("dev-tagged"))))
    ec2 = client(server, "ec2", keys)
    tags = [{"Key": "team", "Value": "a"}]
    make = lambda name, **more: ec2.create_key_pair(KeyName=name, KeyType="ed25519", **more)["KeyPairId"]
    plain = make("dev-plain")
    refused(lambda: make("ops"), "UnauthorizedOperation")
    specification = {"TagSpecifications": [{"ResourceType": "key-pair", "Tags": tags}]}
    refused(lambda: make("dev-other", **specification), "UnauthorizedOperation")
    tagged = make("dev-tagged", **specification)
    ec2.create_tags(Resources=[tagged], Tags=tags)
    refused(lambda: ec2.create_tags(Resources=[plain], Tags=tags), "UnauthorizedOperation")
    for key in (plain, tagged):
        ec2.delete_key_pair(KeyPairId=key)


def test_groups_managed_policies_and_boundaries(server, iam, user):
    name, keys = user
    ec2 = client(server, "ec2", keys)
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName=name)
    arn = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
    iam.attach_group_policy(GroupName="readers", PolicyArn=arn)
    ec2.describe_images(Owners=["self"])
    refused(lambda: ec2.create_volume(AvailabilityZone="us-east-1a", Size=1), "UnauthorizedOperation")
    policy = iam.create_policy(PolicyName="only-volumes", PolicyDocument=document(allow("ec2:*Volume*")))["Policy"]
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=policy["Arn"])
    error = refused(lambda: ec2.describe_images(Owners=["self"]), "UnauthorizedOperation")
    assert "because no permissions boundary allows" in str(error)
    ec2.describe_volumes()
    version = iam.create_policy_version(
        PolicyArn=policy["Arn"], PolicyDocument=document(allow("ec2:*")), SetAsDefault=True)["PolicyVersion"]
    assert version["VersionId"] == "v2" and version["IsDefaultVersion"]
    ec2.describe_images(Owners=["self"])
    assert iam.get_policy_version(PolicyArn=policy["Arn"], VersionId="v1")["PolicyVersion"]["Document"][
        "Statement"][0]["Action"] == ["ec2:*Volume*"]
    refused(lambda: iam.delete_policy(PolicyArn=policy["Arn"]), "DeleteConflict")
    refused(lambda: iam.delete_group(GroupName="readers"), "DeleteConflict")
    users = iam.list_entities_for_policy(PolicyArn=policy["Arn"])["PolicyUsers"]
    assert [found["UserName"] for found in users] == [name]
    iam.delete_user_permissions_boundary(UserName=name)
    iam.delete_policy_version(PolicyArn=policy["Arn"], VersionId="v1")
    iam.delete_policy(PolicyArn=policy["Arn"])
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName=name)["Groups"]] == ["readers"]
    iam.remove_user_from_group(GroupName="readers", UserName=name)
    refused(lambda: ec2.describe_images(Owners=["self"]), "UnauthorizedOperation")


def test_keys_are_switched_off_and_deleted(server, iam, user):
    name, keys = user
    sts = client(server, "sts", keys)
    sts.get_caller_identity()
    iam.update_access_key(UserName=name, AccessKeyId=keys["AccessKeyId"], Status="Inactive")
    refused(sts.get_caller_identity, "InvalidClientTokenId")
    refused(client(server, "ec2", keys).describe_volumes, "AuthFailure")
    iam.update_access_key(UserName=name, AccessKeyId=keys["AccessKeyId"], Status="Active")
    sts.get_caller_identity()
    refused(lambda: iam.delete_user(UserName=name), "DeleteConflict")
    iam.create_access_key(UserName=name)
    refused(lambda: iam.create_access_key(UserName=name), "LimitExceeded")
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        assert "SecretAccessKey" not in key
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=name)
    refused(sts.get_caller_identity, "InvalidClientTokenId")
    refused(lambda: iam.get_user(UserName=name), "NoSuchEntity")


def test_a_role_is_assumed_limited_and_revoked(server, account, iam, user):
    name, keys = user
    sts = client(server, "sts", keys)
    me = sts.get_caller_identity()["Arn"]
    role = iam.create_role(RoleName="builder", Path="/team/", AssumeRolePolicyDocument=trust(
        {"AWS": me}, Condition={"StringEquals": {"sts:ExternalId": "secret"}}))["Role"]
    assert role["Arn"].endswith(":role/team/builder") and role["RoleId"].startswith("AROA")
    iam.attach_role_policy(RoleName="builder", PolicyArn="arn:aws:iam::aws:policy/AmazonEC2FullAccess")

    def assume(**more) -> dict:
        answer = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="s-1", **more)
        assert answer["AssumedRoleUser"]["Arn"].endswith(":assumed-role/builder/s-1")
        return answer["Credentials"]

    error = refused(assume, "AccessDenied")
    assert f"User: {me} is not authorized to perform: sts:AssumeRole on resource: {role['Arn']}" in str(error)
    session = assume(ExternalId="secret", Tags=[{"Key": "team", "Value": "a"}])
    assert session["AccessKeyId"].startswith("ASIA")
    ec2 = client(server, "ec2", session)
    ec2.describe_images(Owners=["self"])
    assert client(server, "sts", session).get_caller_identity()["UserId"].endswith(":s-1")
    refused(client(server, "iam", session).list_users, "AccessDenied")
    narrow = assume(ExternalId="secret", Policy=document(allow("ec2:DescribeVolumes")))
    client(server, "ec2", narrow).describe_volumes()
    error = refused(lambda: client(server, "ec2", narrow).describe_images(), "UnauthorizedOperation")
    assert "because no session policy allows" in str(error)
    refused(lambda: assume(ExternalId="secret", DurationSeconds=7200), "ValidationError")
    forged = dict(session, SessionToken=narrow["SessionToken"])
    refused(client(server, "ec2", forged).describe_volumes, "AuthFailure")
    bare = {key: session[key] for key in ("AccessKeyId", "SecretAccessKey")}
    refused(client(server, "sts", bare).get_caller_identity, "InvalidClientTokenId")
    iam.detach_role_policy(RoleName="builder", PolicyArn="arn:aws:iam::aws:policy/AmazonEC2FullAccess")
    refused(lambda: ec2.describe_images(), "UnauthorizedOperation")
    iam.delete_role(RoleName="builder")
    refused(ec2.describe_images, "AuthFailure")


def test_a_role_of_another_account_needs_both_sides(server, iam, user):
    name, keys = user
    other = server.account("other side")
    theirs = server.client("iam", other)
    mine = client(server, "sts", keys)
    me = mine.get_caller_identity()
    role = theirs.create_role(
        RoleName="guest", AssumeRolePolicyDocument=trust({"AWS": me["Account"]}))["Role"]["Arn"]
    ask = lambda: mine.assume_role(RoleArn=role, RoleSessionName="across")  # noqa: E731
    refused(ask, "AccessDenied")
    iam.put_user_policy(UserName=name, PolicyName="go", PolicyDocument=document(allow("sts:AssumeRole", on=role)))
    session = ask()["Credentials"]
    assert client(server, "sts", session).get_caller_identity()["Account"] == other["account_id"]
    theirs.update_assume_role_policy(RoleName="guest", PolicyDocument=trust({"AWS": other["account_id"]}))
    refused(ask, "AccessDenied")


def test_session_tokens_of_users(server, iam, user):
    name, keys = user
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(allow("ec2:DescribeVolumes")))
    session = client(server, "sts", keys).get_session_token()["Credentials"]
    client(server, "ec2", session).describe_volumes()
    assert client(server, "sts", session).get_caller_identity()["Arn"].endswith(f":user/{name}")
    refused(client(server, "sts", session).get_session_token, "AccessDenied")


def test_the_simulator_agrees_with_the_service(server, iam, user):
    name, keys = user
    arn = iam.get_user(UserName=name)["User"]["Arn"]
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(
        allow("ec2:DescribeVolumes"), deny("ec2:DeleteVolume")))
    results = iam.simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=["ec2:DescribeVolumes", "ec2:DeleteVolume", "ec2:DescribeImages"])["EvaluationResults"]
    assert [result["EvalDecision"] for result in results] == ["allowed", "explicitDeny", "implicitDeny"]
    ec2 = client(server, "ec2", keys)
    ec2.describe_volumes()
    refused(ec2.describe_images, "UnauthorizedOperation")
    custom = iam.simulate_custom_policy(
        PolicyInputList=[document(allow("ec2:*", Condition={"StringEquals": {"ec2:Region": "us-east-1"}}))],
        ActionNames=["ec2:StartInstances"],
        ContextEntries=[{"ContextKeyName": "ec2:Region", "ContextKeyType": "string", "ContextKeyValues": ["us-east-1"]}])
    assert custom["EvaluationResults"][0]["EvalDecision"] == "allowed"
    missing = iam.simulate_custom_policy(
        PolicyInputList=[document(allow("ec2:*", Condition={"StringEquals": {"ec2:Region": "us-east-1"}}))],
        ActionNames=["ec2:StartInstances"])["EvaluationResults"][0]
    assert missing["EvalDecision"] == "implicitDeny" and missing["MissingContextValues"] == ["ec2:Region"]


def test_names_documents_and_pages(server, iam):
    refused(lambda: iam.create_user(UserName="a b"), "ValidationError")
    iam.create_user(UserName="Twice", Tags=[{"Key": "k", "Value": "v"}])
    refused(lambda: iam.create_user(UserName="tWICE"), "EntityAlreadyExists")
    assert iam.list_user_tags(UserName="Twice")["Tags"] == [{"Key": "k", "Value": "v"}]
    iam.untag_user(UserName="Twice", TagKeys=["k"])
    iam.update_user(UserName="Twice", NewUserName="Once", NewPath="/p/")
    assert iam.get_user(UserName="Once")["User"]["Arn"].endswith(":user/p/Once")
    refused(lambda: iam.create_policy(PolicyName="bad", PolicyDocument="{"), "MalformedPolicyDocument")
    refused(lambda: iam.put_user_policy(UserName="Once", PolicyName="x", PolicyDocument='{"Statement": 3}'),
            "MalformedPolicyDocument")
    refused(lambda: iam.attach_user_policy(UserName="Once", PolicyArn="arn:aws:iam::aws:policy/Nope"), "NoSuchEntity")
    for number in range(3):
        iam.create_instance_profile(InstanceProfileName=f"page-{number}")
    pages = iam.get_paginator("list_instance_profiles").paginate(PaginationConfig={"PageSize": 2})
    names = [p["InstanceProfileName"] for page in pages for p in page["InstanceProfiles"]]
    assert names == ["page-0", "page-1", "page-2"]
    arns = [p["Arn"] for page in iam.get_paginator("list_policies").paginate(Scope="AWS") for p in page["Policies"]]
    assert "arn:aws:iam::aws:policy/AdministratorAccess" in arns
    iam.create_account_alias(AccountAlias="my-alias")
    assert iam.list_account_aliases()["AccountAliases"] == ["my-alias"]
    refused(lambda: iam.delete_account_alias(AccountAlias="other-alias"), "NoSuchEntity")


def test_roles_and_profiles_hold_together(server, iam):
    ec2_trust = trust({"Service": "ec2.amazonaws.com"})
    iam.create_role(RoleName="machine", AssumeRolePolicyDocument=ec2_trust)
    iam.create_instance_profile(InstanceProfileName="machine")
    iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="machine")
    found = iam.get_instance_profile(InstanceProfileName="machine")["InstanceProfile"]
    assert [role["RoleName"] for role in found["Roles"]] == ["machine"]
    assert found["InstanceProfileId"].startswith("AIPA")
    refused(lambda: iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="machine"), "LimitExceeded")
    refused(lambda: iam.delete_role(RoleName="machine"), "DeleteConflict")
    refused(lambda: iam.delete_instance_profile(InstanceProfileName="machine"), "DeleteConflict")
    assert len(iam.list_instance_profiles_for_role(RoleName="machine")["InstanceProfiles"]) == 1
    iam.remove_role_from_instance_profile(InstanceProfileName="machine", RoleName="machine")
    iam.delete_instance_profile(InstanceProfileName="machine")
    iam.delete_role(RoleName="machine")


def image_of_nothing(ec2, name: str) -> str:
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume], WaiterConfig={"Delay": 1})
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot], WaiterConfig={"Delay": 1})
    return ec2.register_image(
        Name=name, RootDeviceName="/dev/xvda", VirtualizationType="hvm",
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}])["ImageId"]


def test_a_profile_is_given_replaced_and_taken_away(server, account, iam, user):
    name, keys = user
    profiles = {}
    for profile in ("first", "second"):
        iam.create_role(RoleName=profile, AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
        profiles[profile] = iam.create_instance_profile(InstanceProfileName=profile)["InstanceProfile"]
        iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=profile)
    ec2, root = client(server, "ec2", keys), server.client("ec2", account)
    image = image_of_nothing(root, "associated")
    launch = {"ImageId": image, "MinCount": 1, "MaxCount": 1}
    bare, given = (
        root.run_instances(**launch, **more)["Instances"][0]["InstanceId"]
        for more in ({}, {"IamInstanceProfile": {"Name": "first"}}))
    give = lambda who, on, profile: who.associate_iam_instance_profile(
        InstanceId=on, IamInstanceProfile={"Name": profile})["IamInstanceProfileAssociation"]

    # The launch made an association.
    found = root.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    assert [(one["InstanceId"], one["State"]) for one in found] == [(given, "associated")]
    assert found[0]["AssociationId"].startswith("iip-assoc-")
    assert found[0]["IamInstanceProfile"]["Arn"] == profiles["first"]["Arn"]
    refused(lambda: give(root, given, "second"), "IncorrectState")
    refused(lambda: give(root, "i-0123456789abcdef0", "second"), "InvalidInstanceID.NotFound")
    refused(lambda: give(root, bare, "none"), "InvalidParameterValue")

    # It takes the right to pass the role on, and policies may ask for the profile.
    arn = f"arn:aws:ec2:us-east-1:{account['account_id']}:instance/{bare}"
    only = {"StringEquals": {"ec2:NewInstanceProfile": profiles["first"]["Arn"]}}
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(
        allow("ec2:AssociateIamInstanceProfile", on=arn, Condition=only)))
    assert "iam:PassRole" in str(refused(lambda: give(ec2, bare, "first"), "UnauthorizedOperation"))
    iam.put_user_policy(UserName=name, PolicyName="pass", PolicyDocument=document(allow("iam:PassRole")))
    refused(lambda: give(ec2, bare, "second"), "UnauthorizedOperation")
    made = give(ec2, bare, "first")
    assert made["State"] == "associating" and made["IamInstanceProfile"]["Id"] == profiles["first"]["InstanceProfileId"]
    refused(ec2.describe_iam_instance_profile_associations, "UnauthorizedOperation")

    replaced = root.replace_iam_instance_profile_association(
        AssociationId=made["AssociationId"], IamInstanceProfile={"Arn": profiles["second"]["Arn"]})
    replaced = replaced["IamInstanceProfileAssociation"]
    assert replaced["AssociationId"] != made["AssociationId"]
    filters = [{"Name": "instance-id", "Values": [bare]}, {"Name": "state", "Values": ["associated"]}]
    found = root.describe_iam_instance_profile_associations(Filters=filters)["IamInstanceProfileAssociations"]
    assert [one["AssociationId"] for one in found] == [replaced["AssociationId"]]
    shown = root.describe_instances(Filters=[{"Name": "iam-instance-profile.name", "Values": ["second"]}])
    assert [i["InstanceId"] for r in shown["Reservations"] for i in r["Instances"]] == [bare]
    gone = lambda: root.disassociate_iam_instance_profile(AssociationId=made["AssociationId"])
    refused(gone, "InvalidAssociationID.NotFound")
    refused(lambda: root.describe_iam_instance_profile_associations(AssociationIds=[made["AssociationId"]]),
            "InvalidAssociationID.NotFound")
    stranger = server.client("ec2", server.account("no association"))
    refused(lambda: stranger.disassociate_iam_instance_profile(AssociationId=replaced["AssociationId"]),
            "InvalidAssociationID.NotFound")
    ended = root.disassociate_iam_instance_profile(AssociationId=replaced["AssociationId"])
    assert ended["IamInstanceProfileAssociation"]["State"] == "disassociating"
    found = root.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    assert [one["InstanceId"] for one in found] == [given]
    root.terminate_instances(InstanceIds=[bare, given])


def test_policies_and_profiles_have_tags_that_policies_may_ask_for(server, iam, user):
    name, keys = user
    policy = iam.create_policy(PolicyName="tagged", PolicyDocument=document(allow("ec2:*")))["Policy"]["Arn"]
    iam.create_instance_profile(InstanceProfileName="tagged")
    kinds = {
        "policy": {"PolicyArn": policy}, "instance_profile": {"InstanceProfileName": "tagged"}}
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(
        allow("iam:GetPolicy", "iam:GetInstanceProfile", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}}),
        allow("iam:TagPolicy", "iam:TagInstanceProfile", Condition={"StringEquals": {"aws:RequestTag/team": "a"}})))
    mine = client(server, "iam", keys)
    for kind, which in kinds.items():
        get, tag = getattr(mine, f"get_{kind}"), getattr(mine, f"tag_{kind}")
        refused(lambda: get(**which), "AccessDenied")
        refused(lambda: tag(**which, Tags=[{"Key": "team", "Value": "b"}]), "AccessDenied")
        tag(**which, Tags=[{"Key": "team", "Value": "a"}])
        get(**which)
        listed = getattr(iam, f"list_{kind}_tags")
        assert listed(**which)["Tags"] == [{"Key": "team", "Value": "a"}]
        getattr(iam, f"untag_{kind}")(**which, TagKeys=["team"])
        assert listed(**which)["Tags"] == []
        refused(lambda: get(**which), "AccessDenied")
    theirs, tags = "arn:aws:iam::aws:policy/AdministratorAccess", [{"Key": "a", "Value": "b"}]
    refused(lambda: iam.tag_policy(PolicyArn=theirs, Tags=tags), "NoSuchEntity")


def test_the_whole_of_an_account_is_listed_once(server):
    account = server.account("listed whole")
    iam = server.client("iam", account)
    local = iam.create_policy(PolicyName="local", PolicyDocument=document(allow("ec2:*")))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=local, PolicyDocument=document(allow("iam:*")))
    iam.create_group(GroupName="all")
    iam.attach_group_policy(GroupName="all", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    for number in range(3):
        iam.create_user(UserName=f"u{number}", Tags=[{"Key": "n", "Value": str(number)}])
        iam.add_user_to_group(GroupName="all", UserName=f"u{number}")
    iam.put_user_policy(UserName="u1", PolicyName="in", PolicyDocument=document(deny("sts:*")))
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    iam.attach_role_policy(RoleName="r", PolicyArn=local)
    iam.create_instance_profile(InstanceProfileName="holds-r")
    iam.add_role_to_instance_profile(InstanceProfileName="holds-r", RoleName="r")
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2}))
    assert len(pages) == 4
    whole = {
        key: [one for page in pages for one in page[key]]
        for key in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")}
    users = {one["UserName"]: one for one in whole["UserDetailList"]}
    assert list(users) == ["u0", "u1", "u2"] and users["u2"]["GroupList"] == ["all"]
    assert users["u2"]["Tags"] == [{"Key": "n", "Value": "2"}]
    inline = users["u1"]["UserPolicyList"][0]
    assert inline["PolicyName"] == "in" and inline["PolicyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert whole["GroupDetailList"][0]["AttachedManagedPolicies"][0]["PolicyName"] == "ReadOnlyAccess"
    role = whole["RoleDetailList"][0]
    assert [one["InstanceProfileName"] for one in role["InstanceProfileList"]] == ["holds-r"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}
    policies = {one["PolicyName"]: one for one in whole["Policies"]}
    assert set(policies) == {"local", "ReadOnlyAccess"} and policies["local"]["AttachmentCount"] == 1
    assert [v["VersionId"] for v in policies["local"]["PolicyVersionList"]] == ["v2", "v1"]
    chosen = iam.get_account_authorization_details(Filter=["Role", "LocalManagedPolicy"])
    assert not chosen["UserDetailList"] and len(chosen["RoleDetailList"]) == len(chosen["Policies"]) == 1
    refused(lambda: iam.get_account_authorization_details(Filter=["Nobody"]), "ValidationError")


def test_who_launches_with_a_profile_passes_on_its_role(server, iam, user):
    name, keys = user
    iam.create_role(RoleName="passed", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    profile = iam.create_instance_profile(InstanceProfileName="passed")["InstanceProfile"]["Arn"]
    iam.add_role_to_instance_profile(InstanceProfileName="passed", RoleName="passed")
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(allow("ec2:*")))
    ec2 = client(server, "ec2", keys)
    launch = {"ImageId": image_of_nothing(ec2, "of-nothing"), "MinCount": 1, "MaxCount": 1, "DryRun": True}
    refused(lambda: ec2.run_instances(**launch), "DryRunOperation")
    for named in ({"Name": "passed"}, {"Arn": profile}):
        error = refused(lambda: ec2.run_instances(IamInstanceProfile=named, **launch), "UnauthorizedOperation")
        assert "iam:PassRole" in str(error)
    refused(lambda: ec2.run_instances(IamInstanceProfile={"Name": "none"}, **launch), "InvalidParameterValue")
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(allow("ec2:*"), allow(
        "iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})))
    refused(lambda: ec2.run_instances(IamInstanceProfile={"Name": "passed"}, **launch), "DryRunOperation")
    launched = ec2.run_instances(IamInstanceProfile={"Arn": profile}, **(launch | {"DryRun": False}))["Instances"][0]
    assert launched["IamInstanceProfile"]["Arn"] == profile
    ec2.terminate_instances(InstanceIds=[launched["InstanceId"]])


def test_the_organization_is_a_tree_of_accounts(server, account):
    manager = server.client("organizations")
    organization = manager.describe_organization()["Organization"]
    assert organization["MasterAccountId"] == server.client("sts").get_caller_identity()["Account"]
    root = manager.list_roots()["Roots"][0]["Id"]
    accounts = [a["Id"] for page in manager.get_paginator("list_accounts").paginate() for a in page["Accounts"]]
    assert account["account_id"] in accounts
    unit = manager.create_organizational_unit(ParentId=root, Name="builders")["OrganizationalUnit"]["Id"]
    inner = manager.create_organizational_unit(ParentId=unit, Name="inner")["OrganizationalUnit"]["Id"]
    with pytest.raises(manager.exceptions.DuplicateOrganizationalUnitException):
        manager.create_organizational_unit(ParentId=root, Name="builders")
    move = {"AccountId": account["account_id"], "SourceParentId": root, "DestinationParentId": inner}
    manager.move_account(**move)
    with pytest.raises(manager.exceptions.SourceParentNotFoundException):
        manager.move_account(**move)
    assert manager.list_parents(ChildId=account["account_id"])["Parents"] == [
        {"Id": inner, "Type": "ORGANIZATIONAL_UNIT"}]
    assert manager.list_children(ParentId=unit, ChildType="ORGANIZATIONAL_UNIT")["Children"][0]["Id"] == inner
    assert [a["Id"] for a in manager.list_accounts_for_parent(ParentId=inner)["Accounts"]] == [account["account_id"]]
    with pytest.raises(manager.exceptions.OrganizationalUnitNotEmptyException):
        manager.delete_organizational_unit(OrganizationalUnitId=inner)
    member = server.client("organizations", account)
    assert member.describe_organization()["Organization"]["Id"] == organization["Id"]
    with pytest.raises(member.exceptions.AccessDeniedException):
        member.list_accounts()
    # Policies may ask where the caller stands.
    iam = server.client("iam", account)
    iam.create_user(UserName="inside")
    path = f"{organization['Id']}/{root}/{unit}/{inner}/"
    iam.put_user_policy(UserName="inside", PolicyName="p", PolicyDocument=document(allow(
        "ec2:DescribeVolumes", Condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": [path]}})))
    keys = iam.create_access_key(UserName="inside")["AccessKey"]
    client(server, "ec2", keys).describe_volumes()
    manager.move_account(AccountId=account["account_id"], SourceParentId=inner, DestinationParentId=root)
    refused(client(server, "ec2", keys).describe_volumes, "UnauthorizedOperation")


def test_no_secret_reaches_the_log(server, iam, user):
    name, keys = user
    session = client(server, "sts", keys).get_session_token()["Credentials"]
    client(server, "sts", session).get_caller_identity()
    log = (server.data.parent / "server.log").read_text(errors="replace")
    for secret in (keys["SecretAccessKey"], session["SecretAccessKey"], session["SessionToken"]):
        assert secret not in log
