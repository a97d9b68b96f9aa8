"""Is a text Vietnamese?"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from crawler.text.fold import fold
from crawler.text.language import detect

VIETNAMESE = (
    "Đoàn đại biểu hai tỉnh đã khảo sát tuyến đường nối cửa khẩu với bãi trung chuyển hàng hóa, "
    "sau đó làm việc với lực lượng kiểm dịch và hải quan."
)


def test_vietnamese_is_recognised_with_foreign_names_in_it() -> None:
    assert detect(VIETNAMESE) == "vi"
    assert detect(VIETNAMESE + " Savannakhet, Champasak, Khammouane, Houaphanh, Phongsaly") == "vi"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12/11/2026 08:30",
        fold(VIETNAMESE),
        "The two provinces agreed to open the border gate for longer hours in December.",
        "Les deux provinces ont décidé d'élargir la coopération frontalière à l'été prochain.",
        "ສອງແຂວງຕົກລົງເຫັນດີເປີດດ່ານຊາຍແດນສາກົນໃຫ້ດົນຂຶ້ນ",
        "两省一致同意延长口岸通关时间，加强边境合作。",
        "ខេត្តទាំងពីរបានព្រមព្រៀងគ្នាបើកច្រកទ្វារព្រំដែន",
    ],
)
def test_other_texts_are_not(text: str) -> None:
    assert detect(text) == "und"


def test_ordinary_articles_are_all_recognised(shared: Path) -> None:
    missed = seen = 0
    with gzip.open(shared / "corpus/relevance/background.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            text = json.loads(line)["text"]
            if len(text) > 200 and seen < 3000:
                seen += 1
                missed += detect(text) != "vi"
    assert seen == 3000
    assert missed <= 3, "donor lists of names without marks are the only ones known"
