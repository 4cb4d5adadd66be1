"""The official Argus client against the sandbox: one line a row, and exit code 1 if any row is not ok.

usage: argus.py SANDBOX_JSON   (what `sandbox --json` prints)
"""

import hashlib
import json
import sys

from argus_api.authentication import APIKeyAuth, ArgusAPIAuth, LDAPAuthentication, PasswordAuthentication, SessionTokenAuth
from argus_api.exceptions.client import ArgusAPIAuthenticationError
from argus_api.exceptions.http import (
    AccessDeniedException,
    ArgusException,
    AuthenticationFailedException,
    ObjectNotFoundException,
    ValidationErrorException,
)
from argus_api.files.documents.download import download_document
from argus_api.files.documents.upload import upload_document
from argus_api.files.sampledb.download import download_sample
from argus_api.files.sampledb.upload import add_submission, upload_sample
from argus_api.lib.assets.v2.asset import get_asset, list_assets, search_assets
from argus_api.lib.authentication.v1.session import constrain_session, delete_session, get_session_customers, get_session_functions
from argus_api.lib.cases.v2.case import (
    add_comment,
    advanced_case_search,
    create_case,
    download_attachment,
    get_attachment,
    get_case_metadata_by_id,
    list_case_attachments,
    list_case_comments,
    simple_case_search,
    update_case,
)
from argus_api.lib.currentuser.v1.customers import get_customers
from argus_api.lib.currentuser.v1.groups import get_current_user_groups
from argus_api.lib.currentuser.v1.user import get_current_user
from argus_api.lib.customers.v2.customer import get_customer, list_customers
from argus_api.lib.documents.v1.document import delete_document_by_path, get_meta_info_by_path
from argus_api.lib.events.v1.aggregated import find_aggregated_events, list_aggregated_events
from argus_api.lib.sampledb.v2.sample import get_sample_meta_data
from argus_api.pagination import offset_paginated, paginated_items
from argus_api.session import ArgusAPISession
from rows import controls, done, row, same

access = json.loads(sys.argv[1])["argus"]
URL = access["url"]
control = controls(URL)


def raises(kind, action, status=None, text=""):
    try:
        action()
    except kind as error:
        if status is not None:
            same(error.status_code, status)
        assert text in str(error), f"{text!r} is not in {error!s}"
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def session(auth, **options):
    return ArgusAPISession(auth=auth, api_url=URL, **options)


PASSWORD = (access["username"], access["password"])
key = session(APIKeyAuth(access["apiKey"]))
bob = session(APIKeyAuth("bob-api-key"))


# Signing in


@row("API key: authenticate(check=True), current user")
def _():
    key.authenticate(check=True)
    same(get_current_user(api_session=key)["data"]["userName"], "demo")


@row("API key: a wrong one is refused by the check and by a call")
def _():
    wrong = session("wrong")
    raises(ArgusAPIAuthenticationError, lambda: wrong.authenticate(check=True))
    raises(AuthenticationFailedException, lambda: get_current_user(api_session=wrong), 401)


@row("API key: for one call, over the session's own")
def _():
    same(get_current_user(api_session=key, apiKey="bob-api-key")["data"]["userName"], "bob")


for title, kind in (("password", PasswordAuthentication), ("LDAP", LDAPAuthentication)):

    @row(f"{title}: logs in, reads, and POSTs with its CSRF token")
    def _():
        with_login = session(kind(*PASSWORD))
        with_login.authenticate(check=True)
        same(get_current_user(api_session=with_login)["data"]["userName"], "demo")
        same(add_comment(3, "from " + title, api_session=with_login)["data"]["comment"], "from " + title)

    @row(f"{title}: a wrong password and a wrong domain are refused")
    def _():
        raises(ArgusAPIAuthenticationError, session(kind("demo", "nope")).authenticate, text="Authentication failed")
        raises(ArgusAPIAuthenticationError, session(kind(*PASSWORD, domain="OTHER")).authenticate)

    @row(f"{title}: a second login on the same session")
    def _():
        with_login = session(kind(*PASSWORD))
        with_login.authenticate()
        with_login.authenticate()
        add_comment(3, "again", api_session=with_login)

    @row(f"{title}: a POST without its CSRF token is refused")
    def _():
        with_login = session(kind(*PASSWORD))
        with_login.authenticate()
        with_login.auth._needs_CSRF_token = False
        with_login._session.headers.pop("Argus-Csrf-Token", None)
        get_current_user(api_session=with_login)
        raises(AuthenticationFailedException, lambda: add_comment(3, "x", api_session=with_login), 401)

    @row(f"{title}: a logout ends it")
    def _():
        with_login = session(kind(*PASSWORD))
        get_current_user(api_session=with_login)
        delete_session(api_session=with_login)
        raises(AuthenticationFailedException, lambda: get_current_user(api_session=with_login), 401)

    @row(f"{title}: an expired session is refused, and a login by hand mends it")
    def _():
        with_login = session(kind(*PASSWORD))
        get_current_user(api_session=with_login)
        control("POST", "expire-sessions", {"user": "demo"})
        raises(AuthenticationFailedException, lambda: get_current_user(api_session=with_login), 401)
        with_login.authenticate()
        get_current_user(api_session=with_login)


