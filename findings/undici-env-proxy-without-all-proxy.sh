#!/usr/bin/env bash
# undici 7.30.0 (npm), valid input: ALL_PROXY names a proxy, as curl, git and npm packages such as proxy-from-env heed it.
# Seen: EnvHttpProxyAgent reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY and not ALL_PROXY: the request goes out directly. A program
# whose sockets find their proxy with proxy-from-env and whose fetch has this agent takes two ways to one server.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent undici@7.30.0 proxy-from-env@2.1.0
cat > try.mjs <<'JS'
import { createServer } from 'node:http'
import { getProxyForUrl } from 'proxy-from-env'
import { EnvHttpProxyAgent, fetch } from 'undici'
const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))
let asked = 0
const proxy = createServer((_request, response) => response.end('proxied')).on('connect', (_request, socket) => socket.end())
proxy.on('request', () => asked++).on('connect', () => asked++)
const target = createServer((_request, response) => response.end('direct'))
const url = `http://127.0.0.1:${await listening(target)}/`
const address = `http://127.0.0.1:${await listening(proxy)}`
for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) for (const each of [name, name.toLowerCase()]) delete process.env[each]
process.env.ALL_PROXY = address
const text = await (await fetch(url, { dispatcher: new EnvHttpProxyAgent() })).text()
console.log(`proxy-from-env: ${getProxyForUrl(url) === address ? 'the proxy' : 'none'}; undici: ${text}, the proxy was asked ${asked} times`)
process.exit(0)
JS
said=$(node try.mjs)
expected='proxy-from-env: the proxy; undici: direct, the proxy was asked 0 times'
echo "$said"
[ "$said" = "$expected" ] || { echo "changed: expected $expected"; exit 1; }
