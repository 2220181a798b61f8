// SPDX-License-Identifier: Apache-2.0
// The checks that are one query each. A query gives a sentence for every fault, and nothing while all is
// well. schemas/sql says beside each table what holds there.
#include "ctl/verify.h"

#include <inttypes.h>

struct check {
    enum invariant invariant;
    const char *sql;
};

// How many there are, and the first few.
#define FAULTS(query) "SELECT count(*) OVER (), fault FROM (" query ") AS broken(fault) LIMIT 5"
#define ORDER_OF(id) "((" id ") >> 40) || '-' || ((" id ") & ((1::bigint << 40) - 1))"

static const struct check checks[] = {
    { INVARIANT_OUTCOME,
      FAULTS("SELECT 'record ' || o.shard || '-' || o.\"offset\" || ' has an outcome of kind ' || o.kind"
             " FROM outcome o WHERE o.kind NOT BETWEEN 1 AND 6") },
    { INVARIANT_OUTCOME,
      FAULTS("SELECT 'record ' || o.shard || '-' || o.\"offset\" || ' has an outcome, but its shard ' ||"
             " CASE WHEN s.id IS NULL THEN 'is unknown' WHEN s.partition < 0 THEN 'consumes nothing'"
             " ELSE 'stands at ' || s.next_offset END FROM outcome o LEFT JOIN shard s ON s.id = o.shard"
             " WHERE s.id IS NULL OR s.partition < 0 OR o.\"offset\" >= s.next_offset") },
    { INVARIANT_OUTCOME,
      FAULTS(
          "SELECT 'record ' || COALESCE(o.shard, d.shard) || '-' || COALESCE(o.\"offset\", d.\"offset\") ||"
          " CASE WHEN d.shard IS NULL THEN ' is parked but not in dead_letter'"
          " ELSE ' is in dead_letter but not parked' END"
          " FROM (SELECT shard, \"offset\" FROM outcome WHERE kind = 5) o FULL JOIN dead_letter d"
          " ON d.shard = o.shard AND d.\"offset\" = o.\"offset\""
          " WHERE o.shard IS NULL OR d.shard IS NULL") },
    { INVARIANT_OUTCOME,
      FAULTS("SELECT 'record ' || u.shard || '-' || u.\"offset\" || ' was decided as order ' ||"
             " " ORDER_OF("u.order_id") " || ', which is not there' FROM outcome u"
                                        " LEFT JOIN sales_order o ON o.id = u.order_id WHERE u.kind IN (1, "
                                        "2, 4) AND u.order_id <> 0"
                                        " AND o.id IS NULL") },
    { INVARIANT_OUTCOME, FAULTS("SELECT 'order ' || " ORDER_OF(
                             "o.id") " || ' of account ' || o.account ||"
                                     " ' is there, but the record that it came by has outcome ' || "
                                     "COALESCE(u.kind::text, 'none') FROM"
                                     " sales_order o LEFT JOIN outcome u ON u.shard = (o.id >> 40)::integer"
                                     " AND u.\"offset\" = (o.id & ((1::bigint << 40) - 1))"
                                     " WHERE u.kind IS NULL OR u.kind NOT IN (1, 2) OR u.order_id <> o.id") },

    { INVARIANT_STOCK,
      FAULTS("SELECT 'product ' || COALESCE(s.product, r.product) || ' at ' || COALESCE(s.site, r.site) ||"
             " ': reserved ' || COALESCE(s.reserved, 0) || ', open reservations ' || COALESCE(r.sum, 0) ||"
             " ' (millionths)' FROM stock s FULL JOIN (SELECT product, site, sum(quantity) AS sum FROM "
             "reservation"
             " WHERE closed_at IS NULL GROUP BY product, site) r ON r.product = s.product AND r.site = s.site"
             " WHERE COALESCE(s.reserved, 0) <> COALESCE(r.sum, 0)") },
    { INVARIANT_STOCK, FAULTS("SELECT 'product ' || product || ' at ' || site || ': reserved ' || reserved "
                              "|| ' of ' || on_hand ||"
                              " ' with a shortfall of ' || shortfall || ' (millionths)' FROM stock"
                              " WHERE reserved > on_hand + shortfall") },
    { INVARIANT_STOCK,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "r.order_id") " || ' line ' || r.position || ' has reserved stock but '"
                        " || CASE WHEN o.id IS NULL THEN 'is unknown' WHEN l.position IS NULL THEN 'has no "
                        "such line'"
                        " WHEN o.test THEN 'is a test' ELSE 'is not accepted' END FROM reservation r"
                        " LEFT JOIN sales_order o ON o.account = r.account AND o.id = r.order_id"
                        " LEFT JOIN order_line l ON l.account = r.account AND l.order_id = r.order_id"
                        " AND l.position = r.position"
                        " WHERE o.id IS NULL OR l.position IS NULL OR o.test OR (o.state <> 2 AND "
                        "r.closed_at IS NULL"
                        " AND NOT (o.state = 1 AND o.first_hash <> ''))") },
    { INVARIANT_STOCK,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "l.order_id") " || ' line ' || l.position || ': wanted ' ||"
                        " l.base_quantity || ', reserved ' || COALESCE(r.sum, 0) || ', waiting ' || "
                        "l.waiting || ', closed ' || COALESCE(c.base_quantity, 0) ||"
                        " ' (millionths)' FROM order_line l JOIN sales_order o ON o.account = l.account AND "
                        "o.id = l.order_id"
                        " LEFT JOIN (SELECT account, order_id, position, sum(quantity) AS sum FROM "
                        "reservation"
                        " GROUP BY account, order_id, position) r"
                        " ON r.account = l.account AND r.order_id = l.order_id AND r.position = l.position"
                        " LEFT JOIN line_closing c ON c.account = l.account AND c.order_id = l.order_id"
                        " AND c.position = l.position"
                        " WHERE o.state = 2 AND NOT o.test AND NOT l.rejected"
                        " AND COALESCE(r.sum, 0) + l.waiting + COALESCE(c.base_quantity, 0) <> "
                        "l.base_quantity") },
    { INVARIANT_STOCK,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "s.order_id") " || ' line ' || s.position || ': shipped ' || s.sum || ', closed reservations ' ||"
                        " COALESCE(r.sum, 0) || ' (millionths)' FROM (SELECT x.account, x.order_id, "
                        "x.position,"
                        " sum(x.base_quantity) AS sum FROM shipment_line x JOIN shipment y ON y.account = "
                        "x.account"
                        " AND y.shipment = x.shipment AND y.event_seq > 0 GROUP BY 1, 2, 3) s LEFT JOIN"
                        " (SELECT account, order_id, position, sum(quantity) AS sum FROM reservation"
                        " WHERE closed_at IS NOT NULL GROUP BY 1, 2, 3) r ON r.account = s.account"
                        " AND r.order_id = s.order_id AND r.position = s.position"
                        " WHERE s.sum <> COALESCE(r.sum, 0)") },
    { INVARIANT_STOCK, FAULTS("SELECT 'order ' || " ORDER_OF(
                           "p.order_id") " || ' line ' || p.position || ': ordered ' || p.quantity || ', "
                                         "shipped ' || p.shipped ||"
                                         " ', billed ' || p.invoiced || ' (millionths)' FROM order_progress p"
                                         " WHERE p.shipped > p.quantity OR p.invoiced > p.quantity") },

    { INVARIANT_EXPOSURE,
      FAULTS(
          "SELECT 'account ' || COALESCE(a.account, e.payer) || ': exposure ' || COALESCE(a.exposure::text,"
          " 'none') || ', ledger ' || COALESCE(e.sum, 0) || ' (minor units)' FROM account a FULL JOIN"
          " (SELECT payer, sum(amount) AS sum FROM exposure_entry GROUP BY payer) e ON e.payer = a.account"
          " WHERE a.account IS NULL OR a.exposure <> COALESCE(e.sum, 0)") },
    { INVARIANT_EXPOSURE,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "o.id") " || ' (state ' || o.state || '): booked ' || o.booked || ' at rate ' || o.credit_rate ||"
                  " ', ledger ' || COALESCE(sum(e.amount), 0) || ', total ' || o.total || ' (minor units)'"
                  " FROM sales_order o LEFT JOIN exposure_entry e ON e.order_id = o.id"
                  " GROUP BY o.account, o.id, o.booked, o.state, o.test, o.total, o.credit_rate"
                  " HAVING comptoir_convert(o.booked, o.credit_rate) <> COALESCE(sum(e.amount), 0)"
                  " OR (o.state = 2 AND NOT o.test AND o.booked <> o.total)"
                  " OR (o.state IN (3, 4) AND o.booked <> 0)") },
    { INVARIANT_EXPOSURE,
      FAULTS(
          "SELECT 'account ' || a.account || ': exposure ' || a.exposure || ', buckets ' || b.sum ||"
          " ' (minor units)' FROM account a JOIN (SELECT account, ordered + shipped + due_later + overdue +"
          " disputed + cash AS sum FROM credit_bucket) b ON b.account = a.account"
          " WHERE a.exposure <> b.sum") },
    { INVARIANT_EXPOSURE,
      FAULTS("SELECT 'ledger entry ' || source || ' of payer ' || payer || ' was granted at ' || counted ||"
             " ', past the ceiling of ' || ceiling || ' (minor units), and nobody has let it pass'"
             " FROM exposure_entry WHERE amount > 0 AND counted > ceiling AND override = ''") },
    { INVARIANT_EXPOSURE,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "o.id") " || ': prepaid ' || o.prepaid || ', its terms are ' || t.rule"
                  " FROM sales_order o JOIN order_terms t ON t.account = o.account AND t.order_id = o.id"
                  " WHERE o.prepaid <> (t.rule LIKE 'prepaid%')") },
    { INVARIANT_EXPOSURE,
      FAULTS(
          "SELECT 'invoice ' || i.invoice || ' of payer ' || i.payer || ': paid ' || i.paid ||"
          " ', allocated ' || COALESCE(a.sum, 0) || ' (minor units)' FROM open_item i LEFT JOIN"
          " (SELECT payer, invoice, instalment, sum(amount) AS sum FROM cash_allocation GROUP BY 1, 2, 3) a"
          " ON a.payer = i.payer AND a.invoice = i.invoice AND a.instalment = i.instalment"
          " WHERE i.paid <> COALESCE(a.sum, 0)") },
    { INVARIANT_EXPOSURE,
      FAULTS("SELECT c.source || ' of payer ' || c.payer || ': allocated ' || c.allocated || ', pays ' ||"
             " COALESCE(a.sum, 0) || ' (minor units)' FROM credit_cash c LEFT JOIN (SELECT payer, source,"
             " sum(amount) AS sum FROM cash_allocation GROUP BY 1, 2) a ON a.payer = c.payer"
             " AND a.source = c.source WHERE c.allocated <> COALESCE(a.sum, 0)") },
    { INVARIANT_EXPOSURE,
      FAULTS("SELECT 'account ' || t.account || ' has credit parent ' || t.parent || ', its row says ' ||"
             " COALESCE(a.credit_parent, 'nothing') FROM credit_terms t LEFT JOIN account a"
             " ON a.account = t.account LEFT JOIN account p ON p.account = t.parent"
             " WHERE a.credit_parent IS DISTINCT FROM t.parent OR NOT a.has_credit_terms"
             " OR (t.parent <> '' AND (p.is_credit_parent IS NOT TRUE OR p.credit_parent <> ''))") },
    { INVARIANT_EXPOSURE,
      FAULTS(
          "SELECT 'ledger entry ' || e.source || ' of payer ' || e.payer || ' speaks of an order that is not"
          " there' FROM exposure_entry e LEFT JOIN sales_order o ON o.account = e.account AND o.id = "
          "e.order_id"
          " WHERE e.order_id <> 0 AND o.id IS NULL") },

    { INVARIANT_EXPOSURE,
      FAULTS("SELECT 'invoice ' || i.invoice || ': gross ' || i.gross || ' for a booked ' || l.taken || ', "
             "ledger ' ||"
             " COALESCE(e.amount::text, 'none') || ' (minor units)' FROM invoice i JOIN (SELECT account, "
             "invoice,"
             " sum(taken)::bigint AS taken FROM invoice_line GROUP BY 1, 2) l ON l.account = i.account"
             " AND l.invoice = i.invoice LEFT JOIN exposure_entry e ON e.payer = i.payer"
             " AND e.source = 'invoice/' || i.invoice WHERE e.amount IS DISTINCT FROM i.gross - l.taken"
             " AND NOT EXISTS (SELECT FROM open_item x WHERE x.payer = i.payer AND x.invoice = i.invoice"
             " AND x.rate <> 0)") },
    { INVARIANT_EXPOSURE,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "p.order_id") " || ' line ' || p.position || ': of ' || p.amount || ' are ordered ' || "
                        "p.ordered_amount ||"
                        " ', shipped ' || p.shipped_amount || ', billed ' || p.billed || ', closed ' ||"
                        " p.closed_amount || ' (minor units)' FROM order_progress p JOIN sales_order o"
                        " ON o.account = p.account AND o.id = p.order_id WHERE o.state = 2 AND NOT p.rejected"
                        " AND (p.ordered_amount < 0 OR p.shipped_amount < 0 OR p.ordered_amount + "
                        "p.shipped_amount"
                        " + p.billed + p.closed_amount <> p.amount)") },

    { INVARIANT_EXPOSURE,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "o.id") " || ': total ' || o.total || ', due by its terms ' || COALESCE(sum(d.amount), 0) ||"
                  " ' (minor units)' FROM sales_order o JOIN order_terms t ON t.account = o.account AND "
                  "t.order_id = o.id"
                  " LEFT JOIN order_due d ON d.account = o.account AND d.order_id = o.id WHERE o.state = 2"
                  " GROUP BY o.account, o.id, o.total HAVING o.total <> COALESCE(sum(d.amount), 0)") },
    { INVARIANT_EXPOSURE,
      FAULTS("SELECT 'invoice ' || i.invoice || ': gross ' || i.gross || ', due ' || sum(d.amount) ||"
             " ' (minor units)' FROM invoice i JOIN invoice_due d ON d.account = i.account"
             " AND d.invoice = i.invoice GROUP BY i.account, i.invoice, i.gross HAVING i.gross <> "
             "sum(d.amount)") },

    { INVARIANT_BUDGETS,
      FAULTS("SELECT 'account ' || account || ': what ' || name || ' has ordered on ' || day || ' is counted "
             "as ' ||"
             " COALESCE(s.amount, 0) || ', its orders count for ' || COALESCE(o.sum, 0) || ' (minor units)'"
             " FROM spending s FULL JOIN (SELECT account, of_unit, name, unit, cost_centre, day, "
             "sum(amount)::bigint"
             " AS sum FROM order_spending GROUP BY 1, 2, 3, 4, 5, 6) o"
             " USING (account, of_unit, name, unit, cost_centre, day)"
             " WHERE COALESCE(s.amount, 0) <> COALESCE(o.sum, 0)") },
    { INVARIANT_BUDGETS,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "s.order_id") " || ' of account ' || s.account || ' counts for ' ||"
                        " s.amount || ' of ' || s.name || ', but it is refused or cancelled' FROM "
                        "order_spending s"
                        " JOIN sales_order o ON o.account = s.account AND o.id = s.order_id"
                        " WHERE s.amount <> 0 AND o.state NOT IN (1, 2)") },
    { INVARIANT_APPROVAL,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "o.id") " || ' was accepted without the approval that it needed'"
                  " FROM sales_order o WHERE o.state = 2 AND o.approval_hash <> '' AND NOT EXISTS"
                  " (SELECT FROM approval_task t WHERE t.account = o.account AND t.order_id = o.id"
                  " AND t.state = 'approved' AND t.content_hash = o.approval_hash)") },
    { INVARIANT_APPROVAL,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "o.id") " || ' was accepted, but its approval task ' || t.task_id || ' is ' || t.state"
                  " FROM sales_order o JOIN approval_task t ON t.account = o.account AND t.order_id = o.id"
                  " AND t.content_hash = o.approval_hash WHERE o.state = 2"
                  " AND t.state NOT IN ('approved', 'withdrawn')") },
    { INVARIANT_APPROVAL,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "o.id") " || CASE WHEN o.state = 1 THEN ' is held by nothing'"
                  " ELSE ' is decided but has an open hold' END FROM sales_order o WHERE (o.state = 1) <> "
                  "EXISTS"
                  " (SELECT FROM order_hold h WHERE h.account = o.account AND h.order_id = o.id"
                  " AND h.released_at IS NULL)") },
    { INVARIANT_APPROVAL,
      FAULTS("SELECT 'approval task ' || t.task_id || ' is ' || t.state || CASE WHEN t.decided_by = ''"
             " OR t.state = 'returned' THEN ' though its order is not held' ELSE ' by nobody' END FROM "
             "approval_task t"
             " LEFT JOIN sales_order o ON o.account = t.account AND o.id = t.order_id"
             " WHERE (t.state IN ('waiting', 'open', 'returned', 'altering') AND o.state IS DISTINCT FROM 1)"
             " OR (t.state IN ('approved', 'rejected') AND (t.decided_by = '' OR t.decided_at IS NULL))") },
    { INVARIANT_APPROVAL,
      FAULTS("SELECT 'approval task ' || t.task_id || ' was decided by ' || t.decided_by || ', who was not "
             "asked'"
             " FROM approval_task t WHERE t.state IN ('approved', 'rejected') AND t.approver <> ''"
             " AND t.decided_by <> t.approver AND NOT EXISTS (SELECT FROM approval_asked a"
             " WHERE a.account = t.account AND a.order_id = t.order_id AND a.task_id = t.task_id AND"
             " (a.original IN (t.decided_by, t.in_name_of) OR"
             " (a.original LIKE 'seller:%' AND t.decided_by LIKE 'seller:%')))") },

    { INVARIANT_BUDGETS,
      FAULTS(
          "SELECT 'budget ' || budget || ' of account ' || account || ' from ' || period_start || ': "
          "committed ' ||"
          " COALESCE(p.committed::text, 'none') || ', entries ' || COALESCE(e.committed, 0) || ', spent ' ||"
          " COALESCE(p.actual::text, 'none') || ', entries ' || COALESCE(e.actual, 0) || ', moved ' ||"
          " COALESCE(p.transferred::text, 'none') || ', entries ' || COALESCE(e.transferred, 0) ||"
          " ' (minor units)' FROM budget_period p FULL JOIN (SELECT account, budget, period_start,"
          " sum(amount) FILTER (WHERE kind = 'commitment') AS committed,"
          " sum(amount) FILTER (WHERE kind = 'actual') AS actual,"
          " sum(amount) FILTER (WHERE kind = 'transfer') AS transferred FROM budget_entry GROUP BY 1, 2, 3) e"
          " USING (account, budget, period_start) WHERE p.committed IS DISTINCT FROM COALESCE(e.committed, 0)"
          " OR p.actual IS DISTINCT FROM COALESCE(e.actual, 0)"
          " OR p.transferred IS DISTINCT FROM COALESCE(e.transferred, 0)") },
    { INVARIANT_BUDGETS,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "e.order_id") " || CASE WHEN o.id IS NULL THEN ' is unknown' WHEN o.test THEN ' is a test' WHEN "
                        "o.state IN (3, 4)"
                        " THEN ' is refused or cancelled' ELSE ' has less than nothing' END || ', but has "
                        "committed ' ||"
                        " sum(e.amount) || ' of budget ' || e.budget || ' (minor units)' FROM budget_entry e"
                        " LEFT JOIN sales_order o ON o.account = e.account AND o.id = e.order_id"
                        " WHERE e.kind = 'commitment' GROUP BY e.account, e.order_id, e.budget, "
                        "e.period_start, o.id,"
                        " o.test, o.state HAVING sum(e.amount) < 0 OR (sum(e.amount) <> 0 AND (o.id IS NULL "
                        "OR o.test"
                        " OR o.state IN (3, 4)))") },
    // An accepted order has committed of each budget what its lines cost less what is billed and closed; where a line is
    // shared, its shares sum to it, so that only whole lines are compared here.
    { INVARIANT_BUDGETS,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "w.order_id") " || ': of budget ' || w.budget || ' it wants ' || w.amount || ', and has committed "
                        "' ||"
                        " COALESCE(e.amount, 0) || ' (minor units)' FROM (SELECT c.account, c.order_id, "
                        "c.budget,"
                        " c.period_start, sum(l.amount - COALESCE((SELECT x.amount FROM line_closing x WHERE"
                        " x.account = c.account AND x.order_id = c.order_id AND x.position = c.position), 0) "
                        "-"
                        " COALESCE((SELECT sum(i.taken) FROM invoice_line i WHERE i.account = c.account AND"
                        " i.order_id = c.order_id AND i.position = c.position AND i.event_seq > 0), 0)) AS "
                        "amount,"
                        " bool_or(l.splits <> '' OR c.rate <> 0) AS shared FROM order_charge c JOIN "
                        "order_line l"
                        " ON l.account = c.account AND l.order_id = c.order_id AND l.position = c.position"
                        " JOIN sales_order o ON o.account = c.account AND o.id = c.order_id AND o.state = 2"
                        " WHERE NOT l.rejected GROUP BY 1, 2, 3, 4) w LEFT JOIN (SELECT account, order_id, "
                        "budget,"
                        " period_start, sum(amount) AS amount FROM budget_entry WHERE kind = 'commitment'"
                        " GROUP BY 1, 2, 3, 4) e USING (account, order_id, budget, period_start)"
                        " WHERE NOT w.shared AND COALESCE(e.amount, 0) <> w.amount") },

    { INVARIANT_PRICE,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "o.id") " || ': total ' || o.total || ', lines ' || sum(l.amount) ||"
                  " ' (minor units)' FROM sales_order o JOIN order_line l ON l.account = o.account"
                  " AND l.order_id = o.id WHERE o.state = 2 GROUP BY o.account, o.id, o.total"
                  " HAVING o.total <> sum(l.amount)") },
    { INVARIANT_PRICE,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "o.id") " || ' line ' || l.position || ' was accepted without a price'"
                  " FROM sales_order o JOIN order_line l ON l.account = o.account AND l.order_id = o.id"
                  " WHERE o.state = 2 AND NOT l.rejected AND l.trace = ''") },

    { INVARIANT_ANSWER,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "o.id") " || CASE WHEN o.state = 1 THEN ' is held but answered'"
                  " ELSE ' is decided but not answered' END FROM sales_order o WHERE"
                  " CASE WHEN o.state = 1 THEN o.response_seq <> 0 AND NOT EXISTS (SELECT FROM "
                  "order_change c WHERE c.account = o.account AND c.order_id = o.id AND "
                  "c.responded_at IS NULL AND NOT c.refused) ELSE o.response_seq NOT "
                  "BETWEEN 1 AND o.event_seq"
                  " OR o.responded_at IS NULL END") },
    { INVARIANT_ANSWER,
      FAULTS("SELECT 'order ' || " ORDER_OF(
          "o.id") " || ' came by ' || o.channel || ' and is answered, but no"
                  " delivery is queued' FROM sales_order o WHERE o.channel IN ('edifact', 'cxml')"
                  " AND o.response_seq > 0 AND NOT EXISTS (SELECT FROM delivery d"
                  " WHERE d.id = 'ack/' || " ORDER_OF("o.id") ")") },
    { INVARIANT_ANSWER,
      FAULTS("SELECT 'change ' || " ORDER_OF(
          "c.id") " || ' of order number ' || c.order_number || ' is decided but not answered' FROM"
                  " order_change c LEFT JOIN sales_order o ON o.account = c.account AND o.id = c.order_id"
                  " WHERE c.responded_at IS NULL AND (c.refused OR o.state IS DISTINCT FROM 1)") },
    { INVARIANT_ANSWER,
      FAULTS("SELECT 'change ' || " ORDER_OF(
          "c.id") " || ' came by ' || c.channel || ' and is answered, but no delivery is queued' FROM"
                  " order_change c WHERE c.channel IN ('edifact', 'cxml') AND c.responded_at IS NOT NULL"
                  " AND NOT EXISTS (SELECT FROM delivery d WHERE d.id = 'ack/change/' || " ORDER_OF(
                      "c.id") ")") },
    { INVARIANT_OUTCOME,
      FAULTS("SELECT 'change ' || " ORDER_OF(
          "c.id") " || ' is there, but the record that it came by has outcome ' || COALESCE(u.kind::text, "
                  "'none')"
                  " FROM order_change c LEFT JOIN outcome u ON u.shard = (c.id >> 40)::integer"
                  " AND u.\"offset\" = (c.id & ((1::bigint << 40) - 1))"
                  " WHERE u.kind IS NULL OR u.kind NOT IN (1, 2) OR u.order_id <> c.order_id") },
    { INVARIANT_PRICE,
      FAULTS("SELECT 'quotation ' || " ORDER_OF(
          "q.id") " || ': total ' || q.total || ', lines ' || COALESCE(l.sum, 0) ||"
                  " ' (minor units)' FROM quotation q LEFT JOIN (SELECT account, quotation_id, sum(amount) "
                  "AS sum FROM quotation_line WHERE offered GROUP BY 1, 2) l ON l.account = q.account AND "
                  "l.quotation_id = q.id WHERE q.total <> COALESCE(l.sum, 0)") },
    { INVARIANT_PRICE,
      FAULTS("SELECT 'quotation ' || " ORDER_OF(
          "l.quotation_id") " || ' line ' || l.position || ' is offered without a price, or refused with one'"
                            " FROM quotation_line l WHERE l.offered <> (l.trace <> '')") },
    { INVARIANT_OUTCOME,
      FAULTS("SELECT 'quotation ' || " ORDER_OF(
          "q.id") " || ' is there, but the record that it came by has outcome ' || COALESCE(u.kind::text, "
                  "'none')"
                  " FROM quotation q LEFT JOIN outcome u ON u.shard = (q.id >> 40)::integer"
                  " AND u.\"offset\" = (q.id & ((1::bigint << 40) - 1))"
                  " WHERE u.kind IS DISTINCT FROM 1") },
    { INVARIANT_ANSWER,
      FAULTS("SELECT 'quotation ' || " ORDER_OF(
          "q.id") " || ' answers a request that came by ' || q.channel || ', but no delivery is queued' FROM"
                  " quotation q WHERE q.channel = 'edifact'"
                  " AND NOT EXISTS (SELECT FROM delivery d WHERE d.id = 'quote/' || " ORDER_OF("q.id") ")") },
    { INVARIANT_ANSWER,
      FAULTS("SELECT 'catalogue ' || " ORDER_OF(
          "c.catalogue_id") " || ' document ' || c.page || ' is for partner ' || c.partner || ', but no "
                            "delivery "
                            "is queued' FROM catalogue_page c WHERE c.channel = 'edifact'"
                            " AND NOT EXISTS (SELECT FROM delivery d WHERE d.id = 'catalogue/' || " ORDER_OF(
                                "c.catalogue_id") " || '/' || c.page)") },
    { INVARIANT_ANSWER,
      FAULTS("SELECT 'catalogue ' || " ORDER_OF(
          "c.catalogue_id") " || ' has document ' || c.page || ', but not the one before' FROM "
                            "catalogue_page c"
                            " WHERE c.page > 1 AND NOT EXISTS (SELECT FROM catalogue_page p WHERE p.account "
                            "= "
                            "c.account AND p.catalogue_id = c.catalogue_id AND p.page = c.page - 1 AND NOT "
                            "p.last)") },
    { INVARIANT_ANSWER,
      FAULTS("SELECT 'announcement ' || m.message_number || ' of parties is for partner ' || m.partner || ', "
             "but no "
             "delivery is queued' FROM party_message m WHERE m.ours"
             " AND NOT EXISTS (SELECT FROM delivery d WHERE d.id = 'party/' || " ORDER_OF("m.id") ")") },
    { INVARIANT_ANSWER,
      FAULTS("SELECT 'delivery ' || id || ' to ' || partner || ' is delivered, but nobody knows what or when'"
             " FROM delivery WHERE state = 'delivered' AND (bytes IS NULL OR delivered_at IS NULL)") },

    { INVARIANT_OUTBOX,
      FAULTS(
          "SELECT 'shard ' || COALESCE(s.id, o.shard) || ': ' || COALESCE(o.rows, 0) || ' rows from ' ||"
          " COALESCE(o.least::text, '-') || ' to ' || COALESCE(o.most::text, '-') || ', next '"
          " || COALESCE(s.next_seq::text, '-') || ', published to ' || COALESCE(s.relayed_seq::text, '-')"
          " FROM shard s FULL JOIN (SELECT shard, min(seq) AS least, max(seq) AS most, count(*) AS rows"
          " FROM outbox GROUP BY shard) o ON o.shard = s.id WHERE s.id IS NULL OR s.relayed_seq > s.next_seq"
          " OR (o.shard IS NULL AND s.relayed_seq <> s.next_seq)"
          " OR o.rows <> o.most - o.least + 1 OR o.most <> s.next_seq - 1 OR o.least > s.relayed_seq") },
    { INVARIANT_OUTBOX,
      FAULTS("SELECT 'row ' || shard || ':' || seq || ' stands there ' || count(*) || ' times' FROM outbox"
             " GROUP BY shard, seq HAVING count(*) > 1") },
};

static bool run(struct verify *verify, const struct check *check, struct error *error)
{
    struct online *online = &verify->online;
    struct verdict *verdict = &verify->verdicts[check->invariant];
    struct db_rows rows;
    if (!db_query(online->db, online->arena, check->sql, NULL, 0, &rows, error))
        return error_within(error, "checking invariant %d", check->invariant);
    for (size_t i = 0; i < rows.count; i++)
        verdict_fault(verdict, "%.*s", SLICE_ARGS(db_rows_slice(&rows, i, 1)));
    if (rows.count)
        verdict->faults += (size_t)db_rows_number(&rows, 0, 0) - rows.count;
    return true;
}

bool verify_sql(struct verify *verify, struct error *error)
{
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (!run(verify, &checks[i], error))
            return false;
    return true;
}
