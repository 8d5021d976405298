-- migrate:up

-- Pairs that teach the router: somebody was not content with an answer, and a larger model answered the same question.
-- inbox: the turn of the larger model (its receipt is there). about: the turn before, perhaps forgotten by now.
-- accepted: whether a larger model's draft was verified; only then is there an answer.
CREATE TABLE escalation (
    inbox         bigint PRIMARY KEY REFERENCES inbox ON DELETE CASCADE,
    about         bigint NOT NULL,
    person        text NOT NULL,
    question      text NOT NULL,
    draft         text NOT NULL,
    draft_receipt jsonb NOT NULL,
    answer        text,
    accepted      boolean NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- migrate:down

DROP TABLE escalation;
