"""Words, characters and forms of which foreign input is put together."""

from __future__ import annotations

SENTENCES = (
    "Sáng 20/11, đoàn đại biểu hai tỉnh hội đàm tại cặp cửa khẩu về quản lý đường biên, mốc giới.",
    "Hai bên nhất trí duy trì đường dây nóng và phối hợp tuần tra song phương mỗi quý một lần.",
    "Phía bạn đồng ý kéo dài giờ thông quan cho nông sản của tỉnh trong mùa thu hoạch.",
    "Lực lượng kiểm dịch và hải quan cho biết đã bố trí đủ người làm theo ca, kể cả ngày nghỉ.",
    "The pair of border gates will stay open for two hours longer – until 9 pm – the office said.",
)  # fmt: skip
PHRASES = (
    "Chia sẻ", "Tin liên quan", "Xem thêm", "Tác giả: Lê Thị Ví Dụ", "Nguồn: Báo Ví Dụ", "Ảnh: T.L",
    "(Dân trí)", "Chủ Nhật, 22/11/2026 08:15 GMT+7", "Cập nhật lúc 08:15 | 1.024 lượt xem", "3 giờ trước",
    "Đọc tiếp", "Chi tiết tin", "Trang chủ", "Ý kiến bạn đọc", "00:15 / 03:20", "5% < 10% và > 15%",
    "Từ khóa:",
)  # fmt: skip
ODD = (
    "\x00", "\x0b", "\x1b[31m", "\x85", "\xa0", "\xad", "\u200b", "\u200d", "\u202e", "\u2028", "\ufeff",
    "\ufffe", "\ufffd", "\ud800", "\udfff", "\U0001f600", "\u0301", "e\u0302\u0323", "Ð", "ð", "Đ", "đ",
    "İ", "ß", "ŉ", "ﬁ", "\u0345", "²", "٣", "１", "越南", "&amp;", "&amp;quot;", "&#0;", "&#11;",
    "&#55357;&#56832;", "&#x110000;", "&#9999999999999;", "&nbsp", "&", "<", ">", '"', "'", "`", "\\", "%",
    "%00", "{", "}", "${x}", "]]>", "<!--", "-->",
)  # fmt: skip
"""Characters and references that break readers."""
NAMES = (
    "article", "content", "detail-content", "fck_detail", "sapo", "related", "tags", "author", "date",
    "time", "clock", "menu", "breadcrumb", "footer", "comment", "box-tin", "news-relate", "caption",
    "banner-ads", "cookie", "summary", "td-post-content", "entry-content", "knc-sapo", "singular-content",
    "the-article-body", "journal-content-article",
)  # fmt: skip
TAGS = (
    "p", "div", "span", "a", "b", "strong", "i", "em", "h1", "h2", "h3", "ul", "li", "table", "tr", "td",
    "blockquote", "figure", "figcaption", "img", "br", "hr", "section", "article", "main", "header",
    "footer", "nav", "aside", "time", "script", "style", "noscript", "template", "iframe", "svg", "math",
    "form", "button", "input", "select", "option", "video", "title", "meta", "link", "base", "head", "body",
    "html", "center", "font", "o:p", "custom-tag", "dialog",
)  # fmt: skip
ENCODINGS = (
    "utf-8", "UTF8", "utf-16", "utf-16-le", "utf-32", "utf-7", "iso-8859-1", "windows-1252", "windows-1258",
    "ascii", "gb2312", "gbk", "gb18030", "big5", "shift_jis", "iso-2022-jp", "iso-2022-kr", "hz", "tis-620",
    "koi8-r", "mac-roman", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "hex",
    "base64", "rot13", "zlib", "mbcs", "cp65001", "utf_8_sig", "x-user-defined", "none", "aliases", "a.b",
    "đ", "-", "charset", "utf-8;q=1",
)  # fmt: skip
CONTENT_TYPES = (
    "text/html", "TEXT/HTML", "application/xhtml+xml", "text/xml", "", "text/plain", "image/png", ";",
    "a/b/c",
)  # fmt: skip
ZONES = (
    "", " GMT+7", " +0700", "+07:00", "Z", " UTC", " ICT", " EST", " GMT", " +14:00", " -12:00", " +99:99",
    "+07",
)  # fmt: skip
HALVES = ("", " AM", " PM", " SA", " CH", " chiều", " a.m.")
DAY_FORMS = (
    "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y", "%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%a, %d %b %Y", "%b %d, %Y",
    "%d/%m", "%m/%Y", "ngày %d tháng %m năm %Y", "Thứ Ba, %d/%m/%Y", "Chủ nhật, %d-%m-%Y",
    "%d Tháng Mười Một, %Y", "%d Th%m, %Y", "%m/%d/%Y", "%Y%m%d", "20%y", "năm %Y", "%a %b %d",
)  # fmt: skip
TIME_FORMS = (
    "", " %H:%M", " %H:%M:%S", ", %Hh%M", " lúc %H giờ %M", "T%H:%M:%S", " | %H:%M", " - %Hg%M",
    " %I:%M:%S", "T%H:%M:%S.%f",
)  # fmt: skip
AGO = (
    "{n} phút trước", "{n} giờ trước", "cách đây {n} ngày", "{n} hours ago", "Hôm qua {n}:16",
    "hôm nay, {n} giờ", "{n}",
)  # fmt: skip
URL_STARTS = (
    "http://", "https://", "HTTPS://", "//", "/", "", "http:/", "http:", "https:\\\\", "ftp://",
    "javascript:", "?", "#", "mailto:",
)  # fmt: skip
HOSTS = (
    "bao.example.vn", "WWW.Bao.Example.VN.", "m.bao.example.vn", "beta.bao.example.vn", "báo.vn",
    "xn--bo-jja.vn", "127.0.0.1", "[::1]", "[::1", "[v1.x]", "user@bao.vn", "user:pw@bao.vn",
    "a" * 64 + ".vn", "bao..vn", "-", ".", "%62ao.vn", "bao.vn%00", "bao_1.vn", "\u2100.vn", "ß.vn",
    "bao。vn",
)  # fmt: skip
PORTS = ("", ":80", ":443", ":8080", ":0", ":65536", ":", ":x", ":-1", ":٣")
PATHS = (
    "/", "/tin-tuc/", "hai-tinh-hoi-dam-410376.html", "/2026/11/20/", "/202611/", "/20261120093015123",
    ";jsessionid=1A2B3C", "/(S(lit3py55t21z5v55vlm25s55))/", "/../", "/./", "//", "%2e%2e/", "%zz",
    "%E1%BA%A1", "%ff", "ạ", "\\", " ", "\t", "\n", "/amp", ".amp.html", "/print-7874.html", "&amp=1",
    "&mobile=yes", "*", "|", "/rss/home.rss", "/sitemap.xml", "/trang-2", "/page/99999999999",
)  # fmt: skip
QUERIES = (
    "?", "&", "id=410376", "utm_source=x", "&amp;utm_medium=y", "PHPSESSID=0123456789abcdef",
    "sid=a1b2c3d4e5f6a7b8", "print=1", "p=2", "q=/node/12345", "nv=news&op=tin/bai-41037", "=", ";", "%26",
    "+", "ạ=ậ", "view=amp", "fbclid=" + "x" * 40, "#", "#!/tin", "?",
)  # fmt: skip
METAS = (
    "og:title", "og:description", "og:url", "og:image", "article:published_time", "article:author",
    "article:tag", "article:section", "pubdate", "datePublished", "author", "description", "keywords",
    "canonical",
)  # fmt: skip
SOUP = (
    "<p>a</p>", "<div>", "<a href='/x'>", "<a ", "<", "<b>", "<br>", "<td>",
    "<li><a href='/tin-{n}.html'>Hai tỉnh hội đàm về cửa khẩu</a>", "&#60;", "</p>", "<!--", "<h1>Tin</h1>",
    "<img src='/a.jpg'>",
)  # fmt: skip
XML_STARTS = (
    "", '<?xml version="1.0" encoding="utf-8"?>', '<?xml version="1.0" encoding="utf-16"?>',
    "\ufeff<?xml version='1.0'?>\n", "\n <?xml version='1.1'?>",
)  # fmt: skip
SPACES = (
    "",
    (
        ' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/'
        'sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    ),
    ' xmlns="http://www.w3.org/2005/Atom"', ' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"',
    ' xmlns:media="http://search.yahoo.com/mrss/"',
    ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"',
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"', " xmlns=''", ' xmlns:x="x',
)  # fmt: skip
TOLD = (
    "Chiều 27/2, ", "tại bản Na Thử, huyện Viêng Xay, ", "Phó Chủ tịch UBND tỉnh Cao Bằng ", "Nông Văn Thử ",
    "hội đàm với ", "Đoàn Trung Quốc do ", "ông Lưu Mẫu Minh, ", "Tỉnh trưởng Hủa Phăn (Lào) ", "cho biết ",
    "ký Biên bản ghi nhớ ", "1,2 tỷ USD ", "bắt 3 đối tượng ", "phối hợp với Công an Lào ", "năm 2019 ",
    "cửa khẩu quốc tế Hữu Nghị - Hữu Nghị Quan ", "từ ngày 3 đến 5/9 ", "Bộ Quốc phòng ", "Samdech Sok Mẫu ",
    "sẽ ", ", ", ". ", "\n", "; ", " - ", "(", ") ", ": ", "và ",
)  # fmt: skip
"""Pieces of what events are told in."""
