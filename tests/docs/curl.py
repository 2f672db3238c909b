"""As much of curl as the pages use: its options read as curl reads them, sent by httpx, shown as curl shows it."""

from collections.abc import Sequence
from pathlib import Path

import httpx


def curl(arguments: Sequence[str], folder: Path) -> str:
    """Send the request that a command line describes; return what curl would print."""
    method, url, output, include = None, None, None, False
    headers: list[tuple[str, str]] = []
    data: bytes | None = None
    words = iter(arguments)
    for word in words:
        if word == "-i":
            include = True
        elif word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(":")
            headers.append((name, value.strip()))
        elif word == "-d":
            stated = next(words)
            data = (folder / stated[1:]).read_bytes() if stated.startswith("@") else stated.encode()
        elif word == "-o":
            output = folder / next(words)
        elif word != "-s":
            assert not word.startswith("-"), f"pages use no option {word} of curl"
            assert url is None, f"one address at a time: {url}, {word}"
            url = word if "://" in word else f"http://{word}"
    assert url is not None, "curl needs an address"
    if data is not None and "content-type" not in {name.lower() for name, _ in headers}:
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    with httpx.Client(trust_env=False, timeout=60.0) as client:
        answer = client.request(method or ("GET" if data is None else "POST"), url, headers=headers, content=data)
    if output is not None:
        output.write_bytes(answer.content)
        return ""
    return (_head(answer) if include else "") + answer.text


def _head(answer: httpx.Response) -> str:
    lines = [f"{name.decode()}: {value.decode()}" for name, value in answer.headers.raw]
    return "\n".join([f"{answer.http_version} {answer.status_code} {answer.reason_phrase}", *lines, "", ""])
