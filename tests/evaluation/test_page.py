from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from support.forward_tests import HORIZON_DAYS, make_test

from predictor.evaluation import page_words
from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.drawing import draw, looks_table, time_coverage_table, tops_table
from predictor.evaluation.explored import explored
from predictor.evaluation.forward import metrics
from predictor.evaluation.page import evaluation_documents
from predictor.evaluation.report import ALL, UNSEEN, Report, report_on
from predictor.evaluation.traits import trait_labels
from predictor.features.catalogue import Text

HOSTILE = "</td><script>alert(1)</script>&\"'$x_{2}$"
VOID = {"meta", "br", "img", "link"}


def report_of(test, **settings) -> Report:
    settings = {"subject": Text("configuration test", "configuration d'essai"), **settings}
    return report_on(test, metrics(test), HORIZON_DAYS, **settings)


@pytest.fixture(scope="module")
def report():
    return report_of(
        make_test(1, n_prospects=600),
        champion=Text("The champion is ours/1.", "Le champion est ours/1."),
        labels=trait_labels(["source"], {}),
    )


@pytest.fixture(scope="module")
def documents(report):
    return evaluation_documents(report)


class Reader(HTMLParser):
    """Collects tags, attributes and text, and fails where tags do not close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


def test_the_page_holds_both_reports_worth_slices_and_every_plot(report, documents):
    reader = read(documents["evaluation.html"])
    assert f"Figures: {ALL}" in reader.text
    assert f"Figures: {UNSEEN}" in reader.text
    assert report.worth_sentence in reader.text
    assert reader.tags.count("svg") == len(draw(report.test, HORIZON_DAYS)) == 6
    assert "the model is better" in reader.text
    assert re.search(r"source: (web|fair|list)", reader.text)


@pytest.fixture(scope="module")
def french(report, documents):
    """The page in French, and the same without plots and style."""
    figures = draw(report.test, HORIZON_DAYS)
    page = evaluation_documents(replace(report, language="fr"), figures)["evaluation.html"]
    return page, re.sub(r"<(figure|style)>.*?</\1>", "", page, flags=re.DOTALL)


def test_the_french_page_says_it_all_in_french(report, french):
    page, without_plots = french
    assert '<html lang="fr">' in page
    text = read(without_plots).text
    for said in (
        "Évaluation : configuration d'essai",
        "Le champion est ours/1.",
        "origine : ",
        "d'entre eux de prospects jamais vus à l'entraînement (ni le prospect ni son compte",
        replace(report, language="fr").worth_sentence,
        "Graphiques (30 jours, tous les prospects)",
        "Chiffres : jamais vus à l'entraînement",
        "taux de base",
        "le modèle est meilleur",
        "mois : 2026-01",
        "Tranches, les pires d'abord (30 jours)",
    ):
        assert said in text
    assert re.search(r"âge en jours : [\d\u202f,]+ à [\d\u202f,]+<", page)
    assert re.search(r"\d,\d\u202f%", text)
    assert not re.search(r"\d\.\d", text)


def test_no_english_is_left_on_the_french_page(french):
    cells = set(re.findall(r"<(?:t[dh]|h[12]|p|caption)[^>]*>([^<]*)<", french[1]))
    texts = [value for value in vars(page_words).values() if isinstance(value, Text)]
    for collection in vars(page_words).values():
        values = collection.values() if isinstance(collection, dict) else collection
        if isinstance(collection, dict | tuple):
            texts += [text for text in values if isinstance(text, Text)]
    assert len(texts) > 50
    assert not cells & {text.en for text in texts if text.en != text.fr}


def test_no_plot_of_the_french_page_speaks_english(report, french):
    plots = " ".join(re.findall(r"<figure>.*?</figure>", french[0], re.DOTALL))
    words = re.sub(r"<[^>]*>", " ", plots)
    for said in (
        "Les probabilités à 30 jours se vérifient-elles",
        "part des gagnés",
        "Promis et observé, revue par revue",
        "quantile annoncé des jours avant signature",
        "taux de base",
    ):
        assert said in words
    assert not re.search(r"\b(?:the|of|days|within|won|lost|share|mean|random|model)\b", words)


def test_verdicts_have_their_colour_in_both_languages(documents, french):
    assert 'class="better">the model is better<' in documents["evaluation.html"]
    assert 'class="better">le modèle est meilleur<' in french[0]


@pytest.mark.parametrize(
    ("ending", "english", "french"),
    [
        ("33", "6 prospects who must not be contacted are", "6 prospects à ne pas contacter sont"),
        ("333", "1 prospect who must not be contacted is", "1 prospect à ne pas contacter est"),
    ],
)
def test_prospects_left_out_of_the_worth_are_counted_on_the_page(ending, english, french):
    test = make_test(1, n_prospects=600)
    marked = test.snapshots["prospect_id"].str.endswith(ending)
    report = report_of(replace(test, snapshots=test.snapshots.assign(do_not_contact=marked)))
    page = evaluation_documents(report, {})["evaluation.html"]
    assert f"{english} left out." in page
    assert french in evaluation_documents(replace(report, language="fr"), {})["evaluation.html"]


@pytest.mark.parametrize(
    ("language", "heading", "drawn", "others"),
    [
        (
            "en",
            "What randomly drawn cold prospects came to",
            ["drawn at random", "40", "10", "25.0%", "{low} to {high}", "12.0%"],
            ["the others", "60", "0", "0.0%", "0.0% to {top}", "12.0%"],
        ),
        (
            "fr",
            "Ce que sont devenus les prospects froids tirés au hasard",
            ["tirés au hasard", "40", "10", "25,0\u202f%", "{low} à {high}", "12,0\u202f%"],
            ["les autres", "60", "0", "0,0\u202f%", "0,0\u202f% à {top}", "12,0\u202f%"],
        ),
    ],
)
def test_the_page_tells_what_drawn_prospects_came_to(report, language, heading, drawn, others):
    cold = pd.DataFrame({"prospect_id": [f"P{place}" for place in range(100)], "as_of": 0})
    place = cold.index
    found = explored(
        cold.assign(exploration=place < 40, propensity=0.4, foretold=0.12, won=place < 10)
    )
    # Equal weights: Wilson's interval of 10 in 40, and of 0 in 60, by the textbook.
    shares = {"low": "14.2%", "high": "40.2%", "top": "6.0%"}
    if language == "fr":
        shares = {k: v.replace(".", ",").replace("%", "\u202f%") for k, v in shares.items()}
    documents = evaluation_documents(replace(report, explored=found, language=language), {})
    page = documents["evaluation.html"]
    assert f"<h2>{heading}</h2>" in page
    for row in (drawn, others):
        cells = "".join(f"<td>{cell.format(**shares)}</td>" for cell in row)
        assert f"<tr>{cells}</tr>" in page
    data = json.loads(documents["evaluation.json"])["explored"]
    assert data["lists"] == 1
    assert [row["group"] for row in data["table"]] == ["drawn", "others"]
    assert documents["explored.csv"].startswith("group,looks,prospects,won,share_won,low,high")


def test_a_page_without_random_slices_has_no_part_on_them(documents):
    assert page_words.EXPLORED_HEADING.en not in documents["evaluation.html"]
    assert "explored.csv" not in documents
    assert json.loads(documents["evaluation.json"])["explored"] is None


def test_the_page_fetches_nothing_and_runs_nothing(documents):
    reader = read(documents["evaluation.html"])
    assert not {"script", "iframe", "object", "link", "img", "base", "form"} & set(reader.tags)
    for name, value in reader.attributes:
        assert not name.startswith("on")
        if name.rpartition(":")[2] in {"href", "src", "action"}:
            assert value.startswith("#")
        assert not re.search(r"url\((?!#)", value)
    assert "default-src 'none'" in documents["evaluation.html"]


def test_hostile_names_stay_text():
    test = make_test(2, n_prospects=600, source_names=(HOSTILE, "web"))
    hostile = replace(test, traits=test.traits.rename(columns={"source": HOSTILE}))
    both = Text(HOSTILE, HOSTILE)
    documents = evaluation_documents(report_of(hostile, subject=both, champion=both))
    reader = read(documents["evaluation.html"])
    assert "script" not in reader.tags
    assert f"Evaluation: {HOSTILE}" in reader.text
    assert f"{HOSTILE}: {HOSTILE}" in reader.text


def test_the_same_test_gives_the_same_bytes(report, documents):
    assert evaluation_documents(report) == documents


def test_ids_that_a_plot_refers_to_are_its_own(documents):
    """Clip paths of several drawings share one page: one id, one drawing."""
    drawings = re.findall(r"<svg.*?</svg>", documents["evaluation.html"], re.DOTALL)
    referred = [set(re.findall(r"url\(#(\w+)\)", drawing)) for drawing in drawings]
    for one, ids in enumerate(referred):
        assert ids <= set(re.findall(r'id="(\w+)"', drawings[one]))
        for other in referred[one + 1 :]:
            assert not ids & other


def test_tables_as_csv_say_which_report_they_are_of(documents, tmp_path):
    for name in ("metrics.csv", "comparisons.csv"):
        (tmp_path / name).write_text(documents[name])
        table = pd.read_csv(tmp_path / name)
        assert table.columns[0] == "report"
        assert set(table["report"]) == {ALL, UNSEEN}
    assert {"slices.csv", "list_worth.csv"} <= set(documents)


def test_the_report_on_the_unseen_is_that_of_their_snapshots_alone(report):
    part = report.test.take(report.test.snapshots["unseen"].to_numpy())
    pd.testing.assert_frame_equal(report.metrics[UNSEEN], metrics(part))
    assert len(part.snapshots) < len(report.test.snapshots)


def test_without_unseen_won_prospects_and_deals_the_page_says_so():
    test = make_test(3)
    rows = test.snapshots.assign(unseen=False, outcome="lost")
    report = report_of(replace(test, snapshots=rows))
    assert (report.worth, report.worth_sentence, set(report.metrics)) == (None, "", {ALL})
    text = read(evaluation_documents(report)["evaluation.html"]).text
    assert "Too few prospects unseen in training were won" in text
    assert "No deal was won within the horizon" in text


def test_looks_are_told_apart_and_late_ones_have_no_observed_share():
    test = make_test(4, n_weeks=3)
    cut = test.snapshots["duration_days"].clip(upper=40 - 7 * 2)
    rows = test.snapshots.assign(
        duration_days=cut,
        outcome=test.snapshots["outcome"].where(cut == test.snapshots["duration_days"], "open"),
    )
    late = rows["as_of"] > "2026-01-05"
    rows["duration_days"] = rows["duration_days"].where(late, test.snapshots["duration_days"])
    rows["outcome"] = rows["outcome"].where(late, test.snapshots["outcome"])
    table = looks_table(replace(test, snapshots=rows), HORIZON_DAYS)
    assert table["prospects"].tolist() == rows.groupby("as_of").size().tolist()
    assert table["observed"].isna().tolist() == [False, True, True]
    assert table["predicted"].notna().all()


def test_true_curves_foretell_when_the_won_close():
    table = time_coverage_table(make_test(5, n_prospects=3000), HORIZON_DAYS)
    np.testing.assert_allclose(table["closed_by"], table["quantile"], atol=0.05)


def test_each_list_has_a_top_of_its_own():
    """Scores ten times as high from the second look on change no top."""
    test = make_test(6)
    labels = horizon_labels(test.outcome, test.duration_days, HORIZON_DAYS)
    lists = test.snapshots["as_of"].to_numpy()
    score = test.probability[HORIZON_DAYS]["model"].to_numpy()
    higher = score * np.where(lists > lists.min(), 10, 1)
    table = tops_table(labels, score, lists)
    pd.testing.assert_frame_equal(tops_table(labels, higher, lists), table)
    assert table[["share", "lift", "won_found"]].iloc[-1].tolist() == pytest.approx([1, 1, 1])
    assert table["won_found"].is_monotonic_increasing
