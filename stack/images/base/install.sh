#!/bin/sh
# Installs Debian packages in a recipe's build step and leaves no index, no cache and no log behind.
# A company's CA bundle and the logins of mirrors, where they are given, are there only during this step: build secrets,
# never a layer.
set -eu

ca=/run/secrets/ca
auth=/run/secrets/apt-auth
export APT_CONFIG=/tmp/plumbline-apt.conf
trap 'rm -f /tmp/plumbline-apt.conf' EXIT
: >"$APT_CONFIG"
if [ -s "$ca" ]; then
    printf 'Acquire::https::CaInfo "%s";\n' "$ca" >>"$APT_CONFIG"
fi
if [ -s "$auth" ]; then
    printf 'Dir::Etc::netrc "%s";\n' "$auth" >>"$APT_CONFIG"
fi

export DEBIAN_FRONTEND=noninteractive
# APT_OPTIONS holds several options, so it is split on purpose.
# shellcheck disable=SC2086
apt-get ${APT_OPTIONS:-} -o APT::Update::Error-Mode=any update
# shellcheck disable=SC2086
apt-get ${APT_OPTIONS:-} -o Dpkg::Use-Pty=0 install --yes --no-install-recommends "$@"
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log /var/log/alternatives.log
