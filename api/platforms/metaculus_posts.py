"""The questions of a post of Metaculus: one, those of a group, or the halves of a conditional pair."""

from api.platforms.errors import PayloadError
from api.platforms.said import Said


def questions_of(post: Said) -> list[Said]:
    """Return the questions of a post that can be forecast; none of a notebook."""
    if (single := post.get("question")) is not None:
        return [single]
    if (group := post.get("group_of_questions")) is not None:
        return group.at("questions").items()
    if (pair := post.get("conditional")) is not None:
        return [pair.at("question_yes"), pair.at("question_no")]
    return []


def question_in(post: Said, question: int) -> Said:
    """Return a question of a post.

    Raises
    ------
    PayloadError
        If the post has no such question.
    """
    for found in questions_of(post):
        if found.at("id").whole() == question:
            return found
    raise PayloadError(f"{post.path} has no question {question} in this post: is it in another?")
