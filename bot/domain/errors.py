"""Everything that can fail, split by what the caller must do.

    MaruError
    ├── TransientError               retry later; nothing is lost
    │   ├── DatabaseUnavailable
    │   ├── TooMuchAtOnce            one person floods the door, and was told so: deliver again later
    │   ├── BrokerUnavailable
    │   ├── EncoderUnavailable       embeddings or analysis
    │   ├── SourceUnavailable        a link, a folder or a repository that cannot be read just now
    │   ├── ModelUnavailable         down, overloaded, cut in mid-stream, or past its deadline
    │   │   └── ModelDown            known to be down: it was not asked at all
    │   ├── PlatformUnavailable      5xx, connection lost before the request was sent
    │   │   └── PlatformUnauthorised the token is refused or lacks a right: a person can mend that
    │   ├── PlatformRateLimited      carries retry_after, seconds
    │   └── DeliveryUncertain        the platform may or may not have taken the post: look before posting again
    ├── PermanentError               tell someone
    │   ├── ModelRejected            the server refused this request (too long, bad schema)
    │   ├── PostRejected             the platform refused this message for good
    │   ├── FormattingRejected       the platform refused its formatting only: send it plain
    │   ├── TextRefused              the encoder refused these texts
    │   ├── QueryRefused             the database refuses a query about data, or it took too long
    │   ├── DocumentRefused          it cannot be read, or has nothing that could be indexed, or the database refuses it
    │   │   ├── DocumentUnreadable   it is of a kind that is not read, damaged, or too much for the parser
    │   │   └── LinkRefused          a link that may not be followed, or leads to nothing that is read
    │   ├── CatalogueInvalid         models.toml cannot be used
    │   ├── SkillInvalid             a skill file cannot be used
    │   ├── SettingsInvalid          a variable is missing or malformed
    │   ├── DataRefused              a file of examples or records cannot be learned from or judged by
    │   └── NotRunning               no Maru serves here
    └── Cancelled                    asked to stop, or past the turn's deadline
        └── LeaseLost                another worker has the work, or may have it: nothing more is to be said here

Adapters translate vendor errors with `from`. A message says what happened, what was kept, and what to do next.
"""

from bot.domain.language import Language
from bot.domain.refusals import Why, sentence


class MaruError(Exception):
    """Root of the tree."""


class TransientError(MaruError):
    """Retry later."""


class DatabaseUnavailable(TransientError):
    """Postgres does not answer."""


class TooMuchAtOnce(TransientError):
    """One person asks more than the house takes, and was told so many times; nothing was kept of this."""


class BrokerUnavailable(TransientError):
    """Celery's broker does not answer."""


class EncoderUnavailable(TransientError):
    """The embedding or analysis server does not answer."""


class SourceUnavailable(TransientError):
    """A link, a folder or a repository cannot be read just now; what Maru knows from it is kept."""

    def __init__(self, why: Why, name: str, **facts: object) -> None:
        super().__init__(sentence(why, "en", name=name, **facts))
        self.why, self.name, self.facts = why, name, facts

    def told(self, language: Language) -> str:
        """Return the same in a person's language."""
        return sentence(self.why, language, name=self.name, **self.facts)


class ModelUnavailable(TransientError):
    """A model server is down, overloaded, was cut, or missed a deadline."""


class ModelDown(ModelUnavailable):
    """No server of the model can be used, as was known before: none was asked, and no time was lost."""


class PlatformUnavailable(TransientError):
    """The chat platform failed before it took the request."""


class PlatformUnauthorised(PlatformUnavailable):
    """The chat platform refuses the token, or the token lacks a right; it works again once that is mended."""


class PlatformRateLimited(TransientError):
    """The chat platform asks for a pause of `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DeliveryUncertain(TransientError):
    """The connection broke after the request was sent: the post may exist."""


class PermanentError(MaruError):
    """Retrying cannot help."""


class ModelRejected(PermanentError):
    """The model server refused the request itself."""


class PostRejected(PermanentError):
    """The platform refused the message for good (bot removed, channel archived, user blocked the bot)."""


class FormattingRejected(PermanentError):
    """The platform refused the formatting; the same words as plain text may pass."""


class TextRefused(PermanentError):
    """The encoder refused the texts themselves; others may pass."""


class QueryRefused(PermanentError):
    """A query about data that the database refuses, or that took too long; another may pass."""


class DocumentRefused(PermanentError):
    """A document that cannot be indexed; the message names it and says why."""


class DocumentUnreadable(DocumentRefused):
    """A file that the parser cannot read, or may not."""

    def __init__(self, why: Why, name: str, **facts: object) -> None:
        super().__init__(sentence(why, "en", name=name, **facts))
        self.why, self.name, self.facts = why, name, facts

    def told(self, language: Language) -> str:
        """Return the same in a person's language."""
        return sentence(self.why, language, name=self.name, **self.facts)


class LinkRefused(DocumentUnreadable):
    """A link that may not be followed, or that leads to nothing that can be read."""


class CatalogueInvalid(PermanentError):
    """models.toml cannot be used; the message names the entry and the cure."""


class SkillInvalid(PermanentError):
    """A skill file cannot be used; the message names the line, the field and the cure."""


class SettingsInvalid(PermanentError):
    """A setting is missing or malformed; the message names it and the cure."""


class DataRefused(PermanentError):
    """A file of examples or records that cannot be learned from or judged by; the message names it and says why."""


class NotRunning(PermanentError):
    """No Maru serves this MARU_HOME."""


class Cancelled(MaruError):
    """The work was asked to stop."""


class LeaseLost(Cancelled):
    """Another worker has the work, or may have it."""