@row("password: a login that wants authorizations")
def _():
    session(PasswordAuthentication(*PASSWORD, request_authorizations=["setPassword"])).authenticate()


@row("password: 221 passes for a login")
def _():
    newcomer = session(PasswordAuthentication("newcomer", "newcomer-password"))
    same(get_current_user(api_session=newcomer)["data"]["userName"], "newcomer")


@row("password: as the credentials of one call")
def _():
    # A session's own key would win, so the session has none that is sent.
    nobody = session(ArgusAPIAuth())
    raises(AuthenticationFailedException, lambda: get_current_user(api_session=nobody), 401)
    same(get_current_user(api_session=nobody, authentication=PasswordAuthentication("bob", "bob-password"))["data"]["userName"], "bob")


@row("session token: the token of a login works as a bearer token")
def _():
    auth = PasswordAuthentication(*PASSWORD)
    with_login = session(auth)
    with_login.authenticate()
    bearer = session(SessionTokenAuth(with_login._session.cookies["argus_session"]))
    bearer.authenticate(check=True)
    add_comment(3, "as bearer", api_session=bearer)


# Constrained sessions

for title, parent in (("password", session(PasswordAuthentication(*PASSWORD))), ("API key", key)):

    @row(f"constrained from {title}: keeps what it was left, the parent keeps all")
    def _():
        narrow = parent.new_constrained_session(customers=["customer1"], functions=["viewCases"])
        narrow.authenticate(check=True)
        same([c["id"] for c in advanced_case_search(api_session=narrow)["data"]], [1, 2, 3, 4, 5, 6])
        same([f["name"] for f in get_session_functions(api_session=narrow)["data"]], ["viewCases"])
        same([c["shortName"] for c in get_session_customers(api_session=narrow)["data"]], ["customer1"])
        raises(AccessDeniedException, lambda: add_comment(1, "x", api_session=narrow), 403, "updateCase")
        raises(AccessDeniedException, lambda: get_case_metadata_by_id(7, api_session=narrow), 403)
        add_comment(3, "from the parent", api_session=parent)

    @row(f"constrained from {title}: cannot be widened")
    def _():
        narrow = parent.new_constrained_session(functions=["viewCases"])
        raises(ValidationErrorException, lambda: narrow.new_constrained_session(functions=["viewCases", "updateCase"]), 412, "updateCase")
        raises(ValidationErrorException, lambda: parent.new_constrained_session(customers=["nobody"]), 412, "nobody")


@row("constrained: by numeric id, without any constraint, and again")
def _():
    one = key.new_constrained_session(customers=[1])
    same(advanced_case_search(limit=1, api_session=one)["count"], 6)
    same(advanced_case_search(limit=1, api_session=key.new_constrained_session())["count"] >= 60, True)
    same(advanced_case_search(limit=1, api_session=one.new_constrained_session(functions=["viewCases"]))["count"], 6)


@row("constrained: read only, by the generated function")
def _():
    answer = constrain_session(readOnly=True, api_session=key)
    narrow = session(SessionTokenAuth(answer["data"]["credentials"]["requestCredentialsData"]))
    raises(AccessDeniedException, lambda: add_comment(1, "x", api_session=narrow), 403)


