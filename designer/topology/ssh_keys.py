"""SSH public keys as OpenSSH writes them, one to a line of authorized_keys (sshd(8),
"AUTHORIZED_KEYS FILE FORMAT"): type, key in base64, comment. No options: a key is a key here."""

from __future__ import annotations

import base64
import binascii
import re

TYPES = (
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
LONGEST = 8000
FORM = re.compile(
    rf"^(?:{'|'.join(TYPES).replace('.', '[.]')}) [A-Za-z0-9+/]+={{0,2}}(?: [ -~]{{1,200}})?$"
)


def read(text: str) -> str:
    """The key in one form, without space around it. Raises ValueError, which says what is wrong.

    The base64 begins with the type again (RFC 4253, section 6.6), and so what was cut off, or
    pasted together from two, is noticed.
    """
    text = text.strip(" ")
    if "PRIVATE KEY" in text:
        raise ValueError("This is a private key, which nobody else may have.")
    if len(text) > LONGEST or not FORM.fullmatch(text):
        raise ValueError("This is no SSH public key.")
    kind, encoded = text.split(" ")[:2]
    try:
        blob = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise ValueError(f"The {kind} key is cut off.") from None
    parts = _parts(blob)
    if len(parts) < 2 or parts[0] != kind.encode():
        raise ValueError(f"The {kind} key is cut off, or of another type.")
    return text


def _parts(blob: bytes) -> list[bytes]:
    """The strings that it is made of (RFC 4251, section 5); none where they do not fill it."""
    parts = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        part, rest = blob[4 : 4 + length], blob[4 + length :]
        if len(blob) < 4 or len(part) < length:
            return []
        parts.append(part)
        blob = rest
    return parts
