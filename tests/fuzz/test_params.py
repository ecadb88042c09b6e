"""params.yaml, with whatever is wrong in it."""

from pathlib import Path

import pytest
from committed import committed
from hypothesis import given
from hypothesis import strategies as st

from aebench.config import params
from aebench.core.files import read_yaml

PARAMS = read_yaml(committed() / "params.yaml")
OWN = {
    "images": {"source": "images", "path": "own/faces", "validation": 20, "test": 20},
    "table": {"source": "table", "path": "own/a.csv", "label": "y", "validation": 20, "test": 20},
}
PARAMS["sets"] |= OWN


@given(data=st.data())
def test_a_changed_file_is_fine_or_refused(data, changed, fine_or_refused) -> None:
    content = data.draw(changed(PARAMS))

    def load() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(params, "read_yaml", lambda path: content)
            loaded = params.load_params(Path("params.yaml"))
        for name in loaded.datasets:
            params.config_for(loaded, name)

    fine_or_refused(load)


@given(content=st.recursive(st.none() | st.text(), lambda inner: st.lists(inner)))
def test_what_is_no_mapping_is_refused(content, fine_or_refused) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(params, "read_yaml", lambda path: content)
        fine_or_refused(lambda: params.load_params(Path("params.yaml")))
