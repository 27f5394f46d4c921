"""The textbook chapter, run again: each of its figures and thinking questions as a small experiment, and what the chapter says of it held against what is found.

Y. He, "Supervised learning of artificial neural networks" (textbook chapter, 2022); captions here are in our own words.

A figure is one file in `figures/` (a question, one in `questions/`) with an `ENTRY` (`ohmgrad.book.entry`), named in `ohmgrad.book.catalogue`:

    compute(setting) -> data        plain arrays, from seeds; `setting` is full, or check: reduced, but honest
    draw(data) -> Figure            house style
    check(data) -> list of Claim    what the chapter says, what is found, and whether that is so

`ohmgrad.book.build` computes it (or takes it from the cache), draws it and writes the files.
"""
