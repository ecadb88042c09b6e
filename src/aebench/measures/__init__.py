"""What is measured of trained models, beyond their objectives' metrics, and of baselines."""
