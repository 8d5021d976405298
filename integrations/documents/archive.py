"""Looks at an Office file's archive before anything unpacks it."""

from io import BytesIO
from zipfile import BadZipFile, ZipFile

from bot.domain.refusals import Why
from integrations.documents.limits import Limits, Refused

SMALL = 1_000_000
"""Bytes: a member that small may be packed as tightly as it likes."""


def unpackable(content: bytes, limits: Limits) -> None:
    """Return if the archive is one that may be unpacked; sizes are its directory's, which unpacking does not exceed.

    Raises Refused: a bomb, a locked or a damaged archive.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise Refused(Why.DAMAGED, reason=str(error)) from error
    total = sum(one.file_size for one in members)
    tight = any(one.file_size > max(SMALL, limits.ratio * one.compress_size) for one in members)
    if total > limits.unpacked_bytes or len(members) > limits.members or tight:
        raise Refused(Why.BOMB, unpacked=f"{total / 1e6:,.0f}")
    if any(one.flag_bits & 1 for one in members):
        raise Refused(Why.LOCKED)
