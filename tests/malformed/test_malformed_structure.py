"""Parts that are sound alone and do not fit together: one fault each, located, with the way out."""

from collections.abc import Callable

import pytest

from forecast.errors import Fault

Spoilt = Callable[..., tuple[list[Fault], list[int]]]

HALTED = "halted: null"
DONE = "done: {to: size, lag: {family: exponential, rate: 2.0}}"
LATE = "done: {to: size, lag: {family: exponential, rate: 2.0}, eventually: true}"
RATE = "rate: {family: gamma, shape: 1.2, rate_years: 2.0}"
SIZE = "branches: [small, large]"
BOOM = "boom: {family: beta, branch: large, a: 3.0, b: 1.0}"
STRIKE = "granted: {family: panel"
STRIKE_OF_ANN = "granted: {family: panel, experts: {ann: {family: beta, a: 1.0, b: 9.0}"
ANN = "ann: {family: beta, a: 1.0, b: 9.0}"
EVENT = "event: {branch: granted, by: 2026-06-30}"
RATIO = "likelihood_ratio: {granted: 2.0}"
WINDOW = "    window: {from: 2025-03-02, to: 2025-12-31}\n"
SEEN = "observed: {branch: granted, on: 2025-05-20}"
PRICE = "default: {family: lognormal, median: 10.0, p90: 20.0}"
CYCLE = "nodes:\n  permit:\n    question: When is the permit granted?\n    branches: {granted: works, refused: null}\n"
ALPHA = "prior:\n      family: dirichlet\n      alpha: {done: 5.0, halted: 3.0, other: 2.0}"
STATES = "driver: economy\n      states:\n        boom"
BY_STATE = (
    "prior:\n      family: by_state\n      driver: economy\n      states:\n"
    "        boom: {family: beta, branch: large, a: 3.0, b: 1.0}\n"
    "        slump: {family: beta, branch: large, a: 1.0, b: 3.0}\n"
)
DRIVERS = "drivers:\n  pressure: {title: public pressure, correlation: {wind: 0.5}}\n  wind: {title: wind}"
EXPERTS = "experts: {ann: 0.5, bob: 0.5}\nattributes:\n  strike:\n    by_branch:\n      granted"
NEVER = (
    "strike:\n    by_branch:\n      granted: {family: panel, experts: {ann: {family: beta, a: 1.0, b: 9.0}, "
    "bob: {family: beta, a: 2.0, b: 8.0}}}\n    default: never\n"
)
SHIPS = (
    "ships:\n    unit: ships per year\n    by_branch:\n      done: {family: negative_binomial, mean: 40.0, size: 4.0}\n"
    "    default: {family: fixed, value: 0.0}\n"
)
PARTITION = "headline:\n  built: [done]\n  not_built: [refused, halted, other]\n"
EXTRA = "    branches: [p, q]\n    prior: {family: beta, branch: p, a: 1, b: 1}\n"

# (name, text in harbour.yaml, its replacement with § in the line of the fault, part of the message)
SHAPE = [
    ("dangling target", HALTED, "halted: §repair", "there is no node 'repair': state it, or end the branch"),
    ("repeated target", HALTED, "halted: §size", "node 'size' is already reached by works.done"),
    (
        "cycle to the root",
        CYCLE,
        "§" + CYCLE.replace("refused: null", "refused: permit"),
        "so there is a cycle and no root",
    ),
    ("cycle below the root", SIZE, "branches: {small: §works, large: null}", "already reached by permit.granted"),
    (
        "node that leads to itself",
        "  size:\n",
        "  §loop:\n    branches: {p: loop, q: null}\n    prior: {family: beta, branch: p, a: 1, b: 1}\n  size:\n",
        "cannot be reached from the root 'permit'",
    ),
    ("two roots", "  size:\n", f"  §tide:\n{EXTRA}  size:\n", "nothing leads to the nodes 'permit', 'tide'"),
    (
        "unknown root",
        "nodes:\n",
        "root: §harbour\nnodes:\n",
        "there is no node 'harbour': state one of the nodes as root",
    ),
    (
        "stated root is reached",
        CYCLE,
        "root: works\n" + CYCLE.replace("{granted", "§{granted"),
        "leads back to the root 'works'",
    ),
    ("outcome twice", SIZE, "branches: [§halted, large]", "outcome 'halted' already ends works.halted"),
    (
        "outcome named like another",
        HALTED,
        "halted: §{outcome: refused}",
        "outcome 'refused' already ends permit.refused",
    ),
    (
        "outcome named like what is pending beside it",
        f"{DONE}\n      {HALTED}",
        f"{LATE}\n      halted: §{{outcome: done_pending}}",
        "outcome 'done_pending' of works.halted has the name of what is pending of works.done: give it its own name",
    ),
    (
        "branch named like what is pending beside it",
        f"{DONE}\n      {HALTED}",
        f"{LATE}\n      done_pending: §{{outcome: halted}}",
        "works.done_pending has the name of what is pending of works.done: give the branch another name",
    ),
]

