"""KMS from outside, with stock boto3: keys, names, policies, grants, rotation, import, deletion."""

import base64
import json
import subprocess

import boto3
import botocore.exceptions
import pytest
from conftest import BIN, Server, run


def fails(code: str, what, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        what(**parameters)
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    return error["Message"]


@pytest.fixture(scope="module")
def kms(server):
    return server.client("kms")


@pytest.fixture(scope="module")
def other(server):
    return server.account("keys-other")


@pytest.fixture(scope="module")
def others_kms(server, other):
    return server.client("kms", other)


@pytest.fixture
def key(kms) -> dict:
    return kms.create_key(Description="a test key")["KeyMetadata"]


def test_a_key_is_what_aws_says_it_is(kms, key):
    for name in (key["KeyId"], key["Arn"]):
        assert kms.describe_key(KeyId=name)["KeyMetadata"] == key
    assert key["Arn"].endswith(f":key/{key['KeyId']}")
    assert (key["KeyState"], key["Enabled"], key["KeyManager"], key["Origin"]) == \
        ("Enabled", True, "CUSTOMER", "AWS_KMS")
    assert (key["KeySpec"], key["KeyUsage"], key["MultiRegion"]) == \
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", False)
    assert key["EncryptionAlgorithms"] == ["SYMMETRIC_DEFAULT"]
    listed = [k["KeyId"] for page in kms.get_paginator("list_keys").paginate(Limit=1) for k in page["Keys"]]
    assert key["KeyId"] in listed and len(set(listed)) == len(listed)


def test_other_kinds_of_keys_are_refused_by_name(kms):
    for parameters in ({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, {"MultiRegion": True}):
        message = fails("ValidationException", kms.create_key, **parameters)
        assert any(name in message for name in parameters), message
    fails("UnsupportedOperationException", kms.create_key, Origin="AWS_CLOUDHSM")


def test_bytes_go_there_and_back_with_their_context(kms, key):
    context = {"purpose": "test", "n": "1"}
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"hello", EncryptionContext=context)
    assert sealed["KeyId"] == key["Arn"]
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
    assert (opened["Plaintext"], opened["KeyId"]) == (b"hello", key["Arn"])
    fails("InvalidCiphertextException", kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"])
    fails("InvalidCiphertextException", kms.decrypt, CiphertextBlob=b"nonsense")
    fails("DryRunOperationException", kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x", DryRun=True)
    second = kms.create_key()["KeyMetadata"]
    fails("IncorrectKeyException", kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"],
          EncryptionContext=context, KeyId=second["KeyId"])
    moved = kms.re_encrypt(CiphertextBlob=sealed["CiphertextBlob"], SourceEncryptionContext=context,
                           DestinationKeyId=second["KeyId"])
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key["Arn"], second["Arn"])
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"hello"


def test_data_keys_have_the_length_that_was_asked_for(kms, key):
    for parameters, length in (({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 64}, 64)):
        made = kms.generate_data_key(KeyId=key["KeyId"], **parameters)
        assert len(made["Plaintext"]) == length
        assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
        sealed = kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], **parameters)
        assert "Plaintext" not in sealed
        assert len(kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"]) == length
    fails("ValidationException", kms.generate_data_key, KeyId=key["KeyId"])
    fails("ValidationException", kms.generate_data_key, KeyId=key["KeyId"], NumberOfBytes=1, KeySpec="AES_256")
    assert len(kms.generate_random(NumberOfBytes=24)["Plaintext"]) == 24


def test_aliases_name_keys(kms, key):
    kms.create_alias(AliasName="alias/tests", TargetKeyId=key["KeyId"])
    fails("AlreadyExistsException", kms.create_alias, AliasName="alias/tests", TargetKeyId=key["KeyId"])
    fails("InvalidAliasNameException", kms.create_alias, AliasName="alias/aws/mine", TargetKeyId=key["KeyId"])
    assert kms.describe_key(KeyId="alias/tests")["KeyMetadata"]["KeyId"] == key["KeyId"]
    aliases = {a["AliasName"]: a for a in kms.list_aliases()["Aliases"]}
    assert aliases["alias/tests"]["TargetKeyId"] == key["KeyId"]
    assert "alias/aws/ebs" in aliases
    second = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName="alias/tests", TargetKeyId=second)
    assert kms.list_aliases(KeyId=key["KeyId"])["Aliases"] == []
    kms.delete_alias(AliasName="alias/tests")
    fails("NotFoundException", kms.describe_key, KeyId="alias/tests")


