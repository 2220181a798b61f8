-- SPDX-License-Identifier: Apache-2.0
-- The mechanism's tables: positions, outbox, outcomes, dead letters, archive, deliveries. Trade tables follow
-- in files of their own. Migrations are applied in order of their numbers, each in one transaction.

-- A unique SQLSTATE tells a lost fence from every other failure.
CREATE FUNCTION comptoir_fence(expected bigint, moved bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF expected <> moved THEN
        RAISE EXCEPTION 'another owner has taken a shard of this batch' USING ERRCODE = 'CF001';
    END IF;
END $$;

-- Owner: daemon/engine/shard.c. One row a partition of a consumed topic (partition >= 0) or a gateway
-- instance (partition -1, topic holds its name). Positions belong to a Kafka cluster.
CREATE TABLE shard (
    id             integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cluster        text    NOT NULL,
    topic          text    NOT NULL,
    partition      integer NOT NULL,
    progress       integer NOT NULL,           -- partition of the progress topic
    epoch          bigint  NOT NULL DEFAULT 0,
    owner          text    NOT NULL DEFAULT '',
    next_offset    bigint  NOT NULL DEFAULT 0, -- first input record not yet decided
    next_seq       bigint  NOT NULL DEFAULT 0, -- first free outbox sequence
    relayed_seq    bigint  NOT NULL DEFAULT 0, -- outbox rows below are known to be in Kafka; may lag behind
    tried_offset   bigint  NOT NULL DEFAULT -1, -- first batch after a take-over began here ...
    tries          integer NOT NULL DEFAULT 0,  -- ... so many times without getting further
    UNIQUE (cluster, topic, partition),
    UNIQUE (cluster, progress)
) WITH (fillfactor = 10);

-- Owner: daemon/engine/outbox.c. Dense sequence a shard; partitioned by day so that old days are dropped whole.
CREATE TABLE outbox (
    shard      integer NOT NULL,
    seq        bigint  NOT NULL,
    day        date    NOT NULL,
    topic      integer NOT NULL,
    key        bytea   NOT NULL,
    type       text    NOT NULL,
    at         timestamptz NOT NULL,
    trace      text    NOT NULL,
    headers    bytea   NOT NULL,  -- further headers: name NUL value NUL ...
    payload    bytea   NOT NULL,
    PRIMARY KEY (shard, seq, day)
) PARTITION BY RANGE (day);
CREATE TABLE outbox_other PARTITION OF outbox DEFAULT;

-- Owner: daemon/engine/outcome.c. One row an input document.
CREATE TABLE outcome (
    shard   integer  NOT NULL,
    "offset" bigint  NOT NULL,
    kind    integer NOT NULL,   -- enum outcome
    order_id bigint  NOT NULL,  -- 0 for none
    at      timestamptz NOT NULL,
    PRIMARY KEY (shard, "offset")
);

-- Owner: daemon/engine/outcome.c. The whole record, also where it was too large for the topic.
CREATE TABLE dead_letter (
    shard     integer NOT NULL,
    "offset"  bigint  NOT NULL,
    source    text    NOT NULL,  -- topic[partition]@offset
    topic     text    NOT NULL,
    reason    text    NOT NULL,
    key       bytea   NOT NULL,
    payload   bytea   NOT NULL,
    at        timestamptz NOT NULL,
    retried_at timestamptz,
    PRIMARY KEY (shard, "offset")
);

-- Owner: daemon/gateways/inbound.c. Raw bytes as they came and as they went.
CREATE TABLE archive (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    direction char(1) NOT NULL CHECK (direction IN ('i', 'o')),
    channel   text    NOT NULL,
    partner   text    NOT NULL,  -- empty where unknown
    reference text    NOT NULL,
    bytes     bytea   NOT NULL
);
CREATE INDEX archive_reference ON archive (partner, reference);

-- Owner: daemon/gateways/inbound.c. What a partner has sent: the same key again gets the same reply again;
-- the same key with another digest is refused.
CREATE TABLE received (
    channel   text    NOT NULL,
    partner   text    NOT NULL,
    key       text    NOT NULL,  -- interchange or message or document key
    digest    bytea   NOT NULL,
    reply     bytea   NOT NULL,
    archive_id bigint NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (channel, partner, key)
);

-- Owner: daemon/gateways/deliveries.c. What is owed to partners on their own channels.
CREATE TABLE delivery (
    id         text    PRIMARY KEY,      -- a function of what it answers
    partner    text    NOT NULL,
    channel    text    NOT NULL,
    reference  text    NOT NULL,
    type       text    NOT NULL,         -- document type, or empty where bytes came ready
    document   bytea,                    -- Avro, until rendered
    bytes      bytea,                    -- as sent, rendered once, never again
    state      text    NOT NULL CHECK (state IN ('waiting', 'delivered', 'given_up')),
    attempts   integer NOT NULL DEFAULT 0,
    next_at    timestamptz NOT NULL,
    last_error text    NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    delivered_at timestamptz
);
CREATE INDEX delivery_due ON delivery (next_at) WHERE state = 'waiting';

-- Owner: daemon/gateways/deliveries.c. Gap-free control references by partner.
CREATE TABLE number_range (
    partner text   NOT NULL,
    name    text   NOT NULL,
    next    bigint NOT NULL,
    PRIMARY KEY (partner, name)
);
