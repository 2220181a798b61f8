-- SPDX-License-Identifier: Apache-2.0
-- Information about parties: what buyers tell of theirs, for people to act on, and what partners were told of ours. It
-- changes no account: that is the ERP's to do.

-- Owner: handlers/masterdata/party_store.c. A message that was taken; its id is its input position. The business key keeps duplicates
-- out; of ours it has the partner in it.
CREATE TABLE party_message (
    account         text        NOT NULL,
    id              bigint      NOT NULL,
    ours            boolean     NOT NULL,  -- an announcement of the ERP's to a partner
    message_number  text        NOT NULL,  -- the sender's
    partner         text        NOT NULL,
    test            boolean     NOT NULL,
    function        text        NOT NULL,  -- original, add, change, replace, delete
    sent_at         timestamptz NOT NULL,
    note            text        NOT NULL,
    channel         text        NOT NULL,
    reply_reference text        NOT NULL,
    content_hash    text        NOT NULL,  -- hex
    recorded_at     timestamptz NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE UNIQUE INDEX party_message_theirs ON party_message (account, message_number, test) WHERE NOT ours;
CREATE UNIQUE INDEX party_message_ours ON party_message (account, partner, message_number, test) WHERE ours;
CREATE INDEX party_message_recorded ON party_message (recorded_at);

-- Owner: handlers/masterdata/party_store.c. References and contacts as sentences, for people.
CREATE TABLE party (
    account    text    NOT NULL,
    message_id bigint  NOT NULL,
    position   integer NOT NULL,  -- from 1
    role       text    NOT NULL,  -- UN 3035
    party_id   text    NOT NULL,
    id_agency  text    NOT NULL,  -- UN 3055
    name       text    NOT NULL,
    street     text    NOT NULL,
    city       text    NOT NULL,
    region     text    NOT NULL,
    postcode   text    NOT NULL,
    country    text    NOT NULL,
    valid_from date,
    numbers    text    NOT NULL,  -- "VA DE123456789; ..."
    contacts   text    NOT NULL,  -- "OC Ann Buyer, +49 40 123, ann@acme.example; ..."
    PRIMARY KEY (account, message_id, position)
);
