"""What the widgets' signals do: each presenter joins some widgets to the bridge. No widget is made here but
dialogs.
"""
