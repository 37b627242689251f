# SPDX-License-Identifier: Apache-2.0
"""A verifier of log proofs, written from part G of the card specification and RFC 9162 alone (sections 2.1.1, 2.1.3.2 and
2.1.4.2). check_proof raises Bad, or says what a proof shows."""
import base64
import binascii
import collections
import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Head = collections.namedtuple("Head", "size root")
Shown = collections.namedtuple("Shown", "head index entry older")


class Bad(Exception):
    pass


def demand(condition, what):
    if not condition:
        raise Bad(what)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Bad("base64") from error
    demand(base64.b64encode(data) == text, "base64 is not in its only form")
    return data


def number(text):
    demand(re.fullmatch(rb"0|[1-9][0-9]{0,9}", text) and int(text) < 2**32, "number")
    return int(text)


# ---- signed notes ----

def verifier(text):
    """NAME+HASH+KEY: name, key id, public key."""
    name, key_id, key = text.encode().split(b"+", 2)
    typed = unbase64(key)
    demand(len(typed) == 33 and typed[0] == 1, "not an Ed25519 key")
    demand(sha256(name, b"\n", typed)[:4].hex().encode() == key_id.lower(), "key id")
    return name, sha256(name, b"\n", typed)[:4], typed[1:]


def checkpoint(note, key):
    """The head that a note signs."""
    name, key_id, public = verifier(key)
    text, separator, signatures = note.rpartition(b"\n\n")
    demand(separator and signatures.endswith(b"\n"), "not a note")
    text += b"\n"
    for line in signatures[:-1].split(b"\n"):
        prefix = "— ".encode() + name + b" "
        signed = unbase64(line[len(prefix):]) if line.startswith(prefix) else b""
        if len(signed) == 68 and signed[:4] == key_id:
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(signed[4:], text)
            except InvalidSignature as error:
                raise Bad("signature") from error
            break
    else:
        raise Bad("not signed by this key")
    lines = text.split(b"\n")
    demand(len(lines) == 4 and lines[3] == b"" and lines[0] == name, "not a checkpoint")
    root = unbase64(lines[2])
    demand(len(root) == 32, "root")
    return Head(number(lines[1]), root)


# ---- the tree ----

def root_of(leaves):
    """RFC 9162 2.1.1, by its definition."""
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return sha256(b"\0", leaves[0])
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1", root_of(leaves[:split]), root_of(leaves[split:]))


def check_inclusion(leaf, index, head, path):
    """2.1.3.2"""
    demand(index < head.size, "index")
    fn, sn, r = index, head.size - 1, sha256(b"\0", leaf)
    for p in path:
        demand(sn != 0, "too many hashes")
        if fn & 1 or fn == sn:
            r = sha256(b"\1", p, r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\1", r, p)
        fn, sn = fn >> 1, sn >> 1
    demand(sn == 0 and r == head.root, "the entry is not in the log")


def check_consistency(older, head, path):
    """2.1.4.2; of no entries, or of the same number, the proof is empty."""
    demand(older.size <= head.size, "the later log is shorter")
    if older.size in (0, head.size):
        demand(not path, "too many hashes")
        demand(older.root == (sha256() if older.size == 0 else head.root), "the log was rolled back")
        return
    if older.size & (older.size - 1) == 0:
        path = [older.root] + path
    demand(path, "too few hashes")
    fn, sn = older.size - 1, head.size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        demand(sn != 0, "too many hashes")
        if fn & 1 or fn == sn:
            fr, sr = sha256(b"\1", c, fr), sha256(b"\1", c, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = sha256(b"\1", sr, c)
        fn, sn = fn >> 1, sn >> 1
    demand(sn == 0 and fr == older.root and sr == head.root, "the log was rolled back")


# ---- proof files ----

def field(lines, word):
    demand(lines and lines[0].startswith(word + b" "), word.decode())
    return lines.pop(0)[len(word) + 1:]


def check_proof(text, key):
    """What the proof shows under the verifier text `key`."""
    header, separator, rest = text.partition(b"\n\n")
    demand(separator, "no notes")
    lines = header.split(b"\n")
    magic = lines.pop(0)
    demand(magic in (b"sembako/log-proof@v1", b"sembako/log-consistency@v1"), "not a proof")
    demand(field(lines, b"key") == key.encode(), "another log's key")
    if magic == b"sembako/log-proof@v1":
        index = number(field(lines, b"index"))
        entry = unbase64(field(lines, b"entry"))
        head = checkpoint(rest, key)
        check_inclusion(entry, index, head, [hash_of(line) for line in lines])
        return Shown(head, index, entry, None)
    parts = rest.split(b"\n\n")
    demand(len(parts) == 4, "not two checkpoints")
    older = checkpoint(parts[0] + b"\n\n" + parts[1] + b"\n", key)
    head = checkpoint(parts[2] + b"\n\n" + parts[3], key)
    check_consistency(older, head, [hash_of(line) for line in lines])
    return Shown(head, None, None, older)


def hash_of(line):
    value = unbase64(line)
    demand(len(value) == 32, "hash")
    return value
