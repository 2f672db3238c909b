"""A misspelt name is answered with the nearest one, any other with the list."""

from api.suggestions import did_you_mean


def test_the_nearest_name_is_suggested() -> None:
    assert did_you_mean("sumit", ["summit", "talks"], "known are") == ": did you mean 'summit'?"


def test_names_are_listed_where_none_is_near() -> None:
    assert did_you_mean("zzz", ["talks", "summit"], "known are") == ": known are summit, talks"
