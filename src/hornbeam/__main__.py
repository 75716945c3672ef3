"""`python -m hornbeam` is `hornbeam`."""

import sys

from hornbeam.cli import main

sys.exit(main())
