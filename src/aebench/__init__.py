"""A reproducible benchmark of autoencoders, from the stacked autoencoder to the VAE."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aebench.commands.trained import load

__all__ = ["__version__", "load"]
__version__ = "0.2.0"


def __dir__() -> list[str]:
    return [*globals(), "load"]


def __getattr__(name: str) -> Any:
    # torch takes seconds to import; a command that does not need it should not pay for it.
    if name == "load":
        from aebench.commands.trained import load

        return load
    raise AttributeError(f"module 'aebench' has no attribute '{name}'")
