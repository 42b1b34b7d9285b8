"""Everything that Many Hands knows and measures, in plain Python.

Four nouns stand at the top: `machine` (what machine is this), `hardware` (known chips), `results` (what was
measured) and `units` (numbers for people). Each concern has its folder beside them. Nothing in here imports
streamlit, so a notebook, the command line and the dashboard share it.
"""
