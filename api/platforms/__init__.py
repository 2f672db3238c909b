"""Talking to tournament platforms: what an export holds is sent, and what became of it is told truly.

An export's document becomes a ``PlatformRequest``, which holds no token and can be kept as JSON. Sending it once gives
an outcome: accepted, refused for good, to be tried again, or unclear. What is unclear is never sent again before a
read-back has said that it did not arrive. Nothing here repeats by itself: whoever keeps the requests decides when.

| module | subject |
|---|---|
| `requests`, `sought` | what is sent, and what would be there if it had arrived |
| `answers`, `found` | what became of it: the outcome of sending, the verdict of a read-back |
| `platform` | what all platforms have in common: `submit`, `read_back`, `rest`, `fetch` |
| `metaculus`, `manifold`, `cultivate` | one platform each: requests made of export documents, sending, reading back |
| `metaculus_requests`, `metaculus_posts`, `metaculus_forecasts` | parts of the first of them |
| `registry` | all platforms by name, with their addresses, tokens and limits |
| `secret`, `tokens`, `addresses`, `variables` | tokens, which are sent and never shown; what the environment states |
| `wire`, `pace`, `waiting` | one request over HTTP, the limits of a platform, how long to wait |
| `judging`, `faults` | what a status means, and which faults an error body lists |
| `said`, `bodies`, `moments` | reading JSON that others wrote, or an export did, and the times in it |
| `errors` | what is raised on purpose |
| `quotes` | what other forecasters and markets say, as an outside view |
"""
