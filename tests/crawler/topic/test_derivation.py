"""What follows from a place: the province it stands in, the neighbour it borders on, old and new names."""

from __future__ import annotations

import pytest

from crawler.topic.phrase import read_article
from crawler.topic.topic import Topic

TOPIC = Topic.load()
GAZETTEER = TOPIC.gazetteer

#: The districts of the border zone as Decree 34/2014 and later changes have it; several have namesakes.
DISTRICTS = {
    "quang-ninh": "Móng Cái, Hải Hà, Bình Liêu",
    "lang-son": "Đình Lập, Lộc Bình, Cao Lộc, Văn Lãng, Tràng Định",
    "cao-bang": "Thạch An, Quảng Hòa, Hạ Lang, Trùng Khánh, Hà Quảng, Bảo Lạc, Bảo Lâm, Trà Lĩnh, Phục Hòa",
    "ha-giang": "Mèo Vạc, Đồng Văn, Yên Minh, Quản Bạ, Vị Xuyên, Hoàng Su Phì, Xín Mần",
    "lao-cai": "Si Ma Cai, Mường Khương, Bảo Thắng, Bát Xát",
    "lai-chau": "Phong Thổ, Sìn Hồ, Nậm Nhùn, Mường Tè",
    "dien-bien": "Mường Nhé, Nậm Pồ, Mường Chà, Điện Biên Đông",
    "son-la": "Sốp Cộp, Sông Mã, Mai Sơn, Yên Châu, Mộc Châu, Vân Hồ",
    "thanh-hoa": "Mường Lát, Quan Hóa, Quan Sơn, Lang Chánh, Thường Xuân",
    "nghe-an": "Quế Phong, Tương Dương, Kỳ Sơn, Con Cuông, Anh Sơn, Thanh Chương",
    "ha-tinh": "Hương Sơn, Vũ Quang, Hương Khê",
    "quang-binh": "Tuyên Hóa, Minh Hóa, Bố Trạch, Lệ Thủy",
    "quang-tri": "Hướng Hóa, Đakrông",
    "thua-thien-hue": "A Lưới",
    "quang-nam": "Tây Giang, Nam Giang",
    "kon-tum": "Đăk Glei, Ngọc Hồi, Sa Thầy, Ia H'Drai",
    "gia-lai": "Ia Grai, Đức Cơ, Chư Prông",
    "dak-lak": "Ea Súp, Buôn Đôn",
    "dak-nong": "Cư Jút, Đắk Mil, Đắk Song, Tuy Đức",
    "binh-phuoc": "Bù Gia Mập, Bù Đốp, Lộc Ninh",
    "tay-ninh": "Tân Biên, Bến Cầu, Trảng Bàng, Tân Châu, Châu Thành",
    "long-an": "Đức Huệ, Thạnh Hóa, Mộc Hóa, Kiến Tường, Vĩnh Hưng, Tân Hưng",
    "dong-thap": "Tân Hồng, Hồng Ngự",
    "an-giang": "An Phú, Châu Đốc, Tịnh Biên, Tri Tôn",
    "kien-giang": "Giang Thành, Hà Tiên",
}
LANDMARKS = {
    "quang-ninh": "cầu Bắc Luân 2, sông Ka Long, Trà Cổ",
    "lang-son": "Hữu Nghị Quan, ga quốc tế Đồng Đăng, Mẫu Sơn",
    "cao-bang": "thác Bản Giốc, Pác Bó",
    "ha-giang": "cột cờ Lũng Cú",
    "lao-cai": "cầu Hồ Kiều, Lũng Pô, Y Tý",
    "lai-chau": "Ka Lăng, Thu Lũm",
    "dien-bien": "Leng Su Sìn, Sín Thầu",
    "nghe-an": "Mường Xén, Pù Mát",
    "quang-binh": "đèo Mụ Giạ",
    "quang-tri": "Khe Sanh, sông Sê Pôn",
    "kon-tum": "ngã ba Đông Dương, Chư Mom Ray",
    "dak-lak": "Yok Đôn",
    "dak-nong": "Quảng Trực",
    "an-giang": "kênh Vĩnh Tế, Búng Bình Thiên",
    "kien-giang": "Mũi Nai",
}


