"""Forms as browsers and mail programs send them."""

from email import policy
from email.parser import BytesParser
from urllib.parse import parse_qs

LARGEST = 20_000
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def read_form(content_type: str, body: bytes) -> dict[str, list[str]]:
    """The fields by name; nothing when it is no form, or too large for one of ours."""
    kind = content_type.partition(";")[0].strip().lower()
    if len(body) > LARGEST:
        return {}
    if kind == URLENCODED:
        try:
            return parse_qs(body.decode(), max_num_fields=500)
        except ValueError:
            return {}
    return _multipart(content_type, body) if kind == MULTIPART else {}


def _multipart(content_type: str, body: bytes) -> dict[str, list[str]]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    parsed = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    found: dict[str, list[str]] = {}
    for part in parsed.iter_parts() if parsed.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found.setdefault(name, []).append(content.decode(errors="replace").strip())
    return found