BELIEFS = [
    ("prior leaves out a branch", ALPHA, "§" + ALPHA.replace(", other: 2.0", ""), "the prior leaves out 'other'"),
    (
        "prior has an extra branch",
        ALPHA,
        "§" + ALPHA.replace("2.0}", "2.0, late: 1.0}"),
        "names 'late', which the node does not have",
    ),
    (
        "beta on three branches",
        ALPHA,
        "§prior: {family: beta, branch: done, a: 1, b: 1}",
        "needs exactly two branches, but there are 3",
    ),
    (
        "beta for no branch of the node",
        BOOM,
        "boom: §{family: beta, branch: huge, a: 3.0, b: 1.0}",
        "the prior speaks of 'huge', but the branches are",
    ),
    (
        "states of another driver",
        STATES,
        "§" + STATES.replace("boom", "crash"),
        "but driver 'economy' has the states 'boom', 'slump'",
    ),
    (
        "by_state with unknown driver",
        "driver: economy\n",
        "driver: §weather\n",
        "there is no discrete driver 'weather'",
    ),
    ("by_state with continuous driver", "driver: economy\n", "driver: §wind\n", "there is no discrete driver 'wind'"),
    ("panel with unknown expert", ANN, ANN.replace("ann", "§eve"), "the scenario's experts are 'ann', 'bob'"),
    (
        "a zero in a pool of products",
        STRIKE_OF_ANN,
        "granted: §{family: panel, pool: log_pool, experts: {ann: {family: fixed, p: {yes: 0, no: 1}}",
        "under 'ann': probability 0 vetoes 'yes' whatever the others say: state a small one, such as 0.001, or pool",
    ),
    (
        "panel without its experts",
        EXPERTS,
        EXPERTS.replace("experts: {ann: 0.5, bob: 0.5}\n", "").replace("gr", "§gr"),
        "the scenario's experts are none",
    ),
    ("experts' weights", "{ann: 0.5, bob: 0.5}", "§{ann: 0.5, bob: 0.4}", "the experts' weights sum to 0.9, not to 1"),
    (
        "states' weights",
        "{boom: 0.4, slump: 0.6}",
        "§{boom: 0.4, slump: 0.7}",
        "the weights of its states sum to 1.1, not to 1",
    ),
    (
        "loading on unknown driver",
        "pressure: {done: 0.2}",
        "§wetter: {done: 0.2}",
        "there is no continuous driver 'wetter'",
    ),
    (
        "loading on discrete driver",
        "pressure: {done: 0.2}",
        "§economy: {done: 0.2}",
        "there is no continuous driver 'economy'",
    ),
    (
        "loading on unknown branch",
        "{done: 0.2}",
        "{§finished: 0.2}",
        "a loading names 'finished', but it can only act on",
    ),
    ("loading on a hazard's branch", "{log_hazard: 0.3}", "{§granted: 0.3}", "but it can only act on 'log_hazard'"),
    (
        "correlation with nothing",
        "{wind: 0.5}",
        "{§rain: 0.5}",
        "a correlation needs another continuous driver, not 'rain'",
    ),
    ("correlation with itself", "{wind: 0.5}", "{§pressure: 0.5}", "a correlation needs another continuous driver"),
    (
        "two correlations of one pair",
        "wind: {title: wind}",
        "wind: §{title: wind, correlation: {pressure: 0.4}}",
        "state two correlations, 0.4 and 0.5",
    ),
    (
        "impossible correlations",
        DRIVERS,
        "§" + DRIVERS.replace("{title: wind}", "{correlation: {tide: 0.9}}\n  tide: {correlation: {pressure: -0.9}}"),
        "impossible together",
    ),
    (
        "hazard below a dated branch",
        BY_STATE,
        "§prior: {family: hazard, event: large, rate: {family: fixed, per_year: 1}}\n",
        "a hazard below a dated branch would start at an uncertain date",
    ),
    (
        "rate by a date that is past",
        RATE,
        "rate: §{family: by_date, by: 2024-06-30, p: 0.5}",
        "the date 2024-06-30 must come after as_of",
    ),
    (
        "lag that may be negative",
        "{family: exponential, rate: 2.0}",
        "§{family: normal, mean: 1.0, sd: 1.0}",
        "a lag cannot be negative",
    ),
    (
        "lag on a hazard",
        "refused: null}",
        "refused: §{lag: {family: exponential, rate: 1.0}}}",
        "a hazard dates its own event",
    ),
    (
        "marginal statements that disagree",
        BOOM,
        "boom: §{family: quantiles, branches: {large: {0.25: 0.6, 0.75: 0.7}, small: {0.25: 0.7, 0.75: 0.8}}}",
        "add up to 1.4 on average",
    ),
]

