"""Metaculus: the bodies of the requests that a bot account would send.

Rules are those of the platform's own code, Metaculus/metaculus: ``questions/serializers/common.py`` for what a
forecast must be, ``utils/the_math/formulas.py`` for where a value lies, ``comments/`` for comments. Its documentation
differs in places and is not followed.

| module | subject |
|---|---|
| `rules` | what the platform refuses |
| `asking` | a listing: the platform's question beside ours |
| `posts` | listings read from a post as the platform returns it |
| `located` | a number or date on the platform's grid |
| `answers` | one listing answered, and what the form could not say |
| `comments` | the private comment beside a forecast |
| `exporting` | the documents: forecasts, comments, withdrawals |
"""

from forecast.tournaments.metaculus.asking import MetaculusListing
from forecast.tournaments.metaculus.exporting import FORMAT, withdrawal
from forecast.tournaments.metaculus.posts import listings_of, platform_sides

__all__ = ["FORMAT", "MetaculusListing", "listings_of", "platform_sides", "withdrawal"]
