# SPDX-License-Identifier: BSD-2-Clause
"""Prints the payload of a traced message in one line, whatever it contains."""

import json

from .model import OP_IDENTIFY, RpcError

IDENTIFY = {
    "name": "identify", "number": OP_IDENTIFY,
    "request": {"length": 0, "fields": [], "caps": []},
    "reply": {"length": 8, "caps": [], "fields": [
        {"name": "type", "kind": "uint", "offset": 0, "size": 4},
        {"name": "version", "kind": "uint", "offset": 4, "size": 4}]},
}


def decode_file(path, interface, operation, what, hex_text):
    """Decode with the description in the JSON file `path`."""
    try:
        with open(path, encoding="utf-8") as source:
            description = json.load(source)
    except OSError as error:
        raise RpcError(f"{path}: cannot read: {error.strerror}") from None
    except ValueError:
        raise RpcError(f"{path}:1: expected a description by rpcgen --json, got other text") \
            from None
    return decode(description, interface, operation, what, hex_text)


def decode(description, interface, operation, what, hex_text):
    """One line for the payload in `hex_text`; never fails."""
    found = next((i for i in description["interfaces"] if i["name"] == interface), None)
    if found is None:
        return f"{printable(interface)}: unknown interface"
    op = find_operation(found, operation)
    if op is None:
        return f"{interface}.{printable(operation)}: unknown operation"
    head = f"{interface}.{op['name']} {printable(what)}:"
    if what not in ("request", "reply"):
        return f"{head} neither request nor reply"
    try:
        payload = bytes.fromhex(hex_text)
    except ValueError:
        return f"{head} malformed: not hexadecimal"
    return f"{head} {decode_payload(op[what], payload)}".rstrip()


def find_operation(interface, operation):
    """The operation by name or number, or None."""
    for op in [*interface["operations"], IDENTIFY]:
        if operation in (op["name"], str(op["number"])):
            return op
    return None


def decode_payload(message, payload):
    """All fields that are there, and what is wrong with the length."""
    parts = []
    for field in message["fields"]:
        raw = payload[field["offset"]:field["offset"] + field["size"]]
        if len(raw) < field["size"]:
            break
        value = decode_value(field, raw)
        if value is not None:
            parts.append(f"{field['name']}={value}")
    text = ", ".join(parts)
    if len(payload) != message["length"]:
        wrong = f"malformed: length {len(payload)}, expected {message['length']}"
        return f"{wrong}; {text}" if text else wrong
    return text


def decode_value(field, raw):
    """The text of one field; what is malformed ends in '?'. None for proper padding."""
    kind = field["kind"]
    number = int.from_bytes(raw, "little", signed=kind == "int")
    if kind in ("int", "uint"):
        return str(number)
    if kind == "bool":
        return {0: "false", 1: "true"}.get(number, f"{number}?")
    if kind == "enum":
        return next((name for name, value in field["values"] if value == number), f"{number}?")
    if kind == "string":
        return decode_string(raw)
    if kind == "bytes":
        return decode_bytes(raw)
    return f"<{raw.hex()}>?" if any(raw) else None


def decode_string(raw):
    """A quoted string; '?' if it lacks its NUL or the rest is not zero."""
    text, nul, rest = raw.partition(b"\0")
    quoted = "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in text)
    return f'"{quoted}"' + ("" if nul and not any(rest) else "?")


def decode_bytes(raw):
    """The bytes in hexadecimal; '?' if the length is too large or the rest is not zero."""
    size, data = int.from_bytes(raw[:2], "little"), raw[2:]
    good = size <= len(data) and not any(data[size:])
    return f"<{size}: {data[:size].hex()}>" + ("" if good else "?")


def printable(text):
    """`text` on one line, whatever it contains."""
    return "".join(c if c.isprintable() else "?" for c in text)
