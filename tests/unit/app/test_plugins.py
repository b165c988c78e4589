"""Making connectors out of the configuration; what cannot be made becomes a status."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

import pytest

from ringcard.app.config import Company, Pbx, Rule
from ringcard.app.plugins import GROUP, LoadedConnectors, load_connectors
from ringcard.calls.identifiers import PbxId
from ringcard.pbx.asterisk.connector import AsteriskConnector
from ringcard.pbx.asterisk.settings import AsteriskSettings, Auth

OURS = EntryPoint("asterisk", "ringcard.pbx.asterisk.connector:AsteriskConnector", GROUP)
ACCOUNT = {"host": "192.0.2.1", "user": "ringcard", "secret": "s3cret"}


def loaded(settings: dict[str, Any], *, kind: str = "asterisk", installed: EntryPoint = OURS) -> LoadedConnectors:
    pbx = Pbx(name=PbxId("office"), type=kind, settings=settings)
    return load_connectors([pbx], Company(region="DE", devices="101-110"), installed=[installed])


def test_a_section_becomes_the_connectors_own_settings() -> None:
    (connector,) = loaded({**ACCOUNT, "port": "5039", "auth": "md5", "tls": {"verify": False}}).connectors
    assert isinstance(connector, AsteriskConnector)
    settings = connector._settings
    assert isinstance(settings, AsteriskSettings)
    assert (settings.pbx, settings.port, settings.auth) == ("office", 5039, Auth.MD5)
    assert settings.tls is not None
    assert settings.tls.verify is False


def test_region_and_devices_are_the_companys_unless_said_again() -> None:
    (shared,) = loaded(ACCOUNT).connectors
    (own,) = loaded({**ACCOUNT, "region": "KZ", "devices": "201"}).connectors
    assert isinstance(shared, AsteriskConnector)
    assert isinstance(own, AsteriskConnector)
    assert (shared._settings.region, shared._settings.devices) == ("DE", "101-110")
    assert (own._settings.region, own._settings.devices) == ("KZ", "201")


def problem_of(found: LoadedConnectors) -> str:
    assert found.connectors == ()
    (problem,) = found.problems
    assert (problem.kind, problem.name) == ("pbx", "office")
    return problem.problem


def test_a_misspelt_setting_is_named() -> None:
    assert problem_of(loaded({**ACCOUNT, "hots": "x"})) == "no setting 'hots': did you mean 'host'?"


def test_a_missing_setting_is_named() -> None:
    assert "host" in problem_of(loaded({"user": "a", "secret": "b"}))


def test_a_connector_that_is_not_installed_says_which_are() -> None:
    assert "there are: asterisk" in problem_of(loaded({}, kind="mitel"))


def test_a_plugin_that_cannot_be_imported_is_a_status() -> None:
    broken = EntryPoint("asterisk", "no_such_package.connector:Connector", GROUP)
    assert "ModuleNotFoundError" in problem_of(loaded(ACCOUNT, installed=broken))


def test_something_else_than_a_connector_is_a_status() -> None:
    other = EntryPoint("asterisk", "pathlib:PurePath", GROUP)
    assert "no connector" in problem_of(loaded(ACCOUNT, installed=other))


def test_one_that_fails_does_not_keep_the_others() -> None:
    good = Pbx(name=PbxId("good"), settings=dict(ACCOUNT))
    bad = Pbx(name=PbxId("bad"), settings={})
    found = load_connectors([bad, good], Company(), installed=[OURS])
    assert [connector.pbx for connector in found.connectors] == ["good"]
    assert [problem.name for problem in found.problems] == ["bad"]


def test_rules_and_trunks_reach_the_connector() -> None:
    trunk = {"name": "berlin", "region": "DE", "area_code": "30", "incoming": [{"begins": "00", "becomes": "+"}]}
    pbx = Pbx(name=PbxId("office"), settings={**ACCOUNT, "trunks": [trunk]})
    company = Company(area_code="495", outside_prefix="9", incoming=[Rule("98", "8")])
    (connector,) = load_connectors([pbx], company, installed=[OURS]).connectors
    assert isinstance(connector, AsteriskConnector)
    plan = connector._plan
    assert plan.dial("+74959195557").dialled == "9+74959195557"
    assert plan.parse("984959195557") == "+74959195557"
    assert plan.parse("919-55-57") == "+74959195557"
    assert plan.on("berlin").parse("1234567") == "+49301234567"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"trunks": [{"name": "a", "regoin": "DE"}]}, "no setting 'trunks.regoin': did you mean 'region'?"),
        ({"trunks": [{"name": "a", "incoming": [{"begin": "8"}]}]}, "no setting 'trunks.incoming.begin'"),
        ({"tls": {"verfy": False}}, "no setting 'tls.verfy'"),
        ({"trunks": [{"name": "a", "region": "XX"}]}, "two-letter country code"),
        ({"rules": {"outside_prefix": "nine"}}, "outside_prefix 'nine'"),
    ],
)
def test_what_cannot_be_meant_within_a_table_is_named(settings: dict[str, Any], problem: str) -> None:
    assert problem in problem_of(loaded({**ACCOUNT, **settings}))