def shown(text: str) -> dict[str, str | None]:
    """Return what a text shows: id → the id that it was derived from, None where it is named."""
    found = GAZETTEER.named(read_article(None, None, text))
    return {one.id: one.derived_from for one in found}


def test_a_gate_a_district_or_a_landmark_alone_shows_its_province() -> None:
    asked = [
        (gate.province, f"Sáng qua, hàng trăm xe chở hàng chờ ở cửa khẩu {gate.name.removeprefix('Ga ')}.")
        for gate in GAZETTEER.places.values()
        if gate.kind == "gate"
    ]
    for table, sentence in (
        (DISTRICTS, "Sáng qua, lực lượng chức năng huyện {} đã làm việc."),
        (LANDMARKS, "Sáng qua, du khách đến {} rất đông."),
    ):
        asked += [(id_, sentence.format(name)) for id_, all_ in table.items() for name in all_.split(", ")]
    missed = [(province, text) for province, text in asked if province not in shown(text)]
    assert len(asked) >= 200
    assert len(missed) / len(asked) <= 0.05, missed


def test_a_gate_alone_makes_the_neighbour_known() -> None:
    gates = [place for place in GAZETTEER.places.values() if place.kind == "gate"]
    missed = [
        gate.id for gate in gates if not set(gate.countries) & shown(f"Xe chờ ở cửa khẩu {gate.name}.").keys()
    ]
    assert set(missed) <= {"thanh-thuy-ha-giang-gate", "thanh-thuy-nghe-an-gate"}  # which of the two?


def test_what_is_derived_says_from_what() -> None:
    verdict = TOPIC.score(
        title=None, lead=None, text="Nông sản ùn ứ. Xe nối đuôi ở cửa khẩu Chi Ma sáng qua."
    )
    assert (verdict.countries, verdict.places) == (("CN",), ("chi-ma-gate", "lang-son"))
    told = {one.id: (one.words, one.derived_from, one.sentence) for one in verdict.evidence}
    sentence = "Xe nối đuôi ở cửa khẩu Chi Ma sáng qua"
    assert told["chi-ma-gate"] == ("Chi Ma", None, sentence)
    assert told["lang-son"] == ("Chi Ma", "chi-ma-gate", sentence)
    assert told["CN"] == ("Chi Ma", "chi-ma-gate", sentence)
    (neighbour, gate, _) = verdict.to_json()["evidence"]
    assert neighbour == {"id": "CN", "sentence": sentence, "words": "Chi Ma", "derived_from": "chi-ma-gate"}
    assert gate == {"id": "chi-ma-gate", "sentence": sentence}


