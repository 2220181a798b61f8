# SPDX-License-Identifier: Apache-2.0
"""Makes canonical documents: pairs of a schema's name and a dict with the schema's fields."""
import datetime
import decimal

UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def number(value):
    return None if value is None else decimal.Decimal(str(value))


def day(text):
    return None if text is None else datetime.date.fromisoformat(text)


def account(account, name="", status="open", currency="EUR", credit_limit=None, order_limit=None, approver="",
            payer="", site="MAIN", gln="", parts=()):
    return "Account", {
        "account": account, "name": name or f"Buyer {account}", "status": status, "payer": payer,
        "currency": currency, "credit_limit": number(credit_limit), "order_limit": number(order_limit),
        "approver": approver, "site": site, "gln": gln,
        "parts": [{"buyer_part": buyer, "product": product} for buyer, product in parts]}


def user(account, user, status="active", may_order=True, may_approve=False, order_limit=None, approver="", mail=""):
    return "User", {
        "account": account, "user": user, "name": f"User {user}", "mail": mail, "status": status,
        "may_order": may_order, "may_approve": may_approve, "order_limit": number(order_limit), "approver": approver}


def product(product, description="", gtin="", status="active", unit="C62", units=()):
    return "Product", {
        "product": product, "description": description or f"Product {product}", "gtin": gtin, "status": status,
        "unit": unit, "units": [{"unit": name, "factor": number(factor)} for name, factor in units]}


def price(product, unit_price, account="", currency="EUR", unit="C62", valid_from="2020-01-01", valid_to=None,
          basis=1, scales=None):
    steps = scales or [(0, unit_price)]
    return "Price", {
        "product": product, "account": account, "currency": currency, "unit": unit, "valid_from": day(valid_from),
        "valid_to": day(valid_to), "price_basis": number(basis), "deleted": False,
        "scales": [{"from_quantity": number(least), "unit_price": number(step)} for least, step in steps]}


def stock(product, on_hand, site="MAIN", counted_at=NOW):
    return "StockLevel", {"product": product, "site": site, "on_hand": number(on_hand), "counted_at": counted_at}


def payment(payment, account, amount, currency="EUR"):
    return "Payment", {"payment": payment, "account": account, "currency": currency, "amount": number(amount),
                       "booked_at": NOW, "reference": ""}


def budget(account, budget, amount, currency="EUR", period="year"):
    return "Budget", {"account": account, "budget": budget, "currency": currency, "period": period,
                      "amount": number(amount)}


def prepaid_terms(account, terms="PRE"):
    return "PaymentTerms", {"terms": terms, "account": account, "form": "prepaid", "standard": True}


def credit_terms(account, parent="", **terms):
    return "CreditTerms", {"account": account, "parent": parent, **terms}


def line(number_text, part, quantity, unit="C62", unit_price=None, amount=None, buyer_part="", gtin=""):
    return {"number": str(number_text), "seller_part": part, "buyer_part": buyer_part, "gtin": gtin,
            "description": "", "quantity": number(quantity), "unit": unit, "unit_price": number(unit_price),
            "price_basis": None, "amount": number(amount), "requested_date": None, "note": ""}


def order(account, order_number, lines, user="", currency="EUR", total=None, version=1, release="", test=False):
    return "PurchaseOrder", {
        "account": account, "order_number": order_number, "release": release, "version": version, "user": user,
        "ordered_at": NOW, "requested_date": None, "currency": currency, "ship_to": "", "total": number(total),
        "note": "", "channel": "", "partner": "", "reply_reference": "", "test": test, "lines": list(lines)}


def decision(account, order_id, decision, actor, reason=""):
    return "ApprovalDecision", {
        "account": account, "order_id": order_id, "task_id": "", "decision": decision, "actor": actor,
        "reason": reason, "decided_at": NOW, "content_hash": ""}
