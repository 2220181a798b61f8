# SPDX-License-Identifier: Apache-2.0
"""Two daemons race for one credit limit: the orders of many accounts, on all partitions, whose payers share a limit
and a corporate parent; some of the accounts have a budget. Nothing may be granted past a limit or charged past a budget,
not even for a moment, and in the end nobody waits where there is room for him."""
import documents as make
from harness.process import wait_for
from trade import equal, send, set_up, slow

ACCOUNTS, PAYERS, PRICE = 12, 3, 10

# The database itself looks at the end of each transaction that has raised an exposure, when the locks still stand.
WATCH = """
CREATE FUNCTION watch_limit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE most bigint; total bigint;
BEGIN
    SELECT credit_limit, exposure INTO most, total FROM account WHERE account = NEW.account;
    IF total > most THEN
        RAISE EXCEPTION 'payer % owes %, his limit is %', NEW.account, total, most;
    END IF;
    SELECT p.credit_limit, p.exposure + (SELECT sum(c.exposure) FROM account c WHERE c.credit_parent = p.account)
        INTO most, total FROM account p WHERE p.account = NEW.credit_parent;
    IF total > most THEN
        RAISE EXCEPTION 'the group of % owes %, its limit is %', NEW.credit_parent, total, most;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER watch_limit AFTER UPDATE OF exposure ON account DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.exposure > OLD.exposure) EXECUTE FUNCTION watch_limit();
CREATE FUNCTION watch_budget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.committed + NEW.actual > (SELECT amount + NEW.transferred FROM budget
            WHERE account = NEW.account AND budget = NEW.budget) THEN
        RAISE EXCEPTION 'budget % of % is charged %', NEW.budget, NEW.account, NEW.committed + NEW.actual;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER watch_budget AFTER INSERT OR UPDATE ON budget_period DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION watch_budget()
"""

# Orders that credit alone holds, though both the payer and his parent have room.
FORGOTTEN = """
SELECT count(*) FROM sales_order o JOIN order_hold h ON h.account = o.account AND h.order_id = o.id AND h.kind = 'credit'
    AND h.released_at IS NULL JOIN account a ON a.account = o.payer JOIN account p ON p.account = a.credit_parent
WHERE o.state = 1 AND a.exposure + o.total <= a.credit_limit
    AND p.exposure + (SELECT sum(c.exposure) FROM account c WHERE c.credit_parent = p.account) + o.total <= p.credit_limit
"""


