// SPDX-License-Identifier: Apache-2.0
// A customer's company: its units, people, roles, rights, cost centres and delegations, as they are in force at one
// instant. Who may order what, up to how much, and who could be asked, is looked up here and nowhere else.
//
// A company is compiled from the account's rows at one version (account.company_version, which every document about
// the company raises) and for one stretch of time: from `since` until `until` nothing dated begins or ends, so that
// whatever stands here is in force and needs no look at the clock. What is not in force is not here. It is never
// changed once it is compiled, lives in an arena of its own and is kept by the thread (handlers/company/company_cache.h) for
// as long as version and time fit. Under the account's lock the version is compared: a batch that was gathered with
// another one fails with ERROR_UNAVAILABLE and is done again.
//
// An account without any such document has no company: trade_company is NULL, and the simple rules count (the
// user's and the account's order_limit and approver).
//
// Amounts are in the minor unit of the account's currency. Instants are microseconds since 1970.
#pragma once

#include "handlers/trade.h"

// --- Units

// Limits of size; a document beyond one is parked.
enum {
    COMPANY_UNITS_MAX = 10000, // records, all versions of all units of an account
    COMPANY_DEPTH_MAX = 64,    // units above one another
    COMPANY_ROLES_MAX = 100,   // of one user
    RIGHTS_NAMES_MAX = 500,    // subjects of one Rights
    RIGHTS_LIMITS_MAX = 100,   // limits of one Rights
    RIGHTS_ENTRIES_MAX = 2000, // entitlements of one Rights
    ROLLING_DAYS_MAX = 732,
};

// A unit of the company: a department, a site, a subsidiary. The account itself is the root, with an empty name.
struct unit {
    struct slice name, title;
    const struct unit *parent; // NULL for the root alone
    int depth;                 // 0 for the root
    bool inherits;             // false: roles and rights given above do not hold here and below
};

// Roles by function. A user has any number, each in a unit; a role holds in the units below, too, up to one that
// does not inherit.
//
//     requester      may order, but each order needs an approval (setting rights.requester)
//     buyer          may order
//     approver       may be asked
//     accounting     sees to budgets and invoices; decides nothing about orders
//     administrator  looks after the company's people; decides nothing about orders either
//
// A user without any role has what may_order and may_approve say: the role buyer, or approver, in the whole company.
enum role { ROLE_REQUESTER, ROLE_BUYER, ROLE_APPROVER, ROLE_ACCOUNTING, ROLE_ADMINISTRATOR, ROLE_COUNT };
const char *role_name(enum role role);
bool role_parse(struct slice text, enum role *role);

struct user_role {
    const struct unit *unit;
    enum role role;
};

// --- Rights: limits and entitlements

enum limit_kind { LIMIT_ORDER, LIMIT_LINE, LIMIT_PERIOD };
enum limit_period { PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR, PERIOD_ROLLING };

// What an order, a line, or all that is ordered in a period may cost at most. Equal to the limit is within it.
struct limit {
    enum limit_kind kind;
    enum limit_period period; // of LIMIT_PERIOD; weeks begin on Monday, days at midnight UTC
    int rolling_days;         // of PERIOD_ROLLING: today and the days before it
    struct slice cost_centre; // only what is charged to it counts; empty: everything
    int64_t amount;
    bool gross;  // tax is added first (setting rights.tax_permille)
    bool refuse; // beyond it the order is refused; else it needs an approval
};

enum entitlement_kind {
    ENTITLED_CATEGORY, // "tools" means "tools/hand", too
    ENTITLED_PRODUCT,
    ENTITLED_SHIP_TO,
    ENTITLED_PAYMENT_TERMS,
    ENTITLED_COUNT
};

// A deny beats an allow; where one of a kind is allowed, all else of the kind is denied.
struct entitlement {
    enum entitlement_kind kind;
    bool deny;
    struct slice value;
};

// Who has the limits and entitlements: users by number, holders of roles, or units with all below that inherit.
// `unit` bounds rights of users and roles to orders of that unit and below; the root for no bound.
enum rights_subject { RIGHTS_OF_USERS, RIGHTS_OF_ROLES, RIGHTS_OF_UNITS };

struct rights {
    struct slice id;
    enum rights_subject subject;
    const struct slice *names; // user numbers, role names or unit names ("" for the whole company)
    size_t name_count;
    const struct unit *unit;
    const struct limit *limits; // of one kind of subject all that apply count: the strictest wins
    size_t limit_count;
    const struct entitlement *entitlements;
    size_t entitlement_count;
};

// --- Cost centres and delegations

struct cost_centre {
    struct slice code, title;
    const struct unit *unit;          // that it belongs to; the root where none is named
    const struct cost_centre *parent; // NULL for none
    const struct user *owner;         // NULL for none
};

