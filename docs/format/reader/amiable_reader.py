#!/usr/bin/env python3
"""Restores a disk from an installation's packs, and proves that it is the one that was asked for.

    amiable_reader.py PACKS TREE OUTPUT

PACKS is one Region's folder of packs, such as DATA/blocks/us-east-1/packs. TREE is a file with the
tree as JSON, or a snapshot's id; then DATA/catalogue.db, four folders up from a pack, is asked for it.
OUTPUT is written as a raw disk with holes.

Written from docs/format/{pack,tree,digest}.md alone, and sharing nothing with the service: it is
there so that disks outlive it. It reads disks that are not sealed. It needs Python 3.8, and blake3
and zstandard from PyPI. Nothing that it reads is believed before its hash was compared.
"""

import json
import pathlib
import sqlite3
import struct
import sys

from blake3 import blake3
from zstandard import ZstdDecompressor

GRAIN = 4096
BLOCK = 512 * 1024
SEGMENT = 16 * 1024 * 1024
FANOUT = 512
ZERO = bytes(32)
CHUNK, PAGE = 0, 1
LONGEST = {CHUNK: 131072, PAGE: 163840}


class Damaged(Exception):
    """What is stored is not what was written."""


def require(fact, what):
    if not fact:
        raise Damaged(what)


def derive(context, data):
    return blake3(data, derive_key_context=context).digest()


ADDRESS_KEYS = {
    CHUNK: derive("amiable v1 plain chunk address", b""),
    PAGE: derive("amiable v1 plain page address", b""),
}


# Packs (pack.md)


def pack_index(path):
    """Yields (address, offset, length) of every frame of a pack."""
    with open(path, "rb") as file:
        total = file.seek(0, 2)
        require(total >= 56, f"{path} is cut off")
        file.seek(0)
        require(file.read(8) == b"AmiPack1", f"{path} is no pack")
        file.seek(total - 48)
        trailer = file.read(48)
        start, count = struct.unpack_from("<II", trailer)
        require(trailer[40:] == b"AmiPend1", f"{path} has no trailer")
        require(start + 36 * count + 48 == total, f"{path} has another length than it says")
        file.seek(start)
        index = file.read(36 * count)
    require(derive("amiable v1 pack index", index + trailer[:8]) == trailer[8:40], f"{path}: damaged index")
    offset = 8
    for address, length in struct.iter_unpack("<32sI", index):
        yield address, offset, length
        offset += length
    require(offset == start, f"{path}: the frames do not add up")


class Packs:
    def __init__(self, folder):
        """Reads the indexes. An address may lie in several packs, each copy as good as the others."""
        self.places = {}
        self.unzip = ZstdDecompressor()
        for path in sorted(folder.glob("*/*")):
            if "#" in path.name:
                continue  # staged by an upload that was interrupted
            try:
                for address, offset, length in pack_index(path):
                    self.places.setdefault(address, []).append((path, offset, length))
            except Damaged as damage:
                print(f"left out: {damage}", file=sys.stderr)

    def open(self, kind, address):
        """The plaintext of a chunk or page."""
        damage = f"{address.hex()} is in no pack"
        for path, offset, length in self.places.get(address, []):
            with open(path, "rb") as file:
                file.seek(offset)
                frame = file.read(length)
            try:
                return self.unpack(kind, address, frame)
            except Damaged as error:
                damage = f"{path}, at {offset}: {error}"
        raise Damaged(damage)

    def unpack(self, kind, address, frame):
        found, codec, seal, reserved, length = struct.unpack_from("<BBBBI", frame)
        body = frame[24:]
        total = blake3(frame[:8] + body, key=address).digest(length=16)
        require(total == frame[8:24], "the sum differs")
        require((found, reserved) == (kind, 0), "a frame of another kind")
        require(seal == 0, "it is sealed: its key is needed, and another reader")
        require(0 < length <= LONGEST[kind] and codec in (0, 1), "impossible fields")
        plain = self.unzip.decompress(body, max_output_size=length) if codec else body
        require(len(plain) == length, "another length than it says")
        require(blake3(plain, key=ADDRESS_KEYS[kind]).digest() == address, "other content than its name")
        return plain


