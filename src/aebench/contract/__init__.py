"""`aebench test-plugin`: the contracts of all kinds, checked on a plug-in's members.

A file a kind, named after it. Its functions `check_...` take a member, and raise AssertionError
with what is wrong; the first line of their docstring says what they check.
"""