def test_the_key_of_ebs_is_aws_s(kms):
    managed = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]
    assert managed["KeyManager"] == "AWS"
    policy = json.loads(kms.get_key_policy(KeyId=managed["KeyId"])["Policy"])
    assert "kms:ViaService" in json.dumps(policy)
    fails("AccessDeniedException", kms.encrypt, KeyId="alias/aws/ebs", Plaintext=b"x")
    fails("AccessDeniedException", kms.schedule_key_deletion, KeyId=managed["KeyId"])
    assert kms.get_key_rotation_status(KeyId=managed["KeyId"])["KeyRotationEnabled"] is True


def test_states(kms, key):
    name = key["KeyId"]
    kms.disable_key(KeyId=name)
    fails("DisabledException", kms.encrypt, KeyId=name, Plaintext=b"x")
    kms.enable_key(KeyId=name)
    fails("ValidationException", kms.schedule_key_deletion, KeyId=name, PendingWindowInDays=6)
    doomed = kms.schedule_key_deletion(KeyId=name, PendingWindowInDays=7)
    assert (doomed["KeyState"], doomed["PendingWindowInDays"]) == ("PendingDeletion", 7)
    fails("KMSInvalidStateException", kms.encrypt, KeyId=name, Plaintext=b"x")
    fails("KMSInvalidStateException", kms.enable_key, KeyId=name)
    assert "DeletionDate" in kms.describe_key(KeyId=name)["KeyMetadata"]
    assert kms.cancel_key_deletion(KeyId=name)["KeyId"] == key["Arn"]
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"] == "Disabled"
    fails("NotFoundException", kms.describe_key, KeyId="00000000-0000-4000-8000-000000000000")
    fails("InvalidArnException", kms.describe_key, KeyId="arn:aws:kms:nowhere")


def test_rotation_keeps_what_was_encrypted(kms, key):
    name = key["KeyId"]
    old = kms.encrypt(KeyId=name, Plaintext=b"old")["CiphertextBlob"]
    kms.enable_key_rotation(KeyId=name, RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=name)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)
    kms.rotate_key_on_demand(KeyId=name)
    assert kms.decrypt(CiphertextBlob=old)["Plaintext"] == b"old"
    [rotation] = kms.list_key_rotations(KeyId=name)["Rotations"]
    assert rotation["RotationType"] == "ON_DEMAND"
    kms.disable_key_rotation(KeyId=name)
    assert kms.get_key_rotation_status(KeyId=name)["KeyRotationEnabled"] is False


def test_tags_and_descriptions(kms, key):
    name = key["KeyId"]
    kms.tag_resource(KeyId=name, Tags=[{"TagKey": "team", "TagValue": "red"}])
    assert kms.list_resource_tags(KeyId=name)["Tags"] == [{"TagKey": "team", "TagValue": "red"}]
    fails("TagException", kms.tag_resource, KeyId=name, Tags=[{"TagKey": "aws:x", "TagValue": ""}])
    kms.untag_resource(KeyId=name, TagKeys=["team"])
    assert kms.list_resource_tags(KeyId=name)["Tags"] == []
    kms.update_key_description(KeyId=name, Description="other words")
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["Description"] == "other words"


def test_another_account_needs_the_policy_of_the_key(kms, others_kms, other, key):
    name = key["Arn"]
    fails("AccessDeniedException", others_kms.encrypt, KeyId=name, Plaintext=b"x")
    sealed = kms.encrypt(KeyId=name, Plaintext=b"x")["CiphertextBlob"]
    assert "does not exist" in fails("AccessDeniedException", others_kms.decrypt, CiphertextBlob=sealed)
    policy = json.loads(kms.get_key_policy(KeyId=name, PolicyName="default")["Policy"])
    assert kms.list_key_policies(KeyId=name)["PolicyNames"] == ["default"]
    policy["Statement"].append({
        "Effect": "Allow", "Principal": {"AWS": other["account_id"]},
        "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*",
    })
    kms.put_key_policy(KeyId=name, Policy=json.dumps(policy))
    assert others_kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    fails("AccessDeniedException", others_kms.disable_key, KeyId=name)
    fails("MalformedPolicyDocumentException", kms.put_key_policy, KeyId=name, Policy="{}")
    policy["Statement"] = policy["Statement"][1:]
    assert "in the future" in fails(
        "MalformedPolicyDocumentException", kms.put_key_policy, KeyId=name, Policy=json.dumps(policy))