def facts(limit, group):
    parent = make.account("GROUP", credit_limit=group)
    payers = [make.account(f"PAYER{i}", credit_limit=limit) for i in range(PAYERS)]
    buyers = [make.account(f"RACE{i}", payer=f"PAYER{i % PAYERS}") for i in range(ACCOUNTS)]
    terms = [make.credit_terms(f"PAYER{i}", parent="GROUP") for i in range(PAYERS)]
    budgets = [make.budget(f"RACE{i}", "B", amount=group // 20) for i in range(2)]
    return [parent, *payers, *buyers], terms, budgets


def race(site, count):
    wanted = count * 4 * PRICE                                # what all orders come to, or nearly
    limit, group = wanted // 8, wanted // 5                   # the payers' limits together pass the group's
    first = site.daemon("a")
    site.daemon("b")
    set_up(site)
    accounts, terms, budgets = facts(limit, group)
    site.topics.send("erp", *accounts)
    site.topics.flush()
    wait_for("the accounts are there", lambda: site.value("SELECT count(*) FROM account WHERE account ~ "
             "'^(RACE|PAYER|GROUP)'") == str(len(accounts)), 60)
    site.topics.send("erp", *terms, *budgets)
    site.topics.flush()
    wait_for("the terms are there", lambda: site.value("SELECT concat_ws('|', (SELECT count(*) FROM credit_terms), "
             "(SELECT count(*) FROM budget))") == f"{PAYERS}|{len(budgets)}", 60)
    site.query(WATCH)
    orders = [make.order(f"RACE{n % ACCOUNTS}", f"N{n:05}", [make.line(1, "P-1", 1 + n % 7)]) for n in range(count)]
    send(site, *orders[:count // 2])
    # Payments come in between, so that held orders look again while new ones come.
    payments = [make.payment(f"Z{n}", f"PAYER{n % PAYERS}", 7 * PRICE) for n in range(count // 50)]
    site.topics.send("erp", *payments)
    send(site, *orders[count // 2:])
    wait_for(f"all {count} orders are decided", lambda: site.value("SELECT count(*) FROM sales_order") == str(count), 300)
    wait_for("nobody waits where there is room", lambda: site.value(FORGOTTEN) == "0", 120)
    accepted, held = (int(site.value(f"SELECT count(*) FROM sales_order WHERE state = {state}")) for state in (2, 1))
    equal("accepted and held", accepted + held, count)
    equal("there was a race", accepted > count // 20 and held > count // 20, True)
    shards = int(site.value("SELECT count(DISTINCT id >> 40) FROM sales_order WHERE state = 2"))
    equal("more than one shard was granted credit", shards > 1, True)
    site.query("DROP TRIGGER watch_limit ON account; DROP TRIGGER watch_budget ON budget_period")
    by_budget = int(site.value("SELECT count(*) FROM order_hold WHERE kind = 'budget' AND released_at IS NULL"))
    equal("budgets have held orders, and charged some", by_budget > 0
          and site.value("SELECT count(*) FROM budget_period WHERE committed > 0") == str(len(budgets)), True)
    equal("past a ceiling", site.value("SELECT count(*) FROM exposure_entry WHERE counted > ceiling"), "0")
    site.ctl("verify", "--topics", daemon=first, seconds=300)
    return accepted, held


def test_two_instances_and_one_limit(site):
    race(site, 800)


def test_two_instances_and_one_payers_cash(site):
    """Prepaid orders of many accounts, whose payer's cash is enough for some of them: none is let through by cash that
    another one has, and none waits where cash is left."""
    count = 400
    first = site.daemon("a")
    site.daemon("b")
    set_up(site)
    buyers = [make.account(f"RACE{i}", payer="PAYER") for i in range(ACCOUNTS)]
    site.topics.send("erp", make.account("PAYER"), *buyers, *[make.prepaid_terms(f"RACE{i}") for i in range(ACCOUNTS)])
    site.topics.flush()
    wait_for("the terms are there", lambda: site.value("SELECT count(*) FROM payment_terms") == str(ACCOUNTS), 60)
    orders = [make.order(f"RACE{n % ACCOUNTS}", f"N{n:05}", [make.line(1, "P-1", 1 + n % 7)]) for n in range(count)]
    payments = [make.payment(f"Z{n}", "PAYER", 20 * PRICE) for n in range(count // 10)]
    send(site, *orders[:count // 2])
    site.topics.send("erp", *payments)
    send(site, *orders[count // 2:])
    wait_for(f"all {count} orders are decided", lambda: site.value("SELECT count(*) FROM sales_order") == str(count), 300)
    waiting = ("SELECT count(*) FROM sales_order o, prepaid_cash p WHERE o.state = 1 AND p.account = 'PAYER' "
               "AND p.taken + o.total <= p.cash")
    wait_for("all payments are booked", lambda: site.value("SELECT count(*) FROM credit_cash") == str(len(payments)), 60)
    wait_for("nobody waits where there is cash", lambda: site.value(waiting) == "0", 120)
    accepted, held = (int(site.value(f"SELECT count(*) FROM sales_order WHERE state = {state}")) for state in (2, 1))
    equal("accepted and held", accepted + held, count)
    equal("there was a race", accepted > count // 20 and held > count // 20, True)
    equal("more than one shard was granted cash",
          int(site.value("SELECT count(DISTINCT id >> 40) FROM sales_order WHERE state = 2")) > 1, True)
    equal("more is taken than was paid", site.value("SELECT taken > cash FROM prepaid_cash WHERE account = 'PAYER'"), "f")
    equal("what is accepted is what is taken", site.value("SELECT sum(o.total) = (SELECT taken FROM prepaid_cash WHERE "
          "account = 'PAYER') FROM sales_order o WHERE o.state = 2"), "t")
    site.ctl("verify", "--topics", daemon=first, seconds=300)


@slow
def test_ten_thousand_orders_and_one_limit(site):
    race(site, 10000)
