"""How trained models are measured. Every value's unit is in its name."""
