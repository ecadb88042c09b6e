"""Files of models, compressed images and codes, damaged or made up."""

import copy
import csv
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

import aebench
from aebench import models
from aebench.commands.codes import Codes, read_codes, write_codes
from aebench.compression import codec
from aebench.compression.container import CODECS, Compressed, fingerprint
from aebench.core.errors import InputError
from aebench.core.files import write_json

HIDDEN = {"widths": [8], "unit": "tanh"}
CONV = {"net": "conv", "channels": [4], "unit": "relu"}
SPECS: dict[str, dict] = {
    "stacked": {"name": "stacked", "image_shape": [1, 6, 6], "widths": [8, 3], "unit": "silu"},
    "autoencoder": {
        "name": "autoencoder",
        "image_shape": [3, 8, 10],
        "code": 3,
        "encoder": CONV,
        "decoder": CONV | {"init": {"name": "orthogonal"}},
    },
    "vae": {
        "name": "vae",
        "image_shape": [1, 6, 6],
        "latent": 2,
        "encoder": HIDDEN,
        "decoder": HIDDEN,
        "likelihood": "beta-binomial",
        "prior": {"name": "vamp", "pseudo_inputs": 3},
    },
    "bernoulli": {
        "name": "two-layer-vae",
        "image_shape": [1, 6, 6],
        "latents": [2, 2],
        "encoder": HIDDEN,
        "decoder": HIDDEN,
        "inner_encoder": HIDDEN,
        "inner_decoder": HIDDEN,
    },
}
NAMES = st.sampled_from(sorted(SPECS))


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models as version 0.1 wrote them, without checksums."""
    folder = tmp_path_factory.mktemp("fuzzed")
    for name, spec in SPECS.items():
        torch.manual_seed(0)
        save_file(models.build(spec).state_dict(), folder / f"{name}.safetensors")
        write_json(folder / f"{name}.json", {"model": spec})
    return folder


@given(data=st.data(), name=NAMES)
def test_damaged_weights_are_loaded_or_refused(data, name, saved, damaged, fine_or_refused) -> None:
    whole = (saved / f"{name}.safetensors").read_bytes()
    write_json(saved / "x.json", {"model": SPECS[name]})
    (saved / "x.safetensors").write_bytes(data.draw(damaged(whole)))
    fine_or_refused(lambda: aebench.load(saved / "x.safetensors"))


@given(data=st.data(), name=NAMES)
def test_weights_with_another_header_are_loaded_or_refused(
    data, name, saved, changed, fine_or_refused
) -> None:
    whole = (saved / f"{name}.safetensors").read_bytes()
    size = int.from_bytes(whole[:8], "little")
    header = json.dumps(data.draw(changed(json.loads(whole[8 : 8 + size]))), skipkeys=True)
    size = data.draw(st.just(len(header)) | st.sampled_from([0, 2**31, 2**63, 2**64 - 1]))
    write_json(saved / "x.json", {"model": SPECS[name]})
    content = size.to_bytes(8, "little") + header.encode() + whole[-2000:]
    (saved / "x.safetensors").write_bytes(content)
    fine_or_refused(lambda: aebench.load(saved / "x.safetensors"))


@given(data=st.data(), name=NAMES)
def test_a_changed_card_is_read_or_refused(
    data, name, saved, changed, damaged, as_json, fine_or_refused
) -> None:
    (saved / "x.safetensors").write_bytes((saved / f"{name}.safetensors").read_bytes())
    card = as_json(data.draw(changed({"model": SPECS[name], "plugins": [], "seed": 3})))
    (saved / "x.json").write_bytes(data.draw(st.just(card) | damaged(card)))
    fine_or_refused(lambda: aebench.load(saved / "x.safetensors"))


@given(data=st.data(), name=NAMES, forged=st.booleans())
def test_a_changed_compressed_file_is_read_or_refused(
    data, name, forged, saved, damaged, fine_or_refused
) -> None:
    model = aebench.load(saved / f"{name}.safetensors")
    generator = np.random.default_rng(0)
    images = 255 * generator.integers(0, 2, (3, *SPECS[name]["image_shape"]), np.uint8)
    whole = codec.compress(model, images)
    if forged:
        # Of somebody who computes the checksum anew.
        count = data.draw(st.just(3) | st.integers(0, 2**32 - 1))
        kind = data.draw(st.sampled_from(CODECS))
        payload = data.draw(damaged(whole.payload))
        known_by = whole.model if kind == whole.codec else fingerprint(model)
        altered = Compressed(kind, known_by, count, payload).to_bytes()
    else:
        altered = data.draw(damaged(whole.to_bytes()))
    fine_or_refused(lambda: codec.decompress(model, Compressed.from_bytes(altered, "file"), "file"))


@given(count=st.integers(0, 2**32 - 1), tables=st.lists(st.binary(max_size=40), max_size=4))
def test_forged_tables_are_refused(count, tables, saved, fine_or_refused) -> None:
    model = aebench.load(saved / "stacked.safetensors")
    raw = struct.pack("<H", len(tables)) + b"".join(tables)
    zipped = zlib.compress(raw)
    payload = struct.pack("<dI", 1.0, len(zipped)) + zipped
    file = Compressed("lossy", fingerprint(model), count, payload)
    fine_or_refused(lambda: codec.decompress(model, file, "file"))


@given(data=st.data(), ending=st.sampled_from([".npz", ".csv"]))
def test_changed_codes_are_read_or_refused(data, ending, saved, damaged, fine_or_refused) -> None:
    path = saved / f"codes{ending}"
    write_codes(path, Codes(["a.png", "b/c.png"], np.ones((2, 3), np.float32)))
    path.write_bytes(data.draw(damaged(path.read_bytes())))
    fine_or_refused(lambda: read_codes(path))


@given(
    rows=st.lists(
        st.lists(st.text(max_size=8) | st.sampled_from(["1", "nan", "1e999"])), max_size=4
    )
)
def test_any_table_is_codes_or_refused(rows, saved, fine_or_refused) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["name", "code_1"], *rows])
    path = saved / "any.csv"
    path.write_text(text.getvalue(), encoding="utf-8", errors="replace", newline="")
    fine_or_refused(lambda: read_codes(path))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_no_model(number, saved) -> None:
    weights = copy.deepcopy(models.build(SPECS["stacked"]).state_dict())
    weights["encoder.layers.0.bias"][2] = number
    save_file(weights, saved / "x.safetensors")
    write_json(saved / "x.json", {"model": SPECS["stacked"]})
    with pytest.raises(InputError, match=r"not all numbers of encoder\.layers\.0\.bias"):
        aebench.load(saved / "x.safetensors")
