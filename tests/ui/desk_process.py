"""The desk as a process, for the tests that need a real terminal: `SOCKET` is its argument."""

import sys
from pathlib import Path

from tui_mm.ui.app import open_desk

if __name__ == "__main__":
    result = open_desk(Path(sys.argv[1]))
    print(result.value, flush=True)
    sys.exit(result.exit_code)
