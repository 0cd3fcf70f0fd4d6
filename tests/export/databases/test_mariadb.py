"""MariaDB, by the suite and by what only it has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from database_places import MARIADB, MySqlPlace, Place, reachable
from database_suite import *  # noqa: F403


@pytest.fixture
def place() -> Iterator[Place]:
    place = MySqlPlace(MARIADB)
    reachable(place)
    yield place
    place.drop()
