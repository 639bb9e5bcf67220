"""The questions that a page answers with pictures, in the order in which people ask them."""

from __future__ import annotations

from typing import Literal

Section = Literal["learning", "answers", "mistakes", "trust", "layers", "model", "data"]

SECTIONS: dict[Section, str] = {
    "learning": "Did it learn?",
    "answers": "What does it answer?",
    "mistakes": "Where is it wrong?",
    "trust": "How far can it be trusted?",
    "layers": "What happens in its layers?",
    "model": "What is it?",
    "data": "What did it see?",
}
"""What each section is headed; one without pictures is left out."""
