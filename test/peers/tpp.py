"""The official Venafi TPP client against the sandbox: one line a row, and exit code 1 if any row is not ok.

usage: tpp.py SANDBOX_JSON   (what `sandbox --json` prints)
"""

import base64
import json
import ssl
import sys
import urllib.request
import warnings

import pytpp.api.websdk.websdk as websdk_module
from pytpp import Authenticate, Features, Scope
from pytpp.api.api_base import InvalidResponseError
from pytpp.api.websdk.models.certificate import CertificateFilter
from pytpp.api.websdk.models.config import NameAttribute
from pytpp.api.websdk.websdk import WebSDK
from rows import controls, done, row, same

warnings.simplefilter("ignore")

access = json.loads(sys.argv[1])["tpp"]
URL = access["url"]
control = controls(URL, access["caPath"])
HOST = URL.removeprefix("https://")
PASSWORD = {"username": access["username"], "password": access["password"]}
POLICY = "\\VED\\Policy"
FULL = Scope().certificate(delete=True, manage=True, revoke=True, read=True).configuration(delete=True, manage=True, read=True).statistics(read=True)


def raises(kind, action, status=None, text=""):
    try:
        action()
    except kind as error:
        if status is not None:
            same(error.response.status_code, status)
        assert text in str(error), f"{text!r} is not in {error!s}"
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def received(path):
    """The requests for a path, without regard to case, as the server has it."""
    return [one for one in control("GET", "received")["requests"] if one["path"].lower() == path.lower()]


def sign_in(**options):
    # its version is cached for the whole process: each session shall ask for itself
    websdk_module._TPP_VERSION = None
    return whole(**options).websdk


def whole(**options):
    # the certificate is verified, which is not the client's own default
    return Authenticate(**{"host": HOST, "verify_ssl": access["caPath"], **options})


def by_password(scope=FULL, **options):
    return sign_in(**{**PASSWORD, "application_id": access["clientId"], "scope": scope, **options})


def name_of(api):
    return api.Identity.Self.get().identities[0].name


api_whole = whole(**PASSWORD, application_id=access["clientId"], scope=FULL)
api = api_whole.websdk


# Signing in


@row("password: a token that ends with ==, sent as Bearer")
def _():
    assert api._oauth.access_token.endswith("=="), "the token does not end with =="
    assert api._token.startswith("Bearer "), "it is not sent as Bearer"
    same(name_of(api), "demo")


@row("password: the server's answer as the client reads it")
def _():
    oauth = api._oauth
    same((oauth.token_type, oauth.scope, oauth.expires_in), ("Bearer", "certificate:delete,manage,revoke;configuration:delete,manage;statistics", 3600))
    assert oauth.identity.startswith("local:{") and oauth.refresh_token.endswith("=="), "identity or refresh_token is missing"
    assert oauth.refresh_until > oauth.expires, "the refresh token ends before the token"


@row("password: verified TLS, and paths of any case")
def _():
    paths = [one["path"] for one in control("GET", "received")["requests"]]
    assert "/vedauth/Authorize/OAuth" in paths and "/vedsdk/SystemStatus/Version" in paths, paths


@row("password: a wrong one is refused")
def _():
    raises(InvalidResponseError, lambda: by_password(password="nope"), 400, "invalid_grant")


@row("password: a wrong application is refused")
def _():
    raises(InvalidResponseError, lambda: by_password(application_id="other"), 400, "invalid_client")


@row("password: a scope beyond the application's is refused")
def _():
    raises(InvalidResponseError, lambda: by_password(application_id="reader"), 400, "invalid_scope")
    same(by_password(application_id="reader", scope="certificate")._oauth.scope, "certificate")


@row("verify: what the server knows of the token")
def _():
    details = api.Authorize.Verify.get()
    same((details.application, details.scope, details.identity), ("pytpp", api._oauth.scope, api._oauth.identity))
    assert 0 < details.valid_for <= 3600 and details.expires > details.access_issued_on, "times make no sense"


@row("certificate: over mTLS")
def _():
    certified = sign_in(application_id=access["clientId"], scope=FULL, certificate_path=access["clientCertPath"], key_file_path=access["clientKeyPath"])
    same(name_of(certified), "demo")
    same(len(received("/vedauth/authorize/certificate")), 1)


@row("certificate: none is refused")
def _():
    raises(Exception, lambda: api.Authorize.Certificate.post(client_id=access["clientId"], scope="certificate"))


