"""What a visitor reads on a page that AppTest has drawn."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def keys(page: AppTest) -> set[str]:
    """The buttons on the page."""
    return {button.key for button in page.button if button.key}


def words(page: AppTest) -> str:
    """All text on the page."""
    parts = [*page.title, *page.subheader, *page.markdown, *page.caption]
    boxes = [*page.info, *page.warning, *page.error, *page.success]
    return "\n".join([part.value for part in parts] + [f"{box.proto.title} {box.value}" for box in boxes])


def charts(page: AppTest) -> list[Any]:
    """The figures on the page, as plotly's JSON."""
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]