ANSWERS = [
    ("horizon too far", "horizon: 2027-01-01", "horizon: §2527-01-01", "is more than 200 years after"),
    ("checkpoint beyond the horizon", "2026-12-31]", "§2027-12-31]", "checkpoint 2027-12-31 must lie after as_of"),
    (
        "checkpoints out of order",
        "[2025-12-31, 2026-12-31]",
        "[2026-12-31, §2025-12-31]",
        "checkpoints must rise, but 2025-12-31 follows",
    ),
    (
        "attribute of unknown branch",
        STRIKE,
        STRIKE.replace("granted", "§grnted"),
        "there is no branch 'grnted': did you mean 'granted'?",
    ),
    (
        "attribute leaves outcomes out",
        NEVER,
        "§" + NEVER.replace("    default: never\n", ""),
        "says nothing for the outcomes 'refused'",
    ),
    (
        "attribute's prior on other words",
        ANN,
        "§" + ANN.replace("beta,", "beta, branch: maybe,"),
        "the prior speaks of 'maybe', but the branches are 'yes', 'no'",
    ),
    (
        "quantity of unknown branch",
        "done: {family: negative",
        "§finished: {family: negative",
        "there is no branch 'finished'",
    ),
    (
        "quantity leaves outcomes out",
        SHIPS,
        "§" + SHIPS.replace("    default: {family: fixed, value: 0.0}\n", ""),
        "says nothing for the outcomes 'halted', 'other', 'refused'",
    ),
    (
        "quantity states a branch twice",
        SHIPS,
        SHIPS.replace("by_branch:\n", "§by_branch:\n      works.done: {family: fixed, value: 1}\n"),
        "states branch works.done twice",
    ),
    ("quantity from itself", "[ships, price]", "§[income, price]", "quantity 'income' is computed from itself"),
    ("quantity from nothing", "[ships, price]", "§[ships, fare]", "uses 'fare', which is not a quantity"),
    (
        "quantity by unknown attribute",
        PRICE,
        "§" + PRICE.replace("{family", "{attribute: storm, no: {family: fixed, value: 1}, yes: {family") + "}",
        "there is no attribute 'storm'",
    ),
    (
        "group of an unknown branch",
        "[halted, other]\nheadline",
        "[§haltd, other]\nheadline",
        "there is no branch 'haltd': did you mean 'halted'?",
    ),
    (
        "group with a date",
        "unfinished: [halted, other]",
        "unfinished: §{branch: granted, by: 2026-01-01}",
        "a group has no dates or quantities",
    ),
    (
        "root of what may be negative",
        "product: [ships, price]}\n",
        "§power: [gap, 0.5]}\n  gap: {unit: EUR, default: {family: normal, mean: 1.0, sd: 1.0}}\n",
        "quantity 'income' raises 'gap' to the power 0.5, which has no finite value for some numbers from -3.753 to",
    ),
    (
        "division by what may be nothing",
        "product: [ships, price]}\n",
        "§power: [ships, -1.0]}\n  double: {unit: ships, power: [income, 2.0]}\n",
        "quantity 'income' raises 'ships' to the power -1, which has no finite value",
    ),
    (
        "product beyond all numbers",
        "income: {unit: EUR per year, product: [ships, price]}\n",
        "§income: {unit: EUR, product: [much, much, much]}\n"
        "  much: {unit: EUR, default: {family: lognormal, mu: 200.0, sigma: 1.0}}\n",
        "quantity 'income' may lie beyond 1e+100, where neither its mean nor its spread can be computed",
    ),
    (
        "sum of what is beyond all numbers",
        "income: {unit: EUR per year, product: [ships, price]}\n",
        "income: {unit: EUR, sum: [much, much]}\n"
        "  §much: {unit: EUR, default: {family: normal, mean: 1.0e200, sd: 1.0}}\n",
        "quantity 'much' may lie beyond 1e+100",
    ),
    (
        "headline counts twice",
        PARTITION,
        PARTITION.replace("[done]", "[done, other]").replace("[ref", "§[ref"),
        "outcome 'other' is counted under 'built' and under 'not_built'",
    ),
    ("headline leaves out", PARTITION, "§" + PARTITION.replace(" halted,", ""), "the headline leaves out 'halted'"),
    (
        "headline of an unknown branch",
        "[refused, halted, other]",
        "[refused, halted, §others]",
        "there is no branch 'others': did you mean 'other'?",
    ),
    (
        "chain off the path",
        "chain: [granted, done, large]",
        "chain: [granted, large, §done]",
        "works.done does not follow size.large on any path",
    ),
    (
        "chain of an unknown branch",
        "chain: [granted, done, large]",
        "chain: [granted, §finished]",
        "there is no branch 'finished'",
    ),
    ("question of unknown quantity", "quantity: ships}", "§quantity: boats}", "there is no quantity 'boats'"),
    (
        "question of undated branch",
        "branch: granted}\n  pair",
        "branch: §refused}\n  pair",
        "branch permit.refused has no date",
    ),
    (
        "deadline beyond the horizon",
        EVENT,
        "§" + EVENT.replace("2026-06-30", "2027-06-30"),
        "the deadline 2027-06-30 must lie after as_of",
    ),
    ("event of unknown branch", EVENT, "§" + EVENT.replace("granted", "grantd"), "there is no branch 'grantd'"),
    (
        "event of unknown branch inside",
        EVENT,
        "event:\n      any:\n        - refused\n        - not: {branch: §grantd}",
        "there is no branch 'grantd'",
    ),
    (
        "event soon after nothing",
        EVENT,
        "event: {branch: granted, within_years: 1, §of: refused}",
        "branch permit.refused has no date",
    ),
    ("event of unknown attribute", "{attribute: strike}", "§{attribute: storm}", "there is no attribute 'storm'"),
    (
        "event of unknown quantity",
        "{attribute: strike}",
        "§{quantity: boats, above: 1}",
        "there is no quantity 'boats'",
    ),
    ("two rests", "large one: large", "§large one: rest", "only one option can be the rest"),
]

