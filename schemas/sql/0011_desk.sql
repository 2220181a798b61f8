-- SPDX-License-Identifier: Apache-2.0
-- What the EDI desk watches over: the sequence of control references, answers that partners wait for, keys that
-- may be forgotten, and dead letters that nobody need look at any more.

-- Owner: daemon/gateways/archive.c.
ALTER TABLE archive ADD COLUMN sequence text NOT NULL DEFAULT '' CHECK (sequence IN ('', 'gap', 'late'));

-- Owner: daemon/gateways/sequence.c. The highest control reference of each of a partner's streams.
CREATE TABLE control_seen (
    partner   text   NOT NULL,
    stream    text   NOT NULL,           -- sender, receiver, and what stands before the number
    number    bigint NOT NULL,
    reference text   NOT NULL,           -- as it was written
    at        timestamptz NOT NULL,
    PRIMARY KEY (partner, stream)
);

-- Owner: daemon/gateways/answer_due.c. Orders whose partner wants an answer in time; a row goes when it has come.
CREATE TABLE answer_due (
    partner    text   NOT NULL,
    reference  text   NOT NULL,          -- delivery.reference of the answer
    answer     text   NOT NULL,          -- delivery.type of the answer
    number     text   NOT NULL,          -- the partner's number of the document
    archive_id bigint NOT NULL,          -- the interchange that it came in
    due_at     timestamptz NOT NULL,
    told_at    timestamptz,              -- when it was told that it is overdue
    PRIMARY KEY (partner, reference)
);
CREATE INDEX answer_due_next ON answer_due (due_at) WHERE told_at IS NULL;
CREATE INDEX answer_due_told ON answer_due (archive_id) WHERE told_at IS NOT NULL;
CREATE INDEX delivery_answers ON delivery (partner, reference) WHERE type IN ('OrderResponse', 'Quotation');

-- Owner: daemon/gateways/inbound.c. Old keys are found by their age.
CREATE INDEX received_at ON received (channel, partner, at);

-- Owner: daemon/engine/outcome.c. Somebody has looked at it, and nothing more will be done.
ALTER TABLE dead_letter
    ADD COLUMN dismissed_at  timestamptz,
    ADD COLUMN dismissed_by  text NOT NULL DEFAULT '',
    ADD COLUMN dismissed_why text NOT NULL DEFAULT '';
