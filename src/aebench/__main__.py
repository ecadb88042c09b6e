"""`python -m aebench` is `aebench`."""

import sys

from aebench.cli import main

if __name__ == "__main__":
    sys.exit(main())