LEDGER = [
    ("evidence before the prior", "date: 2025-03-01", "date: §2024-12-31", "before the prior it would update"),
    ("ratio for an unknown branch", RATIO, RATIO.replace("granted", "§given"), "there is no branch 'given'"),
    (
        "ratio on nested branches",
        RATIO,
        "likelihood_ratio: {granted: 2.0, §done: 3.0}",
        "works.done lies below permit.granted",
    ),
    (
        "siblings of several nodes",
        RATIO + "\n" + WINDOW,
        "likelihood_ratio: {halted: 2.0, small: 3.0}\n    against: §siblings\n",
        "siblings share a node",
    ),
    (
        "siblings of an attribute",
        RATIO + "\n" + WINDOW,
        "likelihood_ratio: {§strike: 2.0}\n    against: siblings\n",
        "attribute 'strike' has no date and no siblings",
    ),
    (
        "window on an undated branch",
        RATIO,
        RATIO.replace("granted", "§refused"),
        "a window needs a branch with its own date",
    ),
    (
        "observed before as_of",
        SEEN,
        "observed: {branch: granted, §on: 2024-05-20}",
        "must lie between as_of 2025-01-01",
    ),
    (
        "observed after its entry",
        SEEN,
        "observed: {branch: granted, §on: 2025-07-20}",
        "and the entry's date 2025-06-01",
    ),
    ("observed without its day", SEEN, "observed: §{branch: granted}", "state the day on which it happened as 'on'"),
    (
        "observed on a day it has not",
        SEEN,
        "observed: {branch: halted, §on: 2025-05-20}",
        "has no date of its own: leave out 'on'",
    ),
    ("observed nothing", SEEN, "observed: {branch: §opened}", "there is no branch 'opened'"),
    ("observed unknown attribute", SEEN, "observed: {attribute: §storm, value: yes}", "there is no attribute 'storm'"),
    (
        "reading of an unknown driver",
        "driver: economy, likelihood",
        "driver: §weather, likelihood",
        "there is no driver 'weather'",
    ),
    (
        "reading of the wrong kind",
        "driver: economy, likelihood",
        "§driver: wind, likelihood",
        "driver 'wind' is continuous: state value and sd",
    ),
    ("reading without a state", "{boom: 3.0, slump: 1.0}", "§{boom: 3.0}", "needs a likelihood for each of its states"),
]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [pytest.param(*case[1:], id=case[0]) for case in (*SHAPE, *BELIEFS, *ANSWERS, *LEDGER)],
)
def test_parts_that_do_not_fit_have_one_located_fault(spoilt: Spoilt, old: str, new: str, said: str) -> None:
    """The fault stands in the line of the part to change, or of the smallest part around it that is stated."""
    faults, lines = spoilt((old, new))
    assert [(fault.line, said in fault.message) for fault in faults] == [(line, True) for line in lines], faults


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(
            "horizon: 2027-01-01",
            "horizon: 2024-01-01",
            [
                "the horizon 2024-01-01 must come after as_of",
                "checkpoint 2025-12-31",
                "checkpoint 2026-12-31",
                "the deadline",
            ],
            id="horizon before as_of",
        ),
        pytest.param(
            "event: granted\n",
            "event: given\n",
            ["its event 'given'", "has no date", "has no date", "a window needs a branch", "leave out 'on'"],
            id="hazard for no branch",
        ),
        pytest.param(
            "refused: null}",
            "refused: null, lapsed: null}",
            ["a hazard needs two branches", "the headline leaves out 'lapsed'"],
            id="hazard with three branches",
        ),
        pytest.param(
            "  strike:\n",
            "  done:\n",
            ["'done' is also a branch", "there is no attribute 'strike'"],
            id="attribute like a branch",
        ),
    ],
)
def test_what_no_longer_fits_is_listed_whole(spoilt: Spoilt, old: str, new: str, said: list[str]) -> None:
    """One change that several parts contradict gives a fault for each of them, in the order of lines."""
    faults, _ = spoilt((old, new))
    assert [part in fault.message for part, fault in zip(said, faults, strict=True)] == [True] * len(said), faults
    lines = [fault.line or 0 for fault in faults]
    assert lines == sorted(lines)
