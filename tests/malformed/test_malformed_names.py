"""Names that two parts would share, one over the other: one fault each, located, with the way out."""

import pytest

from tests.malformed.test_malformed_structure import DONE, DRIVERS, LATE, SIZE, Spoilt

SIZE_DONE = "done: {outcome: fits, lag: {family: exponential, rate: 1.0}, eventually: true}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(
            [(DONE, LATE), (SIZE, f"branches:\n      §{SIZE_DONE}\n      large: null")],
            "what is pending of size.done would be called 'done_pending', like what is pending of works.done: rename",
            id="pending of two branches of one name",
        ),
        pytest.param(
            [(DONE, LATE), ("refused: null}", "refused: {outcome: §done_pending}}")],
            "outcome 'done_pending' of permit.refused has the name of what is pending of works.done",
            id="outcome named like what is pending elsewhere",
        ),
        pytest.param(
            [(DONE, LATE), ("headline:\n  built: [done]", "headline:\n  pending: §[done]")],
            "the headline's own part 'pending' holds what an 'eventually' branch leaves under way",
            id="headline named like what is pending",
        ),
        pytest.param(
            [(DRIVERS, f"{DRIVERS}\n  experts: §{{title: think tanks}}")],
            "driver 'experts' has the name of the driver by which a panel draws one of its experts",
            id="continuous driver named experts beside experts",
        ),
        pytest.param(
            [(DRIVERS, f"{DRIVERS}\n  experts: §{{states: {{ann: 0.9, bob: 0.1}}}}")],
            "driver 'experts' has the name of the driver by which a panel draws one of its experts",
            id="discrete driver named experts beside experts",
        ),
    ],
)
def test_names_that_two_parts_would_share_have_one_located_fault(
    spoilt: Spoilt, changes: list[tuple[str, str]], said: str
) -> None:
    """Two probabilities under one name would overwrite each other, and two drivers would be drawn as one."""
    faults, lines = spoilt(*changes)
    assert [(fault.line, said in fault.message) for fault in faults] == [(line, True) for line in lines], faults
