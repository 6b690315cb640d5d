"""The private names the driver stands on still exist in this version of Textual."""

import inspect

import textual
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver

from tui_mm.ui import TEXTUAL_SETTINGS
from tui_mm.ui.app import DeskApp
from tui_mm.ui.driver import SafeDriver


def test_textual_is_the_version_this_was_measured_on() -> None:
    """Another one needs the measurements again, not only the names."""
    assert textual.__version__ == "8.2.8"


def test_textual_makes_its_writer_by_the_name_that_is_replaced() -> None:
    """Otherwise the stock writer would quietly be back, and with it the frozen loop."""
    source = inspect.getsource(LinuxDriver.start_application_mode)
    assert "WriterThread(self._file)" in source
    assert hasattr(linux_driver, "WriterThread")


def test_every_method_the_driver_overrides_is_still_called_by_that_name() -> None:
    """An override nobody calls protects nobody."""
    own = set(vars(SafeDriver)) & set(vars(LinuxDriver))
    assert {
        "start_application_mode",
        "stop_application_mode",
        "close",
        "process_message",
        "run_input_thread",
        "_sigtstp_application",
        "_sigcont_application",
    } <= own
    assert {"_handle_exception", "panic", "on_event", "notify"} <= set(vars(DeskApp)) & set(
        vars(App)
    )


def test_textual_was_imported_with_the_desk_s_settings() -> None:
    """They are read once, at import."""
    assert TEXTUAL_SETTINGS["TEXTUAL_DISABLE_KITTY_KEY"] == "1"
    assert TEXTUAL_SETTINGS["TEXTUAL_ANIMATIONS"] == "none"
