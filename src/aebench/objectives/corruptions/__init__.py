"""The built-in noises; masking, Gaussian and salt-and-pepper are those of Vincent et al. (2010)."""
