"""For your own tests: is a device law what it says it is?

>>> from ohmgrad.devices.catalogue import find_law
>>> for line in check_law(find_law("linear"), n=500, cuda=False)[:2]:
...     print(line)
15 parameters within their declared ranges
start and the other functions give what they should at 5 conductances
"""

from __future__ import annotations

from ohmgrad.devices.check import check_law, check_laws, probe_law

__all__ = ["check_law", "check_laws", "probe_law"]
