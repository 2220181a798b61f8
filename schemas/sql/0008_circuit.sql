-- SPDX-License-Identifier: Apache-2.0
-- Approval circuits, working calendars, and what an approval task of a circuit has more than a simple one.
-- Amounts of a circuit have 4 decimals, as in its document.

-- Owner: handlers/approval/circuit_store.c. The ERP's ApprovalCircuit; the last document of a name counts, whole.
CREATE TABLE circuit (
    account            text    NOT NULL,
    circuit            text    NOT NULL,
    title              text    NOT NULL,
    active             boolean NOT NULL,
    phase              text    NOT NULL CHECK (phase IN ('deny', 'bypass', 'require')),
    priority           integer NOT NULL,
    currency           text    NOT NULL,   -- empty: the account's
    valid_from         timestamptz,        -- NULL: open
    valid_to           timestamptz,        -- first instant at which it no longer counts
    distinct_in        text    NOT NULL CHECK (distinct_in IN ('tier', 'circuit')),
    tolerance_amount   bigint,
    tolerance_permille integer NOT NULL,
    calendar           text    NOT NULL,
    PRIMARY KEY (account, circuit)
);

-- Owner: handlers/approval/circuit_store.c. A row a value of a condition.
CREATE TABLE circuit_condition (
    account  text    NOT NULL,
    circuit  text    NOT NULL,
    tier     integer NOT NULL,   -- from 1; 0: of the circuit itself
    purpose  text    NOT NULL CHECK (purpose IN ('match', 'when', 'skip')),
    position integer NOT NULL,
    value_position integer NOT NULL,
    field    text    NOT NULL,
    operator text    NOT NULL,
    value    text    NOT NULL,
    PRIMARY KEY (account, circuit, tier, purpose, position, value_position)
);

-- Owner: handlers/approval/circuit_store.c.
CREATE TABLE circuit_tier (
    account        text    NOT NULL,
    circuit        text    NOT NULL,
    tier           integer NOT NULL,   -- from 1
    name           text    NOT NULL,
    mode           text    NOT NULL CHECK (mode IN ('all', 'quorum', 'chain')),
    quorum         integer NOT NULL,
    remind_minutes integer NOT NULL,
    due_minutes    integer NOT NULL,
    expire_minutes integer NOT NULL,
    on_expiry      text    NOT NULL CHECK (on_expiry IN ('hold', 'reject')),
    PRIMARY KEY (account, circuit, tier)
);

-- Owner: handlers/approval/circuit_store.c. Who may approve; group 0 is asked when the task is due.
CREATE TABLE circuit_selector (
    account  text    NOT NULL,
    circuit  text    NOT NULL,
    tier     integer NOT NULL,
    "group"  integer NOT NULL,   -- from 1
    position integer NOT NULL,
    kind     text    NOT NULL,
    name     text    NOT NULL,
    unit     text    NOT NULL,
    levels   integer NOT NULL,
    "limit"  bigint,
    PRIMARY KEY (account, circuit, tier, "group", position)
);

-- Owner: handlers/approval/circuit_store.c. Working hours; local time is offset_minutes east of UTC.
CREATE TABLE working_calendar (
    account        text    NOT NULL,
    calendar       text    NOT NULL,
    weekdays       text    NOT NULL CHECK (weekdays ~ '^[1-7]{1,7}$'),  -- "12345": 1 is Monday
    from_minute    integer NOT NULL,
    to_minute      integer NOT NULL,
    offset_minutes integer NOT NULL,
    PRIMARY KEY (account, calendar),
    CHECK (0 <= from_minute AND from_minute < to_minute AND to_minute <= 1440)
);

-- Owner: handlers/approval/circuit_store.c.
CREATE TABLE calendar_shift (
    account        text        NOT NULL,
    calendar       text        NOT NULL,
    "from"         timestamptz NOT NULL,
    offset_minutes integer     NOT NULL,
    PRIMARY KEY (account, calendar, "from")
);
CREATE TABLE calendar_day (
    account  text    NOT NULL,
    calendar text    NOT NULL,
    day      date    NOT NULL,
    works    boolean NOT NULL,
    PRIMARY KEY (account, calendar, day)
);

-- Owner: handlers/approval/approval_store.c. `waiting`: its turn has not come; `returned`: it waits for the requester's answer; `altering`: approved with changes
-- that are still on their way; `expired`: nobody acted in time.
ALTER TABLE approval_task DROP CONSTRAINT approval_task_state_check;
ALTER TABLE approval_task ADD CONSTRAINT approval_task_state_check
    CHECK (state IN ('waiting', 'open', 'returned', 'altering', 'approved', 'rejected', 'withdrawn', 'expired'));
ALTER TABLE approval_task
    ADD COLUMN circuit     text    NOT NULL DEFAULT '',   -- empty: the simple limit
    ADD COLUMN tier        text    NOT NULL DEFAULT '',
    ADD COLUMN slot        text    NOT NULL DEFAULT '',   -- which approval of the tier it is
    ADD COLUMN asks        text    NOT NULL DEFAULT '',   -- whom the circuit names, for people
    ADD COLUMN in_name_of  text    NOT NULL DEFAULT '',   -- for whom decided_by acted; empty: for himself
    ADD COLUMN scope_total bigint  NOT NULL DEFAULT 0,    -- of the lines that the tier looks at, 4 decimals
    ADD COLUMN base_total  bigint  NOT NULL DEFAULT 0,    -- what was approved first, before changes within the tolerance
    ADD COLUMN change_hash text    NOT NULL DEFAULT '',   -- of altering: the change that must follow
    ADD COLUMN position    integer NOT NULL DEFAULT 1,    -- in the plan of what the order needed
    ADD COLUMN opened_at   timestamptz,
    ADD COLUMN reminded    integer NOT NULL DEFAULT 0,
    ADD COLUMN escalated   boolean NOT NULL DEFAULT false,
    ADD COLUMN due_at      timestamptz,                   -- until when those who are asked should act
    ADD COLUMN expires_at  timestamptz;

-- Owner: handlers/approval/approval_store.c. Who is asked by a task: in whose place, and who acts for him. A number of a user;
-- "seller:NAME" is the seller's.
CREATE TABLE approval_asked (
    account  text    NOT NULL,
    order_id bigint  NOT NULL,
    task_id  text    NOT NULL,
    position integer NOT NULL,
    original text    NOT NULL,
    acting   text    NOT NULL,
    PRIMARY KEY (account, order_id, task_id, position)
);
CREATE INDEX approval_asked_acting ON approval_asked (account, acting);

-- How far the account's own price lay below the list price when the line was priced, in thousandths.
ALTER TABLE order_line ADD COLUMN discount_permille integer NOT NULL DEFAULT 0;

-- Owner: handlers/masterdata/masterdata.c. Who of the seller's looks after the account; empty: nobody in particular.
ALTER TABLE account ADD COLUMN sales_rep text NOT NULL DEFAULT '';
