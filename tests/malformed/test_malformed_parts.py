"""Single parts that are wrong in themselves: one fault each, in the line of the value, saying what would be right."""

from collections.abc import Callable

import pytest

from forecast.errors import Fault

Spoilt = Callable[..., tuple[list[Fault], list[int]]]

HAZARD = "prior:\n      family: hazard\n      event: granted\n      rate: {family: gamma, shape: 1.2, rate_years: 2.0}"
PERMIT_RATE = "rate: {family: gamma, shape: 1.2, rate_years: 2.0}"
OVERLAP = HAZARD + "\n      windows:\n        - {from: 2025-05-01, to: 2025-06-01, multiplier: 3.0}"
WORKS = "prior:\n      family: dirichlet\n      alpha: {done: 5.0, halted: 3.0, other: 2.0}"
MEANS = "prior:\n      family: dirichlet\n      mean: {done: 0.5, halted: 0.3"
BOOM = "boom: {family: beta, branch: large, a: 3.0, b: 1.0}"

# (name, text in harbour.yaml, its replacement with § in the line of the fault, part of the message)
WRONG = [
    (
        "missing key",
        "scenario: harbour\ntitle: Will the harbour open?",
        "§scenario: harbour",
        "the document lacks 'title'",
    ),
    (
        "misspelt key",
        "rationale: two permits",
        "§rationle: two permits",
        "unknown key 'rationle': did you mean 'rationale'?",
    ),
    ("unknown key", "experts: {ann: 0.5", "§weather: x\nexperts: {ann: 0.5", "unknown key 'weather': remove it"),
    (
        "duplicate key",
        "horizon: 2027-01-01",
        "horizon: 2027-01-01\n§horizon: 2028-01-01",
        "'horizon' is stated twice, first in line 4",
    ),
    ("duplicate branch", "[small, large]", "§[small, large, small]", "branch small is listed twice"),
    ("duplicate map entry", "halted: null", "halted: null\n      §halted: null", "key 'halted' is stated twice"),
    (
        "null as key",
        "definitions: {done",
        "definitions: {§null: x, done",
        "the key 'null' is neither a name nor a number",
    ),
    (
        "true as key",
        "definitions: {done",
        "definitions: {§true: x, done",
        "the key 'true' is neither a name nor a number",
    ),
    ("NaN as key", "definitions: {done", "definitions: {§.nan: x, done", ".nan is not a number to forecast with"),
    ("number as name", "definitions: {done", "definitions: {§5: x, done", "the key 5 must be text"),
    ("name with a space", "  size:\n", "  §the size:\n", "the key 'the size' must be a name: a letter, then"),
    (
        "title is a number",
        "title: Will the harbour open?",
        "title: §2027",
        "'title' is 2027, but must be text: put it in quotes",
    ),
    (
        "title is a date",
        "title: Will the harbour open?",
        "title: §2027-01-01",
        "is 2027-01-01, but must be text: put it in",
    ),
    ("title is empty", "title: Will the harbour open?", "title:§", "'title' is empty, but must be text"),
    ("title is a list", "title: Will the harbour open?", "title: §[a]", "'title' is a list, but must be text"),
    (
        "control character",
        "title: Will the harbour open?",
        'title: §"a\\u0007b"',
        "the character U+0007 cannot be printed",
    ),
    ("half a character", "title: Will the harbour open?", 'title: §"\\ud800"', "must be text of whole characters"),
    ("as_of is no date", "as_of: 2025-01-01", "as_of: §last week", "'as_of': 'last week' is not a calendar day"),
    ("as_of is no such day", "as_of: 2025-01-01", "as_of: §2025-02-30", "'2025-02-30' is not a calendar day"),
    (
        "as_of in another form",
        "as_of: 2025-01-01",
        "as_of: §'20250101'",
        "'20250101' is not a calendar day: write it as YYYY-",
    ),
    ("as_of with a time", "as_of: 2025-01-01", "as_of: §2025-01-01T09:00:00Z", "is not a calendar day"),
    ("horizon is empty", "horizon: 2027-01-01", "horizon:§ ~", "'horizon': nothing is not a calendar day"),
    (
        "checkpoints is one day",
        "[2025-12-31, 2026-12-31]",
        "§2025-12-31",
        "'checkpoints' is 2025-12-31, but must be a list",
    ),
    (
        "definitions is a list",
        '{done: "first ship has moored"}',
        "§[done]",
        "'definitions' is a list, but must be a map",
    ),
    ("branches is a number", "[small, large]", "§2", "'size.branches' is 2, but must be a map"),
    ("branch is a number", "halted: null", "halted: §3", "'works.branches.halted' is 3, but must be a map"),
    ("branch names are numbers", "[small, large]", "§[1, 2]", "a list of branches holds their names, not 1"),
    ("one branch only", "[small, large]", "§[large]", "'size.branches' has 1 entry, but needs 2"),
    (
        "to and outcome",
        "{to: size, lag",
        "§{to: size, outcome: x, lag",
        "a branch leads to a node or ends in an outcome, not both",
    ),
    ("eventually without lag", "halted: null", "halted: §{eventually: true}", "eventually needs a lag"),
    ("eventually is a word", "halted: null", "halted: §{eventually: yes}", "is 'yes', but must be true or false"),
    ("prior is a number", BOOM, "boom: §0.3", "'size.prior.states.boom' is 0.3, but must be a map"),
    (
        "unknown prior family",
        "family: dirichlet",
        "family: §dirchlet",
        "family 'dirchlet' is not one of fixed, dirichlet",
    ),
    ("unknown hazard", "family: hazard", "family: §hazzard", "did you mean 'hazard'?"),
    ("no family", "    prior:\n      family: dirichlet\n", "    §prior:\n", "'works.prior' lacks 'family'"),
    ("alpha is zero", "halted: 3.0", "§halted: 0", "'works.prior.alpha.halted' is 0, but must be at least"),
    ("alpha is negative", "halted: 3.0", "§halted: -3", "is -3, but must be at least"),
    ("alpha is text", "halted: 3.0", "halted: §three", "is 'three', but must be a number"),
    ("alpha in quotes", "halted: 3.0", "halted: §'3.0'", "is '3.0', but must be a number: write it without quotes"),
    ("alpha with underscore", "halted: 3.0", "halted: §3_000", "is '3_000', but must be a number: write it without"),
    ("alpha in sexagesimal", "halted: 3.0", "halted: §1:30", "is '1:30', but must be a number"),
    ("alpha as per cent", "halted: 3.0", "halted: §30%", "is '30%', but must be a number: write it without"),
    ("alpha is true", "halted: 3.0", "halted: §true", "is true, but must be a number"),
    ("alpha is NaN", "halted: 3.0", "halted: §.nan", ".nan is not a number to forecast with"),
    ("alpha overflows", "halted: 3.0", "halted: §1e400", "1e400 is too large for a number"),
    (
        "alpha and mean",
        WORKS,
        f"§{WORKS}\n      mean: {{done: 0.5, halted: 0.3, other: 0.2}}",
        "state either alpha, or mean",
    ),
    ("means below one", WORKS, f"§{MEANS}, other: 0.1}}\n      equivalent_sample_size: 9", "sum to 0.9, not to 1"),
    (
        "beta with half its numbers",
        BOOM,
        "§boom: {family: beta, branch: large, a: 3.0}",
        "state either a and b, or mean",
    ),
    ("panel in a panel", BOOM, "boom: {§family: panel}", "family 'panel' is not one of"),
    (
        "probabilities sum to 0.99",
        BOOM,
        "§boom: {family: fixed, p: {small: 0.5, large: 0.49}}",
        "sum to 0.99, not to 1: they are +0.01 off",
    ),
    (
        "probabilities sum to 1.01",
        BOOM,
        "§boom: {family: fixed, p: {small: 0.5, large: 0.51}}",
        "sum to 1.01, not to 1: they are -0.01 off",
    ),
    (
        "probability above one",
        BOOM,
        "boom: {family: fixed, p: {small: §1.5, large: 0.0}}",
        "is 1.5, but must be at most 1",
    ),
    (
        "falling quantiles",
        BOOM,
        "§boom: {family: quantiles, branches: {large: {0.25: 0.6, 0.75: 0.4}}}",
        "must be strictly rising",
    ),
    (
        "quantile level above one",
        BOOM,
        "boom: {family: quantiles, branches: {large: {0.5: 0.6, §75: 0.7}}}",
        "the key 75.0 must be below 1",
    ),
    (
        "quantile level is a word",
        BOOM,
        "boom: {family: quantiles, branches: {§large: {low: 0.6, 0.7: 0.7}}}",
        "'low' is not a quantile level",
    ),
    ("one quantile", BOOM, "boom: {family: quantiles, branches: {large: {§0.5: 0.6}}}", "has 1 entry, but needs 2"),
    (
        "best outside low and high",
        BOOM,
        "boom: {family: interval, branches: {large: §{low: 0.2, best: 0.1, high: 0.6, confidence: 0.8}}}",
        "low < best < high must hold",
    ),
    (
        "unknown verbal term",
        BOOM,
        "§boom: {family: verbal, branches: {large: quite likely}}",
        "'quite likely' is no ICD 203 expression",
    ),
    (
        "order without a branch",
        BOOM,
        "§boom: {family: conditional, order: [small, large], a: {large: 1.0}, b: {large: 1.0}}",
        "a and b need exactly the branches small",
    ),
    (
        "rate of zero",
        PERMIT_RATE,
        "rate: {family: fixed, per_year: §0}",
        "'permit.prior.rate.per_year' is 0, but must be above 0",
    ),
    (
        "rate without its shape",
        PERMIT_RATE,
        "§rate: {family: gamma, rate_years: 2.0}",
        "'permit.prior.rate' lacks 'shape'",
    ),
    (
        "rate by date without p",
        PERMIT_RATE,
        "§rate: {family: by_date, by: 2026-01-01}",
        "state either p, or a and b of a Beta for p",
    ),
    (
        "rate by date beyond never",
        HAZARD,
        "§"
        + HAZARD.replace("gamma, shape: 1.2, rate_years: 2.0}", "by_date, by: 2026-01-01, p: 0.6}\n      never: 0.5"),
        "p = 0.6 by 2026-01-01 exceeds 1 − never = 0.5",
    ),
    ("window ends before it starts", "to: 2025-06-01", "§to: 2025-04-01", "a window must not end before it starts"),
    (
        "windows overlap",
        OVERLAP,
        "§" + OVERLAP.replace("06-01", "09-02"),
        "windows overlap: 2025-05-01–2025-09-02 and 2025-09-01",
    ),
    ("window without multiplier", ", multiplier: 0.0}", "§}", "entry 2 of 'permit.prior.windows' lacks 'multiplier'"),
    ("loading too strong", "{done: 0.2}", "{done: §50}", "'works.loadings.pressure.done' is 50, but must be at most 5"),
    ("correlation of one", "{wind: 0.5}", "{wind: §1}", "'pressure.correlation.wind' is 1, but must be below 1"),
    ("driver is empty", "wind: {title: wind}", "wind:§", "'wind' is empty, but must be a map"),
    ("driver with one state", "{boom: 0.4, slump: 0.6}", "§{boom: 1.0}", "'economy.states' has 1 entry, but needs 2"),
    (
        "default is no word",
        "default: never",
        "default: §nevr",
        "'strike.default' is 'nevr', but must be 'never': did you",
    ),
    (
        "unknown distribution",
        "{family: lognormal, median",
        "{§family: lognorml, median",
        "family 'lognorml' is not one of fixed, uniform",
    ),
    (
        "distribution is a number",
        "default: {family: fixed, value: 0.0}",
        "default: §0.0",
        "'ships.default' is 0.0, but must be a map",
    ),
    (
        "mixture of 0.9",
        "default: {family: fixed, value: 0.0}",
        "§default: {family: mixture, parts: [{weight: 0.9, of: {family: fixed, value: 0}}]}",
        "weights of a mixture sum to 0.9",
    ),
    (
        "quantity says two things",
        "product: [ships, price]}",
        "§product: [ships, price], power: [ships, 2]}",
        "state exactly one of: values",
    ),
    ("power of nothing", "product: [ships, price]}", "§power: [ships]}", "'income.power' lacks its entry 2"),
    ("group is a name", "unfinished: [halted, other]", "unfinished: [§]", "'unfinished' has 0 entries, but needs 1"),
    ("headline is a name", "built: [done]", "built: §done", "'built' is 'done', but must be a list"),
    (
        "unknown type of question",
        "type: binary",
        "type: §yes_or_no",
        "type 'yes_or_no' is not one of binary, multiple_choice",
    ),
    ("question without type", "permit_2026:\n    type: binary\n", "§permit_2026:\n", "'permit_2026' lacks 'type'"),
    ("event is a number", "event: large", "event: §5", "'pair.event' is 5, but an event is a branch name or"),
    (
        "event of unknown form",
        "event: large",
        "event: §{node: size}",
        "'pair.event' has the keys node, but an event is",
    ),
    ("event with unknown key", "{branch: granted, by: 2026", "{branch: granted, §before: 2026", "unknown key 'before'"),
    ("event by no day", "by: 2026-06-30", "by: §soon", "'permit_2026.event.by': 'soon' is not a calendar day"),
    ("event within nothing", "by: 2026-06-30}", "within_years: 1}§", "within_years and of go together"),
    (
        "event deep inside",
        "{any: [halted, refused]}",
        "{any: [halted, {not: {branch: §5}}]}",
        "'not.branch' in entry 2 of 'outcome.options.stopped.any' is 5",
    ),
    (
        "quantity event with two sides",
        "given: {attribute: strike}",
        "§given: {quantity: ships, above: 1, below: 2}",
        "state exactly one of above, at_least, below",
    ),
    ("option is a year", "{large one: large", "{§2027: large", "the key 2027 must be text: put it in quotes"),
    (
        "unknown status",
        "author: ann\n",
        "author: ann\n    status: §acepted\n",
        "but must be 'accepted' or 'proposed': did you mean 'accepted'?",
    ),
    (
        "ratio below zero",
        "{granted: 2.0}",
        "{granted: §-2.0}",
        "'hearing.likelihood_ratio.granted' is -2.0, but must be at least 0",
    ),
    (
        "evidence says two things",
        "  boom_seen:\n",
        "  §boom_seen:\n    observed: {branch: refused}\n",
        "state exactly one of likelihood_ratio, observed",
    ),
    (
        "evidence window backwards",
        "{from: 2025-03-02, to: 2025-12-31}",
        "§{from: 2025-03-02, to: 2025-03-01}",
        "the range must not end before it starts",
    ),
    (
        "observation of two things",
        "{branch: granted, on",
        "§{branch: granted, attribute: strike, on",
        "state either branch (and on), or attribute and value",
    ),
    (
        "reading of two scales",
        "{driver: economy, likelihood",
        "§{driver: economy, value: 1, sd: 1, likelihood",
        "state either value and sd",
    ),
    (
        "discount above one",
        "author: ann\n",
        "author: ann\n    discount: §2\n",
        "'hearing.discount' is 2, but must be at most 1",
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), [pytest.param(*case[1:], id=case[0]) for case in WRONG])
def test_wrong_part_has_one_located_fault(spoilt: Spoilt, old: str, new: str, said: str) -> None:
    """The fault stands in the line of what is wrong, and says what would be right."""
    faults, lines = spoilt((old, new))
    assert [(fault.line, said in fault.message) for fault in faults] == [(line, True) for line in lines], faults
