"""`params.yaml` and the files of studies and sweeps, read and validated."""
