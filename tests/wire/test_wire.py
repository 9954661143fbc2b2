"""The codecs against botocore's: every operation that is spoken, and those of the test set.

Every request that botocore's serializer makes must be read into the same values; every answer must
read back through botocore's parser with nothing unknown and nothing missing; every signature that
its clients make must be accepted, and no tampered one. Values are random, from fixed seeds; with
seed 0 every member is there.
"""

import base64
import copy
import datetime
import functools
import io
import json
import os
import random
import subprocess
import tomllib
from pathlib import Path

import botocore.awsrequest
import botocore.parsers
import botocore.serialize
import botocore.session
import pytest
from botocore.auth import S3SigV4QueryAuth, SigV4QueryAuth
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

ROOT = Path(__file__).parents[2]
SEEDS = range(12)
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SESSION = botocore.session.Session()
SESSION.set_credentials(KEY, SECRET)


def listed():
    spoken = tomllib.loads((ROOT / "models/operations.toml").read_text())
    fixture = tomllib.loads((ROOT / "models/fixture.toml").read_text())
    pairs = [(service, name) for service, names in spoken.items() for name in names]
    pairs += [(service, name) for service, part in fixture.items() for name in part["operations"]]
    return pairs


OPERATIONS = listed()
SPOKEN = [(service, name) for service, name in OPERATIONS if service in ("ec2", "sts", "ebs", "cloudtrail")]
MODELS = {service: SESSION.get_service_model(service) for service, _ in OPERATIONS}


class Echo:
    """The example program `echo` of the crate `protocol`."""

    def __init__(self):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([os.environ["AMIABLE_ECHO"]], stdin=pipe, stdout=pipe)

    def ask(self, service, operation, **asked):
        model = MODELS[service]
        asked |= {"service": model.signing_name, "operation": operation}
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the program ended at {asked}"
        return json.loads(answer)

    def request(self, service, operation, request, **more):
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        body = body.read() if hasattr(body, "read") else bytes(body)
        text = lambda value: value.decode() if isinstance(value, bytes) else str(value)
        return self.ask(
            service,
            operation,
            method=request.method,
            url=request.url,
            headers={name: text(value) for name, value in request.headers.items()},
            body=base64.b64encode(body).decode(),
            **more,
        )


@pytest.fixture(scope="module")
def echo():
    program = Echo()
    yield program
    program.process.stdin.close()
    assert program.process.wait(10) == 0


# ---- random values by botocore's models

ALPHABET = "abcXYZ019 -._~!*'()&=+%/?#:;,@<>\"\\[]{}|^`é€\U0001f4be\n\t"
PLAIN = "abcXYZ019-._~/+=:"


class Values:
    def __init__(self, seed, is_request):
        self.random = random.Random(seed)
        self.is_full = seed == 0
        self.is_request = is_request

    def structure(self, shape, depth=0):
        values, members = {}, dict(shape.members)
        chosen = self.random.choice(list(members)) if members else None
        for name, member in members.items():
            wanted = name == chosen or self.is_full or name in shape.required_members
            wanted = wanted or self.random.random() < 0.4
            if wanted and depth < 8:
                value = self.value(member, depth, member.serialization)
                if value is not None:
                    values[name] = value
        return values

    def value(self, shape, depth, serialization):
        location = serialization.get("location")
        if shape.type_name == "structure":
            return self.structure(shape, depth + 1) or None
        if shape.type_name == "list":
            count = self.random.randint(1, 3)
            items = (self.value(shape.member, depth + 1, {}) for _ in range(count))
            return [item for item in items if item is not None] or None
        if shape.type_name == "map":
            count = self.random.randint(1, 3)
            items = {self.text(None): self.value(shape.value, depth + 1, {}) for _ in range(count)}
            return {key: item for key, item in items.items() if item is not None} or None
        return self.scalar(shape, location)

    def text(self, location):
        alphabet = PLAIN if location in ("header", "uri") else ALPHABET
        middle = "".join(self.random.choices(alphabet, k=self.random.randint(0, 12)))
        return "a" + middle + "z"

    def scalar(self, shape, location):
        kind = shape.type_name
        if location == "statusCode":
            return self.random.randint(200, 299)
        if kind in ("string", "character"):
            return self.text(location)
        if kind == "integer":
            return self.random.choice([0, 1, -1, 2**31 - 1, -(2**31), self.random.randint(0, 9999)])
        if kind == "long":
            return self.random.choice([0, -1, 2**63 - 1, -(2**63), self.random.randint(0, 9999)])
        if kind in ("double", "float"):
            return self.random.choice([0.0, -1.5, 1e300, 0.1, self.random.random()])
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind == "timestamp":
            # Botocore's requests have whole seconds; answers have milliseconds, but in headers.
            moment = datetime.datetime.fromtimestamp(
                self.random.randint(0, 2**32), datetime.timezone.utc
            )
            milliseconds = 0 if self.is_request or location else self.random.randint(0, 999)
            return moment.replace(microsecond=milliseconds * 1000)
        if kind == "blob":
            return self.random.randbytes(self.random.randint(1, 40))
        raise AssertionError(kind)


