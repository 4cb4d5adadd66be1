"""The official oVirt SDK against the sandbox: one line a row, and exit code 1 if any row is not ok.

usage: ovirt.py SANDBOX_JSON   (what `sandbox --json` prints)
"""

import json
import sys
import time
from urllib.parse import urlsplit

import ovirtsdk4 as sdk
from rows import controls, done, row, same
import ovirtsdk4.types as types

access = json.loads(sys.argv[1])["ovirt"]
URL = access["url"]
ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(URL))
control = controls(ORIGIN)
GIB = 1024**3


def raises(kind, action, text="", code=None):
    try:
        action()
    except kind as error:
        assert text in str(error), f"{text!r} is not in {error!s}"
        if code is not None:
            same(error.code, code)
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def received(path):
    return [entry for entry in control("GET", "received")["requests"] if entry["system"] == "ovirt" and entry["path"] == path]


def connect(username=access["username"], password=access["password"], **options):
    return sdk.Connection(url=URL, username=username, password=password, **options)


TOKEN = "/ovirt-engine/sso/oauth/token"
LOGOUT = "/ovirt-engine/services/sso-logout"

connection = connect()
system = connection.system_service()
vms = system.vms_service()


def vm_named(name, service=vms):
    return service.list(search=f"name={name}")[0]


@row("a token by password, on first use, once")
def _():
    control("DELETE", "received")
    assert connection.test(raise_exception=True)
    assert len(vms.list()) == 12
    same(len(received(TOKEN)), 1)
    same(connection.authenticate(), connection.authenticate())


@row("the API's root: product, summary, time, links")
def _():
    api = system.get()
    same((api.product_info.name, api.product_info.vendor), ("oVirt Engine", "ovirt.org"))
    same((api.product_info.version.major, api.product_info.version.minor, api.product_info.version.full_version), (4, 5, "4.5.0-1.el8"))
    same((api.summary.vms.total, api.summary.vms.active, api.summary.hosts.total), (12, 6, 3))
    assert api.time.year >= 2024
    same(api.special_objects.blank_template.id, "00000000-0000-0000-0000-000000000000")


@row("lists: search, max, case, order, pages")
def _():
    same([vm.name for vm in vms.list(search="name=vm2")], ["vm2"])
    same([vm.name for vm in vms.list(search="name=VM2", case_sensitive=True)], [])
    same([vm.name for vm in vms.list(search="name=vm1* sortby name desc", max=2)], ["vm12", "vm11"])
    same({vm.status for vm in vms.list(search="status=up")}, {types.VmStatus.UP})
    same([vm.name for vm in vms.list(search="sortby name asc page 3", max=5)], ["vm11", "vm12"])
    raises(sdk.Error, lambda: vms.list(search="name ="), "cannot be understood", 400)


@row("a virtual machine, with the types of its members")
def _():
    vm = vms.vm_service(vm_named("vm1").id).get()
    same((vm.name, vm.status, vm.memory, vm.stateless), ("vm1", types.VmStatus.UP, GIB, False))
    same((vm.cpu.topology.cores, vm.cpu.architecture), (1, types.Architecture.X86_64))
    assert vm.creation_time.tzinfo is not None
    assert vm.href.endswith(vm.id)
    same(vm.type, types.VmType.SERVER)


@row("links are followed, one by one and with the answer")
def _():
    vm = vm_named("vm1")
    same(connection.follow_link(vm.cluster).name, "Default")
    nics = connection.follow_link(vm.nics)
    same([nic.name for nic in nics], ["nic1"])
    same(nics[0].mac.address, "56:6f:00:00:00:01")
    inside = vms.list(search="name=vm1", follow="nics,disk_attachments")[0]
    same(inside.nics[0].name, "nic1")
    attachments = vms.vm_service(vm.id).disk_attachments_service().list()
    same(connection.follow_link(attachments[0].disk).name, "vm1_disk1")


@row("every other collection")
def _():
    same([cluster.name for cluster in system.clusters_service().list()], ["Default", "Edge"])
    same([center.name for center in system.data_centers_service().list()], ["Default"])
    same([(domain.name, domain.type) for domain in system.storage_domains_service().list()], [("data1", types.StorageDomainType.DATA), ("iso1", types.StorageDomainType.ISO)])
    same([host.status for host in system.hosts_service().list()], [types.HostStatus.UP, types.HostStatus.UP, types.HostStatus.MAINTENANCE])
    disks = system.disks_service().list()
    same((len(disks), disks[0].provisioned_size, disks[0].format), (12, 10 * GIB, types.DiskFormat.COW))
    networks = system.networks_service().list()
    same([(network.name, network.mtu, network.vlan.id if network.vlan else None) for network in networks], [("ovirtmgmt", 0, None), ("storage", 9000, 100)])
    same([template.name for template in system.templates_service().list()], ["Blank", "debian12"])
    same([tag.name for tag in system.tags_service().list()], ["root", "production"])
    same(len(system.jobs_service().list()), 1)
    events = system.events_service().list(max=3, from_=10)
    same([event.id for event in events], ["11", "12", "13"])
    same(events[0].severity, types.LogSeverity.NORMAL)


@row("a machine is added, changed, started, stopped and removed")
def _():
    added = vms.add(types.Vm(name="peer", memory=2 * GIB, cluster=types.Cluster(name="Edge"), template=types.Template(name="Blank")))
    same((added.name, added.status, added.memory), ("peer", types.VmStatus.DOWN, 2 * GIB))
    same(connection.follow_link(added.cluster).name, "Edge")
    service = vms.vm_service(added.id)
    same(service.update(types.Vm(description="<&\"'> ü", name="peer2")).description, "<&\"'> ü")
    same(service.get().name, "peer2")
    service.start()
    states = [service.get().status for _ in range(4)]
    same(states[0], types.VmStatus.POWERING_UP)
    same(states[-1], types.VmStatus.UP)
    raises(sdk.Error, service.start, "Cannot run VM. VM is running.", 409)
    raises(sdk.Error, service.remove, "VM is running", 409)
    service.stop()
    while service.get().status != types.VmStatus.DOWN:
        time.sleep(0.01)
    service.remove()
    raises(sdk.NotFoundError, service.get, "Entity not found", 404)


