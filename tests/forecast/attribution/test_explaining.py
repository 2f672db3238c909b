"""Why a forecast moved: parts by hand on small trees, parts that add up, and causes that cannot stand apart."""

import copy
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from forecast.attribution.explaining import explain
from forecast.attribution.records import Attribution, Explained
from forecast.result import Forecast
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings

Json = dict[str, Any]

LATER = date(2026, 7, 1)


def fixed(deal: float) -> Json:
    return {"family": "fixed", "p": {"deal": deal, "no_deal": 1.0 - deal}}


def document(**more: Any) -> Json:  # noqa: ANN401 -- sections of a document
    """Return a document in which they may meet at a steady hazard, and then agree with a chance."""
    return {
        "scenario": "talks",
        "title": "Will they agree?",
        "as_of": "2026-01-01",
        "horizon": "2026-12-31",
        "nodes": {
            "summit": {
                "branches": {"met": "terms", "never_met": {}},
                "prior": {"family": "hazard", "event": "met", "rate": {"family": "fixed", "per_year": 0.5}},
            },
            "terms": {"branches": ["deal", "no_deal"], "prior": fixed(0.4)},
        },
        "questions": {"agreed": {"type": "binary", "text": "Will they?", "resolution": "Yes.", "event": "deal"}},
        **more,
    }


def forecast(stated: Json, as_of: date | None = None, **settings: Any) -> Forecast:  # noqa: ANN401 -- of a run
    return run(parse_scenario(stated), RunSettings(**{"draws": 4_096, "as_of": as_of, **settings}))


def with_prior(stated: Json, node: str, prior: Json) -> Json:
    changed = copy.deepcopy(stated)
    changed["nodes"][node]["prior"] = prior
    return changed


def at(found: Attribution, place: str) -> Explained:
    return next(each for each in found.places if each.place == place)


def parts(found: Attribution, place: str) -> Mapping[tuple[str, str], float]:
    return {(part.kind, part.name): part.change for part in at(found, place).parts}


RATIO = {"date": "2026-06-01", "what": "A report.", "likelihood_ratio": {"terms.deal": 3.0}, "against": "siblings"}


def adds_up(found: Attribution) -> None:
    for each in found.places:
        whole = math.fsum([part.change for part in each.parts]) + each.noise
        assert whole == pytest.approx(each.change, abs=1e-9 * max(1.0, abs(each.after)))


def test_nothing_moved_for_no_reason() -> None:
    found = explain(forecast(document()), forecast(document()))
    assert (found.causes, found.runs, found.note) == ((), 1, None)
    assert {each.change for each in found.places} == {0.0}


def test_time_alone_is_the_decay_of_the_hazard() -> None:
    """1 − exp(−λt) with λ = 0.5 per year of 365.25 days: over 364 days, and over the 183 that are left."""
    found = explain(forecast(document()), forecast(document(), LATER))
    assert [(cause.kind, cause.name) for cause in found.causes] == [("time", "")]
    left = [1.0 - math.exp(-0.5 * days / 365.25) for days in (364, 183)]
    met = at(found, "dates.met.2026-12-31")
    assert (met.before, met.after) == pytest.approx(tuple(left), abs=2e-3)
    assert parts(found, "questions.agreed") == pytest.approx({("time", ""): 0.4 * (met.after - met.before)}, abs=1e-12)
    assert met.exact
    assert met.noise == 0.0


def test_two_edits_of_a_product_share_what_they_do_together() -> None:
    """p·q from 0.5·0.4 to 0.8·0.6: each gets its change times the mean of the other, 0.15 and 0.13."""
    half = document()
    half["nodes"]["summit"]["prior"] = {"family": "fixed", "p": {"met": 0.5, "never_met": 0.5}}
    after = with_prior(half, "summit", {"family": "fixed", "p": {"met": 0.8, "never_met": 0.2}})
    found = explain(forecast(half), forecast(with_prior(after, "terms", fixed(0.6))))
    expected = {("prior", "summit"): 0.3 * 0.5, ("prior", "terms"): 0.2 * 0.65}
    assert parts(found, "questions.agreed") == pytest.approx(expected, abs=1e-12)
    assert found.runs == 4
    adds_up(found)


def test_evidence_of_new_days_is_no_part_of_time() -> None:
    """Odds of 2:3 times 3 are 2:1; the days that passed take the same with evidence as without."""
    found = explain(forecast(document()), forecast(document(evidence={"report": RATIO}), LATER))
    assert [(cause.kind, cause.name) for cause in found.causes] == [("time", ""), ("evidence", "report")]
    met = at(found, "dates.met.2026-12-31")
    expected = {("time", ""): 0.4 * (met.after - met.before), ("evidence", "report"): (2 / 3 - 0.4) * met.after}
    assert parts(found, "questions.agreed") == pytest.approx(expected, abs=1e-9)
    adds_up(found)


def test_an_entry_that_was_retracted_is_a_cause_like_one_that_came() -> None:
    found = explain(forecast(document(evidence={"report": RATIO}), LATER), forecast(document(), LATER))
    assert parts(found, "questions.agreed").keys() == {("evidence", "report")}
    assert at(found, "questions.agreed").change < 0.0
    adds_up(found)


def test_an_entry_is_a_cause_because_it_counts_whatever_the_reason() -> None:
    """It was proposed, and is accepted; or a run asks for what is proposed."""
    proposed, accepted = ({"report": RATIO | {"status": status}} for status in ("proposed", "accepted"))
    silent = forecast(document(evidence=proposed), LATER)
    loud = forecast(document(evidence=proposed), LATER, evidence="all")
    for later in (forecast(document(evidence=accepted), LATER), loud):
        assert parts(explain(silent, later), "questions.agreed").keys() == {("evidence", "report")}
    assert explain(loud, forecast(document(evidence=accepted), LATER)).causes == ()


