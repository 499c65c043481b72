"""Random programs: written, run, differentiated, judged, and made small where they fail.

`generator` writes them, `oracle` judges one, `shrink` makes it small, `run` is the command line.
"""
