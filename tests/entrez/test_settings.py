from __future__ import annotations

import pytest

from alembic_db.entrez import EntrezSettings
from alembic_db.errors import ConfigError

KEY = "0a1b2c3d4e5f"


def test_the_environment_is_read_and_empty_values_do_not_count() -> None:
    environ = {
        "ALEMBIC_DB_ENTREZ_URL": "http://localhost:80/e",
        "NCBI_API_KEY": f" {KEY}\n",
        "NCBI_EMAIL": "",
    }
    settings = EntrezSettings.from_environment(environ)
    assert settings.base_url == "http://localhost:80/e/"
    assert (settings.api_key, settings.email) == (KEY, None)
    assert EntrezSettings.from_environment({}).address == "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"


@pytest.mark.parametrize("url", ["https://a.example", "https://a.example/", "https://a.example//"])
def test_the_address_ends_in_one_slash(url: str) -> None:
    assert EntrezSettings(base_url=url).address == "https://a.example/"


@pytest.mark.parametrize(
    "url",
    ["", "ftp://a.example/", "a.example", "https://", "http://a.example:x/", "http://[::1/", "file:///etc/passwd",
     "https://a.example/?q=1", "https://a.example/#x", "https://a b.example/", "https://u:hunter2@a.example:x/"],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match="ALEMBIC_DB_ENTREZ_URL") as caught:
        EntrezSettings(base_url=url)
    assert "hunter2" not in str(caught.value)


def test_the_key_never_goes_to_ncbi_unencrypted() -> None:
    settings = EntrezSettings(base_url="http://eutils.ncbi.nlm.nih.gov/entrez/eutils")
    assert settings.address.startswith("https://")


def test_a_login_is_kept_out_of_everything_that_is_shown() -> None:
    settings = EntrezSettings(base_url="https://me:hunter2@a.example/x", api_key=KEY, email="me@lab.example")
    shown = f"{settings!r} {settings} {settings.address} {settings.host}"
    assert settings.login == ("me", "hunter2")
    assert settings.address == "https://a.example/x/"
    assert not any(secret in shown for secret in ("hunter2", KEY, "me@lab.example"))


@pytest.mark.parametrize("key", ["two words", "caf\u00e9", "a\nb"])
def test_a_key_with_characters_that_no_key_has_is_refused_unseen(key: str) -> None:
    with pytest.raises(ConfigError, match="NCBI_API_KEY") as caught:
        EntrezSettings(api_key=key)
    assert key not in str(caught.value)


@pytest.mark.parametrize("values", [{"max_tries": 0}, {"read_timeout": 0.0}, {"connect_timeout": -1.0}])
def test_senseless_patience_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        EntrezSettings(**values)  # type: ignore[arg-type]


def test_a_key_allows_more_requests() -> None:
    assert EntrezSettings().requests_per_second == 3
    assert EntrezSettings(api_key=KEY).requests_per_second == 10


def test_secrets_are_redacted_however_they_are_spelt() -> None:
    settings = EntrezSettings(api_key="K+y/1", email="me@lab.example")
    text = settings.redact("K+y/1 k%2by%2F1 me@lab.example me%40lab.example api_key=other&email=x@y.example")
    assert text == "*** *** *** *** api_key=***&email=***"
