"""The official ICA client, both of its versions, against the sandbox: one line a row, and exit code 1 if any row is not ok.

usage: ica.py SANDBOX_JSON   (what `sandbox --json` prints)
"""

import base64
import hashlib
import json
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import libica.openapi.v2 as v2
import libica.openapi.v2.exceptions as errors2
import libica.openapi.v3 as v3
import libica.openapi.v3.exceptions as errors3
from libica.openapi.v2.api import bundle_api as bundles2
from libica.openapi.v2.api import project_analysis_api as analyses2
from libica.openapi.v2.api import project_api as projects2
from libica.openapi.v2.api import project_data_api as data2
from libica.openapi.v2.api import token_api as tokens2
from libica.openapi.v2.model.create_data import CreateData as CreateData2
from libica.openapi.v3.api import bundle_api as bundles3
from libica.openapi.v3.api import project_analysis_api as analyses3
from libica.openapi.v3.api import project_api as projects3
from libica.openapi.v3.api import project_data_api as data3
from libica.openapi.v3.api import region_api as regions3
from libica.openapi.v3.api import token_api as tokens3
from libica.openapi.v3.models.analysis_query_parameters_pipeline import AnalysisQueryParametersPipeline
from libica.openapi.v3.models.create_file_and_upload_url import CreateFileAndUploadUrl
from libica.openapi.v3.models.create_nextflow_analysis import CreateNextflowAnalysis
from libica.openapi.v3.models.create_project import CreateProject
from libica.openapi.v3.models.create_temporary_credentials import CreateTemporaryCredentials
from libica.openapi.v3.models.nextflow_analysis_input import NextflowAnalysisInput
from rows import controls, done, row, same

access = json.loads(sys.argv[1])["ica"]
URL = access["url"]
ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(URL))
control = controls(ORIGIN)
V4 = "application/vnd.illumina.v4+json"


def raises(kind, action, status, text=""):
    """The problem, which the client leaves as text."""
    try:
        action()
    except kind as error:
        same(error.status, status)
        problem = json.loads(error.body)
        assert text in problem["detail"], f"{text!r} is not in {problem!r}"
        same(error.headers["Content-Type"], "application/problem+json")
        return problem
    raise AssertionError(f"{kind.__name__} was not raised")


def client3(accept=None, **options):
    client = v3.ApiClient(v3.Configuration(host=URL, **options))
    if accept is not None:
        client.set_default_header("Accept", accept)
    return client


def client2(**options):
    return v2.ApiClient(v2.Configuration(host=URL, **options))


def with_key(user="demo"):
    return {"api_key": {"ApiKeyAuth": f"{user}-api-key"}}


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


PASSWORD = {"username": access["username"], "password": access["password"]}
versions = [
    ("v3", client3, tokens3.TokenApi, projects3.ProjectApi, data3.ProjectDataApi, analyses3.ProjectAnalysisApi, bundles3.BundleApi, errors3),
    ("v2", client2, tokens2.TokenApi, projects2.ProjectApi, data2.ProjectDataApi, analyses2.ProjectAnalysisApi, bundles2.BundleApi, errors2),
]

