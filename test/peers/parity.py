"""Makes calls by the functions of the official Argus client: one JSON line for each call that came on standard input.

usage: parity.py URL API_KEY < CALLS_JSON
"""

import base64
import hashlib
import importlib
import json
import sys

from argus_api.authentication import APIKeyAuth
from argus_api.exceptions.http import ArgusException
from argus_api.session import ArgusAPISession
from requests import Response

session = ArgusAPISession(auth=APIKeyAuth(sys.argv[2]), api_url=sys.argv[1])
answers = {}


def late(value):
    """Fills in what only a run knows."""
    if isinstance(value, list):
        return [late(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("$")
    if kind == "bytes":
        return base64.b64decode(value["base64"])
    if kind == "answer":
        found = answers[value["from"]]
        for step in value["at"]:
            found = found[step]
        return found
    if kind == "proof":
        challenge = answers[value["from"]]["data"]
        part = base64.b64decode(value["base64"])[challenge["offset"] : challenge["offset"] + challenge["length"]]
        return {"id": challenge["id"], "sha256": hashlib.sha256(part).hexdigest()}
    return {name: late(member) for name, member in value.items()}


def post(route, contentType, data, api_session):
    """A raw body: no function of the client sends one."""
    return api_session.post("".join(map(str, route)), data=data, headers={"Content-Type": contentType}).json()


def call(wanted):
    module, name = wanted["python"].split(" ")
    function = post if module == "session" else getattr(importlib.import_module(f"argus_api.{module}"), name)
    arguments = late(wanted["pythonInput"]) if "pythonInput" in wanted else {**late(wanted.get("input", {})), **late(wanted.get("body", {}))}
    try:
        result = function(**arguments, api_session=session)
    except ArgusException as error:
        return {"status": error.status_code, "json": error.parsed_resp}
    if isinstance(result, Response):
        result = result.content
    if isinstance(result, bytes):
        return {"size": len(result), "sha256": hashlib.sha256(result).hexdigest()}
    answers[wanted["name"]] = result
    return {"json": result}


for wanted in json.load(sys.stdin):
    try:
        outcome = call(wanted)
    except Exception as error:  # a call that breaks must not end the others
        outcome = {"broken": f"{type(error).__name__}: {error}"}
    print(json.dumps({"name": wanted["name"], **outcome}), flush=True)
