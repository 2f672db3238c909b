"""What the hub would refuse of samples: the checks of hubValidations whose names begin with ``spl_``.

A file's own compound task ids, across which its draws are apart, are found from its ids, as the hub finds them. They
must be among those of ``tasks.json``: draws may be more joint than the hub asks, and not less.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from forecast.errors import listed
from forecast.tournaments.exports import ExportError
from forecast.tournaments.hubverse.checks import Assigned
from forecast.tournaments.hubverse.hub import ModelTask, Round, SampleRules
from forecast.tournaments.hubverse.matching import TaskTexts
from forecast.tournaments.hubverse.table import Row

_Draws = Mapping[str, Sequence[Row]]
"""Rows of one model task by the id of their sample."""


def require_samples(found: Assigned, round_: Round) -> None:
    """Check all samples of a file.

    Raises
    ------
    ExportError
        ``spl_mt_unique``: an id stands in two model tasks. ``spl_compound_taskid_set``: draws are less joint than the
        hub asks, or not alike; that every draw has one value of each compound task id, ``spl_compound_tid``, follows
        from how those are found. ``spl_non_compound_tid``: draws are not of the same tasks. ``spl_n``: the number of
        draws differs, or is not one that the hub takes.
    """
    by_model_task = _by_model_task(found)
    counts: dict[tuple[int, TaskTexts], list[str]] = defaultdict(list)
    for task, draws in by_model_task:
        rules = task.output_types["sample"].samples
        if rules is not None:
            compound = _compound(draws, rules, round_)
            _require_same_tasks(draws, compound, round_)
            for sample_id, rows in draws.items():
                key = tuple(rows[0].tasks[i] for i in compound)
                counts[task.number, key].append(sample_id)
            _require_count(draws, [ids for (number, _), ids in counts.items() if number == task.number], rules)
    sizes = sorted({len(ids) for ids in counts.values()})
    if len(sizes) > 1:
        said = f"some tasks have {sizes[0]} samples and others {sizes[-1]}: the number must be the same"
        raise ExportError("hubverse", "spl_n", said)


def _by_model_task(found: Assigned) -> list[tuple[ModelTask, dict[str, list[Row]]]]:
    result: dict[int, tuple[ModelTask, dict[str, list[Row]]]] = {}
    owner: dict[str, int] = {}
    for row, task in found:
        if row.output_type == "sample":
            sample_id = str(row.output_type_id)
            if owner.setdefault(sample_id, task.number) != task.number:
                said = f"the sample '{sample_id}' stands in model tasks {owner[sample_id]} and {task.number}"
                raise ExportError(row.place, "spl_mt_unique", said)
            result.setdefault(task.number, (task, {}))[1].setdefault(sample_id, []).append(row)
    return list(result.values())


def _compound(draws: _Draws, rules: SampleRules, round_: Round) -> tuple[int, ...]:
    """Return the places of the file's compound task ids: those with one value in each draw, and not in all."""
    allowed = [i for i in round_.telling if round_.task_ids[i] in rules.compound]
    varying = {i for i in round_.telling if len({row.tasks[i] for rows in draws.values() for row in rows}) > 1}
    candidates = [i for i in round_.telling if i in allowed or i in varying]
    found: tuple[int, ...] | None = None
    for sample_id, rows in draws.items():
        single = tuple(i for i in candidates if len({row.tasks[i] for row in rows}) == 1)
        if found is not None and single != found:
            said = f"the sample '{sample_id}' is joint across other task ids than those before it: draw all alike"
            raise ExportError(rows[0].place, "spl_compound_taskid_set", said)
        found = single
        finer = [round_.task_ids[i] for i in single if i not in allowed]
        if finer:
            said = (
                f"samples are drawn apart for each {listed(finer)}, and the hub wants them joint: "
                "list tasks that differ in it, or the same for all others"
            )
            raise ExportError(rows[0].place, "spl_compound_taskid_set", said)
    return found or ()


def _require_same_tasks(draws: _Draws, compound: Sequence[int], round_: Round) -> None:
    others = [i for i in round_.telling if i not in compound]
    first: frozenset[TaskTexts] | None = None
    for sample_id, rows in draws.items():
        own = frozenset(tuple(row.tasks[i] for i in others) for row in rows)
        if first is not None and own != first:
            names = [round_.task_ids[i] for i in others]
            said = f"the sample '{sample_id}' has other values of {listed(names)} than those before it: list the same"
            raise ExportError(rows[0].place, "spl_non_compound_tid", said)
        first = own


def _require_count(draws: _Draws, ids: Sequence[Sequence[str]], rules: SampleRules) -> None:
    for each in ids:
        if not rules.least <= len(each) <= rules.most:
            said = f"a task has {len(each)} samples, and the hub takes {rules.least} to {rules.most}"
            raise ExportError(draws[each[0]][0].place, "spl_n", said)
