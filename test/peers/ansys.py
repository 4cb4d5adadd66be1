"""The official ansys client against the sandbox: one line a row, and exit code 1 if any row is not ok.

usage: ansys.py SANDBOX_JSON   (what `sandbox --json` prints)
"""

import sys

import rows

# This file has the name of the package that it tests.
del sys.path[0]

import datetime
import enum
import json
import logging
import os
import tempfile
import threading
import time
import types
import warnings
import webbrowser

import keyring
import requests
from ansys.openapi.common import (
    ApiClientFactory,
    ApiConnectionException,
    ApiException,
    AuthenticationScheme,
    AuthenticationWarning,
    ModelBase,
    SessionConfiguration,
    Unset,
)
from keyrings.alt.file import PlaintextKeyring
from requests_auth import OAuth2
from requests_auth._errors import AuthenticationFailed, GrantNotProvided, InvalidGrantRequest, TimeoutOccurred

access = json.loads(sys.argv[1])["ansys"]
URL = access["url"]
control = rows.controls(URL)
USER = (access["username"], access["password"])
folder = tempfile.mkdtemp()

# What goes wrong on purpose is no news.
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")


class Browser:
    """Goes where it is sent, and where the answer and the page behind it send it."""

    def open(self, url, new=0):
        def visit():
            page = requests.get(url, timeout=10)
            if "requests_auth_redirect" in page.text:  # what a page's script would do
                requests.get(f"{page.url}&requests_auth_redirect=1", timeout=10)

        threading.Thread(target=visit, daemon=True).start()
        return True


webbrowser.get = lambda *_: Browser()

# A keyring of this run only: that of whoever runs this stays as it is.
store = PlaintextKeyring()
store.file_path = os.path.join(folder, "keyring.cfg")
keyring.set_keyring(store)


def row(name):
    # The client keeps tokens for all its sessions in one place: no row gets those of another.
    return rows.row(name, before=OAuth2.token_cache.clear)


def raises(kind, action, text=""):
    try:
        action()
    except kind as error:
        assert text in str(error), f"{text!r} is not in {error!s}"
        return error
    raise AssertionError(f"{kind} was not raised")


def received():
    """What the sandbox got since the last time."""
    requests_ = control("GET", "received")["requests"]
    control("DELETE", "received")
    return [f"{r['method']} {r['path']} {r['status']}" for r in requests_ if r["system"] == "ansys"]


def factory(path, **options):
    return ApiClientFactory(f"{URL}{path}", SessionConfiguration(temp_folder_path=folder, **options))


# Models, as the client's code generator writes them.


class ItemKind(enum.Enum):
    PART = "part"
    MATERIAL = "material"
    RECORD = "record"


class Item(ModelBase):
    swagger_types = {"id": "int", "name": "str", "kind": "ItemKind", "when": "datetime", "tags": "list[str]", "mass": "float"}
    attribute_map = {name: name for name in swagger_types}

    def __init__(self, *, id=Unset, name=Unset, kind=Unset, when=Unset, tags=Unset, mass=Unset):
        self.id, self.name, self.kind, self.when, self.tags, self.mass = id, name, kind, when, tags, mass

    def get_real_child_model(self, data):
        raise NotImplementedError()


models = types.ModuleType("models")
models.Item, models.ItemKind = Item, ItemKind


def client_of(made):
    client = made.connect()
    client.setup_client(models)
    return client


def call(client, method, path, response_type=None, **options):
    return client.call_api(path, method, response_type=response_type, _return_http_data_only=True, **options)


def items(client):
    return call(client, "GET", "/items", "list[Item]")


# Anonymous


@row("anonymous: connects, and reads models")
def _():
    client = client_of(factory("/anonymous").with_anonymous())
    found = items(client)
    rows.same([(item.id, item.name, item.kind) for item in found][0], (1, "bracket", ItemKind.PART))
    rows.same(found[0].when, datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc))
    rows.same(call(client, "GET", "/items", "list[Item]", query_params={"kind": "material"})[0].name, "Ti-6Al-4V")


@row("anonymous: an API that wants credentials, and one that is not there, are refused")
def _():
    raises(ApiConnectionException, lambda: factory("/basic").with_anonymous(), "401")
    raises(ApiConnectionException, lambda: factory("/nothing").with_anonymous(), "404")


@row("anonymous: adds, reads, replaces and removes an item")
def _():
    client = client_of(factory("/anonymous").with_anonymous())
    added = call(client, "POST", "/items", "Item", body=Item(name="bolt", kind=ItemKind.PART, tags=["m8"], mass=0.5))
    rows.same((added.name, added.tags, added.mass), ("bolt", ["m8"], 0.5))
    at = {"path_params": {"id": added.id}}
    rows.same(call(client, "PUT", "/items/{id}", "Item", body=Item(name="nut"), **at).name, "nut")
    rows.same(call(client, "GET", "/items/{id}", "Item", **at).name, "nut")
    call(client, "DELETE", "/items/{id}", **at)
    error = raises(ApiException, lambda: call(client, "GET", "/items/{id}", "Item", **at))
    rows.same(error.status_code, 404)
    assert "There is no such item" in error.body, error.body


