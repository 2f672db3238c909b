"""The noun of quotes: what was recorded is read back, and stated where somebody says so."""

import io

from api.client import Client
from tests.api.quoting import TABLE, asked_coin


def test_quotes_are_read_back_and_stated(client: Client) -> None:
    """0.4 of the desk as the prior of one expert, worth ten observations."""
    client.scenarios.create(asked_coin(), reason="a test")
    quotes = client.quotes("coin")
    taken = quotes.add_table("deal", TABLE, reason="by letter", author="ann")
    assert (taken.recorded, {quote.author for quote in taken.quotes}) == (2, {"ann"})
    assert {quote.id for quote in quotes.list(question="deal", source="csv")} == {quote.id for quote in taken.quotes}
    assert list(quotes.list(source="kalshi")) == []
    desk = taken.quotes[0]
    assert quotes.get(desk.id) == desk
    stream = io.BytesIO()
    quotes.payload(desk.id, stream)
    assert stream.getvalue() == TABLE.encode()
    assert [one.quote for one in quotes.outside().questions[0].theirs] == [taken.quotes[1], desk]
    stated = quotes.state(desk.id, "talks", "desk", branch="deal", equivalent_sample_size=10.0, author="bob")
    assert stated.prior == {"family": "beta", "branch": "deal", "mean": 0.4, "equivalent_sample_size": 10.0}
    assert client.statements("coin", "talks").get("desk") == stated
