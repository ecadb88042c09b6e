"""How generated images compare with real ones, by features that any net may give: N x D arrays.

A measure is named after the net whose features it is taken in; only values of one net compare.
"""
