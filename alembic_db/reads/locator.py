"""The SRA data locator (SDL): where NCBI and the clouds keep the SRA files of runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alembic_db.errors import ReadsTransientError
from alembic_db.net.patience import one_line
from alembic_db.reads.answer import Answer
from alembic_db.reads.link import Link, Source, known_md5, known_size, safe_name
from alembic_db.reads.service import AGAIN, BatchRefusedError, Service

BATCH = 100
_CLOUDS = {"s3": Source.AWS, "gs": Source.GCP}
_GATES = {"ceRequired": "to be fetched within the cloud only", "payRequired": "the fetcher pays"}


def ask_locator(service: Service, runs: Sequence[str]) -> Answer:
    """Ask where the SRA files of runs lie. A run that the locator refuses comes with its words."""
    form = [*(("acc", run) for run in runs), ("accept-alternate-locations", "yes")]
    answer = Answer()
    for bundle in service.ask("retrieve", form, _bundles):
        run = str(bundle.get("bundle"))
        if run in runs:
            answer.add([run], run, list(locator_links(bundle)), _refusal(bundle))
    return answer


def _bundles(reply: Any) -> list[dict[str, Any]]:
    if isinstance(reply, dict) and reply.get("status") in (400, 413, 414):
        raise BatchRefusedError(f"The data locator refused: {one_line(str(reply.get('message')))}.", hint=AGAIN)
    if not isinstance(reply, dict) or not isinstance(reply.get("result"), list):
        raise ReadsTransientError("The answer of the data locator holds no result.", hint=AGAIN)
    return _objects(reply["result"])


def locator_links(bundle: Mapping[str, Any]) -> Iterator[Link]:
    """Yield the links of one bundle; files beside the run's own (references, pileups) and signed links are left out.

    A signed link names its end and is of no use to a store.
    """
    run = str(bundle["bundle"])
    for file in _objects(bundle.get("files")):
        kind = _kind(run, file)
        size = file.get("size")
        for place in _objects(file.get("locations")):
            url = place.get("link")
            if kind is None or not isinstance(url, str) or "://" not in url or place.get("expirationDate"):
                continue
            gates = [said for gate, said in _GATES.items() if place.get(gate) in (True, "true")]
            yield Link(
                run, _CLOUDS.get(str(place.get("service")), Source.SRA), kind, url,
                safe_name(str(file.get("name") or ""), run), known_size(size),
                known_md5(file["md5"]) if isinstance(file.get("md5"), str) else None, gates[0] if gates else None,
            )  # fmt: skip


def _kind(run: str, file: Mapping[str, Any]) -> str | None:
    name = str(file.get("name") or "")
    if file.get("type") != "sra" or name.removesuffix(".sra").removesuffix(".lite").removesuffix(".sralite") != run:
        return None
    reduced = file.get("noqual") in (True, "true") or file.get("quality") in ("no", "zq") or "lite" in name
    return "sra_lite" if reduced else "sra"


def _refusal(bundle: Mapping[str, Any]) -> str | None:
    status = bundle.get("status")
    if status in (200, "200", None):
        return None
    return f"the data locator says: {one_line(str(bundle.get('msg') or 'nothing'))} ({status})"


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
