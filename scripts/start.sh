#!/bin/sh
# `npm start`: the proxy on configs/quickstart.yaml, or with the arguments given after `npm start --`.
root=$(CDPATH= cd -P "$(dirname "$0")/.." && pwd) || exit 1

if [ $# -eq 0 ]; then
  set -- -c "$root/configs/quickstart.yaml"
  cat <<'URLS'
Nuncio starts on configs/quickstart.yaml. Try:

  http://127.0.0.1:10000/             two demo upstreams in turn
  http://127.0.0.1:10000/blue         always the blue one; /green the other
  http://127.0.0.1:10000/canary       one in ten requests goes to green
  http://127.0.0.1:10000/old          a redirect
  http://127.0.0.1:10000/hello        an answer of the proxy itself
  http://127.0.0.1:10001/             the same upstreams through the TCP proxy
  http://127.0.0.1:9901/              the admin page; /stats, /clusters, /config_dump

Ctrl-C ends it.

URLS
fi

exec "$root/bin/nuncio" "$@"
