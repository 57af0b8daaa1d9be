import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import tracker.safety.texts as safety_texts
from tracker.safety.catalogue import CATALOGUE
from tracker.safety.completeness import PLACEHOLDER, PLACEHOLDERS
from tracker.safety.texts import PACKS, build_texts, find_pack, find_packs, get_texts, latest_version

PACK_FOLDER = Path(safety_texts.__file__).parent / "packs"
FORBIDDEN = ("toxin", "flush", "detox", "guarantee", "patient", "NRS")
EVERY_PACK = [(pack.version, locale) for pack in PACKS.values() for locale in pack.locales]


def content_of(version: str, locale: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(
        (PACK_FOLDER / version / f"{locale}.json").read_text(encoding="utf-8")
    )
    return loaded


def every_text(content: Any) -> Iterator[str]:
    if isinstance(content, Mapping):
        for value in content.values():
            yield from every_text(value)
    else:
        yield content


def every_path(content: Any, path: str = "") -> Iterator[str]:
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from every_path(value, f"{path}/{key}")
    else:
        yield path


def sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"[.?!:]\s+", text) if sentence]


@pytest.fixture(params=sorted(PACKS))
def english(request: pytest.FixtureRequest) -> dict[str, Any]:
    return copy.deepcopy(content_of(request.param, "en"))


