-- SPDX-License-Identifier: Apache-2.0
-- Account opening under control: more states, the checks that an account needs, and their results.

-- Owner of status: handlers/masterdata/masterdata.c (what the ERP says) and handlers/company/vetting_doc.c (what follows from checks), both
-- under the lock of the row.
ALTER TABLE account DROP CONSTRAINT account_status_check;
UPDATE account SET status = CASE status WHEN 'open' THEN 'approved' WHEN 'pending' THEN 'under_check' ELSE status END;
ALTER TABLE account ADD CONSTRAINT account_status_check
    CHECK (status IN ('applied', 'under_check', 'awaiting_offsite', 'approved', 'approved_with_limits', 'refused',
                      'suspended', 'blocked', 'closed', 'revetting_due'));

-- Owner: handlers/company/vetting_doc.c.
CREATE TABLE vetting (
    account      text    PRIMARY KEY,
    required     text    NOT NULL,  -- kinds of checks, with commas
    order_max    bigint  CHECK (order_max >= 0), -- minor unit of the account's currency; NULL: none
    prepaid_only boolean NOT NULL,
    by_checks    boolean NOT NULL   -- the account's state follows from its checks, not from the ERP's word
);

-- Owner: handlers/company/vetting_doc.c. What was checked, by whom, on which evidence. Of a number the result counts that was
-- found last, whenever it came.
CREATE TABLE vetting_check (
    account    text        NOT NULL,
    check_id   text        NOT NULL,
    kind       text        NOT NULL,
    source     text        NOT NULL CHECK (source IN ('internal', 'offsite', 'agency')),
    result     text        NOT NULL CHECK (result IN ('requested', 'passed', 'limited', 'failed')),
    verifier   text        NOT NULL,
    evidence   text        NOT NULL,
    checked_at timestamptz,          -- NULL: requested
    valid_to   timestamptz,
    order_max  bigint      CHECK (order_max >= 0),
    note       text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (account, check_id)
);
