-- migrate:up

-- Answers that a person vouches for; given without a model until they expire. space: who may read it, as of a document.
CREATE TABLE curated_answer (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    question    text NOT NULL,
    answer      text NOT NULL,
    language    text NOT NULL,
    space       text NOT NULL,
    owner       text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL,
    hits        bigint NOT NULL DEFAULT 0,
    last_hit_at timestamptz
);

-- The ways to ask for it, the question itself among them. bare: without case, spaces and punctuation. space repeats the
-- answer's. embedding: as a question, by the model that is named; no model = it waits for the indexing queue.
CREATE TABLE curated_wording (
    answer          bigint NOT NULL REFERENCES curated_answer ON DELETE CASCADE,
    ordinal         int NOT NULL,
    text            text NOT NULL,
    bare            text NOT NULL,
    space           text NOT NULL,
    terms           text[] NOT NULL DEFAULT '{}',
    embedding       halfvec,
    embedding_model text,
    PRIMARY KEY (answer, ordinal),
    UNIQUE (space, bare)
);
CREATE INDEX curated_wording_unembedded ON curated_wording (answer) WHERE embedding_model IS NULL;

-- What people think of answers: one opinion a person and answer. documents: those that the answer cites.
CREATE TABLE feedback (
    inbox     bigint NOT NULL REFERENCES inbox ON DELETE CASCADE,
    person    text NOT NULL,
    opinion   text NOT NULL CHECK (opinion IN ('useful', 'not_useful', 'wrong_source', 'out_of_date')),
    question  text NOT NULL,
    documents bigint[] NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (inbox, person)
);
CREATE INDEX feedback_complaint ON feedback (at) WHERE opinion <> 'useful';

-- When a document's owner was last told of it: at most once a day.
CREATE TABLE feedback_told (
    document bigint PRIMARY KEY REFERENCES document ON DELETE CASCADE,
    at       timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- migrate:down

DROP TABLE feedback_told, feedback;
DROP TABLE curated_wording, curated_answer;