@row("anonymous: an upload arrives, and its download has the name that was asked for")
def _():
    client = client_of(factory("/anonymous").with_anonymous())
    path = os.path.join(folder, "notes.txt")
    with open(path, "w") as file:
        file.write("file body")
    stored = call(client, "POST", "/files", "dict(str, object)", post_params=[("name", "notes")], files={"file": path})
    rows.same((stored["name"], stored["size"]), ("notes", 9))
    got = call(client, "GET", "/files/{id}", "file", path_params={"id": stored["id"]}, query_params={"name": "copy.txt"})
    rows.same(os.path.basename(got), "copy.txt")
    with open(got) as file:
        rows.same(file.read(), "file body")


@row("anonymous: a name with ../ leads out of the folder (its own mistake, which a client has to defend itself against)")
def _():
    client = client_of(factory("/anonymous").with_anonymous())
    inner = os.path.join(folder, "inner")
    os.mkdir(inner)
    client.configuration.temp_folder_path = inner
    got = call(client, "GET", "/files/{id}", "file", path_params={"id": "report"}, query_params={"name": "../escaped.bin"})
    rows.same(os.path.realpath(got), os.path.join(os.path.realpath(folder), "escaped.bin"))


@row("anonymous: a 503 is repeated by the client's own rule, a 403 is raised")
def _():
    client = client_of(factory("/anonymous").with_anonymous())
    control("POST", "faults", {"kind": "status", "status": 503, "path": "/anonymous/items", "times": 2})
    rows.same(len(items(client)), 3)
    control("POST", "faults", {"kind": "status", "status": 403, "path": "/anonymous/items"})
    rows.same(raises(ApiException, lambda: call(client, "GET", "/items/1", "Item")).status_code, 403)


# Credentials


@row("credentials: auto asks first, then takes Basic")
def _():
    received()
    client = client_of(factory("/basic").with_credentials(*USER))
    rows.same(received(), ["GET /basic 401", "GET /basic 200"])
    rows.same(len(items(client)), 3)


@row("credentials: Basic by choice goes unasked; a domain goes before the name")
def _():
    received()
    client_of(factory("/basic").with_credentials(*USER, authentication_scheme=AuthenticationScheme.BASIC))
    rows.same(received(), ["GET /basic 200"])
    client_of(factory("/basic").with_credentials(*USER, domain=access["domain"]))
    raises(ApiConnectionException, lambda: factory("/basic").with_credentials(*USER, domain="OTHER"), "401")


@row("credentials: a wrong password is refused")
def _():
    raises(ApiConnectionException, lambda: factory("/basic").with_credentials("demo", "nope"), "401")


@row("credentials: viewer may read and not write")
def _():
    client = client_of(factory("/basic").with_credentials("viewer", "viewer-password"))
    rows.same(len(items(client)), 3)
    rows.same(raises(ApiException, lambda: call(client, "POST", "/items", "Item", body=Item(name="bolt"))).status_code, 403)


@row("credentials: where nothing is asked for it warns, and goes without")
def _():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client = client_of(factory("/anonymous").with_credentials(*USER))
    assert any(issubclass(warning.category, AuthenticationWarning) for warning in caught), caught
    assert client.rest_client.auth is None


@row("credentials: an API that takes tokens only, and one that is not there, are refused")
def _():
    raises(ConnectionError, lambda: factory("/oidc").with_credentials(*USER), "Unable to connect with credentials")
    raises(ApiConnectionException, lambda: factory("/nothing").with_credentials(*USER), "404")


@row("negotiate: of Negotiate, NTLM and Basic it takes Basic here, which is refused; NTLM is for Windows")
def _():
    raises(ApiConnectionException, lambda: factory("/negotiate").with_credentials(*USER), "401")
    raises(ValueError, lambda: factory("/negotiate").with_credentials(*USER, authentication_scheme=AuthenticationScheme.NTLM), "not supported")


@row("autologon: without its Kerberos part it says so")
def _():
    raises(ImportError, lambda: factory("/negotiate").with_autologon(), "linux-kerberos")


@row("connect: without a way to sign in it is refused")
def _():
    raises(ValueError, lambda: factory("/anonymous").connect(), "No authentication configured")


# OpenID Connect


def oidc(**options):
    return factory("/oidc", **options).with_oidc()


def bearer():
    """The access token that the client has now."""
    (token, *_), = OAuth2.token_cache.tokens.values()
    return token


def refresh_token():
    (*_, token), = OAuth2.token_cache.tokens.values()
    return token


@row("oidc: an API that does not offer it is refused; one that asks for nothing is a warning")
def _():
    raises(ConnectionError, lambda: factory("/basic").with_oidc(), "not supported on this server")
    client = client_of(factory("/anonymous").with_oidc().authorize())
    rows.same(len(items(client)), 3)


