# Where everything is, which port serves what, and how a process is started, found again and stopped. Sourced, never run.
SETUP=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PROGRAMS=$SETUP/../programs
TB=${CREDENCE_SERVERS_HOME:-${TMPDIR:-/tmp}/credence-servers}
LOG=$TB/logs
RUN=$TB/run
PATH=$TB/npm/node_modules/.bin:$PATH:/usr/sbin:/sbin
export PATH

# One base, fixed distances: another base gives another set of servers beside this one. It has to stay below 32768, from where
# the kernel takes ports for connections.
BASE=${CREDENCE_SERVERS_PORT:-21000}
at() { echo $((BASE + $1)); }
P_KDC=$(at 88) P_KPASSWD=$(at 464) P_KADMIN=$(at 749)
P_WEB=$(at 80) P_WEBS=$(at 443) P_LIGHTTPD=$(at 81) P_WEB_NTLM=$(at 82) P_WEB_MULTI=$(at 83)
P_TLS=$(at 501) P_MTLS=$(at 502) P_MTLS_OPT=$(at 503) P_EXPIRED=$(at 504) P_WRONGHOST=$(at 505) P_SELFSIGNED=$(at 506)
P_OTHERCA=$(at 507) P_REVOKED=$(at 508) P_TLS11=$(at 509) P_NOCHAIN=$(at 510) P_H2=$(at 511) P_MTLS_ALERT=$(at 512)
P_PROXY=$(at 128) P_PROXY_BASIC=$(at 129) P_PROXY_TLS=$(at 130) P_PROXY_NEGO=$(at 131) P_PROXY_DIGEST=$(at 132)
P_WEBPROXY=$(at 133) P_PROXY_NTLM=$(at 134)
P_SOCKS=$(at 180) P_SOCKS_AUTH=$(at 181)
P_LDAP=$(at 389) P_LDAPS=$(at 636) P_REDIS=$(at 379) P_OIDC=$(at 600) P_OIDCS=$(at 601) P_FAULT=$(at 474)
# a web server in front of the systems that credence signs in to, and where tests serve these
P_SYSTEMS=$(at 444) P_BEHIND=$(at 700)

REALM=TESTBED.TEST
# the proxies resolve this name, nothing else does
NAME=app.testbed.test

# Made-up people. zoe's password is not ASCII; she is known to Basic and Digest only.
PEOPLE="alice bob carol"
U=alice
PW=wonderland-1
U2=zoe
PW2='pässwörd€'
password() { case $1 in alice) echo "$PW" ;; bob) echo builder-2 ;; carol) echo singer-3 ;; zoe) echo "$PW2" ;; esac; }

say() { echo "servers: $*" >&2; }

# A process is known by its id and by when it started, so that an id which was given to somebody else is never taken for ours.
started() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
alive() { # NAME
  local pid since
  [ -r "$RUN/$1.pid" ] || return 1
  read -r pid since <"$RUN/$1.pid"
  [ -n "$since" ] && [ "$(started "$pid")" = "$since" ]
}
start() { # NAME COMMAND...: in the background and in a session of its own, unless it runs already
  local name=$1 pid
  shift
  alive "$name" && return 0
  setsid "$@" >>"$LOG/$name.log" 2>&1 </dev/null &
  pid=$!
  echo "$pid $(started $pid)" >"$RUN/$name.pid"
}
