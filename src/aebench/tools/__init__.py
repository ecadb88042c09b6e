"""Traditional tools: what a person would use instead of a trained net, as cells of a study.

Nothing is trained for them beforehand; what a measure asks of a tool is fitted and tuned there.
VERSION is part of the identity under which a tool's measurements are kept. Raise it when the
numbers that a tool gives change.
"""

VERSION = 1
