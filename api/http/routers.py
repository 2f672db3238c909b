"""What the routes of one noun have in common: an address, a tag, a key that they need, and how strict they are."""

from collections.abc import Sequence

from fastapi import APIRouter, params
from fastapi.routing import APIRoute

from api.http.access import READING
from api.http.parameters import StrictRoute


def routes_under(
    prefix: str,
    tag: str,
    needs: Sequence[params.Depends] = (READING,),
    route_class: type[APIRoute] = StrictRoute,
) -> APIRouter:
    """Return a router whose routes the OpenAPI document calls by the names of their functions.

    Parameters
    ----------
    prefix : start of every address
    tag : heading in the OpenAPI document
    needs : what every route depends on
    route_class : everything under ``/v1`` is strict
    """
    return APIRouter(
        prefix=prefix,
        tags=[tag],
        dependencies=needs,
        route_class=route_class,
        generate_unique_id_function=_function_name,
    )


def _function_name(route: APIRoute) -> str:
    return route.name
