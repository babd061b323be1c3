"""Looks for what is wrong with this installation, and says how to mend it."""

from aniworld_dl.doctor.examination import Providers, examine
from aniworld_dl.doctor.finding import Finding, Outcome, worst

__all__ = ["Finding", "Outcome", "Providers", "examine", "worst"]
