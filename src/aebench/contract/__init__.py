"""`aebench test-plugin`: the contracts of all kinds, checked on a plug-in's members.

There is a file for each kind, named after it. Its functions `check_...` take a member and raise
AssertionError with the fault; the first line of their docstring says what they check.
"""
