"""Small good inputs to spoil: made-up ones, and the company's real ones where they are at hand."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

from made_archive import submissions
from made_packages import made_packages

SHARED = Path(__file__).parents[3] / "shared" / "sra"
_MOST_BYTES = 40_000


def _tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, body in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return out.getvalue()


def _real(*patterns: str) -> list[bytes]:
    files = [file for pattern in patterns for file in sorted(SHARED.glob(pattern)) if file.is_file()]
    return [file.read_bytes() for file in files if 0 < file.stat().st_size <= _MOST_BYTES]


def _answers() -> list[bytes]:
    listed = {"header": {"type": "esearch"}, "esearchresult": {
        "count": "2", "retmax": "2", "retstart": "0", "querykey": "1", "webenv": "MCID_1", "idlist": ["2", "1"],
        "translationset": [], "querytranslation": "x[All Fields]", "errorlist": {"phrasesnotfound": ["y"], "fieldsnotfound": []},
        "warninglist": {"phrasesignored": [], "quotedphrasesnotfound": [], "outputmessages": ["No items found."]}}}  # fmt: skip
    summed = {"result": {"uids": ["1"], "1": {
        "uid": "1", "accession": "GSE1", "bioproject": "PRJNA1", "extrelations": [{"relationtype": "SRA", "targetobject": "SRP1"}],
        "samples": [{"accession": "GSM1", "title": "t"}]}}}  # fmt: skip
    described = {"result": {"uids": ["1", "2"], "1": {
        "uid": "1", "expxml": '&lt;Experiment acc="SRX1" ver="1" status="public" name="x"/&gt;', "createdate": "2024/05/06",
        "runs": '&lt;Run acc="SRR1" total_spots="9"/&gt;', "updatedate": "2024/05/07"}, "2": {"uid": "2", "error": "cannot get"}}}  # fmt: skip
    failed = {"error": "API rate limit exceeded", "count": "4", "limit": "3"}
    return [json.dumps(answer).encode() for answer in (listed, summed, described, failed)] + [
        b"<eFetchResult><ERROR>Internal Server Error (db)</ERROR></eFetchResult>", b"<html><title>502</title></html>",
    ]  # fmt: skip


def _links() -> list[bytes]:
    row = {"run_accession": "SRR1", "experiment_accession": "SRX1", "study_accession": "PRJNA1", "fastq_md5": f"{'a' * 32};{'b' * 32}",
           "fastq_ftp": "ftp.sra.ebi.ac.uk/vol1/SRR1_1.fastq.gz;ftp.sra.ebi.ac.uk/vol1/SRR1_2.fastq.gz", "fastq_bytes": "12;34",
           "submitted_ftp": "", "sra_ftp": "ftp.sra.ebi.ac.uk/vol1/SRR1", "sra_bytes": "9", "sra_md5": "c" * 32}  # fmt: skip
    file = {"type": "sra", "name": "SRR1", "size": 5, "md5": "d" * 32, "noqual": False, "locations": [
        {"link": "https://sra.example/SRR1", "service": "s3", "region": "us-east-1", "ceRequired": False, "payRequired": True}]}  # fmt: skip
    found = {"version": "2", "result": [
        {"bundle": "SRR1", "status": 200, "msg": "ok", "files": [file]}, {"bundle": "ERR1", "status": 404, "msg": "none"}]}  # fmt: skip
    return [json.dumps([row]).encode(), json.dumps(found).encode(), b'{"status":414,"message":"too long"}', b"[]"]


def seeds(*, with_shared: bool = True) -> dict[str, list[bytes]]:
    """List the seeds of each target of fuzz_targets."""
    packages = b"<EXPERIMENT_PACKAGE_SET>" + b"".join(made_packages(2)) + b"</EXPERIMENT_PACKAGE_SET>"
    (submission,) = submissions(2)
    objects = list(submission.files.values())
    xml = [packages, *objects]
    real_xml, answers, links = [], _answers(), _links()
    if with_shared:
        real_xml = _real("efetch_xml/*.xml", "ena_xml/*.xml")
        answers += _real("errors/*", "eutils/*.json")
        links += _real("sdl/*.json", "tables/*.json")
    members = {
        f"{submission.accession}/{submission.accession}.{kind}.xml": body for kind, body in submission.files.items()
    }
    archives = [_tar(members), gzip.compress(packages), _tar({"a.xml.gz": gzip.compress(objects[0])})]
    return {
        "sra reader": xml + real_xml, "bulk blocks": xml + real_xml, "archives": archives, "entrez answers": answers,
        "ENA and locator": links,
    }  # fmt: skip
