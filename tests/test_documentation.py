"""The documentation is built without a warning, and what it says to type can be typed."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from committed import PROJECT
from PIL import Image
from project_copy import Project, merge, trained_project
from ruamel.yaml import YAML

DOCS = PROJECT / "docs"
PAGES = sorted(
    str(path.relative_to(PROJECT))
    for path in DOCS.rglob("*.md")
    if "_build" not in path.parts and "```" in path.read_text()
)
# A block of code, and the comment before it that says why it is not run here.
BLOCK = re.compile(r"(?:<!-- not run: (\w+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
OTHERS = [
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "studies/LEDGER.md"),
    *("data/README.md", "examples/README.md", "own/README.md"),
]
REASONS = {"cluster", "gpu", "minutes", "server"}

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """A project whose models are trained, and 320 photographs of a kind in own/flowers."""
    project = trained_project(tmp_path_factory)
    base = project.folder / "studies" / "base.yaml"
    base.write_text(base.read_text().replace("training:\n", "training:\n  images: 100\n"))
    folder = project.folder / "own" / "flowers"
    folder.mkdir()
    generator = np.random.default_rng(0)
    for i, image in enumerate(generator.integers(0, 256, (320, 40, 36, 3), dtype=np.uint8)):
        Image.fromarray(image).save(folder / f"{i}.png")
    return project


@pytest.mark.parametrize("page", [page for page in PAGES if "reference/commands" not in page])
def test_what_a_page_says_to_type_can_be_typed(page: str, project: Project) -> None:
    settings = project.folder / "params.yaml"
    before = settings.read_text()
    for reason, language, text in BLOCK.findall((PROJECT / page).read_text()):
        if reason:
            assert reason in REASONS
        elif language == "sh":
            project.run("bash", "-ec", text)
        elif language == "python":
            project.run(sys.executable, "-c", text)
        else:
            assert language == "yaml"
            _write(project, text)
    settings.write_text(before)


def _write(project: Project, text: str) -> None:
    """Write the file that the first line names; into params.yaml, what is said of it."""
    said = YAML().load(text)
    name = re.match(r"# (\S+\.yaml)\n", text)
    if name and name[1] == "params.yaml":
        project.edit(lambda params: merge(params, said))
    elif name:
        (project.folder / name[1]).write_text(text)


def test_it_is_built_without_a_warning(tmp_path: Path) -> None:
    command = ["sphinx-build", "--quiet", "--fail-on-warning", str(DOCS), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="argparse writes options another way")
def test_pages_that_follow_from_the_code_follow_from_it(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.syspath_prepend(str(DOCS))
    from reference_pages import PAGES as WRITTEN

    for name, page in WRITTEN.items():
        assert (DOCS / "reference" / name).read_text() == page(), "`make reference` writes it"


def test_links_of_other_pages_lead_somewhere() -> None:
    for path in (PROJECT / name for name in OTHERS):
        for target in re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", path.read_text()):
            assert (path.parent / target).exists(), f"{path}: {target}"