// `from` has himself stood in for by `to`, within the scope. Resolve it when a task is assigned and again when it
// is acted on; a chain of delegations may be a circle, so walk it with a bound. By the user's number, `from` first.
struct delegation {
    struct slice id;
    const struct user *from, *to;
    const struct unit *unit;  // orders of that unit and below; the root for all
    struct slice cost_centre; // orders charged to it; empty for all
    bool has_amount;          // orders up to `amount` only
    int64_t amount;
    bool passes_on;               // `to` may have himself stood in for in turn
    int64_t valid_from, valid_to; // INT64_MIN and INT64_MAX where open
};

// --- The whole

struct circuit;          // handlers/approval/circuit.h
struct working_calendar; // handlers/approval/circuit.h

struct company {
    struct arena *arena; // all of it lies here
    struct slice account, currency;
    int exponent; // of the currency
    int64_t version;
    int64_t since, until; // the company is this one at `since` <= now < `until`

    const struct unit *root;
    const struct unit **units; // without the root, by name
    size_t unit_count;
    const struct user **users; // by number; inactive ones, too
    size_t user_count;
    const struct rights **rights; // by id
    size_t rights_count;
    bool counts_periods;                     // some limit is for a period
    const struct cost_centre **cost_centres; // by code
    size_t cost_centre_count;
    const struct delegation **delegations; // by from's number, then id
    size_t delegation_count;

    // circuits' own
    struct circuit **circuits; // in order of their precedence
    size_t circuit_count;
    struct working_calendar **calendars;
    size_t calendar_count;

    // handlers/company/company_parts.h: of what stands above, by name
    struct index unit_index, user_index, cost_centre_index, holder_index, rights_index;
};

// The company of an order's account, NULL for none: then the simple rules count.
const struct company *trade_company(const struct trade *trade, struct slice account);

// NULL where nothing of that name is in force. The empty name is the root.
const struct unit *company_unit(const struct company *company, struct slice name);
// By number, else by mail address without regard to case.
const struct user *company_user(const struct company *company, struct slice name);
const struct cost_centre *company_cost_centre(const struct company *company, struct slice code);

// True where `unit` is `above` or lies under it, whatever is inherited.
bool unit_within(const struct unit *unit, const struct unit *above);
// True where what is given in `above` holds in `unit`: it lies within, and no unit on the way cuts inheritance.
bool unit_inherits_from(const struct unit *unit, const struct unit *above);

// True where the user is active and has the role in the unit, given there or inherited.
bool company_has_role(const struct company *company, const struct user *user, const struct unit *unit,
                      enum role role);
// The active users that were given the role in this very unit, by number; nobody inherits here, so that a caller
// who climbs finds the nearest ones first. Users without any role count for the root. `arena` holds the array.
size_t company_holders(const struct company *company, const struct unit *unit, enum role role,
                       struct arena *arena, const struct user ***users);
// The user's manager `levels` up (1: his own), NULL where there is none or he is unknown. Managers form no circle.
const struct user *company_manager(const struct company *company, const struct user *user, int levels);
// The unit that a user orders for where his order names none: that of his first role, else the root.
const struct unit *company_home(const struct company *company, const struct user *user);

// The unit of an order: the one it names, else its user's home. NULL where it names one that is not in force (then
// the rights stage refuses the order) or the account has no company.
const struct unit *company_order_unit(const struct company *company, const struct order *order);

// --- For those who compile a part of a company

// Reads the company of an account that was locked or gathered at `version`, as of `now_us`. Every part (units, people,
// rights ...; circuits by circuit_load) reads its rows by one statement and calls company_dated for each of them.
bool company_load(struct db *db, struct slice account, int64_t version, int64_t now_us,
                  struct company **company, struct error *error);
// True where the row is in force at `now_us`; narrows `since` and `until` to where that stays so. An open end is
// INT64_MIN or INT64_MAX.
bool company_dated(struct company *company, int64_t now_us, int64_t valid_from, int64_t valid_to);

// Says that the batch stores a fact about the account's company: with the batch's apply the account gets a version
// that it never had, whoever calls it how often, under the lock that handlers/credit/credit.c takes of the account's row.
// Call it from decide, for an account that is known (company_known) and was asked for (company_ask).
void company_touch(struct batch *batch, struct slice account);
// True where the account is known: stored, or brought by this very batch. For decide, under the lock; say which
// accounts by company_ask in gather.
bool company_known(const struct trade *trade, struct slice account);
// Has the account's row locked and its company gathered with the batch. For gather, between company's and validate's.
void company_ask(struct batch *batch, struct slice account);

// For validate's gather, behind the accounts: the companies of the batch's orders and of those asked for.
bool company_gather(struct batch *batch, struct db *db, struct error *error);
// For the lock of the accounts' rows, behind it: every company is still what was gathered, or ERROR_UNAVAILABLE.
bool company_locked(const struct trade *trade, struct error *error);
