"""A whole Maru in memory: what people say goes in at the door, what they read comes out of the posters."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC

from bot.application import answering, delivery
from bot.application.administration import Administration
from bot.application.answering import Answering
from bot.application.costs import Costs
from bot.application.curating import CurationCommands
from bot.application.delivery import Delivering
from bot.application.gate import gates
from bot.application.indexing import add, embed_waiting
from bot.application.intake import Threshold, take
from bot.application.opinions import OpinionDesk, tell_owners
from bot.application.receipts import ReceiptDesk
from bot.application.skills_admin import SkillCommands
from bot.application.upkeep import wake
from bot.dialogue.means import Means
from bot.dialogue.shelf import Shelf
from bot.domain.conversation import WORKSPACE, Address, ConversationId, PersonId, Platform, Space, Utterance
from bot.domain.errors import LeaseLost
from bot.domain.events import CommandReceived, Event, EventId, MessageKey, MessageReceived
from bot.domain.messages import OutgoingMessage, Reply
from bot.domain.models import ModelEntry
from bot.domain.money import DEFAULT_REFERENCE
from bot.domain.state import DialogueState
from bot.ensemble.prices import Pricing
from bot.generation.pointing import LineVectors
from bot.nlu.skills import builtin_skills
from bot.nlu.understanding import Understander
from bot.people.audience import HouseAudiences
from bot.people.directory import HouseDirectory
from bot.people.quotas import Allowances
from bot.ports.inbox import Claim
from bot.ports.membership import Membership
from bot.ports.status import ModelStatus, SystemStatus
from bot.retrieval.curated import CuratedDesk
from integrations.charts.drawing import PillowCharts
from integrations.memory.alarm import CollectingAlarm
from integrations.memory.clock import FrozenClock
from integrations.memory.crew import InlineCrew
from integrations.memory.curated import InMemoryCuratedAnswers
from integrations.memory.database import MemoryDatabase
from integrations.memory.doorbell import CollectingDoorbell
from integrations.memory.feedback import InMemoryFeedback
from integrations.memory.inbox import InMemoryConversationLease, InMemoryInbox, InMemoryTurnStore
from integrations.memory.ledger import InMemoryLedger, InMemoryQuotas
from integrations.memory.library import InMemoryChunkIndex, InMemoryLibrary
from integrations.memory.models import HashingEmbedder, ScriptedChatModel, WordAnalyser
from integrations.memory.outbox import InMemoryOutbox
from integrations.memory.people import InMemoryAdmissions, InMemoryAuditLog
from integrations.memory.poster import CollectingPoster
from integrations.memory.rates import InMemoryRateLimiter
from integrations.memory.receipts import InMemoryReceipts
from integrations.memory.skills import InMemorySkillStore
from integrations.memory.sources import InMemorySourceBook

ENGLISH = """# Deploys

## Rolling back

To roll back a deploy, run `shipit rollback <service>`. The rollback takes 4 minutes. Tell #ops before you start.

## Staging

On staging nobody has to approve a deploy.

## Freezes

Do not deploy on Friday after 15:00.
"""
KOREAN = """# 배포

## 롤백

