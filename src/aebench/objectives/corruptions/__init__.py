"""The built-in corruptions; all but Poisson are those of Vincent et al. (2010)."""
