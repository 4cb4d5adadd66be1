"""Calls by Python's requests: a session for each line that describes one, then calls of it, timed."""
import http.cookiejar
import json
import sys
import time

import requests
from requests.auth import HTTPDigestAuth
from requests_kerberos import HTTPKerberosAuth
from requests_ntlm import HttpNtlmAuth

sessions = {}


def login_of(way, user, password):
    return {
        "none": lambda: None,
        "digest": lambda: HTTPDigestAuth(user, password),
        "kerberos": lambda: HTTPKerberosAuth(),
        "ntlm": lambda: HttpNtlmAuth(user, password),
    }[way]()


for line in sys.stdin:
    order = json.loads(line)
    if "way" in order:
        session = requests.Session()
        session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        # else it looks into the environment and .netrc for each call
        session.trust_env = False
        session.auth = login_of(order["way"], order["user"], order["password"])
        session.verify = order["ca"]
        session.headers["User-Agent"] = order["agent"]
        sessions[order["agent"]] = (session, order["url"])
        print(0, flush=True)
        continue
    session, url = sessions[order["agent"]]
    start = time.perf_counter()
    for _ in range(order["calls"]):
        response = session.get(url)
        response.raise_for_status()
        assert response.json()["active"]
    print(time.perf_counter() - start, flush=True)
