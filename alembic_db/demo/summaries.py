"""Document summaries: esummary's short form of a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from lxml import etree

from alembic_db.demo.answer import DECLARATION, Tree
from alembic_db.demo.catalogue import Catalogue, Series
from alembic_db.demo.index import MODIFIED, RELEASED


def summary(catalogue: Catalogue, database: str, uid: str) -> dict[str, Tree]:
    """Summarise a record; texts that are XML fragments come unescaped."""
    if database == "sra":
        return _sra_summary(catalogue, uid)
    series = catalogue.series.get(uid)
    return _series_summary(uid, series) if series else _sample_summary(catalogue, uid)


def for_json(document: Mapping[str, Tree]) -> dict[str, Tree]:
    """Escape the fragments the way NCBI does inside JSON."""
    return {name: escape(value, quote=False) if isinstance(value, str) else value for name, value in document.items()}


def for_xml(uid: str, document: Mapping[str, Tree]) -> str:
    """Write a summary as the DocSum of version 1."""
    names = {"expxml": "ExpXml", "runs": "Runs", "extlinks": "ExtLinks", "createdate": "CreateDate",
             "updatedate": "UpdateDate"}  # fmt: skip
    items = "".join(_item(names.get(name, name), value) for name, value in document.items() if name != "uid")
    return f"<DocSum>\n\t<Id>{uid}</Id>\n{items}</DocSum>\n"


def summary_set(documents: Sequence[str]) -> bytes:
    """Join DocSums to an answer."""
    return DECLARATION + f"<eSummaryResult>\n{''.join(documents)}</eSummaryResult>\n".encode()


def _item(name: str, value: Tree) -> str:
    if isinstance(value, str):
        return f'\t<Item Name="{escape(name)}" Type="String">{escape(value, quote=False)}</Item>\n'
    entries = value.items() if isinstance(value, Mapping) else [(name, entry) for entry in value]
    kind = "Structure" if isinstance(value, Mapping) else "List"
    return f'\t<Item Name="{escape(name)}" Type="{kind}">\n{"".join(_item(*entry) for entry in entries)}\t</Item>\n'


def _sra_summary(catalogue: Catalogue, uid: str) -> dict[str, Tree]:
    root = catalogue.root(uid)
    dates = catalogue.sra.documents[uid].dates
    runs = [_element("Run", acc=run.get("accession"), total_spots=run.get("total_spots"),
                     total_bases=run.get("total_bases"), load_done="true", is_public="true",
                     cluster_name="public", static_data_available="true")
            for run in root.iterfind("RUN_SET/RUN")]  # fmt: skip
    return {
        "uid": uid,
        "expxml": _experiment_fragment(root),
        "runs": "".join(runs),
        "extlinks": "",
        "createdate": dates.get(RELEASED, ""),
        "updatedate": dates.get(MODIFIED, ""),
    }


def _experiment_fragment(root: etree._Element) -> str:
    """Write ExpXml: several elements side by side, with no root around them."""

    def text(path: str) -> str:
        return str(root.xpath(f"string({path})"))

    title = text("EXPERIMENT/TITLE")
    platform, model = text("name(EXPERIMENT/PLATFORM/*)"), text("EXPERIMENT/PLATFORM/*/INSTRUMENT_MODEL")
    library = root.find("EXPERIMENT/DESIGN/LIBRARY_DESCRIPTOR")
    descriptor = b"".join(etree.tostring(child) for child in library) if library is not None else b""
    parts = [
        f"<Summary><Title>{escape(title, quote=False)}</Title>",
        _element("Platform", platform, instrument_model=model),
        _element("Statistics", total_runs=text("count(RUN_SET/RUN)"), total_spots=text("RUN_SET/@spots"),
                 total_bases=text("RUN_SET/@bases"), total_size=text("RUN_SET/@bytes"), load_done="true",
                 cluster_name="public"),
        "</Summary>",
        _element("Submitter", acc=text("SUBMISSION/@accession"), center_name=text("SUBMISSION/@center_name")),
        _element("Experiment", acc=text("EXPERIMENT/@accession"), ver="1", status="public", name=title),
        _element("Study", acc=text("STUDY/@accession"), name=text("STUDY/DESCRIPTOR/STUDY_TITLE")),
        _element("Organism", taxid=text("SAMPLE/SAMPLE_NAME/TAXON_ID"),
                 ScientificName=text("SAMPLE/SAMPLE_NAME/SCIENTIFIC_NAME")),
        _element("Sample", acc=text("SAMPLE/@accession"), name=""),
        f"<Library_descriptor>{descriptor.decode()}</Library_descriptor>",
        _element("Bioproject", text("STUDY/IDENTIFIERS/EXTERNAL_ID[@namespace='BioProject']")),
        _element("Biosample", text("SAMPLE/IDENTIFIERS/EXTERNAL_ID[@namespace='BioSample']")),
    ]  # fmt: skip
    return "".join(parts)


def _element(tag: str, text: str = "", /, **attributes: str | None) -> str:
    element = etree.Element(tag, {name: value for name, value in attributes.items() if value is not None})
    element.text = text or None
    return etree.tostring(element, encoding="unicode")


def _series_summary(uid: str, series: Series) -> dict[str, Tree]:
    relation = {"relationtype": "SRA", "targetobject": series.study, "targetftplink": ""}
    return {
        "uid": uid,
        "accession": series.accession,
        "title": series.title,
        "summary": series.summary,
        "gse": series.accession.removeprefix("GSE"),
        "taxon": series.organism,
        "entrytype": "GSE",
        "gdstype": "Expression profiling by high throughput sequencing" if "RNA" in series.strategy else "Other",
        "pdat": series.released,
        "samples": [{"accession": accession, "title": title} for accession, title in series.samples.items()],
        "extrelations": [relation],
        "n_samples": str(len(series.samples)),
        "bioproject": series.bioproject,
    }


def _sample_summary(catalogue: Catalogue, uid: str) -> dict[str, Tree]:
    accession = catalogue.gds.documents[uid].accession
    series = next(series for series in catalogue.series.values() if accession in series.samples)
    return {
        "uid": uid,
        "accession": accession,
        "title": series.samples[accession],
        "gse": series.accession.removeprefix("GSE"),
        "taxon": series.organism,
        "entrytype": "GSM",
        "pdat": series.released,
        "samples": [],
        "extrelations": [],
        "n_samples": "1",
        "bioproject": "",
    }