for version, client, Tokens, Projects, Data, Analyses, Bundles, errors in versions:
    control("POST", "reset", {})

    @row(f"{version}: a JWT from an API key, from a password, with its tenant, and from a psToken; each says when it ends")
    def _():
        for token in [
            Tokens(client(**with_key())).create_jwt_token(),
            Tokens(client(**PASSWORD)).create_jwt_token(),
            Tokens(client(**PASSWORD)).create_jwt_token(tenant=access["tenant"]),
            Tokens(client(access_token=access["psToken"])).create_jwt_token(),
        ]:
            same(claims(token.token)["sub"], "demo")
            assert claims(token.token)["exp"] > time.time()

    @row(f"{version}: a wrong API key, password, psToken or tenant, and nothing at all")
    def _():
        for wrong in [
            {"api_key": {"ApiKeyAuth": "nope"}},
            {"username": "demo", "password": "nope"},
            {"access_token": "nope"},
            {},
        ]:
            raises(errors.UnauthorizedException, lambda: Tokens(client(**wrong)).create_jwt_token(), 401, "Authentication failed")
        raises(errors.UnauthorizedException, lambda: Tokens(client(**PASSWORD)).create_jwt_token(tenant="lab"), 401)

    @row(f"{version}: who belongs to several tenants has to say which")
    def _():
        bob = {"username": "bob", "password": "bob-password"}
        problem = raises(errors.ApiException, lambda: Tokens(client(**bob)).create_jwt_token(), 400, "several tenants")
        same(problem["parameters"], {"tenant": "must be given"})
        token = Tokens(client(**bob)).create_jwt_token(tenant="lab")
        same([p.name for p in Projects(client(access_token=token.token)).get_projects().items], ["labProject"])

    @row(f"{version}: a JWT is refreshed; one that an API key made is not, nor one that is none")
    def _():
        token = Tokens(client(**PASSWORD)).create_jwt_token().token
        next_token = Tokens(client(access_token=token)).refresh_jwt_token().token
        assert next_token != token
        same(len(Projects(client(access_token=next_token)).get_projects().items), 5)
        made_by_key = Tokens(client(**with_key())).create_jwt_token().token
        raises(errors.ForbiddenException, lambda: Tokens(client(access_token=made_by_key)).refresh_jwt_token(), 403, "cannot be refreshed")
        raises(errors.UnauthorizedException, lambda: Tokens(client(access_token="junk")).refresh_jwt_token(), 401, "not valid")

    @row(f"{version}: a JWT expires, and is then not refreshed any more")
    def _():
        control("POST", "lifetimes", {"accessToken": 300})
        token = Tokens(client(**PASSWORD)).create_jwt_token().token
        same(len(Projects(client(access_token=token)).get_projects().items), 5)
        time.sleep(0.4)
        raises(errors.UnauthorizedException, lambda: Projects(client(access_token=token)).get_projects(), 401, "required")
        raises(errors.UnauthorizedException, lambda: Tokens(client(access_token=token)).refresh_jwt_token(), 401)
        control("POST", "lifetimes", {"accessToken": 3_600_000})

    @row(f"{version}: a JWT that the server has ended")
    def _():
        token = Tokens(client(**PASSWORD)).create_jwt_token().token
        control("POST", "expire-sessions", {"user": "demo"})
        raises(errors.UnauthorizedException, lambda: Projects(client(access_token=token)).get_projects(), 401)

    @row(f"{version}: pages by token")
    def _():
        api = Projects(client(**with_key()))
        first = api.get_projects(page_token="", page_size="2")
        same(([p.name for p in first.items], first.remaining_records), (["project1", "project2"], 3))
        second = api.get_projects(page_token=first.next_page_token, page_size="2")
        last = api.get_projects(page_token=second.next_page_token, page_size="2")
        same(([p.name for p in last.items], last.next_page_token, last.remaining_records), (["project5"], "", 0))

    @row(f"{version}: pages by offset, sorted; without a token there is none")
    def _():
        page = Projects(client(**with_key())).get_projects(page_offset="1", page_size="2", sort="name desc")
        same(([p.name for p in page.items], page.next_page_token, page.total_item_count), (["project4", "project3"], "", 5))

    @row(f"{version}: filters, lists as repeated keys")
    def _():
        api = Projects(client(**with_key()))
        same([p.name for p in api.get_projects(search="ject2").items], ["project2"])
        same([p.name for p in api.get_projects(user_tags=["pilot"]).items], ["project1"])
        same([p.name for p in api.get_projects(user_tags=["pilot", "other"]).items], [])

    @row(f"{version}: a project, and one that is not there, as a problem")
    def _():
        api = Projects(client(**with_key()))
        project = api.get_projects().items[0]
        same(api.get_project(project_id=str(project.id)).name, "project1")
        problem = raises(errors.NotFoundException, lambda: api.get_project(project_id="00000000-0000-4000-8000-00000000ffff"), 404, "not found")
        same((problem["type"], problem["status"]), ("ICA_PRJ_404", 404))

    @row(f"{version}: who may only read is refused")
    def _():
        api = Projects(client(**with_key("viewer")))
        project = str(api.get_projects().items[0].id)
        raises(errors.ForbiddenException, lambda: api.hide_project(project_id=project), 403)

    @row(f"{version}: data, and its bytes from another origin")
    def _():
        project = str(Projects(client(**with_key())).get_projects().items[0].id)
        api = Data(client(**with_key()))
        items = {item.data.details.path: item.data for item in api.get_project_data_list(project_id=project).items}
        same(sorted(items), ["/reads.bin", "/runs/", "/runs/samples.csv", "/überblick.txt"])
        big = items["/reads.bin"]
        url = api.create_download_url_for_data(project_id=project, data_id=big.id).url
        assert urlsplit(url).netloc != urlsplit(URL).netloc
        with urllib.request.urlopen(url) as answer:
            content = answer.read()
        same((len(content), hashlib.md5(content).hexdigest()), (big.details.file_size_in_bytes, big.details.object_e_tag))

    @row(f"{version}: analyses, of which version 3 knows fewer statuses")
    def _():
        project = str(Projects(client(**with_key())).get_projects().items[0].id)
        same([str(a.status) for a in Analyses(client(**with_key())).get_analyses(project_id=project).items], ["SUCCEEDED", "INPROGRESS", "FAILED"])

    @row(f"{version}: bundles")
    def _():
        same([b.name for b in Bundles(client(**with_key())).get_bundles().items], ["references", "drafts", "panels"])


control("POST", "reset", {})


def first_project(client):
    return str(projects3.ProjectApi(client).get_projects().items[0].id)


