"""The E-utilities of the stand-in: a call and its form in, an answer out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

from alembic_db.demo.answer import DECLARATION, FETCH_DECLARATION, Answer, Tree, json_answer, text_answer
from alembic_db.demo.catalogue import Catalogue, Database, Outcome
from alembic_db.demo.faults import HISTORY_FAULT, TWICE_FAULT, Strike, error_answer, poisoned
from alembic_db.demo.history import History
from alembic_db.demo.index import FIELDS
from alembic_db.demo.summaries import for_json, for_xml, summary, summary_set

CALLS = ("einfo", "esearch", "esummary", "efetch", "epost")
_LARGEST_PAGE = 10_000
_LARGEST_JSON_SUMMARY = 500
_DEFAULT_LIST = 20
_NOTHING_ASKED = "Both list of IDs and query_key are empty"
_TOO_MANY = f"Too many UIDs in request. Maximum number of UIDs is {_LARGEST_JSON_SUMMARY} for JSON format output."

# With its line break raw inside the JSON string, as NCBI writes it.
_TOO_FAR = "Search Backend failed: Exception:\n'retstart' cannot be larger than {}."

type Form = Mapping[str, str]


@dataclass(frozen=True)
class Bounds:
    """How much of a search is listed: at once, and in all (None: to its end, as NCBI does for db=sra)."""

    page: int = _LARGEST_PAGE
    listed: int | None = None


class Service:
    """Answers calls from a catalogue; `strike` is the fault that a call meets."""

    def __init__(
        self,
        catalogue: Catalogue,
        poison_uids: frozenset[str] = frozenset(),
        history: History | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self.catalogue = catalogue
        self._history = history or History()
        self._poison_uids = poison_uids
        self._bounds = bounds or Bounds()
        self._last_page: tuple[str, ...] = ()

    def answer(self, call: str, form: Form, strike: Strike) -> Answer:
        """Answer a call. What it does not know, it says in the words of E-utilities."""
        if strike.name == HISTORY_FAULT:
            self._history.forget(form.get("WebEnv", ""))
        database = self.catalogue.database(form.get("db", ""))
        if call not in CALLS:
            return text_answer(404, "Not found")
        if call == "einfo" and (database or not form.get("db")):
            return _einfo(database, form)
        if database is None:
            return error_answer(call, form, f"Invalid db name specified: {form.get('db', '')}")
        if call == "esearch":
            return self._esearch(database, form, strike)
        return self._about_records(call, database, form, strike)

    def _about_records(self, call: str, database: Database, form: Form, strike: Strike) -> Answer:
        uids = self._asked_uids(form)
        if uids is None:
            answer = error_answer(call, form, f"Unable to obtain query #{form.get('query_key')}")
            return Answer(answer.body, answer.content_type, 400 if call == "efetch" else 200)
        if not uids:
            return text_answer(400, _NOTHING_ASKED)
        if call == "epost":
            return self._epost(database, form, uids)
        page = strike.on_page(uid for uid in self._page(form, uids) if uid in database.documents)
        if call == "esummary":
            return self._esummary(database, form, page)
        before = [uid for uid in self._last_page if uid in database.documents]
        answered = before if strike.name == TWICE_FAULT and before else page
        self._last_page = tuple(page)
        return self._efetch(form, answered)

    def _asked_uids(self, form: Form) -> list[str] | None:
        """Return the UIDs of `id` or of an earlier search, None if that is unknown."""
        if form.get("id", "").strip(", "):
            # The letters of an accession are dropped and its digits read as a UID: so does NCBI.
            digits = (re.sub(r"[^0-9]", "", name) for name in form["id"].split(","))
            return [number.lstrip("0") for number in digits if number]
        if "query_key" in form and "WebEnv" in form:
            kept = self._history.find(form["WebEnv"], _number(form, "query_key", 0))
            return list(kept.uids) if kept else None
        return []

    @staticmethod
    def _page(form: Form, uids: Sequence[str]) -> Sequence[str]:
        start = _number(form, "retstart", 0)
        return uids[start : start + min(_number(form, "retmax", _LARGEST_PAGE), _LARGEST_PAGE)]

    def _efetch(self, form: Form, uids: Sequence[str]) -> Answer:
        if form.get("db") != "sra" or form.get("rettype", "") not in ("", "full", "xml"):
            return text_answer(400, f"Cannot process rettype '{form.get('rettype', '')}' for this database.")
        body = bytearray(FETCH_DECLARATION + b"<EXPERIMENT_PACKAGE_SET>\n")
        for uid in uids:
            package = self.catalogue.packages[uid]
            body += poisoned(package) if uid in self._poison_uids else package
            body += b"\n"
        return Answer(bytes(body) + b"</EXPERIMENT_PACKAGE_SET>\n")

    def _esummary(self, database: Database, form: Form, uids: Sequence[str]) -> Answer:
        if form.get("retmode") != "json":
            documents = [for_xml(uid, self._summary(database, uid)) for uid in uids]
            return Answer(summary_set(documents))
        if len(uids) > _LARGEST_JSON_SUMMARY:
            return json_answer("esummary", error=_TOO_MANY)
        by_uid = {uid: for_json(self._summary(database, uid)) for uid in uids}
        return json_answer("esummary", result={"uids": list(uids), **by_uid})

    def _summary(self, database: Database, uid: str) -> dict[str, Tree]:
        document = summary(self.catalogue, database.name, uid)
        if uid in self._poison_uids and isinstance(document.get("expxml"), str):
            document["expxml"] = poisoned(str(document["expxml"]).encode()).decode("utf-8", "replace")
        return document

    def _epost(self, database: Database, form: Form, uids: Sequence[str]) -> Answer:
        webenv, key = self._history.keep(form.get("WebEnv"), database.name, uids)
        result = f"<QueryKey>{key}</QueryKey>\n\t<WebEnv>{webenv}</WebEnv>"
        return Answer(DECLARATION + f"<ePostResult>\n\t{result}\n</ePostResult>\n".encode())

    def _esearch(self, database: Database, form: Form, strike: Strike) -> Answer:
        webenv = form.get("WebEnv")
        # It is repeated in the answer, where XML allows no control characters.
        term = "".join(letter if letter.isprintable() else " " for letter in form.get("term", "")).strip()
        if not term and "query_key" in form:
            term = f"#{_number(form, 'query_key', 0)}"
        if not term:
            return error_answer("esearch", form, "Empty term and query_key - nothing todo")
        lost: list[int] = []

        def earlier(key: int) -> Sequence[str] | None:
            kept = self._history.find(webenv, key)
            if kept is None:
                lost.append(key)
            return kept.uids if kept else None

        outcome = database.search(_with_dates(term, form), earlier)
        if lost:
            return error_answer("esearch", form, f"Unable to obtain query #{lost[0]}")
        kept = self._history.keep(webenv, database.name, outcome.uids) if form.get("usehistory") == "y" else None
        listed = self._bounds.listed
        if listed is not None and _number(form, "retstart", 0) >= listed:
            return error_answer("esearch", form, _TOO_FAR.format(listed - 1))
        return _search_answer(form, outcome, kept, strike, self._bounds.page)


def _search_answer(form: Form, outcome: Outcome, kept: tuple[str, int] | None, strike: Strike, largest: int) -> Answer:
    count_only = form.get("rettype") == "count"
    start = _number(form, "retstart", 0)
    most = 0 if count_only else min(_number(form, "retmax", _DEFAULT_LIST), largest)
    begin = strike.on_start(start)
    page = strike.on_page(outcome.uids[begin : begin + most])
    head = {
        "count": str(strike.on_count(len(outcome.uids))),
        "retmax": str(len(page)),
        "retstart": str(start),
        **({"querykey": str(kept[1]), "webenv": kept[0]} if kept else {}),
    }
    if form.get("retmode") == "json":
        count = {"count": head["count"]}
        return json_answer("esearch", esearchresult=count if count_only else _search_json(head, page, outcome))
    return Answer(DECLARATION + _search_xml(head, page, outcome, count_only).encode())


def _search_json(head: Form, page: list[str], outcome: Outcome) -> dict[str, Tree]:
    stack = [
        {"term": str(leaf), "field": leaf.field or "All Fields", "count": str(count), "explode": "N"}
        for leaf, count in outcome.stack
    ]
    result: dict[str, Tree] = {
        **head,
        "idlist": page,
        "translationset": [],
        "translationstack": [*stack, "GROUP"],
        "querytranslation": outcome.translation,
    }
    if outcome.words_not_found or outcome.fields_not_found:
        result["errorlist"] = {
            "phrasesnotfound": list(outcome.words_not_found),
            "fieldsnotfound": list(outcome.fields_not_found),
        }
    if outcome.phrases_not_found or not outcome.uids:
        result["warninglist"] = {
            "phrasesignored": [],
            "quotedphrasesnotfound": list(outcome.phrases_not_found),
            "outputmessages": _messages(outcome),
        }
    return result


def _search_xml(head: Form, page: list[str], outcome: Outcome, count_only: bool) -> str:
    if count_only:
        return f"<eSearchResult>\n\t<Count>{head['count']}</Count>\n</eSearchResult>\n"
    names = {"count": "Count", "retmax": "RetMax", "retstart": "RetStart", "querykey": "QueryKey", "webenv": "WebEnv"}
    parts = [_tags(names[name], [value]) for name, value in head.items()]
    parts += [f"<IdList>\n{_tags('Id', page)}</IdList>", "<TranslationSet/>"]
    parts.append(_tags("QueryTranslation", [outcome.translation]))
    errors = _tags("PhraseNotFound", outcome.words_not_found) + _tags("FieldNotFound", outcome.fields_not_found)
    warnings = _tags("QuotedPhraseNotFound", outcome.phrases_not_found) + _tags("OutputMessage", _messages(outcome))
    parts += [f"<ErrorList>{errors}</ErrorList>"] if errors else []
    parts += [f"<WarningList>{warnings}</WarningList>"] if warnings else []
    return f"<eSearchResult>{''.join(parts)}</eSearchResult>\n"


def _with_dates(term: str, form: Form) -> str:
    """Join the dates of a form to its term: datetype with mindate and maxdate, or with reldate in days."""
    field = {"pdat": "PDAT", "mdat": "MDAT", "edat": "PDAT"}.get(form.get("datetype", "pdat").lower(), "PDAT")
    first, last = form.get("mindate", ""), form.get("maxdate", "")
    if form.get("reldate"):
        first = f"{datetime.now(UTC) - timedelta(days=_number(form, 'reldate', 0)):%Y/%m/%d}"
        last = "3000"
    return f'({term}) AND "{first}"[{field}] : "{last}"[{field}]' if first and last else term


def _messages(outcome: Outcome) -> list[str]:
    return [] if outcome.uids else ["No items found."]


def _tags(tag: str, texts: Sequence[str]) -> str:
    return "".join(f"<{tag}>{escape(text, quote=False)}</{tag}>\n" for text in texts)


def _einfo(database: Database | None, form: Form) -> Answer:
    """List the databases, or the fields of one."""
    fields = [{"name": short, "fullname": full} for short, full in FIELDS.items()]
    if database is None:
        content: dict[str, Tree] = {"dblist": ["sra", "gds"]}
        xml = f"<DbList>\n{_tags('DbName', ['sra', 'gds'])}</DbList>"
    else:
        count = str(len(database.documents))
        content = {"dbinfo": [{"dbname": database.name, "count": count, "fieldlist": fields}]}
        entries = "".join(f"<Field>{_tags('Name', [s])}{_tags('FullName', [f])}</Field>" for s, f in FIELDS.items())
        named = _tags("DbName", [database.name]) + _tags("Count", [count])
        xml = f"<DbInfo>\n{named}<FieldList>{entries}</FieldList></DbInfo>"
    if form.get("retmode") == "json":
        return json_answer("einfo", einforesult=content)
    return Answer(DECLARATION + f"<eInfoResult>\n{xml}\n</eInfoResult>\n".encode())


def _number(form: Form, name: str, otherwise: int) -> int:
    text = form.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else otherwise
