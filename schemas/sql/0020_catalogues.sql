-- SPDX-License-Identifier: Apache-2.0
-- Catalogues that accounts were sent on demand. What stood in them is in the documents; here is that they were made.

-- Owner: handlers/price/catalogue.c. One row a document; a catalogue's id is the input position of its first request.
CREATE TABLE catalogue_page (
    account        text        NOT NULL,
    catalogue_id   bigint      NOT NULL,
    page           integer     NOT NULL CHECK (page >= 1),
    request_number text        NOT NULL,
    partner        text        NOT NULL,
    channel        text        NOT NULL,
    lines          integer     NOT NULL,
    last           boolean     NOT NULL,  -- no further document follows
    made_at        timestamptz NOT NULL,
    PRIMARY KEY (account, catalogue_id, page)
);
CREATE INDEX catalogue_page_request ON catalogue_page (account, request_number);