@row("v3: a project is made once; the second of its name is a conflict")
def _():
    client = client3(**with_key())
    body = CreateProject(
        name="made",
        region_id=regions3.RegionApi(client).get_regions().items[0].id,
        billing_mode="PROJECT",
        data_sharing_enabled=True,
        storage_bundle_id="00000000-0000-4000-8000-000000000501",
    )
    same(projects3.ProjectApi(client).create_project(create_project=body).name, "made")
    problem = raises(errors3.ConflictException, lambda: projects3.ProjectApi(client).create_project(create_project=body), 409, "exists")
    same(problem["parameters"], {"name": "made"})


@row("v3: a file with its upload URL, PUT there, then available; the same key makes it once")
def _():
    client = client3(**with_key())
    project = first_project(client)
    api = data3.ProjectDataApi(client)
    body = CreateFileAndUploadUrl(name="new.txt", folder_path="/made/")
    made = api.create_file_with_upload_url(project_id=project, create_file_and_upload_url=body, idempotency_key="once")
    again = api.create_file_with_upload_url(project_id=project, create_file_and_upload_url=body, idempotency_key="once")
    same((made.data.details.status, again.data.id), ("PARTIAL", made.data.id))
    urllib.request.urlopen(urllib.request.Request(made.upload_url, b"hello", method="PUT")).read()
    item = api.get_project_data(project_id=project, data_id=made.data.id).data
    same((item.details.status, item.details.file_size_in_bytes, item.details.path), ("AVAILABLE", 5, "/made/new.txt"))
    raises(errors3.ConflictException, lambda: api.create_upload_url_for_data(project_id=project, data_id=made.data.id), 409)
    api.delete_data(project_id=project, data_id=made.data.id)
    raises(errors3.NotFoundException, lambda: api.get_project_data(project_id=project, data_id=made.data.id), 404)


@row("v3: the object store wants no credentials beside its URL")
def _():
    client = client3(**with_key())
    url = data3.ProjectDataApi(client).create_download_url_for_data(project_id=first_project(client), data_id="fil.00000000000000000000000000000001").url
    request = urllib.request.Request(url, headers={"Authorization": "Bearer something"})
    try:
        urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        same(error.code, 400)
    else:
        raise AssertionError("it was not refused")


@row("v3: temporary credentials, in both forms")
def _():
    client = client3(**with_key())
    api = data3.ProjectDataApi(client)
    ids = {"project_id": first_project(client), "data_id": "fil.00000000000000000000000000000001"}
    aws = api.create_temporary_credentials_for_data(**ids).aws_temp_credentials
    assert aws.object_prefix.endswith("/runs/samples.csv") and aws.session_token
    rclone = api.create_temporary_credentials_for_data(**ids, create_temporary_credentials=CreateTemporaryCredentials(credentials_format="RCLONE")).rclone_temp_credentials
    same((rclone.storage_type, rclone.config["type"]), ("S3", "s3"))


@row("v3: analyses as version 4 has them: searched, started, aborted")
def _():
    client = client3(V4, **with_key())
    project = first_project(client)
    api = analyses3.ProjectAnalysisApi(client)
    found = api.search_analyses(project_id=project, analysis_query_parameters_pipeline=AnalysisQueryParametersPipeline(status=["IN_PROGRESS"]))
    same([(a.user_reference, a.status) for a in found.items], [("run2", "IN_PROGRESS")])
    body = CreateNextflowAnalysis(user_reference="mine", pipeline_id="00000000-0000-4000-8000-000000000401", analysis_input=NextflowAnalysisInput(inputs=[]))
    made = api.create_nextflow_analysis(project_id=project, create_nextflow_analysis=body)
    same(made.status, "REQUESTED")
    api.abort_analysis(project_id=project, analysis_id=str(made.id))
    same(api.get_analysis(project_id=project, analysis_id=str(made.id)).status, "ABORTED")
    raises(errors3.ConflictException, lambda: api.abort_analysis(project_id=project, analysis_id=str(made.id)), 409)


@row("v3: bundles are linked to projects, and taken away")
def _():
    client = client3(**with_key())
    project = first_project(client)
    api = projects3.ProjectApi(client)
    same([b.bundle.name for b in api.get_project_bundles(project_id=project).items], ["references"])
    panels = str(bundles3.BundleApi(client).get_bundles(search="panels").items[0].id)
    api.link_project_bundle(project_id=project, bundle_id=panels)
    same([b.bundle.name for b in api.get_project_bundles(project_id=project).items], ["references", "panels"])
    api.unlink_project_bundle(project_id=project, bundle_id=panels)
    same(len(api.get_project_bundles(project_id=project).items), 1)


@row("v2: a folder is made")
def _():
    client = client2(**with_key())
    project = str(projects2.ProjectApi(client).get_projects().items[0].id)
    made = data2.ProjectDataApi(client).create_data_in_project(project_id=project, create_data=CreateData2(name="folder", data_type="FOLDER"))
    same((made.data.details.path, str(made.data.details.data_type)), ("/folder/", "FOLDER"))


done()
