"""The conventions of the service: who may ask, bodies, tags, pages, repeated requests, problems."""
