"""What every test may use: the lab's fixtures.

The lab is no installed package, so the repository's root is put on the path.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

pytest_plugins = ["lab.fixtures"]