@row("device code: approved after one question")
def _():
    codes = api.Authorize.Device.post(client_id=access["clientId"], scope="certificate")
    same((codes.interval, codes.verification_uri), (1, f"{URL}/aperture/device"))
    assert codes.user_code in codes.verification_url_complete, "the code is not in the address"

    def ask():
        return api.Authorize.Token.post(client_id=access["clientId"], refresh_token=None, grant_type="device_code", device_code=codes.device_code)

    raises(InvalidResponseError, ask, 400, "authorization_pending")
    token = ask()
    same(token.scope, "certificate")
    same(name_of(sign_in(websdk_token=token.access_token)), "demo")
    raises(InvalidResponseError, ask, 400, "invalid_grant")


@row("integrated: challenges that the client has no answer for")
def _():
    raises(Exception, lambda: api.Authorize.Integrated.post(client_id=access["clientId"], scope="certificate", state="s1"))
    one = received("/vedauth/authorize/integrated")[-1]
    same(one["status"], 401)


@row("token: one that somebody else got")
def _():
    same(name_of(sign_in(websdk_token=by_password()._oauth.access_token)), "demo")


@row("API key: a login of the old manner, and its header")
def _():
    old = sign_in(**PASSWORD)
    same(name_of(old), "demo")
    last = received("/vedsdk/identity/self")[-1]
    same(last["identity"], {"userName": "demo", "method": "APIKEY"})
    assert "x-venafi-api-key" in last["headers"], "it was not sent in its header"


@row("API key: a wrong password is refused")
def _():
    raises(InvalidResponseError, lambda: sign_in(username="demo", password="nope"), 401, "Authentication error")


@row("API key: one that is for ever")
def _():
    same(name_of(sign_in(websdk_token=access["apiKey"])), "demo")


# The life of a token


@row("expiry: a token that the server forgot is replaced by the client's own rule")
def _():
    fresh = by_password()
    before = fresh._oauth.access_token
    control("POST", "expire-sessions", {"user": "demo"})
    control("DELETE", "received")
    same(name_of(fresh), "demo")
    assert fresh._oauth.access_token != before, "there is no new token"
    same([one["status"] for one in received("/vedsdk/identity/self")], [401, 200])


@row("expiry: by its own time")
def _():
    control("POST", "lifetimes", {"accessToken": 0})
    try:
        ended = api.Authorize.OAuth.post(client_id=access["clientId"], scope="certificate", **PASSWORD)
    finally:
        control("POST", "lifetimes", {"accessToken": 3600000})
    # the client would sign in again for ever: the server is asked without it
    request = urllib.request.Request(f"{URL}/vedsdk/Identity/Self", headers={"Authorization": f"Bearer {ended.access_token}"})
    try:
        urllib.request.urlopen(request, context=ssl.create_default_context(cafile=access["caPath"]))
        raise AssertionError("it was accepted")
    except urllib.error.HTTPError as error:
        same((error.code, error.headers["WWW-Authenticate"]), (401, "Bearer"))


@row("refresh: a refresh token is spent by its use, and the old token ends")
def _():
    fresh = by_password()
    old = fresh._oauth
    token = fresh.Authorize.Token.post(client_id=access["clientId"], refresh_token=old.refresh_token)
    assert token.access_token != old.access_token and token.refresh_token != old.refresh_token, "nothing was rotated"
    raises(InvalidResponseError, lambda: fresh.Authorize.Token.post(client_id=access["clientId"], refresh_token=old.refresh_token), 400, "invalid_grant")
    same(name_of(sign_in(websdk_token=token.access_token)), "demo")


@row("refresh: in the constructor")
def _():
    token = by_password()._oauth
    websdk_module._TPP_VERSION = None
    again = WebSDK(host=HOST, username=None, password=None, token=token.access_token, application_id=access["clientId"], refresh_token=token.refresh_token, verify_ssl=access["caPath"])
    same(name_of(again), "demo")


@row("refresh: of another application's token is refused")
def _():
    token = by_password()._oauth
    raises(InvalidResponseError, lambda: api.Authorize.Token.post(client_id="reader", refresh_token=token.refresh_token), 400, "invalid_grant")


@row("revoke: the token and its refresh token are over")
def _():
    fresh = by_password()
    token = fresh._oauth
    fresh.Revoke.Token.get()
    raises(InvalidResponseError, lambda: fresh.Identity.Self.get(), 401, "invalid_token")
    raises(InvalidResponseError, lambda: api.Authorize.Token.post(client_id=access["clientId"], refresh_token=token.refresh_token), 400, "invalid_grant")


