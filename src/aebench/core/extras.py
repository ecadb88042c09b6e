"""The package's extras: libraries that only some commands need, and what to do without them."""

from importlib.util import find_spec

from aebench.core.errors import InputError

# For each extra of pyproject.toml: the modules that commands import of it, and the extras in it.
MODULES = {
    "pipeline": (
        "pytorch_lightning",
        "dvc",
        "mlflow",
        "pytorch_optimizer",
        "opt_einsum",
        "requests",
        "filelock",
        "pooch",
        "pyarrow",
        "mlxtend",
        "sklearn",
        "skimage",
        "pywt",
        "matplotlib",
        "jinja2",
        "markdown_it",
        "distributed",
    ),
    "studies": ("umap", "zstandard", "brotli", "imagecodecs", "numba"),
    "sweeps": ("optuna", "cmaes", "plotly"),
    "onnx": ("onnx", "onnxscript"),
    "postgresql": ("psycopg",),
}
WITHIN = {"studies": ("pipeline",), "sweeps": ("pipeline",), "postgresql": ("sweeps",)}


def modules(extra: str) -> list[str]:
    """The modules that commands import of an extra, those of the extras in it first."""
    return [m for inner in WITHIN.get(extra, ()) for m in modules(inner)] + list(MODULES[extra])


def require(extra: str) -> None:
    """Raise InputError, which names the command to run, where an extra is not installed."""
    for module in modules(extra):
        if find_spec(module) is None:
            raise InputError(_line(module, extra))


def missing(module: str) -> str | None:
    """One line on a module that is not installed; None where no extra installs it."""
    extra = next((name for name, names in MODULES.items() if module in names), None)
    return _line(module, extra) if extra else None


def _line(module: str, extra: str) -> str:
    return (
        f"the package {module} is not installed; in a clone of aebench "
        f"`pip install -e '.[{extra}]'` installs it"
    )
