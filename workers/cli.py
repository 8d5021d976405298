"""The `maru` command. Each command loads its own module only: a question must not wait for Slack's SDK to import."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.domain.errors import MaruError, NotRunning
from workers.places import seconds_of, space_of
from workers.settings import load
from workers.spelling import misspelt

EXIT_NOT_RUNNING = 3
EXIT_FAILED = 2

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Maru: answers from your team's documents, cited.")
kb = typer.Typer(no_args_is_help=True, help="What Maru knows.")
app.add_typer(kb, name="kb")
outbox = typer.Typer(no_args_is_help=True, help="Replies on their way, and those that were given up.")
app.add_typer(outbox, name="outbox")
evaluation = typer.Typer(no_args_is_help=True, help="Maru's parts measured on your data; the last line is JSON.")
app.add_typer(evaluation, name="eval")
router = typer.Typer(no_args_is_help=True, help="Where on its ladder an answer starts.")
app.add_typer(router, name="router")


def _run(target: str, *arguments: Any, **options: Any) -> None:
    """Call `module:function` with the settings in front, and leave with the exit code that it returns."""
    module, _, function = target.partition(":")
    raise typer.Exit(getattr(import_module(module), function)(load(), *arguments, **options) or 0)


def _start(target: str, **options: Any) -> None:
    """Run what serves, after one line on standard error if a variable is set that Maru does not know."""
    if warning := misspelt(load()):
        print(warning, file=sys.stderr, flush=True)
    _run(target, **options)


@app.command()
def up() -> None:
    """Start everything on this machine and, on a terminal, a chat prompt."""
    terminal = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    _start("workers.up:up", interactive=terminal)


@app.command()
def chat() -> None:
    """Talk to the running Maru; reads a pipe as well as a person."""
    _run("workers.chat:chat")


@app.command()
def ask(text: Annotated[list[str], typer.Argument(help="The question.")]) -> None:
    """Ask the running Maru one question and print the reply."""
    _run("workers.chat:ask", " ".join(text))


@kb.command("add")
def kb_add(
    places: Annotated[list[str], typer.Argument(help="Files, folders, links, sitemaps or git repositories.")],
    *,
    space: Annotated[
        str, typer.Option(help="Who may read it: workspace, channel:slack:T1/C1, person:slack:T1/U1, …")
    ] = "workspace",
    every: Annotated[str | None, typer.Option(help="Look again so often: 30m, 6h, 1d, 2w.")] = None,
) -> None:
    """Index documents; what did not change is skipped."""
    _run("workers.knowledge:add_paths", places, space=space_of(space), every=seconds_of(every) if every else None)


@kb.command("sources")
def kb_sources() -> None:
    """List the folders, links and repositories that Maru keeps in step with."""
    _run("workers.sources:show")


@kb.command("refresh")
def kb_refresh(number: int) -> None:
    """Look at a source now, by its number in the list of sources."""
    _run("workers.sources:refresh", number)


@kb.command("forget-source")
def kb_forget_source(number: int) -> None:
    """Forget a source and the documents that only it holds."""
    _run("workers.sources:forget_source", number)


@kb.command("list")
def kb_list() -> None:
    """List the documents."""
    _run("workers.orders:order", "kb list")


@kb.command("remove")
def kb_remove(number: int) -> None:
    """Forget a document, by its number in the list."""
    _run("workers.orders:order", f"kb remove {number}")


@outbox.command("list")
def outbox_list(buried: Annotated[bool, typer.Option("--buried", help="Those that were given up.")] = False) -> None:
    """List the replies that are not delivered yet."""
    _run("workers.outbox:list_entries", buried=buried)


@outbox.command("show")
def outbox_show(number: int) -> None:
    """Show one reply: its state, its last trouble and its text."""
    _run("workers.outbox:show", number)


@outbox.command("retry")
def outbox_retry(number: int) -> None:
    """Try a buried or deferred reply again now."""
    _run("workers.outbox:retry", number)


@outbox.command("drop")
def outbox_drop(number: int) -> None:
    """Forget a reply that was not delivered."""
    _run("workers.outbox:drop", number)


Cache = Annotated[
    Path | None, typer.Option(help="Where embeddings are kept, by the hash of their text; default MARU_HOME/cache.")
]


@evaluation.command("intents")
def eval_intents(
    train: Annotated[Path, typer.Argument(help='JSON lines: {"text", "intent"}; intent null = out of scope.')],
    test: Annotated[Path, typer.Argument(help="The same.")],
    *,
    validation: Annotated[Path | None, typer.Option(help="Sets the threshold; default: folds of TRAIN.")] = None,
    cache: Cache = None,
) -> None:
    """Measure how well messages are understood, and strangers among them noticed."""
    _run("workers.evaluation.intents:run", train, test, validation=validation, cache=cache)


@evaluation.command("retrieval")
def eval_retrieval(
    corpus: Annotated[Path, typer.Argument(help='JSON lines: {"_id", "title", "text"}.')],
    queries: Annotated[Path, typer.Argument(help='JSON lines: {"_id", "text"}.')],
    qrels: Annotated[Path, typer.Argument(help="query-id, corpus-id, score between tabs, under a header.")],
    *,
    cache: Cache = None,
) -> None:
    """Measure how well the right documents are found."""
    _run("workers.evaluation.retrieval:run", corpus, queries=queries, qrels=qrels, cache=cache)


@evaluation.command("answers")
def eval_answers(
    corpus: Annotated[Path, typer.Argument(help='JSON lines: {"_id", "title", "text"}.')],
    qa: Annotated[Path, typer.Argument(help='JSON lines: {"question", "answers": [...], "answerable": true}.')],
    cache: Cache = None,
) -> None:
    """Measure how often replies hold the answer, and how often Maru says that it does not know."""
    _run("workers.evaluation.answers:run", corpus, qa=qa, cache=cache)


@evaluation.command("curated")
def eval_curated(
    pairs: Annotated[Path, typer.Argument(help='JSON lines: {"question", "same": [...], "near": [...]}.')],
    cache: Cache = None,
) -> None:
    """Measure how often a curated answer is given to a paraphrase of its question, and how often to another one."""
    _run("workers.evaluation.curated:run", pairs, cache=cache)


@evaluation.command("router")
def eval_router(
    responses: Annotated[Path, typer.Argument(help="CSV: prompt,weak,strong (1 or 0) and optional group.")],
    cache: Cache = None,
) -> None:
    """Measure how well the ladder router chooses between a weak and a strong model."""
    _run("workers.evaluation.router:run", responses, cache=cache)


@evaluation.command("tools")
def eval_tools(
    items: Annotated[
        Path,
        typer.Argument(help='JSON lines: {"messages", "tools", "decision": call|ask|refuse, "tool"}, as OpenAI\'s.'),
    ],
    cache: Cache = None,
) -> None:
    """Measure whether Maru calls the right tool, asks for what it lacks, or refuses."""
    _run("workers.evaluation.tools:run", items, cache=cache)


@router.command("train")
def router_train(cache: Cache = None) -> None:
    """Learn from the answers so far; the workers take it over within seconds."""
    _run("workers.router:train", cache=cache)


@router.command("evaluate")
def router_evaluate(cache: Cache = None) -> None:
    """Judge the router by the answers so far."""
    _run("workers.router:evaluate", cache=cache)


@app.command()
def status() -> None:
    """Show queues, workers, models, documents and the last errors."""
    _run("workers.orders:order", "status")


@app.command()
def cost(words: Annotated[list[str] | None, typer.Argument(help="day|week|month, by person|channel|…")] = None) -> None:
    """Show what models cost, and draw it."""
    _run("workers.orders:order", " ".join(["cost", *(words or ())]))


@app.command()
def quota(
    words: Annotated[list[str] | None, typer.Argument(help="list, set SCOPE DOLLARS/day|month, remove SCOPE")] = None,
) -> None:
    """Show or change how much may be spent on models."""
    _run("workers.orders:order", " ".join(["quota", *(words or ["list"])]))


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    _run("workers.migrate:main")


@app.command()
def doctor() -> None:
    """Check every part and say how to mend what is wrong."""
    _run("workers.doctor:doctor")


@app.command()
def gateway() -> None:
    """Serve HTTP (Slack, Telegram's webhook, /v1, health) and Slack's Socket Mode."""
    _start("workers.gateway:serve")


@app.command()
def telegram() -> None:
    """Poll Telegram."""
    _start("workers.telegram:poll")


@app.command()
def worker(
    queues: Annotated[str, typer.Option(help="Comma-separated: dialogue, delivery, indexing, upkeep.")] = (
        "dialogue,delivery,indexing,upkeep"
    ),
    threads: Annotated[int, typer.Option(help="Turns, and posts, in hand at most.")] = 200,
) -> None:
    """Run a Celery worker."""
    _start("workers.celery_process:work", queues=queues, threads=threads)


@app.command()
def beat() -> None:
    """Run Celery's clock, which wakes what was left behind."""
    _start("workers.celery_process:beat")


Port = Annotated[int, typer.Option(help="Where to listen.")]


@app.command()
def encoder(
    port: Port, host: Annotated[str, typer.Option(help="Another address inside a container.")] = "127.0.0.1"
) -> None:
    """Serve the embedded embedding model and the analyser."""
    import_module("integrations.embedded_models.encoder").serve(host=host, port=port)


@app.command()
def ssllm(port: Port) -> None:
    """Serve the embedded language model on loopback."""
    import_module("integrations.embedded_models.ssllm").serve(port=port)


def main() -> None:
    """Run the command; a failure that Maru foresaw is one sentence on standard error."""
    try:
        app(standalone_mode=True)
    except NotRunning as error:
        print(error, file=sys.stderr)
        sys.exit(EXIT_NOT_RUNNING)
    except MaruError as error:
        print(error, file=sys.stderr)
        sys.exit(EXIT_FAILED)


if __name__ == "__main__":
    main()