# Digests (digest.md)


def node(level, children, width):
    row = b"".join(children.get(at, ZERO) for at in range(width))
    return derive("amiable v1 digest node", bytes([level]) + row) if any(row) else ZERO


def disk_digest(size, top):
    return derive("amiable v1 digest disk", struct.pack("<Q", size) + top)


def block_digest(plain):
    return blake3(plain).digest() if any(plain) else ZERO


# Trees (tree.md)


def height(size):
    levels, mapped = 0, SEGMENT
    while mapped < size:
        mapped *= FANOUT
        levels += 1
    return levels


def inner_page(page, level, digest):
    """Yields (place, address, digest) of the children."""
    require(page[:4] == b"AmI1" and page[4] == level, "not an inner page of this level")
    (count,) = struct.unpack_from("<H", page, 5)
    require(len(page) == 7 + 67 * count, "an inner page of another length than it says")
    children = list(struct.iter_unpack("<HB32s32s", page[7:]))
    require(node(level, {at: below for at, _, _, below in children}, FANOUT) == digest, "another digest")
    for at, slot, address, below in children:
        require(slot == 0 and at < FANOUT, "a sealed or misplaced page in a plain tree")
        yield at, address, below


def segment(packs, page, digest):
    """The 16 MiB that a leaf maps, proven block by block."""
    require(page[:4] == b"AmL1", "not a leaf page")
    (count,) = struct.unpack_from("<H", page, 4)
    require(len(page) == 1030 + 37 * count, "a leaf page of another length than it says")
    blocks = [page[6 + 32 * n : 38 + 32 * n] for n in range(32)]
    require(node(0, dict(enumerate(blocks)), 32) == digest, "another digest")
    plain = bytearray(SEGMENT)
    for start, grains, slot, address in struct.iter_unpack("<HHB32s", page[1030:]):
        require(slot == 0 and start + grains <= 4096, "a sealed or misplaced chunk in a plain tree")
        chunk = packs.open(CHUNK, address)
        require(len(chunk) == grains * GRAIN, "a chunk of another length than its page says")
        plain[start * GRAIN : start * GRAIN + len(chunk)] = chunk
    for n, expected in enumerate(blocks):
        require(block_digest(plain[n * BLOCK : (n + 1) * BLOCK]) == expected, "another block")
    return plain


def restore(packs, address, digest, level, number, out, size):
    """Writes what a page maps. What no page maps stays a hole, which reads as zeros."""
    page = packs.open(PAGE, address)
    if level:
        for at, child, below in inner_page(page, level, digest):
            restore(packs, child, below, level - 1, number * FANOUT + at, out, size)
        return
    plain = segment(packs, page, digest)
    for at in range(0, SEGMENT, BLOCK):
        block, offset = plain[at : at + BLOCK], number * SEGMENT + at
        if any(block):
            require(not any(block[max(0, size - offset) :]), "data after the end of the disk")
            out.seek(offset)
            out.write(block[: size - offset])


def read_tree(packs, name):
    if not name.startswith("snap-"):
        return json.loads(pathlib.Path(name).read_text())
    catalogue = packs.parents[2] / "catalogue.db"
    database = sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True)
    row = database.execute("SELECT doc FROM snapshots WHERE id = ?", [name]).fetchone()
    require(row, f"there is no snapshot {name}")
    return json.loads(row[0])["tree"]


def main(packs, name, output):
    folder = pathlib.Path(packs).resolve()
    tree = read_tree(folder, name)
    require(tree and tree["format"] == 1, "no tree of format 1: is the snapshot completed?")
    require(not tree["sealed"], "the disk is sealed: its keys are needed, and another reader")
    size, root = tree["size"], tree["root"]
    top = bytes.fromhex(root["digest"]) if root else ZERO
    require(disk_digest(size, top).hex() == tree["digest"], "the tree's digest is not that of its root")
    with open(output, "wb") as out:
        if root:
            found = Packs(folder)
            restore(found, bytes.fromhex(root["address"]), top, height(size), 0, out, size)
        out.truncate(size)
    print(tree["digest"])


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except Damaged as damage:
        sys.exit(f"amiable_reader: {damage}")
