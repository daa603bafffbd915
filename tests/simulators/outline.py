"""A reader of pages for the tests: it asserts that every element is closed in its turn."""

from html.parser import HTMLParser

VOID = {"meta", "link", "input"}


class Outline(HTMLParser):
    """Collects tags and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def fields(self) -> dict[str, str | None]:
        """Type of every field a person fills in, boxes to tick left out."""
        inputs = [told for tag, told in self.tags if tag == "input" and told.get("type") not in ("hidden", "checkbox")]
        return {str(told["name"]): told["type"] for told in inputs}

    def ticks(self) -> list[str]:
        """Values of all boxes to tick."""
        return [str(told["value"]) for tag, told in self.tags if tag == "input" and told.get("type") == "checkbox"]

    @property
    def text(self) -> str:
        """All words."""
        return " ".join(self.words)