def plain(value):
    """Values as the program shows them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, datetime.datetime):
        epoch = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
        return (value - epoch) // datetime.timedelta(milliseconds=1)
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return value


def without_empty_lists(value):
    if isinstance(value, dict):
        items = {key: without_empty_lists(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item not in ([], {})}
    if isinstance(value, list):
        return [without_empty_lists(item) for item in value]
    return value


def serialized(service, name, params):
    model = MODELS[service]
    protocol = model.metadata["protocol"]
    serializer = botocore.serialize.create_serializer(protocol, include_validation=False)
    asked = serializer.serialize_to_request(params, model.operation_model(name))
    botocore.awsrequest.prepare_request_dict(asked, "http://localhost:4566")
    return botocore.awsrequest.create_request_object(asked).prepare()


# ---- requests


@pytest.mark.parametrize(("service", "name"), OPERATIONS)
def test_every_request_is_read_and_written_as_it_was_meant(echo, service, name):
    shape = MODELS[service].operation_model(name).input_shape
    for seed in SEEDS:
        params = Values(seed, True).structure(shape) if shape else {}
        read = echo.request(service, name, serialized(service, name, copy.deepcopy(params)))
        assert read.get("input") == plain(params), read
        assert read["again"] == read["input"]
        if (service, name) in SPOKEN:
            assert read["routed"] == name


# ---- answers


@pytest.mark.parametrize(("service", "name"), OPERATIONS)
def test_every_answer_reads_back_with_nothing_unknown_and_nothing_missing(echo, service, name):
    model = MODELS[service]
    shape = model.operation_model(name).output_shape
    parser = botocore.parsers.create_parser(model.metadata["protocol"])
    for seed in SEEDS:
        values = Values(seed, False).structure(shape) if shape else {}
        answer = echo.ask(service, name, output=plain(values))
        body = base64.b64decode(answer["body"])
        if model.operation_model(name).has_streaming_output:
            body = io.BytesIO(body)
        headers = botocore.awsrequest.HeadersDict(answer["headers"])
        wire = {"status_code": answer["status"], "headers": headers, "body": body}
        parsed = parser.parse(wire, shape)
        metadata = parsed.pop("ResponseMetadata")
        assert metadata["HTTPHeaders"]["x-amzn-requestid"] == "request-1"
        wanted = without_empty_lists(plain(values))
        for member, kind in (shape.members if shape else {}).items():
            # An answer always has a status, and botocore always shows a body as a stream.
            if kind.serialization.get("location") == "statusCode":
                wanted.setdefault(member, answer["status"])
            if member == shape.serialization.get("payload") and answer["body"] == "":
                parsed.pop(member)
        assert without_empty_lists(plain(parsed)) == wanted
        assert without_empty_lists(answer["back"]) == wanted


@pytest.mark.parametrize(("service", "name"), OPERATIONS)
def test_lists_are_shown_empty_where_clients_take_them_for_granted_or_asked_for_them(echo, service, name):
    model = MODELS[service]
    shape = model.operation_model(name).output_shape
    if shape is None:
        return

    def parsed(output):
        answer = echo.ask(service, name, output=output)
        wire = {
            "status_code": answer["status"],
            "headers": botocore.awsrequest.HeadersDict(answer["headers"]),
            "body": base64.b64decode(answer["body"]),
        }
        return botocore.parsers.create_parser(model.metadata["protocol"]).parse(wire, shape)

    listed = tomllib.loads((ROOT / "models/answers.toml").read_text()).get(service, [])
    for member, kind in shape.members.items():
        if kind.type_name != "list" or "location" in kind.serialization:
            continue
        if f"{shape.name}.{member}?" in listed:
            assert member not in parsed({})
            assert parsed({member: []})[member] == []
        elif f"{shape.name}.{member}" not in listed:
            assert parsed({})[member] == [], member


@pytest.mark.parametrize("service", sorted(MODELS))
def test_errors_read_as_errors(echo, service):
    name = next(name for of, name in OPERATIONS if of == service)
    fault = {"code": "Some.Code", "status": 412, "message": "Not <this> & \"that\" é."}
    answer = echo.ask(service, name, fault=fault)
    wire = {
        "status_code": answer["status"],
        "headers": botocore.awsrequest.HeadersDict(answer["headers"]),
        "body": base64.b64decode(answer["body"]),
    }
    model = MODELS[service]
    parser = botocore.parsers.create_parser(model.metadata["protocol"])
    parsed = parser.parse(wire, model.operation_model(name).output_shape)
    assert parsed["Error"]["Code"] == fault["code"]
    assert parsed["Error"]["Message"] == fault["message"]
    assert answer["status"] == fault["status"]
    assert answer["back"] == fault


# ---- signatures


class Raw(io.BytesIO):
    def stream(self, **_):
        yield self.read()


@functools.cache
def client(service, endpoint, token=None):
    config = Config(parameter_validation=False, retries={"max_attempts": 0})
    client = SESSION.create_client(
        service,
        "eu-west-1",
        endpoint_url=endpoint,
        config=config,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        aws_session_token=token,
    )
    client.sent = []

    def send(request, **_):
        client.sent.append(request)
        return botocore.awsrequest.AWSResponse(request.url, 400, {}, Raw(b""))

    client.meta.events.register(f"before-send.{MODELS[service].service_id.hyphenize()}", send)
    return client


def captured(service, name, params, endpoint, token=None):
    """The request that botocore's own client sends, to the last byte."""
    by = client(service, endpoint, token)
    with pytest.raises((ClientError, ResponseParserError)):
        getattr(by, botocore.xform_name(name))(**params)
    return by.sent.pop()


