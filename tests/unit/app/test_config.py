"""Reading the configuration: file, environment, secrets, and what is refused."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from ringcard.app.config import SECTIONS, Config, ConfigError, from_mapping, load
from ringcard.pbx.asterisk.settings import AsteriskSettings

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "configuration.md"


class TestTheDocument:
    def test_every_setting_is_documented_and_nothing_else_is(self) -> None:
        documented = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE))
        settings = {f"{section}.{key}" for section, struct in SECTIONS.items() for key in struct.__struct_fields__}
        asterisk = {f"asterisk.{field.name}" for field in dataclasses.fields(AsteriskSettings)} - {"asterisk.pbx"}
        assert documented == settings | asterisk | {"pbx.name", "pbx.type"}

    def test_its_defaults_are_the_defaults(self) -> None:
        config = Config()
        rows = re.findall(r"^\| `(\w+)\.(\w+)` \| `([^`]+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
        compared = 0
        for section, key, text in rows:
            if section not in SECTIONS:
                continue
            value = getattr(getattr(config, section), key)
            words = {"true": True, "false": False}
            expected: Any = words[text] if text in words else eval(text)
            assert value == expected, f"{section}.{key}"
            compared += 1
        assert compared > 15

    def test_its_example_is_a_configuration(self, tmp_path: Path) -> None:
        secret = tmp_path / "ami-secret"
        secret.write_text("s3cret\n")
        example = re.search(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
        assert example is not None
        file = tmp_path / "ringcard.toml"
        file.write_text(example[1].replace("/etc/ringcard/ami-secret", str(secret)))
        (pbx,) = load(file, {}).pbx
        assert (pbx.name, pbx.settings["secret"]) == ("office", "s3cret")


class TestTheEnvironment:
    def test_it_overrules_the_file(self) -> None:
        config = from_mapping({"server": {"port": 8080}}, {"RINGCARD_SERVER_PORT": "9000"})
        assert config.server.port == 9000

    def test_lists_are_written_with_commas_and_switches_as_words(self) -> None:
        config = from_mapping({}, {"RINGCARD_CONTACTS_SOURCES": "own, odoo", "RINGCARD_LOG_MASK_NUMBERS": "false"})
        assert config.contacts.sources == ["own", "odoo"]
        assert config.log.mask_numbers is False

    def test_tables_and_lists_of_lines_are_json(self) -> None:
        config = from_mapping(
            {},
            {
                "RINGCARD_DIALLING_QUEUES": '{"sales": "600"}',
                "RINGCARD_DESK_SCREEN_POP": '[{"name": "CRM", "url": "https://crm.example.com/{number}"}]',
                "RINGCARD_WRAP_UP_OUTCOMES": '[{"outcome": "sold", "label": "Sold", "teams": ["Sales"]}]',
                "RINGCARD_PRESENCE_REASONS": '[{"reason": "Lunch"}]',
                "RINGCARD_PRESENCE_MEMBERSHIPS": '[{"queue": "sales", "teams": ["Sales"]}]',
                "RINGCARD_PRESENCE_AFTER_CALL_OF_TEAMS": '{"Sales": 30}',
            },
        )
        assert config.dialling.queues == {"sales": "600"}
        assert config.desk.screen_pop[0].name == "CRM"
        assert config.wrap_up.specs()[0].teams == ("Sales",)
        assert [each.reason for each in config.presence.rules().reasons] == ["Lunch"]
        assert config.presence.rules().queues_for(["Sales"])[0].queue == "sales"
        assert config.presence.after_call_of_teams == {"Sales": 30.0}
        assert config.fixed["presence"] == ["after_call_of_teams", "memberships", "reasons"]

    def test_a_pbx_is_named_in_the_variable(self) -> None:
        config = from_mapping(
            {"pbx": [{"name": "head-office", "host": "192.0.2.1"}]}, {"RINGCARD_PBX_HEAD_OFFICE_SECRET": "s3cret"}
        )
        assert config.pbx[0].settings == {"host": "192.0.2.1", "secret": "s3cret"}

    def test_variables_of_others_are_left_alone(self) -> None:
        assert from_mapping({}, {"PATH": "/bin", "RINGCARD_CONFIG": "x", "RINGCARD_SKIP_WEB": "1"}) == Config()


class TestSecrets:
    def test_a_file_may_hold_one(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("s3cret\n")
        config = from_mapping({"pbx": [{"name": "office", "secret_file": str(tmp_path / "secret")}]}, {})
        assert config.pbx[0].settings == {"secret": "s3cret"}

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"pbx office.*secret_file.*No such file"):
            from_mapping({"pbx": [{"name": "office", "secret_file": str(tmp_path / "nowhere")}]}, {})

    def test_not_both(self) -> None:
        with pytest.raises(ConfigError, match="not both"):
            from_mapping({"pbx": [{"name": "office", "secret": "a", "secret_file": "b"}]}, {})


class TestRefusals:
    @pytest.mark.parametrize(
        ("raw", "environment", "says"),
        [
            ({"sever": {}}, {}, r"no section \[sever\].*did you mean 'server'"),
            ({"server": {"prot": 1}}, {}, r"\[server\] has no setting 'prot'.*did you mean 'port'"),
            ({"server": {"port": "high"}}, {}, r"\[server\].*port"),
            ({"server": {"port": 70_000}}, {}, r"\[server\].*65535"),
            ({"server": 7}, {}, r"\[server\] must be a section"),
            ({"company": {"region": "Russia"}}, {}, r"\[company\].*region"),
            ({"log": {"level": "loud"}}, {}, r"\[log\].*loud"),
            ({"contacts": {"deadline_s": 0}}, {}, r"\[contacts\].*deadline_s"),
            ({"pbx": {"name": "office"}}, {}, r"\[\[pbx\]\]"),
            ({"pbx": [{"host": "x"}]}, {}, "needs a `name`"),
            ({"pbx": [{"name": "a b"}]}, {}, "needs a `name`"),
            ({"pbx": [{"name": "a"}, {"name": "a"}]}, {}, "two PBXs are called 'a'"),
            ({}, {"RINGCARD_DIALLING_QUEUES": "sales=600"}, "RINGCARD_DIALLING_QUEUES is written as JSON"),
            ({}, {"RINGCARD_PRESENCE_REASONS": "[Lunch]"}, "RINGCARD_PRESENCE_REASONS is no JSON"),
            ({}, {"RINGCARD_SERVER_PROT": "1"}, "RINGCARD_SERVER_PROT is no setting.*RINGCARD_SERVER_PORT"),
            ({}, {"RINGCARD_PBX_OFFICE_SECRET": "x"}, "names a PBX that the configuration file does not have"),
        ],
    )
    def test_what_is_wrong_is_named(self, raw: dict[str, Any], environment: dict[str, str], says: str) -> None:
        with pytest.raises(ConfigError, match=says):
            from_mapping(raw, environment)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="does not exist"):
            load(tmp_path / "nowhere.toml", {})

    @pytest.mark.parametrize("content", [b"[server", b"\xff\xfe", b"port = = 1"])
    def test_a_file_that_is_no_toml(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "ringcard.toml"
        file.write_bytes(content)
        with pytest.raises(ConfigError, match="cannot be read"):
            load(file, {})


class TestTheDatabase:
    def test_without_a_url_it_is_a_file_in_the_folder(self, tmp_path: Path) -> None:
        config = from_mapping({"store": {"directory": str(tmp_path)}}, {})
        assert config.database_url == f"sqlite:///{tmp_path}/ringcard.db"
        assert not config.on_postgres

    def test_its_password_may_lie_in_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "password").write_text("p@ss/word%\n")
        config = from_mapping(
            {"store": {"url": "postgresql://anna@db/ringcard"}},
            {"RINGCARD_STORE_PASSWORD_FILE": str(tmp_path / "password")},
        )
        assert config.on_postgres
        assert config.database_url == "postgresql://anna:p%40ss%2Fword%25@db/ringcard"

    @pytest.mark.parametrize(
        ("store", "says"),
        [
            ({"url": "mysql://db/ringcard"}, "mysql is not supported"),
            ({"url": "postgresql://db"}, "must name a database"),
            ({"password_file": "/etc/password"}, "belongs to a `url`"),
            ({"url": "postgresql://anna:secret@db/x", "password_file": "/etc/password"}, "not both"),
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, store: dict[str, str], says: str) -> None:
        with pytest.raises(ConfigError, match=says) as refusal:
            from_mapping({"store": store}, {})
        assert "secret" not in str(refusal.value)

    def test_a_password_that_cannot_be_read(self, tmp_path: Path) -> None:
        config = from_mapping(
            {"store": {"url": "postgresql://anna@db/ringcard", "password_file": str(tmp_path / "none")}}, {}
        )
        with pytest.raises(ConfigError, match="password_file cannot be read"):
            _ = config.database_url
