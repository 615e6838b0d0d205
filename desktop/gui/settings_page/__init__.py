"""The settings page: navigation on the left, one section in the centre."""

from desktop.gui.settings_page.facts import SettingsFacts
from desktop.gui.settings_page.page import SettingsPage

__all__ = ["SettingsFacts", "SettingsPage"]
