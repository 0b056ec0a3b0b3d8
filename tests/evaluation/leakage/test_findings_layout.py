from __future__ import annotations

from predictor.evaluation.leakage.finding import Finding
from predictor.evaluation.leakage.layout import format_findings


def finding(name, severity="warning", mend="Drop it.", accepted=False):
    return Finding(name, severity, name, f"'{name}' was seen 5 times.", mend, accepted)


def test_findings_are_counted_by_severity_and_none_is_zero():
    assert format_findings([]) == "Leakage findings: 0"
    found = [finding("a", "severe"), finding("b"), finding("c", "info"), finding("d", "info")]
    first = format_findings(found).splitlines()[0]
    assert first == "Leakage findings: 1 severe, 1 warning, 2 for your information"


def test_each_finding_stands_with_its_name_and_a_shared_mend_comes_once():
    text = format_findings([finding("a"), finding("b"), finding("c", mend="Declare it.")])
    assert text.splitlines()[1:] == [
        "WARNING  a",
        "    'a' was seen 5 times.",
        "WARNING  b",
        "    'b' was seen 5 times.",
        "    Mend: Drop it.",
        "WARNING  c",
        "    'c' was seen 5 times.",
        "    Mend: Declare it.",
    ]


def test_an_accepted_finding_says_so_and_long_texts_keep_to_the_terminal():
    text = format_findings([finding("a", "severe", mend="Leave it out. " * 20, accepted=True)])
    assert "SEVERE, accepted  a" in text
    assert max(map(len, text.splitlines())) <= 80
