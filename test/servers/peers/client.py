"""Python's requests, with what its users install, on the rows that come in as JSON: one JSON line of outcome for each."""
import http.cookiejar
import json
import os
import ssl
import sys
import time
import warnings

import requests
import requests_pkcs12
from requests.adapters import HTTPAdapter
from requests.auth import HTTPDigestAuth
from requests_kerberos import OPTIONAL, REQUIRED, HTTPKerberosAuth
from requests_kerberos.exceptions import KerberosExchangeError, MutualAuthenticationError
from requests_ntlm import HttpNtlmAuth
from requests_toolbelt.auth.http_proxy_digest import HTTPProxyDigestAuth
from urllib3.util.retry import Retry

warnings.simplefilter("ignore")


class NoSuchThing(Exception):
    """There is no such option, nor an extension that has it."""


class Local(Exception):
    """A file that was given cannot be used."""


class ContextAdapter(HTTPAdapter):
    """What requests has no option for, by the way that its documentation shows: an SSLContext of one's own."""

    def __init__(self, context, **rest):
        self.context = context
        super().__init__(**rest)

    def init_poolmanager(self, *args, **kwargs):
        return super().init_poolmanager(*args, ssl_context=self.context, **kwargs)


def login_of(login, proxy_only=False):
    way, user = login["way"], login.get("user")
    if way == "kerberos":
        return HTTPKerberosAuth(mutual_authentication=OPTIONAL if proxy_only or login.get("proof") == "optional" else REQUIRED)
    if way in ("ntlm", "ntlm in negotiate"):
        return HttpNtlmAuth(user["name"], user["password"])
    if way == "digest":
        return (HTTPProxyDigestAuth if proxy_only else HTTPDigestAuth)(user["name"], user["password"])
    if way == "basic":
        # as bytes, since requests takes text for Latin-1
        return (user["name"].encode(), user["password"].encode())
    raise NoSuchThing(way)


def session_of(row):
    session = requests.Session()
    if not row.get("cookies"):
        # as a program does that wants none
        session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    retries = Retry(total=row["retries"], backoff_factor=0.1) if row.get("retries") else 0
    certificate = row.get("certificate")
    try:
        if row.get("pkcs12"):
            session.mount("https://", requests_pkcs12.Pkcs12Adapter(pkcs12_filename=row["pkcs12"]["file"], pkcs12_password=row["pkcs12"]["passphrase"]))
        elif row.get("crl") or row.get("maxTls") or (certificate and certificate.get("passphrase")):
            context = ssl.create_default_context(cafile=None if row["ca"] == "system" else row["ca"])
            if row.get("crl"):
                context.load_verify_locations(row["crl"])
                context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
            if row.get("maxTls"):
                context.maximum_version = ssl.TLSVersion.TLSv1_2
            if certificate:
                context.load_cert_chain(certificate["certificate"], certificate["key"], certificate.get("passphrase"))
            session.mount("https://", ContextAdapter(context))
        elif certificate:
            session.cert = (certificate["certificate"], certificate["key"])
    except (OSError, ValueError, ssl.SSLError) as error:
        raise Local(type(error).__name__) from error
    if retries:
        session.mount("http://", HTTPAdapter(max_retries=retries))
    if row["ca"] != "system":
        session.verify = row["ca"]
    proxy = row.get("proxy")
    if proxy:
        url = proxy["url"]
        login = proxy.get("login")
        if login and login["way"] == "basic":
            user = login["user"]
            url = url.replace("://", "://" + requests.utils.quote(user["name"]) + ":" + requests.utils.quote(user["password"]) + "@")
        elif login:
            session.auth = login_of(login, proxy_only=True)
        session.proxies = {"http": url, "https": url}
    if row.get("login"):
        session.auth = login_of(row["login"])
    session.headers["User-Agent"] = row["agent"]
    return session


def kind_of(error):
    """By type alone, the nearest one first."""
    for kind, types in (
        ("capability", (KerberosExchangeError,)),
        ("login", (MutualAuthenticationError, PermissionError)),
        ("tls", (requests.exceptions.SSLError, Local)),
        ("proxy", (requests.exceptions.ProxyError,)),
        ("timeout", (requests.exceptions.Timeout,)),
        ("connection", (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)),
    ):
        if isinstance(error, types):
            return kind
    return "other"


def outcome(row):
    for name in ("KRB5CCNAME", "KRB5_CLIENT_KTNAME"):
        os.environ.pop(name, None)
    os.environ.update(row["environment"])
    try:
        session = session_of(row)
        for call in range(row.get("calls", 1)):
            if call and row.get("pause"):
                time.sleep(row["pause"])
            body = row["body"].encode() if "body" in row else None
            response = session.request(row.get("method", "GET"), row["url"], data=body, timeout=row.get("timeout", 10), allow_redirects=False)
        return {"status": response.status_code, "headers": {name.lower(): value for name, value in response.headers.items()}, "body": response.text}
    except NoSuchThing:
        return {"failure": "none", "detail": "no such option"}
    except Exception as error:  # whatever it is, it is the outcome
        return {"failure": kind_of(error), "detail": str(error) if isinstance(error, Local) else type(error).__name__}


for line in sys.stdin:
    print(json.dumps(outcome(json.loads(line))), flush=True)
