"""What can go wrong, as a tree. Knows no room of the program; every room may raise from here.

    UserError                  the world's fault: told to the person, with a next step
    |- BadInput                an option or value that cannot be used
    |- ModelError              a model file, at rest or while loading
    |  |- ModelMissing         no such file
    |  |- ModelUnreadable      not a GGUF, truncated, corrupt
    |  |- ModelUnsupported     a GGUF of an architecture this build does not know
    |  |- ModelTooLarge        needs more memory than is free
    |  |- ModelCrashed         the probe process died while trying it
    |  `- DraftRefused         a model that cannot draft for the one that is loaded
    |- TemplateFailed          the model's chat template raises or does not end
    |- ContextFull             the request does not fit the context
    |- EngineFailed            llama.cpp reported a failure while running
    |- StoreError              the conversation database
    |  |- StoreUnreadable      damaged, or not a database
    |  |- StoreTooNew          written by a newer version
    |  `- StoreFull            the disk is full or read-only
    |- SettingsUnwritable      settings could not be saved
    `- ReceiptUnreadable       not a race's receipt, damaged, or of a newer version
    Cancelled (BaseException)  the person said stop: no error, and no `except Exception` may swallow it

Anything else that escapes is a bug: logged with its traceback, shown in the crash dialog.
The sentences a person reads are made in one place, `desktop.gui.wording`.
"""

from __future__ import annotations


class UserError(Exception):
    """A fault of the world. `detail` quotes the source (llama.cpp, SQLite, the system); `facts` feed the
    wording.
    """

    def __init__(self, detail: str = "", **facts: str | int | float) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts

    @property
    def kind(self) -> str:
        """Name of the kind, the key into the wording."""
        return type(self).__name__


class BadInput(UserError):
    """An option or value that cannot be used."""


class ModelError(UserError):
    """A model file, at rest or while loading. Facts: `path`."""


class ModelMissing(ModelError):
    """No such file."""


class ModelUnreadable(ModelError):
    """Not a GGUF, truncated or corrupt."""


class ModelUnsupported(ModelError):
    """A GGUF of an architecture or tokenizer this build of llama.cpp does not know."""


class ModelTooLarge(ModelError):
    """Needs more memory than is free. Facts: `needed`, `free` in bytes, `n_ctx`, `n_ctx_fits` (0 = none)."""


class ModelCrashed(ModelError):
    """The probe process died, or did not answer in time, while trying the file."""


class DraftRefused(ModelError):
    """A model that cannot draft for the target. `detail`: the check that failed, in a short sentence."""


class TemplateFailed(UserError):
    """The model's chat template raises, loops or produces too much."""


class ContextFull(UserError):
    """The request does not fit the context. Facts: `needed`, `n_ctx` in tokens."""


class EngineFailed(UserError):
    """llama.cpp reported a failure while running. Facts: `code`."""


class StoreError(UserError):
    """The conversation database. Facts: `path`."""


class StoreUnreadable(StoreError):
    """Damaged, or not a database."""


class StoreTooNew(StoreError):
    """Written by a newer version. Facts: `version`, `known`."""


class StoreFull(StoreError):
    """The disk is full or read-only."""


class SettingsUnwritable(UserError):
    """Settings could not be saved. Facts: `path`."""


class ReceiptUnreadable(UserError):
    """Not a race's receipt, damaged, or of a newer version. `detail`: what is wrong. Facts: `path`."""


class Cancelled(BaseException):
    """Raised through any depth when the person cancels."""
