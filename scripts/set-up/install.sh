#!/bin/sh
# Installs Debian packages without letting any service start.
# usage: install.sh POLICY PACKAGE…     POLICY: the policy-rc.d to use, /usr/sbin/policy-rc.d
set -eu
policy=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM HUP

# What Debian asks before it starts a service: 101 means no. One that is there already stays.
if [ ! -e "$policy" ]; then
  trap 'rm -f "$log" "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq \
    -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" >>"$log" 2>&1
}

# Stale lists name versions that the mirrors no longer have.
if ! apt install -y --no-install-recommends "$@"; then
  { apt update && apt install -y --no-install-recommends "$@"; } || {
    tail -n 30 "$log" >&2
    exit 1
  }
fi
