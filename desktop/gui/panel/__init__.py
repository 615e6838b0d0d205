"""The panel "This answer": the numbers of one answer, live or from its receipt."""

from desktop.gui.panel.panel import REDRAW_MS, Panel, PanelState

__all__ = ["REDRAW_MS", "Panel", "PanelState"]
