"""What reports are built of: sections and what they share, quantities and their wording, pictures."""

from experiments.page.context import Context
from experiments.page.section import Content, Picture, Pictures, Section

__all__ = ["Content", "Context", "Picture", "Pictures", "Section"]
