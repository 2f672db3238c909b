"""How quotes are shown, alone and beside what we say."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.messages.forecasts import FORECASTS
from api.messages.versions import PREFIX, Page
from api.platforms.quotes.licences import Licence
from api.platforms.quotes.normal import divided
from api.platforms.quotes.parts import read_part
from api.store.quotes import Quoted
from api.work.outside_views import Beside, OutsideView, Theirs
from forecast.result import Answer, BinaryAnswer, DateAnswer, MultipleChoiceAnswer, NumericAnswer
from forecast.tournaments.listings import Part

_Quantiles = Annotated[dict[str, float], Field(description="Level → value.")]


class SaidProbability(Page):
    """A probability."""

    kind: Literal["probability"]
    probability: float
    spread: Annotated[float | None, Field(description="What is asked less what is bid; null where there is neither.")]


class SaidOptions(Page):
    """Probabilities of our options."""

    kind: Literal["options"]
    options: Annotated[dict[str, float], Field(description="Our label → probability; they sum to 1.")]
    stated_sum: Annotated[
        float, Field(description="What the source's own numbers sum to, before they were divided by it.")
    ]
    spreads: Annotated[dict[str, float], Field(description="Our label → what is asked less what is bid.")]


class SaidQuantiles(Page):
    """Quantiles of a number, or of a day in seconds since 1970."""

    kind: Literal["quantiles"]
    quantiles: _Quantiles
    unit: Annotated[str | None, Field(description="As the source has it; `unix seconds` of a day.")]


Said = Annotated[SaidProbability | SaidOptions | SaidQuantiles, Field(discriminator="kind")]


class QuotePage(Page):
    """What a source says of one of our questions."""

    id: str
    scenario: str
    question: Annotated[str, Field(description="Our name of it.")]
    source: str
    place: Annotated[str, Field(description="The source's own id of its question.")]
    wording: Annotated[str, Field(description="The source's own wording of it.")]
    said: Annotated[Said, Field(description="What it says, in our options.")]
    part: Annotated[
        Part | None,
        Field(description="The part of our answer that it is the probability of; null of the whole."),
    ]
    notes: Annotated[list[str], Field(description="What was done to what it says, such as a division by its sum.")]
    mapped: Annotated[dict[str, str], Field(description="Their option → ours, of those that are called otherwise.")]
    valid_at: Annotated[datetime, Field(description="Since when it says so; if it does not tell, when it was read.")]
    fetched_at: Annotated[datetime, Field(description="When it was read.")]
    licence: Annotated[str, Field(description="Name of its terms.")]
    terms: Annotated[str, Field(description="Its terms in a sentence.")]
    author: Annotated[str, Field(description="Who recorded it.")]
    reason: str | None
    recorded_at: datetime
    href: str
    raw: Annotated[str, Field(description="Where the payload is, as it came.")]


class OurProbability(Page):
    """Our answer to a yes-or-no question; ``quantiles`` of what we do not know about it."""

    kind: Literal["probability"]
    probability: float
    mc_error: float
    quantiles: dict[str, float] | None


class OurOptions(Page):
    """Our answer to a multiple-choice question."""

    kind: Literal["options"]
    options: dict[str, float]


class OurQuantiles(Page):
    """Our answer to a question for a number."""

    kind: Literal["quantiles"]
    quantiles: _Quantiles
    unit: str


class OurDays(Page):
    """Our answer to a question for a day; null: not by the horizon."""

    kind: Literal["days"]
    quantiles: dict[str, date | None]


Ours = Annotated[OurProbability | OurOptions | OurQuantiles | OurDays, Field(discriminator="kind")]


class TheirsPage(Page):
    """What one place says last, and how far that is from ours."""

    quote: QuotePage
    age_days: Annotated[float, Field(description="Days since it says so.")]
    ours: Annotated[
        float | None, Field(description="Our probability of the part of our answer that it is of; null of the whole.")
    ]
    not_ours: Annotated[str | None, Field(description="Why we have no probability of that part, if so.")]
    difference: Annotated[
        float | dict[str, float] | None,
        Field(description="Theirs less ours, as a probability; of options by option. Null where there is none."),
    ]


class BesidePage(Page):
    """Ours and theirs of one question, each for itself."""

    question: str
    ours: Annotated[Ours | None, Field(description="Null where the forecast does not answer it.")]
    theirs: list[TheirsPage]


class OurForecast(Page):
    """The forecast that our answers are from."""

    id: str
    version: int
    as_of: date
    recorded_at: datetime
    href: str


class OutsidePage(Page):
    """Every question that is quoted: our newest answer, and what each place says last."""

    scenario: str
    forecast: Annotated[
        OurForecast | None,
        Field(description="The newest that assumes nothing and speaks from its own day; null where there is none."),
    ]
    questions: list[BesidePage]


def quote_page(quoted: Quoted) -> QuotePage:
    """Return a quote as it is shown."""
    href = f"{PREFIX}/{quoted.scenario_id}/quotes/{quoted.id}"
    value: Any = quoted.value
    division = divided(value["said"].get("stated_sum", 1.0))
    return QuotePage(
        id=quoted.id,
        scenario=quoted.scenario_id,
        question=quoted.question,
        source=quoted.source,
        place=quoted.place,
        wording=value["wording"],
        said=value["said"],
        part=read_part(value.get("part")),
        notes=[] if division is None else [division],
        mapped=value["mapped"],
        valid_at=quoted.valid_at,
        fetched_at=value["fetched_at"],
        licence=quoted.licence,
        terms=Licence[quoted.licence].value,
        author=quoted.author,
        reason=value["reason"],
        recorded_at=quoted.recorded_at,
        href=href,
        raw=f"{href}/raw",
    )


def outside_page(scenario_id: str, view: OutsideView) -> OutsidePage:
    """Return ours beside theirs."""
    card = view.forecast
    ours = None
    if card is not None:
        ours = OurForecast(
            id=card.id,
            version=card.version,
            as_of=date.fromisoformat(card.as_of),
            recorded_at=card.recorded_at,
            href=f"{FORECASTS}/{card.id}",
        )
    return OutsidePage(scenario=scenario_id, forecast=ours, questions=[_beside(each) for each in view.questions])


def _beside(each: Beside) -> BesidePage:
    ours = None if each.ours is None else _ours(each.ours)
    return BesidePage(question=each.question, ours=ours, theirs=[_theirs(one) for one in each.theirs])


def _theirs(one: Theirs) -> TheirsPage:
    difference = one.difference
    return TheirsPage(
        quote=quote_page(one.quoted),
        age_days=one.age_days,
        ours=None if one.ours is None else one.ours.probability,
        not_ours=None if one.ours is None else one.ours.why_not,
        difference=difference if difference is None or isinstance(difference, float) else dict(difference),
    )


def _ours(answer: Answer) -> OurProbability | OurOptions | OurQuantiles | OurDays | None:
    """Return our answer; None of a conditional pair, which nobody quotes."""
    match answer:
        case BinaryAnswer():
            return OurProbability(
                kind="probability", probability=answer.mean, mc_error=answer.mc_error, quantiles=answer.quantiles
            )
        case MultipleChoiceAnswer():
            return OurOptions(kind="options", options={label: each.mean for label, each in answer.options.items()})
        case NumericAnswer():
            return OurQuantiles(kind="quantiles", quantiles=answer.quantiles, unit=answer.unit)
        case DateAnswer():
            return OurDays(kind="days", quantiles=answer.quantiles)
    return None