배포를 롤백하려면 `shipit rollback <서비스>` 명령을 실행합니다. 롤백은 4분이 걸립니다.
"""

ADMIN = PersonId("slack:T1/ADMIN")
MEMBER = PersonId("slack:T1/MEMBER")
GUEST = PersonId("slack:T1/GUEST")
STRANGER = PersonId("telegram:666")
FRIEND = PersonId("telegram:42")

SMALL_TALK_MARGIN = 0.3
"""Wide, because the hashing embedder finds chance likenesses."""


class FullMembers:
    """`Membership` of a workspace whose guests are those called GUEST."""

    def is_full_member(self, team: str, user: str) -> bool:
        return user != "GUEST"


class TownRooms:
    """`Rooms` of a workspace whose channels have the people that a test put there; any other has full members only."""

    def __init__(self) -> None:
        self.people: dict[str, set[str]] = {}
        self.failure: Exception | None = None

    def only_members(self, room: Address) -> bool:
        if self.failure:
            raise self.failure
        return "GUEST" not in self.people.get(room.channel, ())

    def joined(self, person: PersonId, among: Sequence[Space]) -> frozenset[Space]:
        if self.failure:
            raise self.failure
        user = person.rpartition("/")[2]
        return frozenset(one for one in among if user in self._of(one))

    def common(self, room: Address, person: PersonId, among: Sequence[Space]) -> frozenset[Space]:
        readers = self.people.get(room.channel, set())
        return (
            frozenset(one for one in self.joined(person, among) if readers <= self._of(one)) if readers else frozenset()
        )

    def _of(self, space: Space) -> set[str]:
        return self.people.get(space.rpartition("/")[2], set()) if space.startswith("channel:") else set()


class LeaseGuard:
    """`TurnGuard` that asks the lease itself at every check."""

    def __init__(self, lease: InMemoryConversationLease) -> None:
        self._lease = lease

    @contextmanager
    def hold(self, claim: Claim) -> Iterator["LeaseGuard.Held"]:
        yield LeaseGuard.Held(self._lease, claim)

    @dataclass(frozen=True, slots=True)
    class Held:
        lease: InMemoryConversationLease
        claim: Claim

        def remaining(self) -> float:
            return 0.0 if self.cancelled() else 60.0

        def cancelled(self) -> bool:
            return bool(self.lease.renew([(self.claim.conversation, self.claim.fence)], lease_seconds=10.0))

        def check(self) -> None:
            if self.cancelled():
                raise LeaseLost("the lease was lost")


class CollectingPreview:
    """`ReplyPreview` that remembers its signs of life."""

    def __init__(self) -> None:
        self.signs: list[str] = []

    @contextmanager
    def working(self, address: Address, event: EventId) -> Iterator[None]:
        self.signs.append("working")
        yield

    def stage(self, event: EventId, words: str) -> None:
        self.signs.append(words)


class House:
    """One Maru. `hear` keeps what a person says, lets the workers run, and returns what was posted since."""

    def __init__(self, *models: ScriptedChatModel, documents: bool = True) -> None:
        self.clock = FrozenClock()
        self.database = MemoryDatabase(self.clock)
        self.inbox, self.outbox = InMemoryInbox(self.database), InMemoryOutbox(self.database)
        self.turns, self.lease = InMemoryTurnStore(self.database), InMemoryConversationLease(self.database)
        self.library, self.analyser, self.embedder = (
            InMemoryLibrary(self.clock),
            WordAnalyser(),
            HashingEmbedder(dimensions=256),
        )
        self.sources = InMemorySourceBook(self.library, self.clock)
        self.admissions, self.audit = InMemoryAdmissions(self.database), InMemoryAuditLog()
        self.doorbell, self.preview, self.poster = CollectingDoorbell(), CollectingPreview(), CollectingPoster()
        self.receipts = InMemoryReceipts(self.database)
        self.rates = InMemoryRateLimiter(self.clock)
        self.gates = gates(4, monotonic=self.clock.monotonic)
        self.members: Membership = FullMembers()
        self.rooms = TownRooms()
        self.models = models
        self.quotas, self.charts = InMemoryQuotas(self.database), PillowCharts()
        self.allowances = Allowances(self.quotas, clock=self.clock)
        self.prices = Pricing(
            entries=lambda: [model.entry for model in self.models],
            reference=lambda: DEFAULT_REFERENCE,
            monotonic=self.clock.monotonic,
        )
        self.zone = UTC
        self.skills = InMemorySkillStore()
        self.understander = Understander(builtin_skills(), self.embedder, margin=SMALL_TALK_MARGIN)
        self.curated = CuratedDesk(
            InMemoryCuratedAnswers(self.database), embedder=self.embedder, analyser=self.analyser, clock=self.clock
        )
        self.feedback = InMemoryFeedback(self.database, self.library)
        self.shelf = Shelf(self.skills, self.understander, self.clock)
        self._events = 0
        if documents:
            self.learn("en/deploys.md", ENGLISH)
            self.learn("ko/deploys.md", KOREAN)

    def learn(
        self,
        source: str,
        text: str,
        *,
        sample: bool = False,
        owner: PersonId | None = None,
        space: Space = WORKSPACE,
    ) -> None:
        """Index a document, embeddings included."""
        add(
            text,
            source=source,
            fallback_title=source,
            library=self.library,
            analyser=self.analyser,
            sample=sample,
            owner=owner,
            space=space,
        )
        for _ in embed_waiting(library=self.library, embedder=self.embedder):
            pass

    def message(
        self, text: str, *, person: PersonId = MEMBER, thread: str = "1", history: Sequence[Utterance] = ()
    ) -> MessageReceived:
        """Return the event of a person's message."""
        one = self._new(person, thread)
        return MessageReceived(
            one.event_id, one.message_key, one.conversation, person, one.address, text, tuple(history)
        )

    def command(self, text: str, *, person: PersonId = MEMBER) -> CommandReceived:
        """Return the event of a slash command."""
        one = self._new(person, "command")
        return CommandReceived(one.event_id, one.message_key, one.conversation, person, one.address, text)

    def _new(self, person: PersonId, thread: str) -> MessageReceived:
        self._events += 1
        platform = Platform(person.partition(":")[0])
        if platform is Platform.SLACK:
            address = Address(platform, channel="C1", thread=thread, reply_to=str(self._events), team="T1")
            conversation = ConversationId(f"slack:T1/C1/{thread}")
        else:
            address = Address(platform, channel=person.partition(":")[2], direct=True)
            conversation = ConversationId(f"{person}/{thread}" if thread != "1" else person)
        name = f"{platform}:{self._events}"
        return MessageReceived(EventId(name), MessageKey(f"key:{name}"), conversation, person, address, "")

    def hear(self, text: str, *, person: PersonId = MEMBER, thread: str = "1") -> Reply:
        """Take a message and return the one reply that was posted to it."""
        return self.take(self.message(text, person=person, thread=thread))

    def order(self, text: str, *, person: PersonId = MEMBER) -> str:
        """Take a slash command and return the text that was posted."""
        return self.take(self.command(text, person=person)).text

    def take(self, event: Event) -> Reply:
        """Take an event and return the one reply that was posted."""
        self.keep(event)
        (posted,) = self.run()
        assert posted.conversation == event.conversation
        assert posted.address == event.address
        return posted.reply

    def keep(self, *events: Event) -> None:
        """Take events; nobody works on them yet."""
        for event in events:
            take(event, inbox=self.inbox, doorbell=self.doorbell, threshold=Threshold(self.directory, self.audit))

    def run(self, *, patience: float = 0.0) -> list[OutgoingMessage]:
        """Let workers settle and deliver whatever waits, now and within `patience` seconds; return what was posted."""
        before = len(self.poster.posted)
        until = self.clock.now() + patience
        while True:
            answering.dispatch(self.answering, InlineCrew())
            delivery.dispatch(self.delivering, InlineCrew())
            if self.clock.now() >= until:
                return self.poster.posted[before:]
            self.clock.advance(1.0)

    def tell_owners(self) -> list[OutgoingMessage]:
        """Let beat ring for the owners of documents, and return what was posted because of it."""
        tell_owners(
            feedback=self.feedback,
            administrators=self.means.administrators,
            clock=self.clock,
            doorbell=self.doorbell,
        )
        return self.run()

    def upkeep(self) -> list[OutgoingMessage]:
        """Let beat ring once, and return what was posted because of it."""
        wake(
            inbox=self.inbox,
            outbox=self.outbox,
            library=self.library,
            curated=self.curated.store,
            sources=self.sources,
            model=self.embedder.model,
            doorbell=self.doorbell,
        )
        return self.run()

    def state(self, thread: str = "1") -> DialogueState:
        """Return what is stored of a Slack thread."""
        return self.database.conversations[ConversationId(f"slack:T1/C1/{thread}")].state

    def snapshot(self, *, spaces: Sequence[Space] | None = None) -> SystemStatus:
        """Return the state of the house, as a `StatusSource` does."""
        return SystemStatus(
            waiting=self.inbox.waiting(),
            sending=sum(row.open for row in self.database.outbox),
            buried=sum(row.status == "buried" for row in self.database.outbox),
            workers=("here:1",),
            models=tuple(ModelStatus(model.entry.name, model.healthy()) for model in self.models),
            library=self.library.counts(self.embedder.model, spaces=spaces),
            errors=("apology in slack:T1/C1/1: the encoder is away",),
        )

    @property
    def directory(self) -> HouseDirectory:
        """Who is who."""
        return HouseDirectory(
            administrators={ADMIN, "telegram:1"},
            telegram_allowed={"42"},
            admissions=self.admissions,
            slack=self.members,
        )

    @property
    def audiences(self) -> HouseAudiences:
        """Who reads along."""
        return HouseAudiences(
            administrators={ADMIN, "telegram:1"},
            telegram_allowed={"42"},
            admissions=self.admissions,
            slack=self.members,
            rooms={Platform.SLACK: self.rooms},
            known=self.library.spaces,
            monotonic=self.clock.monotonic,
        )

    @property
    def delivering(self) -> Delivering:
        """The ports of the other use case."""
        return Delivering(
            outbox=self.outbox,
            posters=dict.fromkeys(Platform, self.poster),
            gates=self.gates,
            doorbell=self.doorbell,
            rates=self.rates,
            alarm=CollectingAlarm(),
            clock=self.clock,
        )

    @property
    def means(self) -> Means:
        """The ports of a turn."""
        return Means(
            understander=self.understander,
            models=self.models,
            index=InMemoryChunkIndex(self.library, model=self.embedder.model),
            analyser=self.analyser,
            lines=LineVectors(self.embedder),
            clock=self.clock,
            receipts=self.receipts,
            prices=self.prices,
            zone=self.zone,
            administrators=(ADMIN, PersonId("telegram:1")),
            refresh=self.shelf.refresh,
            curated=self.curated,
        )

    @property
    def answering(self) -> Answering:
        """The ports of the use case."""
        return Answering(
            inbox=self.inbox,
            turns=self.turns,
            guard=LeaseGuard(self.lease),
            directory=self.directory,
            audiences=self.audiences,
            audit=self.audit,
            preview=self.preview,
            doorbell=self.doorbell,
            means=self.means,
            administration=Administration(
                library=self.library,
                audiences=self.audiences,
                analyser=self.analyser,
                admissions=self.admissions,
                status=self,
                audit=self.audit,
                doorbell=self.doorbell,
                more=(
                    SkillCommands(
                        store=self.skills,
                        means=lambda: self.means,
                        ledger=InMemoryLedger(self.database),
                        audiences=self.audiences,
                    ).commands(),
                    self.costs.commands(),
                    CurationCommands(
                        desk=self.curated,
                        directory=self.directory,
                        audit=self.audit,
                        clock=self.clock,
                        audiences=self.audiences,
                    ).commands(),
                    OpinionDesk(
                        feedback=self.feedback,
                        receipts=self.receipts,
                        directory=self.directory,
                        audiences=self.audiences,
                    ).commands(),
                    ReceiptDesk(
                        receipts=self.receipts,
                        directory=self.directory,
                        audiences=self.audiences,
                        feedback=self.feedback,
                    ).commands(),
                ),
            ),
            allowances=self.allowances,
            ledger=InMemoryLedger(self.database),
        )

    @property
    def costs(self) -> Costs:
        """The commands about money."""
        return Costs(
            ledger=InMemoryLedger(self.database),
            quotas=self.quotas,
            charts=self.charts,
            directory=self.directory,
            clock=self.clock,
            models=lambda: [model.entry for model in self.models],
            reference=lambda: DEFAULT_REFERENCE,
        )


def english_model(*script: object) -> ScriptedChatModel:
    """Return a model that writes English only, as the embedded one does."""
    entry = ModelEntry("small-english", "openai", ("http://127.0.0.1:9",), "small-english", languages=("en",))
    return ScriptedChatModel(*script, entry=entry)
