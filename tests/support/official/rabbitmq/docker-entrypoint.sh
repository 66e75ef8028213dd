#!/bin/bash
# Behaves as the documentation of the official image says, written for tests: files of another owner become the
# server's, and Erlang makes its cookie itself.
set -euo pipefail

case "$1" in
rabbitmq*)
    if [ "$(id -u)" = 0 ]; then
        if [ "$1" = rabbitmq-server ]; then find /var/lib/rabbitmq \! -user rabbitmq -exec chown rabbitmq '{}' +; fi
        exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups --inh-caps=-all "${BASH_SOURCE[0]}" "$@"
    fi
    ;;
esac
exec "$@"
