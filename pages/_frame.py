"""What stands around every page: the page config, the hands, the navigation, the title.

The frame draws a page's title and its question, so that they are on the screen before the page itself loads
tables and charts.
"""

from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
HANDS = HERE / "_shared" / "hands.svg"
# Where a page's heading says more than its name in the menu.
HEADINGS = {"Board": "The board"}
# Under which the session holds the pages.
MENU = "menu"


def page(name: str, title: str, icon: str, question: str, path: str = "") -> st.Page:
    """The page in the file `name`.py; its question stands under its title. `path` is its address if not its name."""
    return st.Page(
        HERE / f"{name}.py",
        title=title,
        icon=f":material/{icon}:",
        help=question,
        url_path=path or name,
        default=name == "home",
    )


def menu() -> dict[str, list[st.Page]]:
    """All pages by their section."""
    return {
        "Measure": [
            page("home", "This machine", "front_hand", "What is it, how fast is it, and what would a better one cost?"),
            page("matmul", "Matmul", "grid_on", "How fast does it multiply matrices?"),
            page("cnn", "CNN", "photo_library", "How many images a second does a neural network take?"),
            page("jobs", "Five jobs", "sports_esports", "What is a GPU good for, and what is it not?"),
            page("cuda", "CUDA", "memory", "How does one write for a GPU, and what makes it fast?"),
            page("crossover", "Crossover", "swap_vert", "From which size on do many hands win?"),
            page("roofline", "Roofline", "roofing", "What holds it back: memory, or arithmetic?"),
            page("devices", "Many devices", "hub", "What do more of them bring, and what does talking cost?"),
        ],
        "Learn": [
            page("lecture", "Lecture", "co_present", "What is compute power, and why do many hands make light work?"),
        ],
        "Choose": [
            page("costs", "Costs", "payments", "What does a job cost, and how long does it take?"),
            page("azure", "Azure", "stairs", "A machine, a notebook, or a finished model: what is billed?"),
            page("apartment", "Apartment", "apartment", "How big should my apartment be to fit all the cores?"),
            page("compare", "Compare", "compare_arrows", "Which machine is faster, and is the difference real?"),
            # Not /board: that is where results are sent to.
            page("board", "Board", "groups", "How fast are we all together, and who is the fastest?", path="room"),
        ],
    }


st.set_page_config(page_icon=HERE / "_shared" / "hand.svg", layout="wide", initial_sidebar_state=220)
st.logo(str(HANDS), size="large")
# Made once for each visitor: Streamlit looks for the file of every page each time that it is made.
if MENU not in st.session_state:
    st.session_state[MENU] = menu()
here = st.navigation(st.session_state[MENU])
st.set_page_config(page_title=f"{here.title} · Many Hands")
# A page that fills a wall, a phone or a second window needs all of it and begins with a heading of its own.
if st.query_params.get("screen") != "projector" and not {"notes", "follow"} & st.query_params.keys():
    with st.container(gap="xxsmall"):
        st.title(HEADINGS.get(here.title, here.title), anchor=False)
        st.markdown(here.help)
here.run()
