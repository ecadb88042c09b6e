"""Training: one run at a time, by one function, kept in the run store.

VERSION is part of every run's identity. Raise it when the numbers that a training gives change.
"""

VERSION = 1