def with_host(request):
    host = request.url.split("/")[2]
    request.headers.setdefault("host", host)
    return request


def now_ms():
    return int(datetime.datetime.now(datetime.timezone.utc).timestamp() * 1000)


@pytest.mark.parametrize(("service", "name"), SPOKEN)
@pytest.mark.parametrize("endpoint", ["http://localhost:4566", "https://localhost:4566"])
def test_what_botocores_clients_sign_is_accepted_and_what_is_tampered_is_not(
    echo, service, name, endpoint
):
    shape = MODELS[service].operation_model(name).input_shape
    for seed in range(3):
        params = Values(seed, True).structure(shape) if shape else {}
        # Botocore presigns a copy for the Region that it is made from.
        if name == "CopySnapshot":
            params["SourceRegion"] = "us-west-2"
        token = "token/+=" if seed == 1 else None
        request = with_host(captured(service, name, params, endpoint, token))
        check = lambda request, secret=SECRET, now=None: echo.request(
            service, name, request, secret=secret, now=now or now_ms()
        )["verified"]
        assert check(request) == f"{service} eu-west-1"
        assert check(request, secret="other") == "Mismatch"
        assert check(request, now=now_ms() + 1_000_000) == "Expired"
        assert check(request, now=now_ms() - 1_000_000) == "Expired"

        def tampered(change):
            other = copy.deepcopy(request)
            change(other)
            return check(other)

        def set_url(other):
            other.url += ("&" if "?" in other.url else "?") + "more=1"

        def add_header(other):
            other.headers["x-amz-added"] = "1"

        def set_body(other):
            body = other.body or b""
            other.body = ("x" if isinstance(body, str) else b"x") + body

        assert tampered(set_url) == "Mismatch"
        assert tampered(add_header) == "Incomplete"
        # The data of a block is bound by its signed checksum, which the operation compares.
        expected = f"{service} eu-west-1" if name == "PutSnapshotBlock" else "Mismatch"
        assert tampered(set_body) in (expected, "Body")
        for header in [h for h in request.headers if h.lower() in ("host", "content-type")]:
            def set_header(other, header=header):
                del other.headers[header]
                other.headers[header] = "changed"
            signed = header.lower() in str(request.headers["Authorization"])
            assert tampered(set_header) == "Mismatch" or not signed


@pytest.mark.parametrize("token", [None, "token/+=&"])
def test_what_botocore_presigns_is_accepted_until_it_is_over(echo, token):
    sts = client("sts", "http://localhost:4566", token)
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=3600, HttpMethod="GET")
    request = botocore.awsrequest.AWSPreparedRequest("GET", url, {}, b"", False)
    check = lambda request, now=None: echo.request(
        "sts", "GetCallerIdentity", with_host(request), secret=SECRET, now=now or now_ms()
    )["verified"]
    assert check(request) == "sts eu-west-1"
    assert check(request, now_ms() + 3_590_000) == "sts eu-west-1"
    assert check(request, now_ms() + 3_602_000) == "Expired"
    for old, new in [("Expires=3600", "Expires=3601"), ("GetCallerIdentity", "GetSessionToken")]:
        other = copy.deepcopy(request)
        other.url = url.replace(old, new)
        assert check(other) == "Mismatch"


@pytest.mark.parametrize("query", ["a=b%20c&a=%2F", "b=%C3%A9&a", "x=1&X=2&x=0", "q=a%2Bb~c*"])
@pytest.mark.parametrize("path", ["/", "/a/b/", "/a%20b/c", "/%E1%88%B4/%2F", "/a/./b/../c", "//a"])
def test_odd_paths_and_queries_are_canonical_in_botocores_way(echo, path, query):
    credentials = Credentials(KEY, SECRET)
    url = f"http://localhost:4566{path}?{query}"
    for auth, service in [(SigV4QueryAuth, "ebs"), (S3SigV4QueryAuth, "s3")]:
        request = botocore.awsrequest.AWSRequest("GET", url, {}, b"")
        auth(credentials, service, "eu-west-1", expires=60).add_auth(request)
        prepared = with_host(botocore.awsrequest.AWSPreparedRequest("GET", request.url, {}, b"", False))
        read = echo.request("ebs", "ListSnapshotBlocks", prepared, secret=SECRET, now=now_ms())
        assert read["verified"] == f"{service} eu-west-1", (request.url, read)
