"""The stages of `dvc.yaml`, a module each; those that train share `job`."""
