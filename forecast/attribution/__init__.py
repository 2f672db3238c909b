"""Why a forecast moved: its change split among the causes, so that the parts add up.

| module | subject |
|---|---|
| `shapley` | each cause's average part over the orders in which causes may come |
| `causes` | what differs between two forecasts, and a forecast in which only some of it does |
| `records` | what an attribution holds |
| `explaining` | the stages strung together |
| `sentences` | the same in words |
"""
