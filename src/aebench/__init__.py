"""A reproducible benchmark of autoencoders, from the stacked autoencoder to the VAE."""


def __getattr__(name: str):
    # torch takes seconds to import; a command that does not need it should not pay for it.
    if name == "load":
        from aebench.training.saved import load

        return load
    raise AttributeError(f"module 'aebench' has no attribute '{name}'")
