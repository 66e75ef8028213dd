#!/bin/sh
# Installs Debian packages in a recipe's build step and leaves no index, no cache and no log behind.
# A company's CA bundle, where one is given, is there only during this step: a build secret, never a layer.
set -eu

ca=/run/secrets/ca
if [ -s "$ca" ]; then
    export APT_CONFIG=/tmp/plumbline-apt.conf
    printf 'Acquire::https::CaInfo "%s";\n' "$ca" >"$APT_CONFIG"
fi
trap 'rm -f /tmp/plumbline-apt.conf' EXIT

export DEBIAN_FRONTEND=noninteractive
# APT_OPTIONS holds several options, so it is split on purpose.
# shellcheck disable=SC2086
apt-get ${APT_OPTIONS:-} -o APT::Update::Error-Mode=any update
# shellcheck disable=SC2086
apt-get ${APT_OPTIONS:-} -o Dpkg::Use-Pty=0 install --yes --no-install-recommends "$@"
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log /var/log/alternatives.log
