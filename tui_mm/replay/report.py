"""What a recording contained and whether it holds together, counted while it is played."""

from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

PROBLEMS_KEPT: Final = 200  # the counts are complete; this many sentences are enough to look
_Said = tuple[int, str]


@dataclass(slots=True)
class Tally:
    """The running counts of one replay."""

    frames: int = 0
    deltas: int = 0
    snapshots: int = 0
    tickers: int = 0
    trades: int = 0
    events: int = 0
    events_rejected: int = 0
    lines_damaged: int = 0
    frames_rejected: int = 0
    unknown_types: int = 0
    gaps: int = 0
    negative_levels: int = 0
    crossed_books: int = 0
    ticker_checks: int = 0
    ticker_mismatches: int = 0
    market_closes: int = 0
    steps_back: int = 0
    problems: list[_Said] = field(default_factory=list)
    problems_found: int = 0
    remarks: list[_Said] = field(default_factory=list)

    def note(self, line: int, what: str) -> None:
        """Remember a problem with the line it was found at; beyond the first ones only count."""
        self.problems_found += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append((line, what))

    def remark(self, line: int, what: str) -> None:
        """Remember what is no problem and good to know; beyond the first ones nothing more."""
        if len(self.remarks) < PROBLEMS_KEPT:
            self.remarks.append((line, what))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureReport:
    """The counts of one recording.

    `frames` is every line with a frame or a fact, understood or not; `lines_damaged` those of all
    lines that could not be read, and `frames_rejected` those that could but made no sense, among
    them `unknown_types`. `events` are the recorder's notes, of which `events_rejected` said nothing
    to us.
    `crossed_books` counts finished actions that left the best bid above the best ask; equal prices
    do not count. Of the tickers, `ticker_checks` were compared with the rebuilt book; the others
    could not be, because the book at their moment is not known for certain. `steps_back` counts
    lines whose clock is behind the line before. `problems` are the first of `problems_found`,
    by line; `remarks` are good to know and no problem.
    """

    lines: int
    frames: int
    deltas: int
    snapshots: int
    tickers: int
    trades: int
    events: int
    events_rejected: int
    lines_damaged: int
    frames_rejected: int
    unknown_types: int
    gaps: int
    negative_levels: int
    crossed_books: int
    ticker_checks: int
    ticker_mismatches: int
    market_closes: int
    steps_back: int
    problems: tuple[str, ...]
    problems_found: int
    remarks: tuple[str, ...]

    @property
    def tickers_unchecked(self) -> int:
        """Tickers that could not be compared, or not yet."""
        return self.tickers - self.ticker_checks

    @property
    def is_recording(self) -> bool:
        """True when anything at all was understood; otherwise the file is something else."""
        return self.frames > self.frames_rejected or self.events > self.events_rejected

    @property
    def is_clean(self) -> bool:
        """True when every line was understood and every book is what the venue said it is."""
        return not (self.problems_found or self.crossed_books)


def report_of(tally: Tally, *, lines: int) -> CaptureReport:
    """The counts as they stand."""
    return CaptureReport(
        lines=lines,
        frames=tally.frames,
        deltas=tally.deltas,
        snapshots=tally.snapshots,
        tickers=tally.tickers,
        trades=tally.trades,
        events=tally.events,
        events_rejected=tally.events_rejected,
        lines_damaged=tally.lines_damaged,
        frames_rejected=tally.frames_rejected,
        unknown_types=tally.unknown_types,
        gaps=tally.gaps,
        negative_levels=tally.negative_levels,
        crossed_books=tally.crossed_books,
        ticker_checks=tally.ticker_checks,
        ticker_mismatches=tally.ticker_mismatches,
        market_closes=tally.market_closes,
        steps_back=tally.steps_back,
        problems=_sentences(tally.problems),
        problems_found=tally.problems_found,
        remarks=_sentences(tally.remarks),
    )


def _sentences(said: list[_Said]) -> tuple[str, ...]:
    """By line: times are looked at before what a line says."""
    return tuple(f"line {line}: {what}" for line, what in sorted(said, key=itemgetter(0)))
