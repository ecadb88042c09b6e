"""Learning-rate schedules: factors on the optimizer's `lr`."""