@row("refusals: no name, a name that is taken, what is not there")
def _():
    raises(sdk.Error, lambda: vms.add(types.Vm()), "VM name is required", 400)
    raises(sdk.Error, lambda: vms.add(types.Vm(name="vm1")), "already in use", 409)
    raises(sdk.NotFoundError, lambda: vms.vm_service("nope").get(), "Entity not found: nope", 404)


@row("several requests at once")
def _():
    futures = [vms.vm_service(vm.id).get(wait=False) for vm in vms.list(max=3)]
    same([future.wait().name for future in futures], ["vm1", "vm2", "vm3"])


@row("a wrong password, and accounts that are refused in other shapes")
def _():
    raises(sdk.AuthError, lambda: connect(password="no").test(raise_exception=True), "access_denied : Cannot authenticate user Invalid username or password.")
    same(connect(password="no").test(), False)
    raises(sdk.AuthError, lambda: connect("locked").test(raise_exception=True), "The account is locked")
    raises(sdk.AuthError, lambda: connect("expired").test(raise_exception=True), "The password has expired")


@row("a login page in place of an answer")
def _():
    control("POST", "faults", {"kind": "status", "status": 200, "path": TOKEN, "headers": {"Content-Type": "text/html"}, "body": "<html>login</html>"})
    raises(sdk.Error, lambda: connect().authenticate(), "isn't the expected JSON")


@row("a token that has expired is renewed once, with the body sent again")
def _():
    control("POST", "expire-sessions", {"user": "demo"})
    control("DELETE", "received")
    same(len(vms.list()), 12)
    same(len(received(TOKEN)), 1)
    same([entry["status"] for entry in received("/ovirt-engine/api/vms")], [401, 200])
    control("POST", "expire-sessions", {})
    added = vms.add(types.Vm(name="after401"))
    same(added.name, "after401")
    vms.vm_service(added.id).remove()


@row("lifetimes end by the clock")
def _():
    control("POST", "lifetimes", {"accessToken": 50})
    short = connect()
    first = short.authenticate()
    time.sleep(0.1)
    assert short.test(raise_exception=True)
    assert short.authenticate() != first
    control("POST", "lifetimes", {"accessToken": 1_800_000})


@row("refused for ever: 401 twice")
def _():
    body = "<fault><reason>Unauthorized</reason><detail>The access token is invalid</detail></fault>"
    control("POST", "faults", {"kind": "status", "status": 401, "path": "/ovirt-engine/api/hosts", "times": 2, "headers": {"Content-Type": "application/xml"}, "body": body})
    raises(sdk.AuthError, lambda: system.hosts_service().list(), "The access token is invalid", 401)


@row("a token that is given, and one that was revoked")
def _():
    first = connect()
    token = first.authenticate()
    first.close(logout=False)
    second = sdk.Connection(url=URL, token=token)
    same(len(second.system_service().vms_service().list()), 12)
    control("DELETE", "received")
    second.close()
    same(len(received(LOGOUT)), 1)
    raises(sdk.AuthError, lambda: sdk.Connection(url=URL, token=token).test(raise_exception=True), "Invalid username or password")
    raises(sdk.AuthError, sdk.Connection(url=URL, token=token).close, "already been revoked")


@row("who is no administrator needs a filter, and sees what is his")
def _():
    viewer = connect("viewer")
    his = viewer.system_service().vms_service()
    raises(sdk.AuthError, his.list, "insufficient permissions", 403)
    same([vm.name for vm in his.list(filter=True)], ["vm1"])
    filtered = connect("viewer", headers={"Filter": "true"}).system_service().vms_service()
    same([vm.name for vm in filtered.list()], ["vm1"])
    raises(sdk.AuthError, lambda: filtered.add(types.Vm(name="mine")), "not authorized", 403)
    raises(sdk.NotFoundError, lambda: filtered.vm_service(vm_named("vm2").id).get(), "Entity not found", 404)
    raises(sdk.AuthError, lambda: viewer.system_service().tags_service().add(types.Tag(name="t")), "not authorized", 403)


@row("Kerberos is asked for where it is, and nobody gets in without a ticket")
def _():
    control("DELETE", "received")
    raises(sdk.Error, lambda: sdk.Connection(url=URL, kerberos=True).authenticate(), "isn't the expected JSON")
    same(received("/ovirt-engine/sso/oauth/token-http-auth")[0]["status"], 401)


@row("a path that is not the API's")
def _():
    wrong = sdk.Connection(url=f"{ORIGIN}/wrong", username="demo", password="demo-password")
    raises(sdk.Error, lambda: wrong.test(raise_exception=True), "/ovirt-engine/api")


@row("versions and media types of its requests")
def _():
    vms.list(max=1)
    entry = received("/ovirt-engine/api/vms")[-1]
    same((entry["headers"]["version"], entry["headers"]["accept"], entry["identity"]), ("4", "application/xml", {"userName": "demo", "method": "TOKEN"}))


@row("the end: the token is revoked, and nothing works afterwards")
def _():
    control("DELETE", "received")
    token = connection.authenticate()
    connection.close()
    same(len(received(LOGOUT)), 1)
    raises(sdk.AuthError, lambda: sdk.Connection(url=URL, token=token).test(raise_exception=True))
    raises(Exception, lambda: vms.list())


done()
