# What has to be installed: packages of Debian, and a few of npm in a folder of their own.
debian="krb5-kdc krb5-admin-server krb5-user apache2 apache2-utils libapache2-mod-auth-gssapi gss-ntlmssp nginx lighttpd squid-openssl winbind
  microsocks slapd ldap-utils redis-server gnome-keyring dbus-daemon libsecret-tools curl openssl libkrb5-dev g++ make python3 python3-dev python3-venv"
missing=
for package in $debian; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  # the services of the distribution are not wanted: policy-rc.d keeps apt from starting them
  policy=/usr/sbin/policy-rc.d ours=
  if ! [ -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    ours=1
  fi
  export DEBIAN_FRONTEND=noninteractive
  ok=1
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >"$LOG/apt.log" 2>&1 || ok=
  [ -z "$ours" ] || rm -f $policy
  if [ -z "$ok" ]; then
    tail -20 "$LOG/apt.log" >&2
    say "apt could not install$missing"
    exit 1
  fi
fi

npm_install() { # FOLDER PACKAGE...
  local folder=$1
  shift
  if ! (cd "$folder" && npm install --no-fund --no-audit --no-package-lock --foreground-scripts "$@") >>"$LOG/npm.log" 2>&1; then
    tail -20 "$LOG/npm.log" >&2
    say "npm could not install $*"
    exit 1
  fi
}
if ! [ -d "$TB/npm/node_modules/oidc-provider" ] || ! [ -x "$TB/npm/node_modules/.bin/node" ]; then
  echo '{ "private": true, "type": "module", "allowScripts": { "node": true } }' >"$TB/npm/package.json"
  npm_install "$TB/npm" node@24 oidc-provider@9
fi

# npm kerberos first asks a host outside of the registry for a compiled one. It is compiled here instead, with Node's headers
# from the package `node`, so that nothing but apt and the registry is needed.
if ! [ -e "$TB/kerberos/node_modules/kerberos/build/Release/kerberos.node" ]; then
  echo '{ "private": true, "allowScripts": { "kerberos": true } }' >"$TB/kerberos/package.json"
  headers=$(dirname "$(find "$TB/npm/node_modules" -path '*/include/node/node_api.h' | head -1)")
  npm_config_build_from_source=true npm_config_nodedir=${headers%/include/node} npm_install "$TB/kerberos" kerberos@7
fi

cp "$PROGRAMS/fault.ts" "$PROGRAMS/oidc.mjs" "$TB/npm/"
cp "$PROGRAMS/whoami.sh" "$TB/cgi/whoami"
chmod 755 "$TB/cgi/whoami"
