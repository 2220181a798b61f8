-- SPDX-License-Identifier: Apache-2.0
-- Owner: daemon/engine/timer.c. What is to be published when its time comes; the row goes with the publication.
CREATE TABLE timer (
    id       text        PRIMARY KEY,  -- a function of what it is for
    due_at   timestamptz NOT NULL,
    account  text        NOT NULL,     -- key of the document on the inbound topic
    trace    text        NOT NULL,
    type     text        NOT NULL,
    document bytea       NOT NULL,     -- Avro
    set_at   timestamptz NOT NULL
);
CREATE INDEX timer_due ON timer (due_at);