@pytest.fixture(params=[each for each in EVERY_PACK if each[1] != "en"], ids="-".join)
def translated(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """The texts of a further language, and the English ones beside them."""
    version, locale = request.param
    return content_of(version, locale), content_of(version, "en")


@pytest.mark.parametrize(("version", "locale"), EVERY_PACK)
def test_every_pack_is_complete_and_says_what_it_is(version: str, locale: str) -> None:
    texts = get_texts(version, locale)
    assert (texts.version, texts.locale) == (version, locale)
    assert list(texts.labels) == list(CATALOGUE)
    assert set(texts.emergency) | set(texts.same_day) == {flag.group for flag in CATALOGUE.values()}
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", texts.date)


@pytest.mark.parametrize(("version", "locale"), EVERY_PACK)
def test_every_locale_holds_the_same_texts_as_english(version: str, locale: str) -> None:
    assert list(every_path(content_of(version, locale))) == list(every_path(content_of(version, "en")))


@pytest.mark.parametrize(("version", "locale"), EVERY_PACK)
def test_every_label_is_said_once(version: str, locale: str) -> None:
    labels = list(get_texts(version, locale).labels.values())
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("word", FORBIDDEN)
def test_no_text_holds_a_forbidden_word(english: dict[str, Any], word: str) -> None:
    del english["author"]
    assert [text for text in every_text(english) if word.lower() in text.lower()] == []


@pytest.mark.parametrize("word", ["toxin", "gift", "schlacken", "entgift", "depur", "garant", "NRS"])
def test_no_translated_text_holds_a_forbidden_word(
    translated: tuple[dict[str, Any], dict[str, Any]], word: str
) -> None:
    content, _english = translated
    assert [text for text in every_text(content) if word.lower() in text.lower()] == []


def test_a_translation_fills_in_the_same_numbers_at_the_same_places(
    translated: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    content, english = translated
    for path, text, original in zip(
        every_path(content), every_text(content), every_text(english), strict=True
    ):
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(original)), path


def test_a_translation_leaves_no_english_sentence(
    translated: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    content, english = translated
    meta = {"version", "date", "author"}
    for path, text, original in zip(
        every_path(content), every_text(content), every_text(english), strict=True
    ):
        if " " in original:  # "No" is Spanish as well
            assert path.lstrip("/") in meta or text != original, path


def test_translated_emergency_sentences_are_short(
    translated: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    content, _english = translated
    texts = [*every_text(content["emergency"]), *every_text(content["same_day"])]
    long = [part for text in texts for part in sentences(text) if len(part.split()) > 25]
    assert long == []


def test_emergency_texts_hold_no_number_of_their_own(english: dict[str, Any]) -> None:
    emergency = [*every_text(english["emergency"]), *every_text(english["advice"]["red_flag_unknown"])]
    emergency += [text for key, text in english["sentences"].items() if key.startswith("emergency")]
    assert [text for text in emergency if re.search(r"\d", text)] == []


def test_emergency_sentences_are_short(english: dict[str, Any]) -> None:
    texts = [*every_text(english["emergency"]), *every_text(english["same_day"])]
    texts += [text for key, text in english["sentences"].items() if key.startswith("emergency")]
    long = [part for text in texts for part in sentences(text) if len(part.split()) > 20]
    assert long == []


def test_every_emergency_says_whom_to_call(english: dict[str, Any]) -> None:
    for group in english["emergency"].values():
        assert "your local emergency number {emergency_number}" in group["now"]


def test_a_clinic_number_is_always_named_in_words(english: dict[str, Any]) -> None:
    named = {
        "{emergency_number}": "your local emergency number {emergency_number}",
        "{urgent_care_phone}": "the urgent-care line {urgent_care_phone}",
        "{clinic}": "your clinic {clinic}",
    }
    for text in every_text(english):
        for placeholder, words in named.items():
            assert text.count(placeholder) == text.lower().count(words)


def test_only_the_aftercare_card_names_the_end_of_the_alcohol_window(english: dict[str, Any]) -> None:
    assert [text for text in every_text(english) if "{alcohol_until}" in text] == [
        english["aftercare"]["alcohol"]
    ]
    assert "alcohol_until" in PLACEHOLDERS


@pytest.mark.parametrize(
    ("section", "key", "part"),
    [
        ("labels", "foot_drop", None),
        ("emergency", "breathing", None),
        ("emergency", "allergy", "tell"),
        ("same_day", "needle", None),
        ("same_day", "pain", "message"),
        ("sentences", "watched", None),
        ("advice", "expected", "title"),
        ("aftercare", "help", None),
        ("check_in", "red_flags.none", None),
    ],
)
def test_a_missing_text_is_named(english: dict[str, Any], section: str, key: str, part: str | None) -> None:
    holder, name = (english[section][key], part) if part else (english[section], key)
    del holder[name]
    with pytest.raises(LookupError, match=re.escape(f"{section}.{key}{f'.{part}' if part else ''}")):
        build_texts(english)


@pytest.mark.parametrize("empty", ["", "  ", None, 7])
def test_a_text_that_says_nothing_is_missing(english: dict[str, Any], empty: object) -> None:
    english["labels"]["fever"] = empty
    with pytest.raises(LookupError, match=r"labels\.fever is missing"):
        build_texts(english)


def test_a_placeholder_that_nobody_fills_is_named(english: dict[str, Any]) -> None:
    english["sentences"]["watched"] += " {phone}"
    with pytest.raises(LookupError, match=r"sentences\.watched has the unknown placeholder \{phone\}"):
        build_texts(english)


@pytest.mark.parametrize("locale", ["en", "en-GB", "en_US", "EN", "xx", "", "../../etc/passwd", "en/../en"])
def test_any_locale_gets_words_it_can_read_or_english(locale: str) -> None:
    assert {get_texts(version, locale).locale for version in PACKS} == {"en"}


@pytest.mark.parametrize(("locale", "found"), [("de", "de"), ("de-CH", "de"), ("es_MX", "es"), ("fr", "en")])
def test_the_newest_texts_are_there_in_three_languages(locale: str, found: str) -> None:
    assert get_texts(latest_version(), locale).locale == found


def test_a_clinic_that_approved_the_first_texts_keeps_them() -> None:
    texts = get_texts("2026-11", "de")
    assert (texts.version, texts.locale) == ("2026-11", "en")
    assert (texts.course, texts.contact) == ({}, {})


def test_the_second_edition_may_lack_none_of_its_texts() -> None:
    content = content_of("2026-11b", "en")
    del content["course"]["late"]
    with pytest.raises(LookupError, match=r"course\.late is missing"):
        build_texts(content)


@pytest.mark.parametrize(
    ("asked", "found"),
    [("de", "de"), ("de-AT", "de"), ("DE_CH", "de"), ("pt-BR", "pt-BR"), ("pt", "en"), ("fr", "en")],
)
def test_a_further_language_is_one_more_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str, found: str
) -> None:
    english = content_of(latest_version(), "en")
    (tmp_path / "draft").mkdir()
    for locale in ("en", "de", "pt-BR"):
        content = json.dumps(english | {"version": "draft", "locale": locale})
        (tmp_path / "draft" / f"{locale}.json").write_text(content, encoding="utf-8")
    packs = {pack.version: pack for pack in find_packs(tmp_path)}
    monkeypatch.setattr(safety_texts, "PACKS", packs)
    assert get_texts("draft", asked).locale == found


def test_texts_are_read_once() -> None:
    assert get_texts("2026-11", "en") is get_texts("2026-11", "xx")


@pytest.mark.parametrize("version", ["1999-01", "", "../packs/2026-11"])
def test_an_unknown_version_is_refused(version: str) -> None:
    assert find_pack(version) is None
    with pytest.raises(LookupError, match="no safety texts of version"):
        get_texts(version, "en")


def test_the_latest_pack_is_the_default() -> None:
    pack = find_pack(latest_version())
    assert pack is not None
    assert latest_version() == max(PACKS)
    assert "en" in pack.locales
