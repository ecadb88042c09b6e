"""Exported models, run by ONNX Runtime, against PyTorch."""

import sys

import numpy as np
import pytest
import torch

import aebench

onnxruntime = pytest.importorskip("onnxruntime", reason="comes with the extra onnx")


@pytest.mark.parametrize(
    ("model", "part"),
    [
        ("grey", "encode"),
        ("colour", "reconstruct"),
        ("colour-vae", "reconstruct"),
        ("grey-vae", "decode"),
    ],
)
def test_the_runtime_gives_pytorchs_numbers_for_any_number_of_images(
    model, part, folder, run
) -> None:
    path = f"models/{model}.safetensors"
    answer = run("export", path, "--part", part, "-o", "m.onnx")
    assert answer.returncode == 0, answer.stderr
    # One file, which says nothing of the machine that it was made on.
    assert b"/aebench/" not in (folder / "m.onnx").read_bytes()
    assert not list(folder.glob("*.data"))

    net = aebench.load(path)
    session = onnxruntime.InferenceSession("m.onnx", providers=["CPUExecutionProvider"])
    (taken,), (given,) = session.get_inputs(), session.get_outputs()
    assert taken.name == ("codes" if part == "decode" else "images")
    for count in (1, 7):
        inputs = torch.rand(count, *taken.shape[1:])
        (found,) = session.run([given.name], {taken.name: inputs.numpy()})
        wanted = getattr(net, part)(inputs).numpy()
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
        assert wanted.std() > 0.01


@pytest.mark.parametrize("part", ["reconstruct", "decode"])
def test_drawing_pixel_by_pixel_is_refused(part, folder, run) -> None:
    answer = run("export", "models/pixelcnn.safetensors", "--part", part, "-o", "m.onnx")
    assert answer.returncode == 2 and answer.stderr.endswith("allowed: encode\n")


def test_without_the_package_it_says_what_to_install(folder, run, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    answer = run("export", "models/grey.safetensors", "-o", "m.onnx")
    assert answer.returncode == 2 and "pip install -e '.[onnx]'" in answer.stderr
