"""Where each element and attribute of SRA XML goes: the one table that the reader works by.

Source: the SRA schemas (SRA.study.xsd, SRA.experiment.xsd, ...) and the `EXPERIMENT_PACKAGE` that NCBI's efetch
wraps them in, which has no public schema. What is not named here is kept all the same, leaf by leaf, in
`record_field`; so a mistake in this file can misplace a value but never lose one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from alembic_db.sra.values import to_bool, to_count, to_measure, to_time

Convert = Callable[[str], Any]

CONVERTERS: Mapping[str, Convert] = {
    "count": to_count,
    "measure": to_measure,
    "bool": to_bool,
    "time": to_time,
}

RECORD_TAGS: Mapping[str, str] = {
    "STUDY": "study",
    "SAMPLE": "sample",
    "EXPERIMENT": "experiment",
    "RUN": "run",
    "SUBMISSION": "submission",
}


def _columns(names: str) -> tuple[str, ...]:
    return tuple(names.split())


# Columns of each table in the order of the rows that the reader makes. The store adds the rest
# (times, commit); a child row begins with what it belongs to and its position there.
TABLES: Mapping[str, tuple[str, ...]] = {
    "study": _columns(
        "accession alias center_name broker_name title study_type new_study_type abstract description"
        " center_project_name bioproject_accession geo_accession origin content_hash"
    ),
    "submission": _columns(
        "accession alias center_name lab_name broker_name title submission_comment submission_date origin content_hash"
    ),
    "organization": _columns(
        "accession organization_type name abbreviation url institution department street city subdivision"
        " country postal_code origin content_hash"
    ),
    "organization_contact": _columns(
        "organization_accession position first_name middle_name last_name email secondary_email phone fax"
        " institution department street city subdivision country postal_code"
    ),
    "sample": _columns(
        "accession alias center_name broker_name title description taxon_id scientific_name common_name"
        " anonymized_name individual_name biosample_accession geo_accession origin content_hash"
    ),
    "sample_attribute": _columns("sample_accession position tag value units"),
    "experiment": _columns(
        "accession alias center_name broker_name title study_accession submission_accession"
        " organization_accession sample_accession study_refname study_refcenter sample_refname"
        " sample_refcenter design_description library_name library_strategy library_source"
        " library_selection library_layout nominal_length nominal_sdev library_construction_protocol"
        " platform instrument_model spot_length run_count total_spots total_bases total_bytes"
        " origin content_hash"
    ),
    "experiment_sample": _columns(
        "experiment_accession position sample_accession member_name sample_name sample_title spots bases"
        " taxon_id organism proportion"
    ),
    "run": _columns(
        "accession alias center_name broker_name title experiment_accession experiment_refname"
        " experiment_refcenter run_center run_date total_spots total_bases size published load_done"
        " is_public cluster_name has_taxanalysis static_data_available assembly read_count spot_count"
        " base_count color_space_native origin content_hash"
    ),
    "run_sample": _columns(
        "run_accession position sample_accession member_name sample_name sample_title spots bases"
        " taxon_id organism proportion"
    ),
    "run_file": _columns(
        "run_accession position filename file_type cluster url size date md5 checksum_method version"
        " semantic_name supertype sratoolkit ascii_offset quality_encoding quality_scoring_system"
    ),
    "run_file_location": _columns("run_accession position file_position url free_egress access_type org"),
    "run_cloud_file": _columns("run_accession position filetype provider location"),
    "run_read": _columns("run_accession position read_index count average stdev"),
    "run_base": _columns("run_accession position base count"),
    "record_attribute": _columns("record_type accession position tag value units"),
    "external_id": _columns("record_type accession position path id_kind namespace label value"),
    "link": _columns("record_type accession position link_kind db id label url query"),
    "record_field": _columns("record_type accession position path value"),
}

RECORD_TABLES = ("study", "submission", "organization", "sample", "experiment", "run")


@dataclass(slots=True)
class Node:
    """What to do with one element: where its attributes, text and children go.

    `attributes` and `text` name a column of the current row, with a converter after a colon. `table` opens a
    new row; `name_to` puts the element's own name into a column; `named` is for children of any name.
    """

    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    children: Mapping[str, Node] = field(default_factory=dict)
    table: str | None = None
    name_to: str | None = None
    named: Node | None = None
    path: str | None = None  # of an external id: where it stands; None for the record's own


def _leaf(column: str) -> Node:
    return Node(text=column)


def _identifiers(path: str | None = None) -> Node:
    attributes = {"namespace": "namespace", "label": "label"}
    entry = Node(attributes, text="value", table="external_id", name_to="id_kind", path=path)
    kinds = ("PRIMARY_ID", "SECONDARY_ID", "EXTERNAL_ID", "SUBMITTER_ID", "UUID")
    return Node(children=dict.fromkeys(kinds, entry))


def _reference(path: str, columns: Mapping[str, str]) -> Node:
    return Node(columns, children={"IDENTIFIERS": _identifiers(path)})


def _attributes(kind: str, table: str) -> dict[str, Node]:
    entry = Node(table=table, children={"TAG": _leaf("tag"), "VALUE": _leaf("value"), "UNITS": _leaf("units")})
    return {f"{kind}_ATTRIBUTES": Node(children={f"{kind}_ATTRIBUTE": entry})}


def _links(kind: str) -> dict[str, Node]:
    parts = {"DB": "db", "ID": "id", "LABEL": "label", "URL": "url", "QUERY": "query"}
    entry = Node(table="link", name_to="link_kind", children={tag: _leaf(column) for tag, column in parts.items()})
    kinds = ("XREF_LINK", "URL_LINK", "ENTREZ_LINK", "DDBJ_LINK", "ENA_LINK")
    return {f"{kind}_LINKS": Node(children={f"{kind}_LINK": Node(children=dict.fromkeys(kinds, entry))})}


def _common(kind: str, attribute_table: str = "record_attribute") -> dict[str, Node]:
    return {
        "IDENTIFIERS": _identifiers(),
        "TITLE": _leaf("title"),
        **_links(kind),
        **_attributes(kind, attribute_table),
    }


_NAMES = {name: name for name in ("accession", "alias", "center_name", "broker_name")}
_MEMBER = {
    "accession": "sample_accession", "member_name": "member_name", "sample_name": "sample_name",
    "refname": "sample_name", "sample_title": "sample_title", "spots": "spots:count", "bases": "bases:count",
    "tax_id": "taxon_id:count", "organism": "organism", "proportion": "proportion:measure",
}  # fmt: skip
_ADDRESS = Node(
    {"postal_code": "postal_code"},
    children={
        "Institution": _leaf("institution"), "Department": _leaf("department"), "Street": _leaf("street"),
        "City": _leaf("city"), "Sub": _leaf("subdivision"), "Country": _leaf("country"),
    },
)  # fmt: skip


def _pool(table: str, tag: str, path: str) -> Node:
    member = Node(_MEMBER, table=table, children={"IDENTIFIERS": _identifiers(path)})
    return Node(children={tag: member, f"DEFAULT_{tag}": member})


STUDY = Node(
    _NAMES,
    children={
        **_common("STUDY"),
        "DESCRIPTOR": Node(
            children={
                "STUDY_TITLE": _leaf("title"),
                "STUDY_ABSTRACT": _leaf("abstract"),
                "STUDY_DESCRIPTION": _leaf("description"),
                "CENTER_PROJECT_NAME": _leaf("center_project_name"),
                "STUDY_TYPE": Node({"existing_study_type": "study_type", "new_study_type": "new_study_type"}),
            }
        ),
    },
)

SUBMISSION = Node(
    {
        **_NAMES,
        "lab_name": "lab_name",
        "submission_comment": "submission_comment",
        "submission_date": "submission_date",
    },
    children=_common("SUBMISSION"),
)

ORGANIZATION = Node(
    {"type": "organization_type", "url": "url"},
    children={
        "Name": Node({"abbr": "abbreviation"}, text="name"),
        "Address": _ADDRESS,
        "Contact": Node(
            {"email": "email", "sec_email": "secondary_email", "phone": "phone", "fax": "fax"},
            table="organization_contact",
            children={
                "Address": _ADDRESS,
                "Name": Node(
                    children={
                        "First": _leaf("first_name"),
                        "Middle": _leaf("middle_name"),
                        "Last": _leaf("last_name"),
                    }
                ),
            },
        ),
    },
)

SAMPLE = Node(
    _NAMES,
    children={
        **_common("SAMPLE", "sample_attribute"),
        "DESCRIPTION": _leaf("description"),
        "SAMPLE_NAME": Node(
            children={
                "TAXON_ID": _leaf("taxon_id:count"),
                "SCIENTIFIC_NAME": _leaf("scientific_name"),
                "COMMON_NAME": _leaf("common_name"),
                "ANONYMIZED_NAME": _leaf("anonymized_name"),
                "INDIVIDUAL_NAME": _leaf("individual_name"),
            }
        ),
    },
)

_STUDY_REF = {"accession": "study_accession", "refname": "study_refname", "refcenter": "study_refcenter"}
_SAMPLE_REF = {"accession": "sample_accession", "refname": "sample_refname", "refcenter": "sample_refcenter"}
_LAYOUT = Node(
    {"NOMINAL_LENGTH": "nominal_length:measure", "NOMINAL_SDEV": "nominal_sdev:measure"},
    name_to="library_layout",
)

EXPERIMENT = Node(
    _NAMES,
    children={
        **_common("EXPERIMENT"),
        "STUDY_REF": _reference("STUDY_REF", _STUDY_REF),
        "DESIGN": Node(
            children={
                "DESIGN_DESCRIPTION": _leaf("design_description"),
                "SAMPLE_DESCRIPTOR": Node(
                    _SAMPLE_REF,
                    children={
                        "IDENTIFIERS": _identifiers("SAMPLE_DESCRIPTOR"),
                        "POOL": _pool("experiment_sample", "MEMBER", "SAMPLE_DESCRIPTOR/POOL/MEMBER"),
                    },
                ),
                "LIBRARY_DESCRIPTOR": Node(
                    children={
                        "LIBRARY_NAME": _leaf("library_name"),
                        "LIBRARY_STRATEGY": _leaf("library_strategy"),
                        "LIBRARY_SOURCE": _leaf("library_source"),
                        "LIBRARY_SELECTION": _leaf("library_selection"),
                        "LIBRARY_LAYOUT": Node(named=_LAYOUT),
                        "LIBRARY_CONSTRUCTION_PROTOCOL": _leaf("library_construction_protocol"),
                    }
                ),
                "SPOT_DESCRIPTOR": Node(
                    children={"SPOT_DECODE_SPEC": Node(children={"SPOT_LENGTH": _leaf("spot_length:count")})}
                ),
            }
        ),
        "PLATFORM": Node(named=Node(name_to="platform", children={"INSTRUMENT_MODEL": _leaf("instrument_model")})),
    },
)

# Parts of a package that belong to its experiment.
PACKAGE_POOL = _pool("experiment_sample", "Member", "Pool/Member")
PACKAGE_RUN_SET = Node(
    {"runs": "run_count:count", "spots": "total_spots:count", "bases": "total_bases:count",
     "bytes": "total_bytes:count"}
)  # fmt: skip

_RUN_NAMES = _columns(
    "run_center run_date total_spots:count total_bases:count size:count published:time load_done:bool"
    " is_public:bool cluster_name has_taxanalysis:bool static_data_available:bool assembly"
)
_SRA_FILE = _columns("filename cluster url size:count date:time md5 version semantic_name supertype sratoolkit")
_DATA_FILE = {
    "filename": "filename", "filetype": "file_type", "checksum": "md5", "checksum_method": "checksum_method",
    "ascii_offset": "ascii_offset", "quality_encoding": "quality_encoding",
    "quality_scoring_system": "quality_scoring_system",
}  # fmt: skip


def _same_names(columns: tuple[str, ...]) -> dict[str, str]:
    return {column.partition(":")[0]: column for column in columns}


RUN = Node(
    {**_NAMES, **_same_names(_RUN_NAMES)},
    children={
        **_common("RUN"),
        "EXPERIMENT_REF": _reference(
            "EXPERIMENT_REF",
            {
                "accession": "experiment_accession",
                "refname": "experiment_refname",
                "refcenter": "experiment_refcenter",
            },
        ),
        "Pool": _pool("run_sample", "Member", "Pool/Member"),
        "SRAFiles": Node(
            children={
                "SRAFile": Node(
                    _same_names(_SRA_FILE),
                    table="run_file",
                    children={
                        "Alternatives": Node(
                            _same_names(("url", "free_egress", "access_type", "org")),
                            table="run_file_location",
                        )
                    },
                )
            }
        ),
        "DATA_BLOCK": Node(children={"FILES": Node(children={"FILE": Node(_DATA_FILE, table="run_file")})}),
        "CloudFiles": Node(
            children={"CloudFile": Node(_same_names(("filetype", "provider", "location")), table="run_cloud_file")}
        ),
        "Statistics": Node(
            {"nreads": "read_count:count", "nspots": "spot_count:count"},
            children={
                "Read": Node(
                    {
                        "index": "read_index:count",
                        "count": "count:count",
                        "average": "average:measure",
                        "stdev": "stdev:measure",
                    },
                    table="run_read",
                )
            },
        ),
        "Bases": Node(
            {"cs_native": "color_space_native:bool", "count": "base_count:count"},
            children={"Base": Node({"value": "base", "count": "count:count"}, table="run_base")},
        ),
    },
)

RECORD_NODES: Mapping[str, Node] = {
    "study": STUDY,
    "submission": SUBMISSION,
    "organization": ORGANIZATION,
    "sample": SAMPLE,
    "experiment": EXPERIMENT,
    "run": RUN,
}
