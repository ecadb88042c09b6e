"""The contract of all commands: exit codes, one line for a mistake, nothing half-written."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MODEL = "models/grey.safetensors"


def files(folder: Path) -> dict[str, bytes]:
    """All that lies in a folder, hidden files too, but the models."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "models" not in path.parts
    }


def test_the_command_as_a_process(folder, draw) -> None:
    draw(folder / "in" / "a b ü.png", (6, 6))

    def aebench(*arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "aebench", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=os.environ)

    done = aebench("reconstruct", MODEL, "in", "-o", "out")
    assert (done.returncode, done.stdout) == (0, "1 image written to out\n"), done.stderr
    assert "reconstruct: 100%" in done.stderr
    assert [path.name for path in Path("out").iterdir()] == ["a b ü.png"]

    before = files(folder)
    again = aebench("reconstruct", MODEL, "in", "-o", "out")
    assert again.returncode == 2
    assert again.stderr == (
        "aebench: out: exists; --force writes over files of the same names in it\n"
    )
    assert files(folder) == before


COMMANDS = (
    ["reconstruct", MODEL, "in", "-o", "out"],
    ["denoise", MODEL, "in", "-o", "out"],
    ["encode", MODEL, "in", "-o", "out.npz"],
    ["score", MODEL, "in", "-o", "out.csv"],
    ["interpolate", MODEL, "in/1.png", "in/2.png", "-o", "out.png"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_broken_image_among_good_ones_is_named_and_nothing_is_written(
    command, folder, run, draw
) -> None:
    draw(folder / "in" / "1.png", (6, 6))
    (folder / "in" / "2.png").write_text("no image")
    before = files(folder)
    answer = run(*command)
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1), answer.stderr
    assert answer.stderr.startswith("aebench: in/2.png: not an image of a known format")
    assert files(folder) == before


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_what_exists_is_written_over_only_when_told(command, folder, run, draw) -> None:
    draw(folder / "in" / "1.png", (6, 6))
    draw(folder / "in" / "2.png", (6, 6))
    assert run(*command).returncode == 0
    written = files(folder)
    output = Path(command[-1])
    for path in output.iterdir() if output.is_dir() else [output]:
        path.write_text("a person's")
    (folder / "in" / "1.png").with_name("3.png").write_bytes(Path("in/1.png").read_bytes())
    kept = files(folder)
    refused = run(*command)
    assert refused.returncode == 2 and f"{output}: exists; --force" in refused.stderr
    assert files(folder) == kept
    assert run(*command, "--force").returncode == 0
    assert {name: kept[name] for name in kept if name.startswith("in")}.items() <= (
        after := files(folder)
    ).items()
    if output.is_dir() or command[0] == "interpolate":
        assert written.items() <= after.items()


def test_with_force_other_files_in_the_folder_stay(folder, run, draw) -> None:
    draw(folder / "in" / "a.png", (6, 6))
    (folder / "out").mkdir()
    (folder / "out" / "notes.txt").write_text("mine")
    assert run("reconstruct", MODEL, "in", "-o", "out", "--force").returncode == 0
    assert sorted(files(folder / "out")) == ["a.png", "notes.txt"]
    assert Path("out/notes.txt").read_text() == "mine"


@pytest.mark.parametrize(("there", "said"), [("b.png/x", "Is a directory"), ("b", "File exists")])
def test_force_moves_all_files_or_none(there, said, folder, run, draw) -> None:
    draw(folder / "in" / "a.png", (6, 6))
    draw(folder / "in" / ("b.png" if "/" in there else "b/c.png"), (6, 6))
    (folder / "out" / there).parent.mkdir(parents=True)
    (folder / "out" / there).write_text("mine")
    before = files(folder)
    answer = run("reconstruct", MODEL, "in", "-o", "out", "--force")
    assert answer.returncode == 2 and said in answer.stderr
    assert files(folder) == before


def test_no_input_is_written_over_even_with_force(folder, run, draw) -> None:
    draw(folder / "in" / "a.png", (6, 6))
    before = files(folder)
    for inputs, output, said in (
        ("in", "in", "in: lies in in, an input"),
        ("in", "in/out", "in/out: lies in in, an input"),
        ("in/a.png", "in", "in: holds in/a.png, an input"),
        ("in/a.png", "in/a.png", "in/a.png: is an input"),
    ):
        answer = run("reconstruct", MODEL, inputs, "-o", output, "--force")
        assert answer.returncode == 2 and said in answer.stderr
    assert files(folder) == before


def test_what_fails_while_writing_leaves_nothing_behind(folder, run, draw, monkeypatch) -> None:
    for name in "ab":
        draw(folder / "in" / f"{name}.png", (6, 6))
    before = files(folder)
    save = Image.Image.save

    def full(image, path, **options):
        if ".b.png" in path.name:
            raise OSError("no space left on device")
        save(image, path, **options)

    monkeypatch.setattr(Image.Image, "save", full)
    answer = run("reconstruct", MODEL, "in", "-o", "out")
    assert answer.returncode == 1 and "OSError: no space left on device" in answer.stderr
    assert files(folder) == before and not Path("out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["in", "-o", "a.png/out"], "a.png is a file; allowed: a folder"),
        (["in", "-o", "a.png", "--force"], "is one picture, for 2 images; allowed: a folder"),
        (["a.png", "in", "-o", "out"], "in/a.png: has the name of a.png"),
        (["nowhere", "-o", "out"], "nowhere: no such file or folder"),
        (["empty", "-o", "out"], "empty: no images in it; allowed: files named .avif, "),
        (["in/a.png", "in/a.bmp", "-o", "out"], "would both be written to a.png"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(arguments, said, folder, run, draw) -> None:
    draw(folder / "a.png", (6, 6))
    draw(folder / "in" / "a.png", (6, 6))
    draw(folder / "in" / "b.png", (6, 6))
    (folder / "empty").mkdir()
    (folder / "empty" / "notes.txt").write_text("no image by its ending")
    if "in/a.bmp" in arguments:
        draw(folder / "in" / "a.bmp", (6, 6))
    answer = run("reconstruct", MODEL, *arguments)
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)
    assert said in answer.stderr


def test_models_that_do_not_serve(folder, run, draw, tmp_path) -> None:
    draw(folder / "a.png", (6, 6))
    damaged = folder / "damaged.safetensors"
    damaged.write_bytes((folder / MODEL).read_bytes()[:-9])
    damaged.with_suffix(".json").write_bytes((folder / MODEL).with_suffix(".json").read_bytes())
    for model, said in (
        ("nowhere.safetensors", "nowhere.safetensors: no such file"),
        ("damaged.safetensors", "damaged, or not this model's weights"),
        ("models/classifier.safetensors", "is a Classifier; allowed: autoencoders and VAEs"),
    ):
        answer = run("reconstruct", model, "a.png", "-o", "out")
        assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)
        assert answer.stderr.startswith("aebench: ") and said in answer.stderr


def test_help_teaches_and_imports_nothing_heavy(folder, run) -> None:
    for command in (
        "reconstruct",
        "denoise",
        "encode",
        "decode",
        "sample",
        "interpolate",
        "score",
        "compress",
        "decompress",
        "export",
        "save",
    ):
        text = run(command, "--help").stdout
        assert "--force" in text and f"example:\n  aebench {command} " in text
        explained = text.partition("positional arguments")[0].partition("\n\n")[2]
        assert max(map(len, explained.splitlines())) <= 100
        # What `-o` refers to.
        assert "OUTPUT" in explained.partition("All input is checked")[0]
    code = "import sys; from aebench.cli import parser; parser(); "
    code += "sys.exit(bool({'torch', 'numpy', 'PIL', 'pydantic'} & sys.modules.keys()))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_same_command_gives_the_same_bytes(folder, run, draw) -> None:
    draw(folder / "in" / "a.png", (6, 6))
    vae = "models/grey-vae.safetensors"
    for command in (
        ["encode", MODEL, "in", "-o", "a.npz"],
        ["sample", vae, "-o", "a.png"],
        ["score", vae, "in", "-o", "a.csv", "--samples", 3],
    ):
        output = folder / command[command.index("-o") + 1]
        assert run(*command).returncode == 0
        first = output.read_bytes()
        np.random.seed(1)
        assert run(*command, "--force").returncode == 0
        assert output.read_bytes() == first
