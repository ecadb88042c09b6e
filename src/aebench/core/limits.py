"""The largest whole numbers that people may give, apart from types that are slow to import."""

# Of counts. Databases and array libraries store them in as many bits; how much memory so many of
# something take is checked where it is taken, see `memory.py`.
LARGEST_COUNT = 2**31 - 1
# Of seeds: random generators take as many bits.
LARGEST_SEED = 2**63 - 1
