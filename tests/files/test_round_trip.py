"""What is written reads the same, here and elsewhere, and is written the same again."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from designer.files import dump_json, dump_yaml, load, parse
from designer.files.json_text import read_json, write_json
from designer.files.yaml_text import read_yaml, write_yaml
from designer.topology import document
from designer.topology.design import Design
from tests.topology.strategies import AWKWARD, LINES, SOME, WORDS, designs


@SOME
@given(designs())
def test_a_design_comes_back_from_its_file(design: Design) -> None:
    for dump in (dump_yaml, dump_json):
        text = dump(design)
        assert load(text) == design
        assert dump(load(text)) == text
        assert load(text.encode()) == design


@SOME
@given(designs())
def test_others_read_the_same(design: Design) -> None:
    """PyYAML reads YAML 1.1, where ``no`` is false and 52:54:00 a number."""
    assert yaml.safe_load(dump_yaml(design)) == document.write(design)
    assert json.loads(dump_json(design)) == document.write(design)


VALUES = st.recursive(
    WORDS | LINES | st.integers(-(10**17), 10**17) | st.booleans() | st.none(),
    lambda inner: st.lists(WORDS, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


@SOME
@given(st.dictionaries(WORDS, VALUES, min_size=1, max_size=4))
def test_any_value_of_such_a_shape_survives(value: dict[str, Any]) -> None:
    assert read_yaml(write_yaml(value)) == value
    assert read_json(write_json(value)) == value


@pytest.mark.parametrize("word", AWKWARD)
def test_awkward_words_stay_words(word: str) -> None:
    text = write_yaml({word: word, "list": [word], "map": {word: [word, word]}})
    value = {word: word, "list": [word], "map": {word: [word, word]}}
    assert read_yaml(text) == value
    assert yaml.safe_load(text) == value


def test_yaml_is_written_for_people() -> None:
    design = document.read(
        {
            "trunkline": 1,
            "name": "Norway: no",
            "description": "First line.\nSecond line.",
            "nodes": {
                "c10": {"kind": "container", "host": "h1"},
                "c2": {
                    "kind": "container",
                    "host": "h1",
                    "label": "no",
                    "routes": [{"to": "default", "via": "10.0.0.1"}],
                },
                "h1": {"kind": "host"},
            },
            "interfaces": {
                "c2:eth0": {
                    "node": "c2",
                    "addresses": ["10.0.0.2/24", "fd00::2/64"],
                    "mac": "52:54:00:12:34:56",
                }
            },
        }
    )
    assert dump_yaml(design) == (
        "trunkline: 1\n"
        'name: "Norway: no"\n'
        "description: |-\n"
        "  First line.\n"
        "  Second line.\n"
        "nodes:\n"
        "  c2:\n"
        "    kind: container\n"
        '    label: "no"\n'
        "    host: h1\n"
        "    routes:\n"
        "      - to: default\n"
        "        via: 10.0.0.1\n"
        "  c10:\n"
        "    kind: container\n"
        "    host: h1\n"
        "  h1:\n"
        "    kind: host\n"
        "interfaces:\n"
        "  c2:eth0:\n"
        "    node: c2\n"
        "    addresses: [10.0.0.2/24, fd00::2/64]\n"
        '    mac: "52:54:00:12:34:56"\n'
        "links: {}\n"
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: no", "no"),
        ("a: yes", "yes"),
        ("a: true", True),
        ("a: null", None),
        ("a:", None),
        ("a: 12", 12),
        ("a: -3", -3),
        ("a: 012", "012"),
        ("a: 0x1f", "0x1f"),
        ("a: 1_000", "1_000"),
        ("a: 12:30:45", "12:30:45"),
        ("a: 2001-01-01", "2001-01-01"),
        ("a: 1e3", 1000.0),
        ("a: 1.5", 1.5),
        ("a: '12'", "12"),
        ("a: <<", "<<"),
        ("{a: 12}", 12),
        ("a: [1, x]", [1, "x"]),
        ("# comment\na: 1 # more", 1),
    ],
)
def test_plain_words_mean_what_yaml_1_2_says(text: str, value: Any) -> None:
    found = parse(text)["a"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_words() -> None:
    assert parse("1: x\nno: y\nnull: z") == {"1": "x", "no": "y", "null": "z"}
