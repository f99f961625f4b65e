"""The lab: stated, seeded behaviour, for the sample now and for other regimes later."""

from __future__ import annotations
