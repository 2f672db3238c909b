"""How good predictions were, once it is known what came about.

| module | subject |
|---|---|
| `probabilities` | one prediction over options: Brier, ordered Brier, ranked probability, log, spherical |
| `distributions` | one prediction of a number, as a distribution: CRPS |
| `numbers` | one prediction of a number, as draws, quantiles or intervals: CRPS, pinball, interval scores |
| `lives` | predictions that stand one after another while a question is open: the average over time |
| `base_rates` | the base rate that decays as time runs out, and skill against it |
| `metaculus` | baseline and peer scores as Metaculus computes them |
| `metaculus_ranges` | the range of a Metaculus number or date: where a value lies, and what chance is given |
| `paths` | the nodes on the way that have resolved before the outcome has |
| `decompositions` | what many Brier scores are made of: reliability, resolution, uncertainty |
| `calibration` | how often it happened when we said 30 % |
| `bins` | like probabilities gathered, for the two above |
| `skill` | a score against that of a baseline |
| `averages` | means by analyst, depth, topic or platform |
| `checks` | what may be scored at all |
"""
