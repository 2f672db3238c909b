"""``python -m benchmarks.service.bare``: what FastAPI costs on the service's own server settings, with next to no app.

``GET /`` answers a constant. ``POST /engine`` computes the measured forecast in a thread and writes it: what a
preview costs without anything that makes a service of it.
"""

import socket
from typing import Annotated

import uvicorn
from fastapi import Body, FastAPI, Response

from benchmarks.documents import scenario_document
from benchmarks.trees import load_tree
from forecast.run import run
from forecast.scenario import parse_scenario
from forecast.settings import RunSettings

app = FastAPI()
_SCENARIO = parse_scenario(scenario_document(load_tree()))


@app.get("/")
async def get_constant() -> dict[str, bool]:
    """Answer at once."""
    return {"ok": True}


@app.post("/engine")
def post_engine(draws: Annotated[int, Body()], seed: Annotated[int, Body()]) -> Response:
    """Compute the forecast of the 8-node tree."""
    made = run(_SCENARIO, RunSettings(draws=draws, seed=seed))
    return Response(made.model_dump_json(exclude={"document"}), media_type="application/json")


def main() -> None:
    """Serve on a free port of this machine until a signal comes."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        print(f"answers at http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, ws="none")
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