def test_words_are_no_cause() -> None:
    changed = document(title="Another title", description="More.")
    changed["nodes"]["terms"]["rationale"] = "Because."
    changed["questions"]["agreed"]["note"] = "A note."
    assert explain(forecast(document()), forecast(changed)).causes == ()


def test_a_node_may_be_called_like_a_word() -> None:
    """Names of parts are no words: a node called 'source' believes something."""
    stated = document()
    stated["nodes"]["summit"]["branches"]["met"] = "source"
    stated["nodes"]["source"] = stated["nodes"].pop("terms")
    found = explain(forecast(stated), forecast(with_prior(stated, "source", fixed(0.7))))
    assert [(cause.kind, cause.name) for cause in found.causes] == [("prior", "source")]


def panel(mine: float, market: float) -> Json:
    return {"family": "panel", "experts": {"ann": fixed(mine), "market": fixed(market)}}


def test_outside_values_and_weights_are_told_from_edits() -> None:
    """A panel's mean is Σ w·p: from 0.5·0.4 + 0.5·0.2 to 0.25·0.6 + 0.75·0.3, each cause by the mean of the others."""
    before = with_prior(document(experts={"ann": 0.5, "market": 0.5}), "terms", panel(0.4, 0.2))
    after = with_prior(document(experts={"ann": 0.25, "market": 0.75}), "terms", panel(0.6, 0.3))
    found = explain(forecast(before), forecast(after), outside={("terms", "market")})
    met = at(found, "dates.met.2026-12-31").after
    # w·Δp averages over the weights before and after; Δw·p over both values of both.
    expected = {
        ("prior", "terms"): 0.375 * 0.2,
        ("outside", "terms.market"): 0.625 * 0.1,
        ("weights", ""): -0.25 * (0.5 - 0.25),
    }
    shares = {cause: change / met for cause, change in parts(found, "questions.agreed").items()}
    assert shares == pytest.approx(expected, abs=1e-9)
    together = explain(forecast(before), forecast(after))
    assert {(cause.kind, cause.name) for cause in together.causes} == {("prior", "terms"), ("weights", "")}


def test_another_structure_comes_first() -> None:
    """A branch gets a lag, and a prior is edited: the lag's part is that under the old prior."""
    lagged = document()
    lagged["nodes"]["terms"]["branches"] = {"deal": {"lag": {"family": "fixed", "value": 0.25}}, "no_deal": {}}
    after = with_prior(lagged, "terms", fixed(0.6))
    found = explain(forecast(document()), forecast(after))
    assert [(cause.kind, cause.name) for cause in found.causes] == [("structure", ""), ("prior", "terms")]
    only = at(explain(forecast(document()), forecast(lagged)), "questions.agreed").change
    assert parts(found, "questions.agreed")["structure", ""] == pytest.approx(only, abs=1e-9)
    adds_up(found)


def test_changes_that_cannot_stand_apart_are_one_cause() -> None:
    """A new branch needs a new prior; time still stands apart."""
    after = document()
    after["nodes"]["terms"] = {
        "branches": ["deal", "half_a_deal", "no_deal"],
        "prior": {"family": "fixed", "p": {"deal": 0.3, "half_a_deal": 0.2, "no_deal": 0.5}},
    }
    found = explain(forecast(document()), forecast(after, LATER))
    assert [(cause.kind, cause.name) for cause in found.causes] == [("time", ""), ("document", "")]
    assert found.note is not None
    assert "half_a_deal" in found.note
    adds_up(found)


def test_suppositions_are_a_cause() -> None:
    found = explain(forecast(document()), forecast(document(), assume=("met",)))
    assert parts(found, "questions.agreed").keys() == {("suppositions", "")}


def test_sampled_parts_add_up_and_know_their_error() -> None:
    """With a driver and evidence nothing is exact: the parts and the noise make up the change of the means."""
    stated = document(drivers={"mood": {}}, evidence={"report": RATIO})
    for node, loading in (("summit", {"log_hazard": 0.5}), ("terms", {"deal": 0.7})):
        stated["nodes"][node]["loadings"] = {"mood": loading}
    later = with_prior(stated, "terms", {"family": "beta", "branch": "deal", "a": 5, "b": 5})
    found = explain(forecast(stated), forecast(later, LATER, draws=16_384), draws=8_192)
    agreed = at(found, "questions.agreed")
    assert not agreed.exact
    assert agreed.mc_error > 0.0
    assert all(0.0 < part.mc_error < 0.01 for part in agreed.parts)
    assert abs(agreed.noise) < 5.0 * (agreed.mc_error + math.fsum(part.mc_error for part in agreed.parts))
    adds_up(found)


def test_many_causes_have_their_orders_drawn() -> None:
    """Twelve entries against each other: 4,096 sets of them, of which a few are seen; the parts still add up."""
    entries = {f"report-{i:02}": RATIO | {"likelihood_ratio": {"terms.deal": 1.0 + i / 10}} for i in range(12)}
    before, after = forecast(document(), LATER), forecast(document(evidence=entries), LATER)
    found = explain(before, after, most_runs=120)
    assert found.orders == 10
    assert found.runs <= 120
    agreed = at(found, "questions.agreed")
    assert all(part.order_error > 0.0 for part in agreed.parts[1:])
    assert agreed.parts[-1].change > agreed.parts[1].change
    adds_up(found)
    assert explain(before, after, most_runs=120) == found


def test_the_caller_can_stop_it() -> None:
    asked: list[None] = []

    def stop() -> None:
        asked.append(None)
        if len(asked) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explain(forecast(document()), forecast(document(), LATER), stop_if_asked=stop)