@row("re_authenticate: by hand")
def _():
    websdk_module._TPP_VERSION = None
    session = Authenticate(host=HOST, application_id=access["clientId"], scope="certificate", verify_ssl=access["caPath"], **PASSWORD)
    before = session.websdk._oauth.access_token
    session.re_authenticate()
    assert session.websdk._oauth.access_token != before, "there is no new token"


# What it may do


@row("permissions: a scope that only reads")
def _():
    reader = by_password(scope=Scope().certificate(read=True))
    same(reader._oauth.scope, "certificate")
    same(len(reader.Certificates.get().certificates), 2)
    raises(InvalidResponseError, lambda: reader.Certificates.Request.post(policy_dn=POLICY, subject="x.example"), 403, "insufficient_scope")
    raises(InvalidResponseError, lambda: reader.Config.IsValid.post(object_dn=POLICY), 403, "insufficient_scope")


@row("permissions: managing does not include deleting or revoking")
def _():
    manager = by_password(scope=Scope().certificate(manage=True))
    dn = manager.Certificates.Request.post(policy_dn=POLICY, subject="managed.example").certificate_dn
    raises(InvalidResponseError, lambda: manager.Certificates.Revoke.post(certificate_dn=dn), 403, "insufficient_scope")
    guid = manager.Certificates.get(filters=CertificateFilter(cn="managed.example")).certificates[0].guid
    raises(InvalidResponseError, lambda: manager.Certificates.Guid(guid).delete(), 403, "insufficient_scope")
    api.Certificates.Guid(guid).delete()


@row("scopes: the client's builder, in the server's words")
def _():
    text = Scope().statistics(read=True).agent(delete=True).ssh(approve=True, read=True).certificate(revoke=True, approve=True, delete=True, discover=True, manage=True)
    same(by_password(scope=text)._oauth.scope, "certificate:approve,delete,discover,manage,revoke;ssh:approve;statistics;agent:delete")


# Calls


@row("status: version and engines")
def _():
    same(api.SystemStatus.Version.get().version, "22.4.0.1234")
    same(len(api.SystemStatus.get().engines), 1)


@row("identity: self, browse, validate, memberships")
def _():
    found = api.Identity.Browse.post(filter="view", limit=5, identity_type=1).identities
    same([one.name for one in found], ["viewer"])
    same(api.Identity.Validate.post(identity=found[0]).identity.prefixed_universal, found[0].prefixed_universal)
    same(api.Identity.GetMemberships.post(identity=found[0]).identities, [])


@row("certificates: a list, its pages and its filters")
def _():
    every = api.Certificates.get()
    same(([one.name for one in every.certificates], every.total_count), (["one.example", "two.example"], 2))
    same([one.name for one in api.Certificates.get(limit=1, offset=1).certificates], ["two.example"])
    same(api.Certificates.get(filters=CertificateFilter(cn="one.example")).certificates[0].x509.subject, "CN=one.example, O=demo")
    same(api.Certificates.get(filters=CertificateFilter(parent_dn_recursive="\\VED", san_dns="www.two.example")).total_count, 1)
    same(api.Certificates.head().x_record_count, 2)


@row("certificates: request, wait, retrieve, renew, revoke, delete")
def _():
    made = api.Certificates.Request.post(policy_dn=POLICY, subject="new.example", object_name="new", subject_alt_names=[{"Type": 2, "Name": "new.example"}])
    same(made.certificate_dn, f"{POLICY}\\new")
    options = {"certificate_dn": made.certificate_dn, "friendly_name": "new"}
    same(api.Certificates.Retrieve.post(format="Base64", **options).api_response.status_code, 202)
    whole = api.Certificates.Retrieve.post(format="Base64", include_chain=True, **options)
    same((whole.filename, base64.b64decode(whole.certificate_data).count(b"BEGIN CERTIFICATE")), ("new.cer", 2))
    same(ssl.PEM_cert_to_DER_cert(base64.b64decode(api.Certificates.Retrieve.post(format="Base64", **options).certificate_data).decode()), base64.b64decode(api.Certificates.Retrieve.post(format="DER", **options).certificate_data))
    key = api.Certificates.Retrieve.post(format="Base64 (PKCS #8)", include_private_key=True, password="a-long-password", **options)
    assert b"ENCRYPTED PRIVATE KEY" in base64.b64decode(key.certificate_data), "there is no key"
    raises(InvalidResponseError, lambda: api.Certificates.Retrieve.post(format="Base64", include_private_key=True, **options), 400, "password")
    before = api.Certificates.Guid(made.guid).get()
    same((before.name, before.certificate_details.cn), ("new", "new.example"))
    same(api.Certificates.Renew.post(certificate_dn=made.certificate_dn).success, True)
    assert api.Certificates.Guid(made.guid).get().certificate_details.serial != before.certificate_details.serial, "it was not renewed"
    same(api.Certificates.Revoke.post(certificate_dn=made.certificate_dn, reason=4, disable=True).requested, True)
    same(api.Certificates.Guid(made.guid).get().disabled, True)
    same(api.Certificates.Guid(made.guid).put([{"Name": "Description", "Value": ["mine"]}]).success, "True")  # the client reads it as text
    same(api.Certificates.Guid(made.guid).delete().success, True)
    raises(InvalidResponseError, lambda: api.Certificates.Guid(made.guid).get(), 404)


