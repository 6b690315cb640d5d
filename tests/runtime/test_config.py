"""The settings: understood exactly or refused with the name and what it may be."""

import re
from pathlib import Path

import pytest

from tui_mm.config import OnOperatorLoss, Settings, SettingsRefused, loaded_settings, setting_names
from tui_mm.domain.units import money, price, qty
from tui_mm.risk.limits import Limits

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = (ROOT / ".env.example").read_text()


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without `.env` and an environment without settings."""
    monkeypatch.chdir(tmp_path)
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)


def test_numbers_are_read_exactly_with_their_unit(monkeypatch: pytest.MonkeyPatch):
    """No float on the way."""
    monkeypatch.setenv("TUI_MM_DAILY_LOSS_MAX", "50.1 dollars")
    monkeypatch.setenv("TUI_MM_ORDER_QTY_MAX", "12.5 contracts")
    monkeypatch.setenv("TUI_MM_PRICE_MIN", "0.0350 dollars")
    monkeypatch.setenv("TUI_MM_OPEN_ORDERS_MAX", "7")
    settings = loaded_settings()
    assert settings.daily_loss_max == money("50.1")
    assert settings.order_qty_max == qty("12.5")
    assert settings.price_min == price("0.035")
    assert settings.open_orders_max == 7


def test_a_file_in_the_current_folder_counts_and_the_environment_beats_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What belongs to other programs in that file is left alone."""
    (tmp_path / ".env").write_text(
        "OTHER=1\nTUI_MM_ON_OPERATOR_LOSS=hold\nTUI_MM_DAILY_LOSS_MAX=5 dollars\n"
    )
    monkeypatch.setenv("TUI_MM_DAILY_LOSS_MAX", "6 dollars")
    settings = loaded_settings()
    assert settings.on_operator_loss is OnOperatorLoss.HOLD
    assert settings.daily_loss_max == money("6")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("DAILY_LOSS_MAX", "50", "lacks its unit: write a number of dollars from 0.01 to 10000000"),
        ("DAILY_LOSS_MAX", "0 dollars", "out of range: from 0.01 to 10000000 dollars"),
        ("DAILY_LOSS_MAX", "NaN dollars", "not a plain decimal number"),
        ("DAILY_LOSS_MAX", "1_000 dollars", "not a plain decimal number"),
        ("DAILY_LOSS_MAX", "1e3 dollars", "not a plain decimal number"),
        ("PRICE_MAX", "1 dollars", "out of range: from 0.0001 to 0.9999 dollars"),
        ("PRICE_MAX", "0.97001 dollars", "more than 4 decimals"),
        ("ORDER_QTY_MAX", "100 dollars", "lacks its unit"),
        ("OPEN_ORDERS_MAX", "2.5", "not a plain whole number"),
        ("OPEN_ORDERS_MAX", "10001", "out of range: from 1 to 10000"),
        ("MESSAGES_PER_SECOND_MAX", "0", "out of range: from 1 to 1000"),
        ("ON_OPERATOR_LOSS", "maybe", "'cancel' or 'hold'"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, why: str
):
    """The sentence says which variable, and what it may be."""
    monkeypatch.setenv(f"TUI_MM_{name}", text)
    with pytest.raises(SettingsRefused, match=f"TUI_MM_{name}: .*{re.escape(why)}"):
        loaded_settings()


@pytest.mark.parametrize("place", ["environment", "file"])
def test_an_unknown_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str):
    """A limit with a typing error in its name protects nobody."""
    if place == "environment":
        monkeypatch.setenv("TUI_MM_DAILY_LOS_MAX", "5 dollars")
    else:
        (tmp_path / ".env").write_text("TUI_MM_DAILY_LOS_MAX=5 dollars\n")
    with pytest.raises(SettingsRefused, match="unknown setting TUI_MM_DAILY_LOS_MAX"):
        loaded_settings()


def test_an_empty_price_band_is_refused(monkeypatch: pytest.MonkeyPatch):
    """Each bound is fine alone; together they forbid everything."""
    monkeypatch.setenv("TUI_MM_PRICE_MIN", "0.98 dollars")
    with pytest.raises(SettingsRefused, match=r"TUI_MM_PRICE_MIN 0\.9800 must be below"):
        loaded_settings()


def test_the_example_names_exactly_the_settings():
    """Whoever copies it sees all there is, and nothing that does not exist."""
    named = re.findall(r"^# (TUI_MM_[A-Z_]+)=", EXAMPLE, re.MULTILINE)
    assert named == [name for name in setting_names() if name in named]
    assert set(named) == set(setting_names())


def test_the_example_shows_the_defaults(monkeypatch: pytest.MonkeyPatch):
    """Taking every # away changes nothing but the folder."""
    for name, value in re.findall(r"^# (TUI_MM_[A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE):
        if name != "TUI_MM_STATE_DIR":
            monkeypatch.setenv(name, value)
    assert loaded_settings() == Settings()


def test_the_default_limits_are_those_of_the_gate():
    """Written down in two places, they could drift apart."""
    settings = Settings().model_dump()
    gate = {name: getattr(Limits(), name) for name in Limits.__dataclass_fields__}
    assert {name: settings[name] for name in gate} == gate


def test_what_belongs_to_the_terminal_is_no_unknown_setting(monkeypatch: pytest.MonkeyPatch):
    """The desk's own variable must not keep the engine from starting."""
    monkeypatch.setenv("TUI_MM_ASCII", "1")
    assert loaded_settings()
