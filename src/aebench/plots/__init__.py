"""Pictures that studies, sweeps and reports share."""