@row("certificates: a refusal inside HTTP 200")
def _():
    answer = api.Certificates.Renew.post(certificate_dn=f"{POLICY}\\nothing")
    same((answer.success, answer.error, answer.api_response.status_code), (False, "The certificate does not exist", 200))


@row("configuration: finds objects")
def _():
    policy = api.Config.IsValid.post(object_dn=POLICY).object
    same((policy.dn, policy.type_name, policy.parent), (POLICY, "Policy", "\\VED"))
    same(api.Config.GuidToDn.post(object_guid=api.Config.DnToGuid.post(object_dn=POLICY).guid).object_dn, POLICY)
    assert "two.example" in [one.name for one in api.Config.Enumerate.post(object_dn=POLICY).objects], "it is not there"
    same(len(api.Config.FindObjectsOfClass.post(class_name="X509 Server Certificate").objects), 2)


@row("configuration: reads and writes attributes")
def _():
    dn = f"{POLICY}\\Mine"
    same(api.Config.Create.post(object_dn=dn, class_name="Policy", name_attribute_list=[NameAttribute(name="Description", value="first")]).object.dn, dn)
    same(api.Config.Read.post(object_dn=dn, attribute_name="Description").values, ["first"])
    same(api.Config.Write.post(object_dn=dn, attribute_data=[{"Name": "Description", "Value": ["second"]}]).result.code, 1)
    api.Config.AddValue.post(object_dn=dn, attribute_name="Description", value="third")
    same([(one.name, one.values) for one in api.Config.ReadAll.post(object_dn=dn).name_values], [("Description", ["second", "third"])])
    same(api.Config.ReadEffectivePolicy.post(object_dn=dn, attribute_name="Contact").policy_dn, POLICY)
    same(api.Config.ClearAttribute.post(object_dn=dn, attribute_name="Description").result.code, 1)
    same(api.Config.RenameObject.post(object_dn=dn, new_object_dn=f"{POLICY}\\Yours").result.code, 1)
    same(api.Config.Delete.post(object_dn=f"{POLICY}\\Yours").result.code, 1)


@row("configuration: a refusal inside HTTP 200")
def _():
    answer = api.Config.IsValid.post(object_dn="\\VED\\nothing")
    same((answer.result.code, answer.result.config_result, answer.error), (400, "ObjectDoesNotExist", "Object does not exist"))


@row("features: folders and certificates, as the client's own helpers make them")
def _():
    features = Features(api_whole)
    folder = features.folder.create(name="Web", parent_folder=POLICY, attributes={"Description": "mine"})
    same((features.folder.get(f"{POLICY}\\Web").dn, folder.type_name), (f"{POLICY}\\Web", "Policy"))
    made = features.certificate.create(name="w.example", parent_folder=folder, common_name="w.example")
    same(features.certificate.details(made).cn, "w.example")
    features.certificate.delete(made)
    features.folder.delete(folder)
    same(api.Config.IsValid.post(object_dn=f"{POLICY}\\Web").result.code, 400)


# What goes wrong


@row("faults: a transaction that is to be rerun, until it goes well")
def _():
    control("DELETE", "received")
    control("POST", "faults", {"kind": "status", "status": 500, "path": "/vedsdk/Config/IsValid", "times": 2, "body": "Deadlock. Please rerun the transaction."})
    same(api.Config.IsValid.post(object_dn=POLICY).result.code, 1)
    same([one["status"] for one in received("/vedsdk/config/isvalid")], [500, 500, 200])


@row("faults: another 500 is told")
def _():
    control("POST", "faults", {"kind": "status", "status": 500, "path": "/vedsdk/Identity/Self"})
    raises(InvalidResponseError, lambda: name_of(api), 500)


@row("routes: an unknown one is a 404")
def _():
    raises(InvalidResponseError, lambda: api.Workflow.Ticket.Status.post(guid="{1}"), 404)


done()