def test_users_sessions_and_boundaries(server):
    """Not only root users: what IAM says counts where the key's policy lets it, within boundaries and session policies."""
    account = server.account("keys-iam")
    iam, root = server.client("iam", account), server.client("kms", account)
    key = root.create_key()["KeyMetadata"]["Arn"]
    user = iam.create_user(UserName="ann")["User"]["Arn"]
    keys = iam.create_access_key(UserName="ann")["AccessKey"]

    def client(service: str, keys: dict):
        return boto3.client(
            service, endpoint_url=server.endpoint, region_name="us-east-1",
            aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"))

    def policy(*actions: str, on: str = "*", principal: str | None = None) -> dict:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": on}
        return statement | ({"Principal": {"AWS": principal}} if principal else {})

    document = lambda *statements: json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    ann = client("kms", keys)
    encrypt = lambda who: who.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    decrypt = lambda who, blob: who.decrypt(CiphertextBlob=blob)["Plaintext"]
    denied = lambda what, *given: fails("AccessDeniedException", lambda: what(*given))

    # A user, by a policy of IAM and within a boundary.
    assert "no identity-based policy allows the kms:Encrypt action" in denied(encrypt, ann)
    iam.put_user_policy(UserName="ann", PolicyName="use", PolicyDocument=document(
        policy("kms:Encrypt", "kms:Decrypt", on=key)))
    sealed = encrypt(ann)
    assert decrypt(ann, sealed) == b"x"
    fails("AccessDeniedException", ann.describe_key, KeyId=key)
    bounds = iam.create_policy(PolicyName="bounds", PolicyDocument=document(policy("kms:Encrypt", "sts:*")))
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=bounds["Policy"]["Arn"])
    encrypt(ann)
    assert "no permissions boundary allows" in denied(decrypt, ann, sealed)

    # A session of a role, with a boundary of the role and a policy of the session.
    trust = {"Effect": "Allow", "Principal": {"AWS": user}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    assume = lambda **more: client("kms", client("sts", keys).assume_role(
        RoleArn=role, RoleSessionName="s-1", **more)["Credentials"])
    session, narrow = assume(), assume(Policy=document(policy("kms:Decrypt")))
    denied(decrypt, session, sealed)
    iam.put_role_policy(RoleName="r", PolicyName="all", PolicyDocument=document(policy("kms:*")))
    assert decrypt(session, encrypt(session)) == decrypt(narrow, sealed) == b"x"
    assert "no session policy allows" in denied(encrypt, narrow)
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=bounds["Policy"]["Arn"])
    encrypt(session)
    denied(decrypt, session, sealed)
    iam.delete_role_permissions_boundary(RoleName="r")

    # Where the key's policy does not let IAM decide, it decides alone.
    keep = policy("kms:PutKeyPolicy", "kms:CreateGrant", "kms:DescribeKey", principal=f"arn:aws:iam::{account['account_id']}:root")
    root.put_key_policy(KeyId=key, Policy=document(keep))
    denied(encrypt, ann)
    denied(encrypt, session)
    root.put_key_policy(KeyId=key, Policy=document(keep, policy("kms:Decrypt", principal=role)))
    assert decrypt(session, sealed) == b"x"
    denied(encrypt, session)
    denied(decrypt, ann, sealed)

    # A grant to a user needs no policy.
    iam.delete_user_policy(UserName="ann", PolicyName="use")
    token = root.create_grant(KeyId=key, GranteePrincipal=user, Operations=["Encrypt"])["GrantToken"]
    ann.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=[token])


