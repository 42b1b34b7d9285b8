"""Where the boards are kept, as the secrets say."""

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from compute.share.board import configure


def configure_board() -> None:
    """Give compute the secret connections.board.url; without one the boards are in a file."""
    try:
        url = st.secrets["connections"]["board"]["url"]
    except (KeyError, StreamlitSecretNotFoundError):
        url = None
    configure(url)