@row("oidc: a refresh token, found by the API's challenge and the provider's configuration")
def _():
    received()
    client = client_of(oidc().with_refresh_token(access["refreshToken"]))
    rows.same(len(items(client)), 3)
    rows.same(received(), ["GET /oidc 401", "GET /idp/.well-known/openid-configuration 200", "POST /idp/token 200", "GET /oidc/items 200"])


@row("oidc: a refresh token that is spent, and one that is none, are refused")
def _():
    raises(ValueError, lambda: oidc().with_refresh_token(access["refreshToken"]), "invalid")
    raises(ValueError, lambda: oidc().with_refresh_token("none"), "invalid")


@row("oidc: authorize, by the code that the provider sends back to this machine")
def _():
    received()
    client = client_of(oidc().authorize(login_timeout=10))
    rows.same(len(items(client)), 3)
    rows.same(received(), [
        "GET /oidc 401",
        "GET /idp/.well-known/openid-configuration 200",
        "GET /idp/authorize 302",
        "POST /idp/token 200",
        "GET /oidc 200",
        "GET /oidc/items 200",
    ])


@row("oidc: a provider that denies is told to the user")
def _():
    builder = oidc()
    auth = builder._session_factory._auth
    auth.code_grant_details.url += "&login_hint=nobody"
    raises((InvalidGrantRequest, GrantNotProvided, AuthenticationFailed), lambda: builder.authorize(login_timeout=10), "access_denied")


@row("oidc: who does not come back within the time is given up")
def _():
    builder = oidc()
    details = builder._session_factory._auth.code_grant_details
    details.url = f"{URL}/anonymous"
    # what `login_timeout` is meant for, which comes too late to do anything
    details.reception_timeout = 1
    raises(TimeoutOccurred, lambda: builder.authorize(login_timeout=1))


@row("oidc: an access token that was given; one that is none is refused by the call")
def _():
    client_of(oidc().authorize(login_timeout=10))
    client = client_of(oidc().with_access_token(bearer()))
    rows.same(len(items(client)), 3)
    wrong = client_of(oidc().with_access_token("none"))
    rows.same(wrong.rest_client.get(f"{URL}/oidc/items").status_code, 401)


@row("oidc: an access token near its end is renewed by the rotated refresh token")
def _():
    control("POST", "lifetimes", {"accessToken": 32_000})
    try:
        client = client_of(oidc().authorize(login_timeout=10))
        first = bearer()
        items(client)
        received()
        time.sleep(2.5)  # it counts as expired 30 seconds before its end
        rows.same(len(items(client)), 3)
        rows.same(received(), ["POST /idp/token 200", "GET /oidc/items 200"])
        assert bearer() != first
    finally:
        control("POST", "lifetimes", {"accessToken": 3_600_000})


@row("oidc: a token that is revoked is refused")
def _():
    client = client_of(oidc().authorize(login_timeout=10))
    items(client)
    assert control("POST", "expire-sessions", {"user": "demo"})["expired"] > 0
    rows.same(client.rest_client.get(f"{URL}/oidc/items").status_code, 401)


@row("oidc: a stored token, by its name and the API's URL")
def _():
    raises(ValueError, lambda: oidc().with_stored_token("peer"), "No stored credentials")
    client_of(oidc().authorize(login_timeout=10))
    keyring.set_password("peer", f"{URL}/oidc", refresh_token())
    OAuth2.token_cache.clear()
    rows.same(len(items(client_of(oidc().with_stored_token("peer")))), 3)
    raises(ValueError, lambda: oidc().with_stored_token("other"), "No stored credentials")


@row("oidc: a stored token is not written back when it rotates (its own mistake)")
def _():
    raises(ValueError, lambda: oidc().with_stored_token("peer"), "invalid")


@row("provider: a code for another client, and a redirect to another machine, are refused")
def _():
    for query in ("client_id=other&redirect_uri=http://localhost:1/", f"client_id={access['clientId']}&redirect_uri=https://example.com/"):
        rows.same(requests.get(f"{URL}/idp/authorize?response_type=code&{query}", allow_redirects=False).status_code, 400)


@row("provider: a code is good for one use, and only with its verifier")
def _():
    redirect = "http://localhost:32284/"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    def exchange(code, proof):
        form = {"grant_type": "authorization_code", "client_id": access["clientId"], "code": code, "redirect_uri": redirect, "code_verifier": proof}
        return requests.post(f"{URL}/idp/token", data=form).status_code

    def code():
        query = {"response_type": "code", "client_id": access["clientId"], "redirect_uri": redirect, "code_challenge": challenge, "code_challenge_method": "S256", "state": "s"}
        location = requests.get(f"{URL}/idp/authorize", params=query, allow_redirects=False).headers["Location"]
        return dict(pair.split("=", 1) for pair in location.split("?", 1)[1].split("&"))["code"]

    rows.same(exchange(code(), "another"), 400)
    once = code()
    rows.same((exchange(once, verifier), exchange(once, verifier)), (200, 400))


rows.done()
