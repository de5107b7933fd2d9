"""A database's address as it may be shown: without a password, in whatever form it was given.

A password may stand before the host, among the parameters, with or without percent signs; drivers repeat parts of an
address in what they raise. So what is said of a database goes through `without_secrets`.
"""

import re
from urllib.parse import quote, quote_plus, unquote, unquote_plus

HIDDEN = "***"

_SECRET_NAME = r"[a-z_]*(?:pass(?:word|wd)?|pwd|secret|token)[a-z_]*"
_USER = re.compile(r"^[^/?#]*://[^/?#]*?:(?P<secret>.*)@", re.DOTALL)
_PARAMETER = re.compile(rf"(?P<name>\b{_SECRET_NAME})(?P<is>\s*=\s*)(?P<secret>'[^']*'|[^&;#\s'\"]+)", re.IGNORECASE)


def shown(url: str) -> str:
    """The address without its passwords.

    >>> shown("postgresql://ann:tulip@lab/ranp?sslmode=require&password=rose")
    'postgresql://ann:***@lab/ranp?sslmode=require&password=***'
    """
    user = _USER.match(url)
    without = url if user is None else url[: user.start("secret")] + HIDDEN + url[user.end("secret") :]
    return _hide_parameters(without)


def without_secrets(text: str, url: str) -> str:
    """The text with every form of the address's passwords hidden.

    >>> without_secrets("no user 'ann' with 'a rose'", "postgresql://ann:a%20rose@lab/ranp")
    "no user 'ann' with '***'"
    """
    forms = {form for secret in _secrets(url) for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return _hide_parameters(text)


def _secrets(url: str) -> list[str]:
    user = _USER.match(url)
    found = [] if user is None else [user["secret"]]
    found += [match["secret"].strip("'") for match in _PARAMETER.finditer(url)]
    return [secret for secret in found if secret]


def _forms(secret: str) -> set[str]:
    """As it stands, decoded, and encoded anew; and the parts of one that an unquoted mark has torn apart."""
    plain = {secret, unquote(secret), unquote_plus(secret)}
    torn = {part for whole in plain for part in re.split(r"[@:/?#]", whole) if len(part) > 2}
    return {
        form
        for each in plain | torn
        for form in (each, quote(each), quote(each, safe=""), quote_plus(each), repr(each)[1:-1])
    }


def _hide_parameters(text: str) -> str:
    return _PARAMETER.sub(rf"\g<name>\g<is>{HIDDEN}", text)
