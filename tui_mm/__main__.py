"""`python -m tui_mm` is the same as `tui-mm`."""

from tui_mm.cli import main

main()
