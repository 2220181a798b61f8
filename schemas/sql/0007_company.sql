-- SPDX-License-Identifier: Apache-2.0
-- The customer's company: units, roles, rights, cost centres and delegations. All of an account are read together, at
-- one version of the account's row.

-- Owner of company_version: handlers/company/company.c. A number that the account never had before, whenever one of the rows
-- below is written for it; 0: there is none.
ALTER TABLE account ADD COLUMN company_version bigint NOT NULL DEFAULT 0;

-- Owner: handlers/company/company_store.c, as of the whole row from now on.
ALTER TABLE app_user
    ADD COLUMN manager  text NOT NULL DEFAULT '',  -- user number
    ADD COLUMN language text NOT NULL DEFAULT '';

-- Owner: handlers/company/company_store.c. The tree of units. Of several records of a unit the one counts that came into force
-- last. The root, the account itself, has no row.
CREATE TABLE company_unit (
    account    text        NOT NULL,
    unit       text        NOT NULL CHECK (unit <> ''),
    valid_from timestamptz NOT NULL,  -- 1970-01-01: always was
    valid_to   timestamptz CHECK (valid_to > valid_from),
    title      text        NOT NULL,
    parent     text        NOT NULL,  -- empty: the root
    inherits   boolean     NOT NULL,
    PRIMARY KEY (account, unit, valid_from)
);

-- Owner: handlers/company/company_store.c. All of a user's, in the order in which the ERP gives them.
CREATE TABLE user_role (
    account     text        NOT NULL,
    user_number text        NOT NULL,
    position    integer     NOT NULL,
    unit        text        NOT NULL,  -- empty: the root
    role        text        NOT NULL CHECK (role IN ('requester', 'buyer', 'approver', 'accounting', 'administrator')),
    valid_from  timestamptz,
    valid_to    timestamptz CHECK (valid_to > valid_from),
    PRIMARY KEY (account, user_number, position)
);

-- Owner: handlers/company/company_store.c. Who has which limits and entitlements.
CREATE TABLE rights (
    account    text        NOT NULL,
    rights     text        NOT NULL,
    subject    text        NOT NULL CHECK (subject IN ('user', 'role', 'unit')),
    unit       text        NOT NULL,  -- bounds rights of users and roles; empty: the root
    valid_from timestamptz,
    valid_to   timestamptz CHECK (valid_to > valid_from),
    PRIMARY KEY (account, rights)
);
CREATE TABLE rights_name (
    account  text    NOT NULL,
    rights   text    NOT NULL,
    position integer NOT NULL,
    name     text    NOT NULL,  -- a user's number, a role or a unit
    PRIMARY KEY (account, rights, position)
);
CREATE TABLE rights_limit (
    account      text    NOT NULL,
    rights       text    NOT NULL,
    position     integer NOT NULL,
    kind         text    NOT NULL CHECK (kind IN ('order', 'line', 'period')),
    period       text    NOT NULL CHECK (period IN ('', 'day', 'week', 'month', 'quarter', 'year', 'rolling')),
    rolling_days integer NOT NULL,
    cost_centre  text    NOT NULL,  -- empty: everything counts
    amount       bigint  NOT NULL CHECK (amount >= 0), -- minor unit of the account's currency
    gross        boolean NOT NULL,
    refuse       boolean NOT NULL,
    PRIMARY KEY (account, rights, position)
);
CREATE TABLE rights_entitlement (
    account  text    NOT NULL,
    rights   text    NOT NULL,
    position integer NOT NULL,
    deny     boolean NOT NULL,
    kind     text    NOT NULL CHECK (kind IN ('category', 'product', 'ship_to', 'payment_terms')),
    value    text    NOT NULL,
    PRIMARY KEY (account, rights, position)
);

-- Owner: handlers/company/company_store.c.
CREATE TABLE cost_centre (
    account     text        NOT NULL,
    cost_centre text        NOT NULL,
    title       text        NOT NULL,
    unit        text        NOT NULL,  -- empty: the root
    parent      text        NOT NULL,  -- empty: none
    owner       text        NOT NULL,  -- user number; empty: none
    valid_from  timestamptz,
    valid_to    timestamptz CHECK (valid_to > valid_from),
    PRIMARY KEY (account, cost_centre)
);

-- Owner: handlers/company/company_store.c. Who stands in for whom.
CREATE TABLE delegation (
    account     text        NOT NULL,
    delegation  text        NOT NULL,
    from_user   text        NOT NULL,
    to_user     text        NOT NULL CHECK (to_user <> from_user),
    unit        text        NOT NULL,  -- empty: the root
    cost_centre text        NOT NULL,  -- empty: all
    amount      bigint      CHECK (amount >= 0), -- minor unit of the account's currency; NULL: any
    passes_on   boolean     NOT NULL,
    valid_from  timestamptz,
    valid_to    timestamptz CHECK (valid_to > valid_from),
    PRIMARY KEY (account, delegation)
);

-- Owner: handlers/company/rights_count.c. What was ordered on a day (UTC) by a user, or for a unit with those below, where a
-- limit for a period asks for it: net, minor unit of the account's currency. A user's counter may be bound to a unit,
-- and any counter to a cost centre. The account's row is locked whenever it changes.
-- Invariant spending: it is the sum of what the orders count for.
--   SELECT s.account, s.name, s.day, s.amount, o.sum FROM spending s FULL JOIN (SELECT account, of_unit, name, unit,
--       cost_centre, day, sum(amount)::bigint AS sum FROM order_spending GROUP BY 1, 2, 3, 4, 5, 6) o
--       USING (account, of_unit, name, unit, cost_centre, day) WHERE COALESCE(s.amount, 0) <> COALESCE(o.sum, 0);
CREATE TABLE spending (
    account     text    NOT NULL,
    of_unit     boolean NOT NULL,
    name        text    NOT NULL,  -- user number, or unit
    unit        text    NOT NULL,  -- that a user's counter is bound to; empty: none
    cost_centre text    NOT NULL,  -- empty: everything
    day         date    NOT NULL,
    amount      bigint  NOT NULL,
    PRIMARY KEY (account, of_unit, name, unit, cost_centre, day)
) WITH (fillfactor = 60);

-- Owner: handlers/company/rights_count.c. What an order counts for, on the day on which it came in.
-- Invariant order_spending: orders that were refused or cancelled count for nothing.
--   SELECT s.account, s.order_id FROM order_spending s JOIN sales_order o ON o.account = s.account
--       AND o.id = s.order_id WHERE s.amount <> 0 AND o.state NOT IN (1, 2);
CREATE TABLE order_spending (
    account     text    NOT NULL,
    order_id    bigint  NOT NULL,
    of_unit     boolean NOT NULL,
    name        text    NOT NULL,
    unit        text    NOT NULL,
    cost_centre text    NOT NULL,
    day         date    NOT NULL,
    amount      bigint  NOT NULL,
    PRIMARY KEY (account, order_id, of_unit, name, unit, cost_centre)
) WITH (fillfactor = 90);
