"""Pictures, drawn from arrays and tables; studies, sweeps and reports choose what is drawn."""
