"""Scores as tables: a scenario's, one place's in full, and calibration."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console

from api.cli.consoles import glyphs
from api.cli.listing import MOST_ROWS, moment
from api.cli.render_grid import Column, Row, grid, paragraph, section
from api.routes.scores import CalibrationPage, LeftOutPage, ScorePage
from api.wording.figures import number
from api.wording.numbers import counted
from api.wording.text import one_line
from forecast.errors import listed
from forecast.resolutions import in_words
from forecast.scorecards.records import (
    Against,
    Calibration,
    GroupAverage,
    PredictionScore,
    Scorecard,
    Scores,
    Skill,
    Way,
    in_a_unit,
)
from forecast.words import percent

WIDEST_WORDS = 20
"""Cells that what happened takes in a table at most; what is longer stands under its row."""

_COARSE = 0.005
"""MC error that leaves a percentage no decimals: shares of a few predictions have none."""

_MAIN = ("brier", "brier_two_sided", "ordered_brier", "crps")
"""Of several scores, the one that is shown for each prediction: the first that there is."""

_TITLES: Mapping[str, str] = {
    "brier": "Brier",
    "brier_two_sided": "Brier, two-sided",
    "metaculus_baseline": "Metaculus baseline",
    "ranked": "ranked probability",
    "ordered_brier": "Brier, in order",
    "crps": "CRPS",
    "weighted_interval": "weighted interval",
    "quantile": "pinball loss",
    "interval": "interval score",
}


_COLUMNS: Mapping[str, str] = {
    "brier_two_sided": "Brier,\ntwo-sided",
    "ordered_brier": "Brier,\nin order",
    "log": "log",
    "spherical": "spherical",
    "metaculus_baseline": "Metaculus\nbaseline",
}
"""Title of the column of a score, in a table of several places."""

_MAIN_AGAINST = (*_MAIN, "quantile_0.5")
"""Of several scores that both have, the one that is shown: of quantiles, the loss of the median."""

_OF_BOTH = (
    "Averages over the time in which both stood, a share of the time planned; a quote stands until the source's next. "
    "The peer score is Metaculus's: above 0 is better than the others."
)

_NOT_COUNTED = (
    "Each option of a question counts, and of a conditional pair the half whose condition came about; nodes, the "
    "outcome, numbers and dates do not."
)

_IN_ORDER = (
    "Brier, in order: the mean of two-sided scores, of options by each and those before it, of a date by each "
    "reported day that was to come when its life began."
)


def whole_page(console: Console, page: ScorePage, everything: bool) -> None:
    """Show the scores of a scenario."""
    if page.places:
        section(console, f"Scores of {page.scenario}")
        _cards(console, page.places if everything else page.places[:MOST_ROWS])
        _say_left_out(console, len(page.places) - MOST_ROWS, everything)
    else:
        paragraph(console, f"Nothing has been resolved: `branchcast resolve {page.scenario} PLACE VALUE` does it.")
    if page.averages is not None:
        _averages(console, page.averages)
    if page.way is not None:
        _way(console, page.way)
    if page.calibration is not None:
        _calibration(console, page.calibration)
    _what_does_not_count(console, page)


def _cards(console: Console, cards: Sequence[Scorecard]) -> None:
    names = _columned([card.scores for card in cards], ("brier_two_sided", "ordered_brier", "log"))
    columns = [
        Column("place"),
        Column("happened", style="bold"),
        Column("predic-\ntions", right=True),
        *(Column(_COLUMNS[name], right=True) for name in names),
        Column("skill", right=True),
    ]
    grid(console, columns, [_card(card, names) for card in cards])
    paragraph(console, "Brier scores: 0 is perfect, 2 is worst. Log: 0 is perfect, less is worse.", style="dim")
    if "ordered_brier" in names:
        paragraph(console, _IN_ORDER, style="dim")


def _columned(scores: Iterable[Mapping[str, object]], names: Sequence[str]) -> list[str]:
    """Return the scores that have a column: those that there are, as an empty column says nothing."""
    there = {name for each in scores for name in each}
    return [name for name in names if name in there]


def _card(card: Scorecard, names: Sequence[str]) -> Row:
    happened, notes = short(in_words(card.resolution))
    if card.unscored is not None:
        notes.append(f"Not scored: {one_line(card.unscored)}")
        return Row([card.place, happened], note="; ".join(notes))
    if "crps" in card.scores:
        notes.append(f"CRPS {_cell(card.scores, 'crps')} {one_line(card.unit or '')}")
    skill = "" if card.skill is None or card.skill.skill is None else f"{card.skill.skill:z.3f}"
    cells = [card.place, happened, f"{card.predictions:,}", *(_cell(card.scores, name) for name in names), skill]
    return Row(cells, note="; ".join(notes))


def short(words: str) -> tuple[str, list[str]]:
    """Return what happened as a cell of a table, and what must stand under the row instead."""
    said = one_line(words)
    return (said, []) if cell_len(said) <= WIDEST_WORDS else ("", [said])


def _averages(console: Console, averages: Sequence[GroupAverage]) -> None:
    section(console, "Averages")
    if not averages:
        paragraph(console, "There is none: nothing that has resolved was scored.")
        return
    names = _columned([group.scores for group in averages], tuple(_COLUMNS))
    rows = [
        Row(
            [
                one_line(group.key),
                f"{group.places:,}",
                *(_shown(name, group.scores[name].mean) if name in group.scores else "" for name in names),
                "" if group.skill is None else f"{group.skill:z.3f}",
            ]
        )
        for group in averages
    ]
    columns = [
        Column(""),
        Column("places", right=True),
        *(Column(_COLUMNS[name], right=True, spare=name == "spherical") for name in names),
        Column("skill", right=True),
    ]
    grid(console, columns, rows)
    paragraph(console, "Scores in a unit are not averaged: units of different places do not add up.", style="dim")


def _way(console: Console, way: Way) -> None:
    section(console, "The way so far, as the first forecast saw it")
    rows = [
        Row([step.node, step.taken, percent(step.chance), _shown("log", step.log), _shown("log", step.total)])
        for step in way.steps
    ]
    columns = [
        Column("node"),
        Column("taken", style="bold"),
        Column("chance\ngiven", right=True),
        Column("log", right=True),
        Column("total", right=True),
    ]
    grid(console, columns, rows)
    paragraph(console, f"Forecast {way.forecast}, recorded {moment(way.recorded_at)} UTC.", style="dim")


def _calibration(console: Console, found: Calibration) -> None:
    section(console, "Calibration")
    dash = glyphs(console).dash
    rows = [
        Row(
            [
                percent(point.mean_probability, _COARSE),
                percent(point.observed_share, _COARSE),
                f"{point.count:,}",
                f"{percent(point.low, _COARSE)} {dash} {percent(point.high, _COARSE)}",
            ]
        )
        for point in found.curve
    ]
    columns = [
        Column("said"),
        Column("happened", right=True, style="bold"),
        Column("predictions", right=True),
        Column("95 % interval", right=True),
    ]
    grid(console, columns, rows)
    which = "the first of each" if found.each == "first" else "every one made in time"
    paragraph(
        console,
        f"{counted(found.predictions, 'prediction', 'predictions')} of "
        f"{counted(found.questions, 'question', 'questions')}, {which}: {_parts(found)}.",
    )
    paragraph(console, _NOT_COUNTED, style="dim")


def _parts(found: Calibration) -> str:
    """Return what the Brier score is made of, each part with its sign (Murphy 1973, Stephenson et al. 2008)."""
    covariance = found.within_bin_covariance
    return (
        f"Brier {found.brier:z.3f} = {found.reliability:z.3f} reliability - {found.resolution:z.3f} resolution "
        f"+ {found.uncertainty:z.3f} uncertainty + {found.within_bin_variance:z.3f} variance within bins "
        f"{'+' if covariance < 0 else '-'} {abs(covariance):z.3f} covariance within bins"
    )


def _what_does_not_count(console: Console, page: ScorePage) -> None:
    if page.left_out or page.unresolved:
        console.print()
    for line in _reasons(page.left_out):
        paragraph(console, line, style="dim")
    if page.unresolved:
        paragraph(console, f"Not resolved: {listed(page.unresolved)}.", style="dim")


def _reasons(left_out: Iterable[LeftOutPage]) -> list[str]:
    """Return a line for each kind of reason; days, which differ from forecast to forecast, are told of the first."""
    by_reason = Counter(each.reason for each in left_out)
    lines = [
        f"{counted(n, 'forecast does', 'forecasts do')} not count: {one_line(why)}." for why, n in by_reason.items()
    ]
    more = len(lines) - MOST_ROWS
    return lines if more <= 0 else [*lines[:MOST_ROWS], f"{more:,} more do not count: --json has them."]


def card_in_full(console: Console, card: Scorecard, everything: bool) -> None:
    """Show one place: what happened, how long it was open, each score over its life, and every prediction."""
    paragraph(
        console, f"{card.place}: {one_line(in_words(card.resolution))}, settled on {card.settled_on}", style="bold"
    )
    if card.unscored is not None or card.opens is None:
        paragraph(console, f"Not scored: {one_line(card.unscored or '')}.")
        return
    paragraph(
        console,
        f"Open from {moment(card.opens)} to {moment(card.closes)} UTC, planned until {moment(card.planned_close)}: "
        f"{counted(card.predictions, 'prediction', 'predictions')}, covering {percent(card.covered)} of "
        "the time planned.",
    )
    if card.late:
        paragraph(console, f"{counted(card.late, 'forecast was', 'forecasts were')} recorded later, and do not count.")
    _scores(console, card)
    if card.skill is not None:
        paragraph(console, _skill(card.skill))
    if card.against:
        _against(console, card.against)
    if card.history is not None:
        _history(console, card.history, everything)


def _scores(console: Console, card: Scorecard) -> None:
    analysts = list(card.by_analyst) if len(card.by_analyst) > 1 else []
    rows = [
        Row([_title(name), _cell(card.scores, name), *(_cell(card.by_analyst[who], name) for who in analysts)])
        for name in card.scores
    ]
    section(console, "Scores over its life" if card.unit is None else f"Scores over its life ({one_line(card.unit)})")
    columns = [Column(""), Column("all", right=True, style="bold")]
    grid(console, [*columns, *(Column(one_line(who), right=True, spare=True) for who in analysts)], rows)


def _against(console: Console, against: Mapping[str, Against]) -> None:
    main = next((name for name in _MAIN_AGAINST for each in against.values() if name in each.theirs), "")
    section(console, "Against others" if not main else f"Against others: {_title(main)}")
    columns = [
        Column("source"),
        Column("both\nstood", right=True),
        Column("ours", right=True),
        Column("theirs", right=True),
        Column("less\ntheirs", right=True, style="bold"),
        Column("our peer\nscore", right=True, spare=True),
    ]
    grid(console, columns, [_beside(name, each, main) for name, each in against.items()])
    paragraph(console, _OF_BOTH, style="dim")


def _beside(name: str, each: Against, main: str) -> Row:
    if each.unscored is not None:
        return Row([one_line(name)], note=f"Not scored: {one_line(each.unscored)}.")
    difference = _shown(main, each.difference[main]) if main in each.difference else ""
    ahead = difference if difference.startswith("-") or not difference else f"+{difference}"
    peers = each.peers
    peer = "" if peers is None or peers.ours is None else f"{peers.ours:+z.1f}"
    cells = [one_line(name), percent(each.covered), _cell(each.ours, main), _cell(each.theirs, main), ahead, peer]
    notes = [] if peers is None or peers.unscored is None else [f"No peer score: {one_line(peers.unscored)}."]
    if each.after_the_fact:
        late = counted(each.after_the_fact, "quote was", "quotes were")
        notes.append(f"{late} recorded after it was settled, with an earlier moment.")
    return Row(cells, note=" ".join(notes))


def _title(name: str) -> str:
    kind, _, level = name.partition("_")
    return f"{_TITLES[kind]} {level}" if kind in ("quantile", "interval") else _TITLES.get(name, name)


def _cell(scores: Scores, name: str) -> str:
    return _shown(name, scores[name]) if name in scores else ""


def _shown(name: str, score: float | None) -> str:
    if score is None:
        return "-inf"
    if in_a_unit(name):
        return number(score, digits=3)
    return f"{score:z.1f}" if name == "metaculus_baseline" else f"{score:z.3f}"


def _skill(skill: Skill) -> str:
    said = "none, as passing time alone was perfect" if skill.skill is None else f"{skill.skill:z.3f}"
    return (
        f"Skill {said}: Brier {skill.brier:z.3f} against {skill.base_rate_brier:z.3f} of the base rate, which decays "
        f"from {percent(skill.base_probability)}."
    )


def _history(console: Console, history: Sequence[PredictionScore], everything: bool) -> None:
    section(console, "Predictions")
    main = next((name for name in _MAIN for each in history if name in each.scores), "")
    with_chance = any(each.chance is not None for each in history)
    columns = [
        Column("forecast"),
        Column("recorded (UTC)"),
        Column("by", spare=True),
        *([Column("chance\ngiven", right=True)] if with_chance else []),
        Column(_title(main), right=True, style="bold"),
    ]
    shown = history if everything else history[:MOST_ROWS]
    grid(console, columns, [_prediction(each, main, with_chance=with_chance) for each in shown])
    _say_left_out(console, len(history) - MOST_ROWS, everything)


def _prediction(each: PredictionScore, main: str, *, with_chance: bool) -> Row:
    chance = [] if not with_chance else [""] if each.chance is None else [percent(each.chance)]
    note = "" if each.unscored is None else f"Not scored: {one_line(each.unscored)}"
    cells = [each.forecast, moment(each.recorded_at), one_line(each.author), *chance, _cell(each.scores, main)]
    return Row(cells, note=note)


def overall(console: Console, page: CalibrationPage) -> None:
    """Show the calibration over all scenarios."""
    if page.calibration is None:
        paragraph(console, "No question that was forecast has resolved: `branchcast resolve` says what happened.")
        return
    _calibration(console, page.calibration)
    paragraph(console, f"Over {counted(page.scenarios, 'scenario', 'scenarios')}.", style="dim")


def _say_left_out(console: Console, many: int, everything: bool) -> None:
    if many > 0 and not everything:
        paragraph(console, f"{glyphs(console).ellipsis} and {many:,} more: --all shows them", style="dim")
