"""MySQL itself, by the suite; ALEMBIC_DB_TEST_REAL_MYSQL says where one is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from database_places import MYSQL, MySqlPlace, Place, reachable
from database_suite import *  # noqa: F403

if not MYSQL:
    pytest.skip("ALEMBIC_DB_TEST_REAL_MYSQL names no server", allow_module_level=True)


@pytest.fixture
def place() -> Iterator[Place]:
    place = MySqlPlace(MYSQL)
    reachable(place)
    yield place
    place.drop()
