"""What reports are built of: sections and what they share, quantities and their wording, pictures."""

from experiments.page.context import Context
from experiments.page.modeling import Modeling
from experiments.page.section import Content, Picture, Pictures, Section, section_of_analysis

__all__ = ["Content", "Context", "Modeling", "Picture", "Pictures", "Section", "section_of_analysis"]