# Cases


@row("cases: create, get, update, update nothing")
def _():
    made = create_case(description="d", service="ids", subject="from the peer", type="informational", customer="customer2", api_session=key)
    same(made["responseCode"], 201)
    same(get_case_metadata_by_id(made["data"]["id"], api_session=key)["data"]["subject"], "from the peer")
    same(update_case(made["data"]["id"], priority="high", api_session=key)["data"]["priority"], "high")
    same(update_case(made["data"]["id"], priority="high", api_session=key)["responseCode"], 220)


@row("cases: 412 lists each wrong member")
def _():
    error = raises(ValidationErrorException, lambda: create_case(description="", service="ids", subject="", type="", api_session=key), 412)
    same([m["field"] for m in error.parsed_resp["messages"]], ["subject", "description", "type"])


@row("cases: 404, 403, and 412 for an id below 1")
def _():
    raises(ObjectNotFoundException, lambda: get_case_metadata_by_id(404404, api_session=key), 404)
    raises(AccessDeniedException, lambda: get_case_metadata_by_id(61, api_session=key), 403)
    raises(ValidationErrorException, lambda: get_case_metadata_by_id(0, api_session=key), 412)


@row("cases: a merged one is followed, with a key and with a cookie")
def _():
    same(get_case_metadata_by_id(9301, api_session=key)["data"]["id"], 1)
    same(get_case_metadata_by_id(9301, api_session=session(PasswordAuthentication(*PASSWORD)))["data"]["id"], 1)
    same(get_case_metadata_by_id(9301, skipRedirect=True, api_session=key)["data"]["id"], 9301)


@row("cases: simple search with repeated and non-ASCII values")
def _():
    found = simple_case_search(status=["pendingSoc", "workingSoc"], limit=3, api_session=key)
    assert all(c["status"] in ("pendingSoc", "workingSoc") for c in found["data"])
    same(simple_case_search(keywords=["å&=c"], api_session=key)["count"], 0)


@row("cases: paging, by items, by pages, and all at once")
def _():
    same([c["id"] for c in paginated_items(advanced_case_search)(limit=4, api_session=bob)], [61, 62, 63, 64, 65, 66])
    same([page["size"] for page in offset_paginated(simple_case_search)(limit=4, api_session=bob)], [4, 2])
    same([page["size"] for page in offset_paginated(advanced_case_search)(limit=0, api_session=bob)], [6])


@row("cases: comments are added and listed")
def _():
    add_comment(5, "one", api_session=key)
    add_comment(5, "two", api_session=key)
    same([c["comment"] for c in list_case_comments(5, api_session=key)["data"]], ["one", "two"])


@row("cases: attachments are listed, described and downloaded whole")
def _():
    same([a["name"] for a in list_case_attachments(1, api_session=key)["data"]], ["notes.txt", "rapport-æøå.pdf", "../../etc/passwd"])
    big = list_case_attachments(2, api_session=key)["data"][0]
    same(get_attachment(2, big["id"], api_session=key)["data"]["size"], 2097169)
    same(hashlib.sha256(download_attachment(2, big["id"], api_session=key).content).hexdigest(), big["sha256"])


@row("cases: an attachment is uploaded as raw bytes")
def _():
    raw = bytes(range(256))
    answer = key.post("/cases/v2/case/4/attachments/upload/raw.bin", data=raw, headers={"Content-Type": "application/x-thing"})
    same(answer.status_code, 201)
    same(download_attachment(4, answer.json()["data"]["id"], api_session=key).content, raw)


# Other services


@row("current user: customers and groups")
def _():
    same([c["shortName"] for c in get_customers(api_session=key)["data"]], ["customer1", "customer2"])
    same(get_current_user_groups(api_session=key)["data"][0]["type"], "group")


@row("customers: list and get")
def _():
    same(list_customers(api_session=key)["count"], 2)
    same(get_customer("customer2", api_session=key)["data"]["id"], 2)
    raises(AccessDeniedException, lambda: get_customer("customer3", api_session=key), 403)


