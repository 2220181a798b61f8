-- SPDX-License-Identifier: Apache-2.0
-- What the EDI desk asks of the archive and of the delivery queue: which interchange a row is, what became of
-- it, what the partner said to it, and what people did about it.

-- Owner: daemon/gateways/archive.c.
ALTER TABLE archive
    ADD COLUMN control   text    NOT NULL DEFAULT '',  -- UNB 0020 of these bytes
    ADD COLUMN sender    text    NOT NULL DEFAULT '',  -- "14:4012345000009"
    ADD COLUMN receiver  text    NOT NULL DEFAULT '',
    ADD COLUMN kind      text    NOT NULL DEFAULT '',  -- "ORDERS", "CONTRL", "ORDERS ORDCHG"
    ADD COLUMN messages  integer NOT NULL DEFAULT 0,
    ADD COLUMN refused   integer NOT NULL DEFAULT 0,   -- of the messages
    ADD COLUMN state     text    NOT NULL DEFAULT '',  -- in: taken, partly, refused, repeated, conflict, unknown
    ADD COLUMN findings  text    NOT NULL DEFAULT '',  -- a line each
    ADD COLUMN delivery  text    NOT NULL DEFAULT '',  -- out: the delivery that sends it
    ADD COLUMN original  bigint;                       -- in: the row that this one is a reprocessing of
CREATE INDEX archive_at ON archive (at);
CREATE INDEX archive_control ON archive (control);
CREATE INDEX archive_unknown ON archive (at) WHERE state = 'unknown';

-- Owner: daemon/engine/owed_ack.c.
ALTER TABLE delivery
    ADD COLUMN control     text    NOT NULL DEFAULT '', -- UNB 0020 that it was sent under
    ADD COLUMN ack         text    NOT NULL DEFAULT ''
        CHECK (ack IN ('', 'awaited', 'overdue', 'received', 'accepted', 'errors', 'rejected')),
    ADD COLUMN ack_minutes integer NOT NULL DEFAULT 0,  -- overdue so long after it was delivered; 0: never
    ADD COLUMN ack_at      timestamptz,
    ADD COLUMN ack_text    text    NOT NULL DEFAULT '', -- what the report said
    ADD COLUMN original    text    NOT NULL DEFAULT ''; -- the delivery that this one sends anew
CREATE INDEX delivery_control ON delivery (partner, control) WHERE control <> '';
CREATE INDEX delivery_awaited ON delivery (delivered_at) WHERE ack = 'awaited' AND ack_minutes > 0;

-- Owner: daemon/gateways/desk.c. What people asked for; the gateway does it where done_at is empty.
CREATE TABLE edi_request (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    action     text   NOT NULL CHECK (action IN ('reprocess', 'resend', 'resend_new')),
    archive_id bigint NOT NULL,
    delivery   text   NOT NULL DEFAULT '',
    done_at    timestamptz,
    result     text   NOT NULL DEFAULT ''
);
CREATE INDEX edi_request_waiting ON edi_request (id) WHERE done_at IS NULL;
