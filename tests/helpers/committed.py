"""The project's settings, studies and results as git has them, whatever lies in the folder."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).parents[2]
# What people edit, add to or write over as they use the project; the rest is code and text.
NAMES = ("README.md", "benchmarks", "params.yaml", "reports", "studies", "sweeps")


def committed() -> Path:
    """A folder with what comes with the project of NAMES; `datasets` are `[mnist-5k]`.

    As staged, so that a change can be tried before it is committed. An archive has no git: its
    files are taken as they are.
    """
    return Path(_folder().name)


# The folder is there for as long as this keeps it.
@cache
def _folder() -> TemporaryDirectory:
    folder = TemporaryDirectory(prefix="aebench-committed-")
    if (PROJECT / ".git").exists():
        git = ("git", "-C", str(PROJECT))
        listed = subprocess.run(
            [*git, "ls-files", "-z", "--", *NAMES], stdout=subprocess.PIPE, check=True
        )
        checkout = [*git, "checkout-index", "-z", "--stdin", f"--prefix={folder.name}/"]
        subprocess.run(checkout, input=listed.stdout, check=True)
    else:
        for name in NAMES:
            copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy
            copy(PROJECT / name, Path(folder.name, name))
    params = Path(folder.name, "params.yaml")
    # People may have committed theirs, too.
    text = re.sub("(?m)^datasets:.*$", "datasets: [mnist-5k]", params.read_text())
    params.write_text(text)
    return folder