@row("assets: list, search, get, and 403 without the function")
def _():
    same(list_assets(customer=["customer1"], api_session=key)["count"], 10)
    same(search_assets(keywords=["host7.customer1"], api_session=key)["data"][0]["shortName"], "host7")
    same(get_asset("host7", api_session=key)["data"]["customer"]["shortName"], "customer1")
    raises(AccessDeniedException, lambda: list_assets(api_session=bob), 403, "viewAssets")


@row("events: list and find")
def _():
    assert list_aggregated_events(startTimestamp="-2hours", api_session=key)["count"] < 6
    same(find_aggregated_events(customerID=[1], startTimestamp="-30days", limit=2, api_session=key)["count"], 15)


@row("documents: by path, with folders made on the way")
def _():
    raw = b"hello \xff bytes"
    options = {"customer": "customer1", "api_session": key}
    raises(ObjectNotFoundException, lambda: upload_document("text/plain", raw, "a b/folder", "näme.txt", **options), 404)
    upload_document("text/plain", raw, "a b/folder", "näme.txt", createMissing=True, **options)
    same(download_document("a b/folder/näme.txt", **options), raw)
    raises(ValidationErrorException, lambda: upload_document("text/plain", raw, "/a b/folder", "näme.txt", **options), 412)
    same(upload_document("text/plain", b"2", "/a b/folder", "näme.txt", overwriteExisting=True, **options)["data"]["revision"], 2)
    same(get_meta_info_by_path("/a b/folder", "näme.txt", api_session=key)["data"]["dataSize"], 1)
    delete_document_by_path("/a b/folder", "näme.txt", api_session=key)
    raises(ObjectNotFoundException, lambda: download_document("a b/folder/näme.txt", **options), 404)


@row("documents: by path with a cookie session, whose token signs the path before it is encoded")
def _():
    with_login = session(PasswordAuthentication(*PASSWORD))
    upload_document("text/plain", b"x", "c d", "ø.txt", createMissing=True, api_session=with_login)
    same(download_document("c d/ø.txt", api_session=with_login), b"x")


@row("documents: by id, locked, and another customer's")
def _():
    made = upload_document("application/pdf", b"%PDF-1", 101, "x.pdf", overwriteExisting=True, api_session=key)
    same(download_document(made["data"]["id"], api_session=key), b"%PDF-1")
    raises(ArgusException, lambda: delete_document_by_path("", "locked.txt", api_session=key), 423)
    raises(AccessDeniedException, lambda: download_document(3001, api_session=key), 403)


@row("samples: upload, challenge, submission, download")
def _():
    raw = bytes(i * 7 % 251 for i in range(5000))
    sha256 = hashlib.sha256(raw).hexdigest()
    same(upload_sample(raw, api_session=key)["responseCode"], 201)
    made = add_submission(sha256, raw, "f.bin", "agent", "1", customer="customer1", metaData={"a": 1}, api_session=key)
    same((made["responseCode"], made["data"]["sampleSha256"]), (201, sha256))
    same(add_submission(sha256, raw, "f.bin", "agent", "1", customer="customer1", api_session=key)["responseCode"], 220)
    same(download_sample(sha256, api_session=key), raw)
    same(get_sample_meta_data(sha256, api_session=bob)["data"]["size"], 5000)
    raises(AccessDeniedException, lambda: get_sample_meta_data(sha256, api_session=key), 403, "viewSamples")


@row("samples: a small one is uploaded instead of challenged")
def _():
    raw = b"tiny sample"
    sha256 = hashlib.sha256(raw).hexdigest()
    upload_sample(raw, api_session=key)
    same(add_submission(sha256, raw, "f.bin", "agent", "1", api_session=key)["responseCode"], 201)


# What goes wrong


@row("faults: a 503 is repeated by the client's own rule")
def _():
    control("POST", "faults", {"kind": "status", "status": 503, "path": "/currentuser/", "times": 2})
    same(get_current_user(api_session=key)["data"]["userName"], "demo")


@row("faults: a 500 that stays is raised")
def _():
    control("POST", "faults", {"kind": "status", "status": 500, "path": "/currentuser/", "times": 4})
    raises(ArgusException, lambda: get_current_user(api_session=key), 500)


@row("routes: an unknown one is a 404 in the service's own form")
def _():
    raises(ObjectNotFoundException, lambda: key.get("/cases/v9/case"), 404, "ACTION_ERROR")


done()
