-- migrate:up

-- What every call to a model cost: written by the commit of its turn, never changed, read by time. at has an index of
-- ranges only: rows come in its order, so it finds a month as well as a tree would, and costs a commit nothing.
-- inbox: the event whose turn called; no foreign key, which each commit would have to look up. NULL: no turn did.
-- channel: `platform:channel`, or `platform:direct`. reference_usd: the same tokens at the reference's price.
CREATE TABLE ledger (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    inbox         bigint,
    person        text COLLATE "C" NOT NULL,
    channel       text COLLATE "C" NOT NULL,
    skill         text NOT NULL,
    purpose       text NOT NULL,
    model         text NOT NULL,
    replica       text,
    input_tokens  int NOT NULL,
    output_tokens int NOT NULL,
    seconds       double precision NOT NULL,
    usd           double precision NOT NULL,
    reference_usd double precision NOT NULL,
    counted       boolean NOT NULL
);
CREATE INDEX ledger_at ON ledger USING brin (at) WITH (pages_per_range = 16, autosummarize = on);

-- What became of rows that are older than people are remembered for: sums of a day, of nobody in particular.
CREATE TABLE ledger_day (
    day           date NOT NULL,
    channel       text NOT NULL,
    skill         text NOT NULL,
    purpose       text NOT NULL,
    model         text NOT NULL,
    calls         bigint NOT NULL,
    input_tokens  bigint NOT NULL,
    output_tokens bigint NOT NULL,
    seconds       double precision NOT NULL,
    usd           double precision NOT NULL,
    reference_usd double precision NOT NULL,
    PRIMARY KEY (day, channel, skill, purpose, model)
);

-- How much may be spent. scope: `workspace`, `person:…`, `channel:…`.
CREATE TABLE quota (
    scope  text PRIMARY KEY,
    usd    double precision NOT NULL CHECK (usd >= 0),
    period text NOT NULL CHECK (period IN ('day', 'month')),
    set_by text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- migrate:down

DROP TABLE quota, ledger_day, ledger;
