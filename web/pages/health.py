"""For monitoring: whether this process can do its work, in one word."""

import logging

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from web.site import site

blueprint = Blueprint("health", __name__)
log = logging.getLogger(__name__)


@blueprint.get("/health")
def show() -> tuple[Response, int]:
    """200 while requests can be taken in, 503 while the database is away."""
    try:
        site().sessions.look()
    except (DBAPIError, PoolTimeout) as error:
        log.warning("not healthy: %s", type(error).__name__)
        return jsonify(status="database away"), 503
    return jsonify(status="ok"), 200