def test_what_is_named_is_not_derived() -> None:
    found = shown("Cửa khẩu Chi Ma (Lạng Sơn) sang Trung Quốc.")
    assert found == {"chi-ma-gate": None, "lang-son": None, "CN": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Biên phòng Lạng Sơn tuần tra.", {"lang-son": None, "CN": "lang-son"}),
        ("Lạng Sơn trồng rừng.", {"lang-son": None}),
        ("Biên giới Kon Tum yên ả.", {"kon-tum": None}),  # it borders on two
        ("Biên phòng Lạng Sơn đón khách Lào.", {"lang-son": None, "LA": None}),
        ("Bằng Tường vào hội.", {"bang-tuong": None, "CN": "bang-tuong", "quang-tay": "bang-tuong"}),
    ],
)
def test_a_province_shows_its_neighbour_where_nothing_else_does(
    text: str, expected: dict[str, str | None]
) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Đồn Biên phòng Sơn Vĩ ở Tuyên Quang.", "meo-vac-district"),
        ("Khánh thành trường ở xã Bờ Y, Quảng Ngãi.", "ngoc-hoi-district"),
        ("Đồn Biên phòng Mường Típ tặng quà.", "ky-son-district"),
        ("Xã Mường Típ của ai?", None),
        ("Ông Tân Thành bán hàng.", None),
        ("Biên phòng xã Tân Thành tuần tra.", None),  # there are several
    ],
)
def test_a_commune_of_today_leads_to_the_district_that_it_was_made_of(
    text: str, expected: str | None
) -> None:
    assert (expected or "no district") in {*shown(text), *(() if expected else ("no district",))}
    assert expected or not [id_ for id_ in shown(text) if id_.endswith("-district")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Xã Tân Hội Trung, huyện Cao Lãnh, giáp Tây Ninh.", ["tay-ninh"]),
        ("Xã Tân An, huyện Đắc Pơ, gần An Giang.", ["an-giang"]),
        ("TP. Đông Hà (Quảng Trị) họp.", ["quang-tri"]),
        ("Cầu thủ Vũ Quang Nam ở Hà Tĩnh.", ["ha-tinh"]),
        ("Huyện Điện Biên, tỉnh Điện Biên.", ["dien-bien-district", "dien-bien"]),
        ("Huyện Quảng Ninh (Quảng Bình).", ["quang-ninh-district", "quang-binh"]),
        ("Huyện Tân Châu (An Giang).", ["tan-chau-an-giang-district", "an-giang"]),
        ("Phường Long An, tỉnh Tây Ninh.", ["tay-ninh"]),
        ("P.Long An (Tây Ninh) có chợ.", ["tay-ninh"]),
        ("Tỉnh Long An có chợ.", ["long-an"]),
        ("Cô giáo Hà giang tay đón trẻ.", []),
        ("Tại Hà giang, trời rét.", ["ha-giang"]),
        ("Huyện Kim Bình (Trung Quốc) gửi thư.", ["kim-binh", "CN", "van-nam"]),
        ("Xã Kim Bình, nhập hàng Trung Quốc.", ["CN"]),
        ("Huyện Giang Thành (Trung Quốc) gửi thư.", ["giang-thanh-yunnan", "CN", "van-nam"]),
        ("Huyện Giang Thành, Kiên Giang.", ["giang-thanh-district", "kien-giang"]),
        ("Nhà thuốc Long Châu bán thuốc Trung Quốc.", ["CN"]),
    ],
)
def test_namesakes_are_told_apart(text: str, expected: list[str]) -> None:
    assert sorted(shown(text)) == sorted(expected)


def test_a_merged_province_and_its_successor_are_one_area() -> None:
    assert GAZETTEER.same_area("ha-giang") == (("ha-giang", None), ("tuyen-quang", "2025-07-01"))
    assert GAZETTEER.same_area("tuyen-quang") == (("tuyen-quang", None), ("ha-giang", None))
    assert GAZETTEER.same_area("tay-ninh") == (("tay-ninh", None), ("long-an", None))
    assert GAZETTEER.same_area("lang-son") == (("lang-son", None),)
    assert GAZETTEER.same_area("chi-ma-gate") == (("chi-ma-gate", None),)
    assert GAZETTEER.same_area("no-such-place") == (("no-such-place", None),)


def test_every_merger_of_a_border_province_is_known() -> None:
    merged = {p.id: p.merged_into for p in GAZETTEER.places.values() if p.merged_into}
    assert merged == {
        "ha-giang": "tuyen-quang", "quang-binh": "quang-tri", "thua-thien-hue": "hue", "quang-nam": "da-nang",
        "kon-tum": "quang-ngai", "dak-nong": "lam-dong", "binh-phuoc": "dong-nai", "long-an": "tay-ninh",
        "kien-giang": "an-giang",
    }  # fmt: skip
    assert all(GAZETTEER.places[id_].merged_on for id_ in merged)
