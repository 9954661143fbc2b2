"""What an operator's monitoring reads: GET /metrics on an address of its own."""

import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from conftest import Server, amiable, wait_for


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("watched") / "data", "--metrics", "127.0.0.1:0")
    yield server
    server.stop()


def address(server: Server) -> str:
    log = Path(server.data.parent / "server.log").read_text()
    return re.search(r"metrics are answered address=(\S+)", log).group(1)


def scrape(server: Server) -> dict[str, float]:
    with urllib.request.urlopen(f"http://{address(server)}/metrics", timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = answer.read().decode()
    values, described = {}, set()
    for line in text.splitlines():
        if line.startswith("#"):
            described.add(line.split()[2])
            continue
        found = re.fullmatch(r'([a-z_]+)(\{[a-z]+="[^"]+"\})? (\d+)', line)
        assert found and found.group(1) in described, line
        values[found.group(1) + (found.group(2) or "")] = float(found.group(3))
    return values


def test_what_is_stored_and_answered_is_counted(watched, tiny):
    before = scrape(watched)
    assert before['amiable_store_bytes{region="us-east-1"}'] == 0
    image = amiable(watched, "image import", tiny, "--name", "watched")
    after = scrape(watched)
    assert after['amiable_store_packs{region="us-east-1"}'] > 0
    stored = after['amiable_store_bytes{region="us-east-1"}']
    assert stored >= after['amiable_store_live_bytes{region="us-east-1"}'] > 1 << 20
    assert after['amiable_store_bytes{region="us-west-2"}'] == 0
    amiable(watched, "image verify", image["image_id"])
    assert scrape(watched)['amiable_store_read_bytes_total{region="us-east-1"}'] > 1 << 20
    assert after['amiable_api_answers_total{class="2xx"}'] > before['amiable_api_answers_total{class="2xx"}']
    ec2 = watched.client("ec2")
    with pytest.raises(ec2.exceptions.ClientError):
        ec2.describe_images(ImageIds=["ami-00000000000000000"])
    assert scrape(watched)['amiable_api_answers_total{class="4xx"}'] > after['amiable_api_answers_total{class="4xx"}']
    ec2.deregister_image(ImageId=image["image_id"], DeleteAssociatedSnapshots=True)
    wait_for(lambda: scrape(watched)['amiable_store_unreferenced_bytes{region="us-east-1"}'] > 0)


@pytest.mark.parametrize("path, method, status", [("/", "GET", 404), ("/metrics", "POST", 405)])
def test_nothing_else_is_there(watched, path, method, status):
    request = urllib.request.Request(f"http://{address(watched)}{path}", method=method)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code == status


def test_the_api_does_not_answer_for_it(watched):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{watched.endpoint}/metrics", timeout=30)
    assert refused.value.code in (400, 403, 404)