def test_grants(kms, others_kms, other, key):
    name = key["Arn"]
    grant = kms.create_grant(
        KeyId=name, GranteePrincipal=f"arn:aws:iam::{other['account_id']}:root", Operations=["Decrypt", "Encrypt"],
        Constraints={"EncryptionContextSubset": {"team": "red"}}, RetiringPrincipal=other["account_id"], Name="tests")
    red = {"EncryptionContext": {"team": "red", "n": "1"}}
    sealed = others_kms.encrypt(KeyId=name, Plaintext=b"x", GrantTokens=[grant["GrantToken"]], **red)
    assert others_kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], **red)["Plaintext"] == b"x"
    fails("AccessDeniedException", others_kms.encrypt, KeyId=name, Plaintext=b"x", EncryptionContext={"team": "blue"})
    fails("InvalidGrantTokenException", others_kms.encrypt, KeyId=name, Plaintext=b"x", GrantTokens=["x"], **red)
    [listed] = kms.list_grants(KeyId=name)["Grants"]
    assert (listed["GrantId"], listed["Name"], listed["Operations"]) == (grant["GrantId"], "tests", ["Decrypt", "Encrypt"])
    assert listed["Constraints"]["EncryptionContextSubset"] == {"team": "red"}
    retirable = kms.list_retirable_grants(RetiringPrincipal=listed["RetiringPrincipal"])["Grants"]
    assert [g["GrantId"] for g in retirable] == [grant["GrantId"]]
    others_kms.retire_grant(GrantToken=grant["GrantToken"])
    fails("AccessDeniedException", others_kms.encrypt, KeyId=name, Plaintext=b"x", **red)
    fails("NotFoundException", kms.revoke_grant, KeyId=name, GrantId=grant["GrantId"])


def test_a_key_may_wait_for_its_material(kms):
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    assert key["KeyState"] == "PendingImport"
    fails("KMSInvalidStateException", kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
    parameters = kms.get_parameters_for_import(
        KeyId=key["KeyId"], WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    assert parameters["PublicKey"][:1] == b"\x30" and len(parameters["ImportToken"]) <= 6144
    fails("UnsupportedOperationException", kms.get_parameters_for_import,
          KeyId=key["KeyId"], WrappingAlgorithm="RSAES_OAEP_SHA_1", WrappingKeySpec="RSA_2048")
    fails("InvalidImportTokenException", kms.import_key_material, KeyId=key["KeyId"], ImportToken=b"x",
          EncryptedKeyMaterial=b"x" * 256, ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    fails("InvalidCiphertextException", kms.import_key_material, KeyId=key["KeyId"],
          ImportToken=parameters["ImportToken"], EncryptedKeyMaterial=b"x" * 256,
          ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")


def test_every_region_has_its_own_keys(server, kms, key):
    west = server.client("kms", region="us-west-2")
    fails("NotFoundException", west.describe_key, KeyId=key["KeyId"])
    fails("NotFoundException", west.describe_key, KeyId=key["Arn"])
    here = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"]
    assert west.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"] != here


def test_no_material_lies_open_in_the_data_folder(server, kms, key):
    """What a caller gets or gives as plain bytes is in no file of the service, as it is or encoded."""
    made = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")["Plaintext"]
    given = b"a secret that was planted by a test"
    kms.encrypt(KeyId=key["KeyId"], Plaintext=given)
    marks = [form for plain in (made, given) for form in (plain, base64.b64encode(plain)[:-4], plain.hex().encode())]
    files = [path for folder in (server.data, server.data.parent) for path in folder.rglob("*") if path.is_file()]
    for path in files:
        content = path.read_bytes()
        assert not any(mark in content for mark in marks), path


def test_a_new_master_key_takes_over(tmp_path):
    server = Server(tmp_path / "data")
    try:
        kms = server.client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        sealed = kms.encrypt(KeyId=key, Plaintext=b"hello")["CiphertextBlob"]
        rotate = [BIN, "key", "rotate", "--data", str(server.data)]
        refused = subprocess.run(rotate, capture_output=True, text=True)
        assert refused.returncode != 0 and "stop the server" in refused.stderr, refused.stderr
        server.stop()
        before = (server.data / "master.key").read_bytes()
        run(rotate)
        assert (server.data / "master.key").read_bytes() != before
        assert not (server.data / "master.key.next").exists()
        server.start()
        assert server.client("kms").decrypt(CiphertextBlob=sealed)["Plaintext"] == b"hello"
        server.stop()
        (server.data / "master.key").write_bytes(before)
        wrong = subprocess.run([BIN, "serve", "--data", str(server.data), "--listen", "127.0.0.1:0"],
                               capture_output=True, text=True, timeout=60)
        assert wrong.returncode != 0 and "not the master key" in wrong.stderr, wrong.stderr
    finally:
        server.process.kill()
        server.process.wait()
