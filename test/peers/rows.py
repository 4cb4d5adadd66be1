"""What the scripts of this folder share: rows that are printed at once, and the sandbox's control."""

import json
import ssl
import sys
import urllib.request

results = []


def row(name, before=None):
    """Runs a row at once; it is ok if it raises nothing."""

    def run(body):
        try:
            if before is not None:
                before()
            body()
            print(f"ok - {name}")
            results.append(True)
        except Exception as error:  # a row that fails must not end the others
            print(f"not ok - {name}: {type(error).__name__}: {error}")
            results.append(False)

    return run


def same(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def controls(origin, ca_file=None):
    """What steers the sandbox at an origin; `ca_file`: whom to trust for an https one."""
    context = None if ca_file is None else ssl.create_default_context(cafile=ca_file)

    def control(method, name, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{origin}/__control/{name}", data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, context=context) as answer:
            return json.load(answer)

    return control


def done():
    print(f"peer: {sum(results)} of {len(results)}")
    sys.exit(0 if all(results) else 1)
