"""What `pip install .` brings is enough to use a model, and a missing extra is one line."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[2]
MODELS = Path(__file__).parent / "old"
HEAVY = ("pytorch_lightning", "mlflow", "optuna", "dvc", "sklearn", "skimage", "matplotlib")


def closure(requirements: list[str]) -> set[str]:
    """The distributions that these requirements bring, without any extra."""
    found: set[str] = set()
    queue = [Requirement(text) for text in requirements]
    while queue:
        requirement = queue.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        if requirement.name not in found:
            found.add(requirement.name)
            queue += map(Requirement, metadata.requires(requirement.name) or [])
    return found


def link(name: str, folder: Path) -> None:
    """Put an installed distribution into another `site-packages`, as links to its files."""
    distribution = metadata.distribution(name)
    for top in {file.parts[0] for file in distribution.files or []} - {"..", "__pycache__"}:
        target = folder / top
        if not target.exists():
            target.symlink_to(Path(str(distribution.locate_file(top))))


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with aebench and what it requires, no more."""
    home = tmp_path_factory.mktemp("light")
    wheel = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*wheel, "--wheel-dir", home, PROJECT], check=True)
    (built,) = home.glob("*.whl")
    (requires,) = [
        distribution.requires or [] for distribution in metadata.distributions(path=[str(built)])
    ]
    # No network: the libraries are those of this environment, all others are out of sight.
    venv.create(home / "venv", with_pip=False)
    paths = sysconfig.get_paths("venv", {"base": str(home / "venv")})
    for name in closure(requires):
        link(name, Path(paths["purelib"]))
    shutil.unpack_archive(built, paths["purelib"], "zip")
    return Path(paths["scripts"])


def run(light: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess:
    return subprocess.run([light / "python", *words], cwd=cwd, capture_output=True, text=True)


@pytest.mark.integration
def test_a_light_install_uses_models_and_names_the_extra_for_all_else(light, tmp_path):
    heavy = f"import importlib.util as i; print([n for n in {HEAVY} if i.find_spec(n)])"
    assert run(light, "-c", heavy, cwd=tmp_path).stdout == "[]\n"

    model, vae = (str(MODELS / f"{name}.safetensors") for name in ("autoencoder", "vae"))
    # In one process, since torch takes seconds to import.
    commands = [
        ["sample", vae, "--count", "2", "-o", "digits"],
        ["save", vae, "-o", "vae.safetensors"],
        ["denoise", model, "digits", "-o", "clean"],
        ["encode", model, "digits", "-o", "codes.npz"],
        ["decode", model, "codes.npz", "-o", "decoded"],
        ["score", vae, "digits", "--samples", "2", "-o", "scores.csv"],
        ["compress", model, "digits", "-o", "digits.aeb"],
        ["decompress", model, "digits.aeb", "-o", "back"],
        ["sample", "mnist-vae", "--count", "2", "-o", "of-the-package"],
    ]
    program = (
        "import sys; from aebench import cli\n"
        f"for words in {commands!r}: sys.argv[1:] = ['--quiet', *words]; assert cli.main() == 0"
    )
    answer = run(light, "-c", program, cwd=tmp_path)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert len(list((tmp_path / "back").glob("*.png"))) == 2

    for command, extra in (
        (["export", model, "-o", "model.onnx"], "onnx"),
        (["prepare", "mnist-5k"], "pipeline"),
        (["study", "pretraining"], "studies"),
        (["sweep", "vae"], "sweeps"),
    ):
        answer = run(light, "-m", "aebench", *command, cwd=tmp_path)
        assert answer.returncode == 2 and answer.stderr.count("\n") == 1, answer.stderr
        assert f"`pip install -e '.[{extra}]'`" in answer.stderr
