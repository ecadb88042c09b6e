"""Arguments of all kinds, of commands that are done soon."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file

from aebench import cli, models
from aebench.commands.model_commands import MODEL_COMMANDS

VAE = {
    "name": "vae",
    "image_shape": [1, 6, 6],
    "latent": 2,
    "encoder": {"widths": [8], "unit": "tanh"},
    "decoder": {"widths": [8], "unit": "tanh"},
}
ODD = [
    "",
    " ",
    "-",
    "--",
    "-1",
    "0",
    "1e12",
    "1" * 5000,
    str(2**31 - 1),
    str(2**64),
    "nan",
    "inf",
    "x" * 300,
    "a\nb",
    "\x1b[2J",
    "\udcff",
    "日本.png",
    ".",
    "..",
    "/dev/null/x",
    "/proc/self/mem",
    "~",
    "ring",
    "folder",
    "file/x",
    "out.png",
    "out",
    "codes.csv",
    "codes.npz",
    "image.png",
    "models/vae.safetensors",
    "models/vae.json",
]
# Without `export`, which takes seconds, and those that train.
COMMANDS = [command.name for command in MODEL_COMMANDS if command.name != "export"]
FLAGS = sorted(
    {
        flag
        for command in MODEL_COMMANDS
        for option in command.options
        for flag in getattr(option, "flags", ())
        if flag.startswith("-")
    }
)
# On a fresh copy of which each example would take too long: what is written is left there.
WORDS = st.lists(st.sampled_from(ODD) | st.sampled_from(FLAGS), max_size=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VAE, an image, a folder, a file, and a link to itself."""
    folder = tmp_path_factory.mktemp("command-line")
    (folder / "models").mkdir()
    save_file(models.build(VAE).state_dict(), folder / "models" / "vae.safetensors")
    (folder / "models" / "vae.json").write_text(json.dumps({"model": VAE}))
    Image.new("L", (6, 6), 99).save(folder / "image.png")
    (folder / "folder").mkdir()
    (folder / "file").write_text("text")
    (folder / "ring").symlink_to("ring")
    return folder


@given(
    command=st.sampled_from(COMMANDS),
    model=st.sampled_from(["models/vae.safetensors", *ODD]),
    words=WORDS,
    output=st.sampled_from(["out", "out.png", "new.csv", *ODD]),
)
def test_a_command_with_a_model_is_done_or_refused_in_a_line(
    command, model, words, output, folder, capsys
) -> None:
    one_line_or_done(folder, capsys, [command, model, *words, f"--output={output}"])


@given(
    command=st.sampled_from([[name] for name in ("check", "sweep-storage", "prepare", "study")]),
    words=WORDS,
)
def test_a_command_of_the_project_is_done_or_refused_in_a_line(
    command, words, folder, capsys
) -> None:
    one_line_or_done(folder, capsys, [*command, *words])


@given(words=st.lists(st.text(max_size=5) | st.sampled_from([*ODD, *COMMANDS]), max_size=4))
def test_any_words_are_refused_in_a_line(words, folder, capsys) -> None:
    one_line_or_done(folder, capsys, ["no-command", *words])


def one_line_or_done(folder: Path, capsys: pytest.CaptureFixture, words: list[str]) -> None:
    """Run the command: it exits with 0, or with 2 after one line on standard error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("AEBENCH_QUIET", "1")
        patch.setattr(sys, "argv", ["aebench", *words])
        # No help, which is long and no error.
        if {"-h", "--help", "--version"} & set(words):
            return
        try:
            code = cli.main()
        except SystemExit as ended:
            code = ended.code
    errors = capsys.readouterr().err
    assert code == 0 or (code == 2 and errors.count("\n") == 1), (code, errors)
    assert len(errors) < 900 and errors.replace("\n", "").isprintable()
