"""The gazetteer: what it must hold, and names that mean several things."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crawler.errors import DeclarationError
from crawler.topic.gazetteer import Gazetteer
from crawler.topic.phrase import read_article

GAZETTEER = Gazetteer.load()


def places(text: str, title: str = "") -> list[str]:
    return [mention.place.id for mention in GAZETTEER.find(read_article(title, None, text))]


def test_it_holds_every_border_province_and_sixty_gates() -> None:
    kinds = [place.kind for place in GAZETTEER.places.values()]
    old = [p for p in GAZETTEER.places.values() if p.kind == "province" and not p.since]
    assert len(old) == 25
    assert kinds.count("gate") >= 60
    gates = [place for place in GAZETTEER.places.values() if place.kind == "gate"]
    assert {gate.level for gate in gates} == {"international", "main", "auxiliary"}
    assert all(gate.province and gate.neighbour and gate.countries for gate in gates)
    assert {place.id for place in GAZETTEER.places.values() if place.kind == "country"} == {"CN", "LA", "KH"}


def test_ids_are_kebab_case_and_coordinates_lie_in_the_region() -> None:
    for place in GAZETTEER.places.values():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*|CN|LA|KH", place.id)
        if place.lat is not None and place.lon is not None:
            assert 8 < place.lat < 26
            assert 100 < place.lon < 110


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Đoàn Lào Cai thăm Lào", ["lao-cai", "LA"]),
        ("Cửa khẩu quốc tế Lào Cai đông khách", ["lao-cai-gate"]),
        ("Tình hữu nghị giữa hai nước", []),
        ("Các cửa khẩu Hữu Nghị, Tân Thanh và Cốc Nam ở Lạng Sơn",
         ["huu-nghi-gate", "tan-thanh-gate", "coc-nam-gate", "lang-son"]),
        ("Cửa khẩu Thanh Thủy và tỉnh Hà Giang", ["thanh-thuy-ha-giang-gate", "ha-giang"]),
        ("Cửa khẩu Thanh Thủy, tỉnh Nghệ An", ["thanh-thuy-nghe-an-gate", "nghe-an"]),
        ("Ca sĩ Thanh Thủy đến Nghệ An", ["nghe-an"]),
        ("Kinh đô Hoa Lư cổ kính", []),
        ("Cửa khẩu Hoa Lư (Bình Phước)", ["hoa-lu-gate", "binh-phuoc"]),
        ("Cây cầu treo qua suối", []),
        ("Cửa khẩu Cầu Treo mở lại", ["cau-treo-gate"]),
        ("Thành phố Móng Cái trang hoàng", ["mong-cai-district"]),
        ("Cửa khẩu Móng Cái thông suốt", ["mong-cai-gate"]),
        ("Nâng cao bằng cấp cho cán bộ", []),
        ("Kẹt xe trên đường Điện Biên Phủ", []),
        ("Nhà thuốc Long Châu ở Cao Bằng", ["cao-bang"]),
        ("Đội Hoàng Anh Gia Lai thắng trận", []),
        ("Tỉnh Houaphanh, còn gọi là Hủa Phăn", ["hua-phan", "hua-phan"]),
        ("Tỉnh Ắt-ta-pư và tỉnh Xê Kông", ["attapu", "se-kong"]),
        ("Đoàn khu tự trị dân tộc Choang Quảng Tây", ["quang-tay"]),
        ("Sang Cam-pu-chia bằng đường bộ", ["KH"]),
        ("Quan hệ Việt - Trung", ["CN"]),
        ("Sân vận động Đồng Nai đông kín", []),
        ("Bộ đội biên phòng Đồng Nai tuần tra", ["dong-nai"]),
    ],
)  # fmt: skip
def test_a_name_means_its_place_only_where_it_is_written_as_one(text: str, expected: list[str]) -> None:
    assert places(text) == expected


def test_capital_letters_throughout_do_not_hide_a_place() -> None:
    assert places("", title="THÔNG XE QUA CỬA KHẨU MỘC BÀI, TÂY NINH") == ["moc-bai-gate", "tay-ninh"]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('id = "a"\nname = "A"\nkind = "gate"', "countries"),
        ('id = "a"\nname = "A"\nkind = "gaet"\ncountries = ["LA"]', "did you mean 'gate'"),
        ('id = "a"\nname = "A"\nkind = "gate"\ncountries = ["LA"]\nprovince = "nowhere"', "unknown place"),
        ('id = "a"\nname = "A"\nkind = "gate"\ncountries = ["LA"]\nnme = "x"', "did you mean 'name'"),
    ],
)
def test_a_wrong_entry_is_named(entry: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "some.toml").write_text(f"[[place]]\n{entry}\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match=problem):
        Gazetteer.load(tmp_path)
