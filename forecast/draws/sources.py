"""Sources of uncertainty and their draws from the prior: drivers, branch shares, rates, attributes.

Every source owns one or more coordinates of the net. Coordinate j of source i sits on dimension
j·(number of sources) + i, so that a source which gains a branch takes no other's dimension.
"""

from functools import cached_property

import numpy as np

from forecast.arrays import FloatArray, IntArray
from forecast.draws.model import Chance, Hazard, Model
from forecast.numerics.nets import NET_BITS, Batch, CellSampler, Coordinate, RandomCells, SobolCells, offsets
from forecast.numerics.rates import DrawnRate, RateLaw
from forecast.numerics.sticks import BetaStick, Sticks
from forecast.numerics.tables import Table, beta_table, normal_table, rate_table

TABLE_BYTES = 64 << 20
"""Memory that the tables of one scenario may take; scenarios with many nodes get coarser tables."""


def attribute_source(attribute: str, class_name: str) -> str:
    """Name of the source behind one class of an attribute."""
    return f"attribute {attribute} at {class_name}"


class Sources:
    """The draws of one model's sources, block by block; holds no state that a draw could change."""

    def __init__(self, model: Model, seed: int, world_sources: tuple[str, ...] = ()) -> None:
        self._model, self._seed = model, seed
        self._tables: dict[BetaStick, Table] = {}
        drivers = model.drivers
        names = [f"driver {name}" for name in (*drivers.continuous, *drivers.discrete)]
        names += [f"node {node.name}" for node in model.nodes]
        names += [attribute_source(a.name, c) for a in model.attributes for c in a.class_names]
        names += world_sources
        self._position = {name: i for i, name in enumerate(names)}
        self._sampler: CellSampler = (
            SobolCells(seed, list(self._used_coordinates())) if model.settings.sampler == "sobol" else RandomCells(seed)
        )

    def _used_coordinates(self) -> list[Coordinate]:
        counts = dict.fromkeys(self._position, 1)
        for node in self._model.nodes:
            if isinstance(node.law, Chance):
                counts[f"node {node.name}"] = len(node.law.laws[0].sticks)
        return [self.coordinate(name, j) for name, count in counts.items() for j in range(count)]

    def coordinate(self, source: str, index: int = 0) -> Coordinate:
        """Return where a source's ``index``-th uniform number lives."""
        return Coordinate(source, index, index * len(self._position) + self._position[source])

    @cached_property
    def bits(self) -> int:
        """log2 of the cells of every table."""
        laws = [law for node in self._model.nodes if isinstance(node.law, Chance) for law in node.law.laws]
        laws += [law for attribute in self._model.attributes for chance in attribute.classes for law in chance.laws]
        tables = len({(s.a, s.b) for law in laws for s in law.sticks if isinstance(s, BetaStick)}) + 1
        return max(10, min(NET_BITS, int(np.log2(TABLE_BYTES / 8 / tables))))

    def uniforms(self, batch: Batch, source: str) -> FloatArray:
        """Return uniform numbers in (0, 1) of a source, shape (draws,)."""
        coordinate = self.coordinate(source)
        cells = self._sampler.cells(batch, coordinate, NET_BITS).reshape(batch.count, batch.size)
        return ((cells + offsets(self._seed, batch, coordinate)) * 2.0**-NET_BITS).reshape(-1)

    def _read(self, batch: Batch, coordinate: Coordinate, table: Table) -> FloatArray:
        cells = self._sampler.cells(batch, coordinate, self.bits)
        if table.low is None:
            return table.read(cells, None)
        return table.read(cells, np.repeat(offsets(self._seed, batch, coordinate), batch.size))

    def normals(self, batch: Batch) -> list[FloatArray]:
        """Return the continuous drivers, correlated, each of shape (draws,)."""
        drivers = self._model.drivers
        table = normal_table(self.bits)
        raw = [self._read(batch, self.coordinate(f"driver {name}"), table) for name in drivers.continuous]
        mixed = []
        for k in range(len(raw)):
            value = drivers.cholesky[k, k] * raw[k]
            for j in range(k):
                if drivers.cholesky[k, j] != 0.0:
                    value = value + drivers.cholesky[k, j] * raw[j]
            mixed.append(value)
        return mixed

    def states(self, batch: Batch) -> list[IntArray]:
        """Return the state numbers of the discrete drivers, each of shape (draws,)."""
        drivers = self._model.drivers
        found = []
        for name, weights in zip(drivers.discrete, drivers.weights, strict=True):
            edges = np.cumsum(weights)[:-1]
            found.append(np.searchsorted(edges, self.uniforms(batch, f"driver {name}"), side="right"))
        return found

    def shares(
        self, batch: Batch, source: str, chance: Chance, branches: tuple[str, ...], states: list[IntArray]
    ) -> list[FloatArray]:
        """Return the stated branch probabilities, one array of shape (draws,) or () per branch of ``branches``."""
        by_state = [self._broken(batch, source, sticks, branches) for sticks in chance.laws]
        if chance.selector is None:
            return by_state[0]
        state = states[chance.selector]
        return [
            np.select([state == s for s in range(len(by_state))], [law[b] for law in by_state])
            for b in range(len(branches))
        ]

    def _beta_table(self, stick: BetaStick) -> Table:
        """Return a stick's table; kept here too, as a scenario may have more than the shared cache holds."""
        table = self._tables.get(stick)
        if table is None:
            table = self._tables.setdefault(stick, beta_table(stick.a, stick.b, self.bits))
        return table

    def _broken(self, batch: Batch, source: str, sticks: Sticks, branches: tuple[str, ...]) -> list[FloatArray]:
        left: FloatArray = np.array(1.0)
        share_of: dict[str, FloatArray] = {}
        for j, stick in enumerate(sticks.sticks):
            if isinstance(stick, BetaStick):
                share = self._read(batch, self.coordinate(source, j), self._beta_table(stick))
            else:
                share = np.array(stick.share)
            taken = share if j == 0 else left * share
            share_of[sticks.order[j]] = taken
            left = left - taken
        share_of[sticks.order[-1]] = np.maximum(left, 0.0) if len(sticks.sticks) > 1 else left
        return [share_of[branch] for branch in branches]

    def rates(self, batch: Batch, source: str, hazard: Hazard, states: list[IntArray]) -> DrawnRate:
        """Return the event rate per year, shape (draws,)."""
        by_state = [self._rate(batch, source, law) for law in hazard.rates]
        if hazard.selector is None:
            return DrawnRate(by_state[0])
        state = states[hazard.selector]
        return DrawnRate(np.select([state == s for s in range(len(by_state))], by_state))

    def _rate(self, batch: Batch, source: str, law: RateLaw) -> FloatArray:
        return self._read(batch, self.coordinate(source), rate_table(law, self.bits))
