"""Addresses of databases and servers: of files of any name, and shown without passwords."""

import os
import re
import sys
from pathlib import Path
from urllib.parse import quote, unquote

HIDDEN = "***"
# Greedy up to the last @, since people do not escape what stands in their passwords. Lengths are
# bounded, since the time would grow with the square of a text's length.
USER = re.compile(
    r"(?P<before>[a-z][\w+.-]{0,30}://[^\s:@/]{0,200}:)(?P<password>\S{0,500})(?=@)", re.IGNORECASE
)
PARAMETER = re.compile(
    r"(?P<before>[?&]\w{0,40}(?:password|token|secret)=)(?P<password>[^\s&'\"]+)", re.IGNORECASE
)
# Where addresses come from, and passwords that stand by themselves.
ADDRESSES = ("MLFLOW_TRACKING_URI",)
PASSWORDS = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "PGPASSWORD")


def sqlite_url(path: Path) -> str:
    """SQLAlchemy's address of a SQLite file; `%`, `?` and `#` in names are escaped.

    If there are any, the path is relative: MLflow creates the folders of one with escapes as if
    these were names.
    """
    text = str(path)
    if set(text) & set("%?#"):
        text = os.path.relpath(path)
    return f"sqlite:///{re.sub('[%?#]', lambda match: quote(match[0]), text)}"


def hide_passwords(text: str) -> str:
    """The text with `user:***@` in addresses.

    Also without the passwords of this process's own addresses where they stand by themselves, as
    in what a library says of an address that it cannot read.
    """
    for pattern in (USER, PARAMETER):
        text = pattern.sub(rf"\g<before>{HIDDEN}", text)
    for password in sorted(_own_passwords(), key=len, reverse=True):
        text = text.replace(password, HIDDEN)
    return text


def _own_passwords() -> set[str]:
    """The passwords that the environment and the command line hold, and their parts.

    Not those that may be words of a message, too.
    """
    addresses = [*(os.environ.get(name, "") for name in ADDRESSES), *sys.argv]
    found = {os.environ.get(name, "") for name in PASSWORDS}
    for address in addresses:
        for pattern in (USER, PARAMETER):
            for match in pattern.finditer(address):
                found |= {match["password"], unquote(match["password"])}
    found |= {part for password in found for part in re.split("[/?#@:]", password)}
    return {password for password in found if len(password) >= 4 and not password.isalpha()}
