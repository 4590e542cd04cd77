#!/usr/bin/env bash
# undici 7.30.2 and ws 8.23.0 (npm), valid input: a server at 127.0.0.1:6566, one port for WebSockets and REST beside each other.
# RFC 9110 section 4.2 lets an http address name any port. The Fetch standard, "port blocking", has a list of ports that browsers
# must not ask; Node's fetch, a client on servers too, keeps to it.
# Seen: ws opens its WebSocket. fetch of the same server never dials and fails with TypeError "fetch failed", whose cause is an
# Error "bad port" without a code, unlike every failure of the network. A client that is live over its WebSocket has a REST
# side that fails as if the server were gone, and retries what no retry can mend.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent undici@7.30.2 ws@8.23.0
cat > try.mjs <<'JS'
import { createServer } from 'node:http'
import { fetch } from 'undici'
import { WebSocket, WebSocketServer } from 'ws'
let asked = 0
const server = createServer((_request, response) => {
  asked += 1
  response.end('here')
})
new WebSocketServer({ server })
await new Promise((resolve) => server.listen(6566, '127.0.0.1', resolve))
const socket = new WebSocket('ws://127.0.0.1:6566')
const opened = await new Promise((resolve) => {
  socket.on('open', () => resolve('open'))
  socket.on('error', (error) => resolve(error.message))
})
const fetched = await fetch('http://127.0.0.1:6566').catch((error) => error)
const { cause } = fetched
console.log(JSON.stringify({ webSocket: opened, fetch: fetched.message, cause: cause?.message, code: cause?.code ?? null, asked }))
process.exit()
JS
said=$(node try.mjs)
expected='{"webSocket":"open","fetch":"fetch failed","cause":"bad port","code":null,"asked":0}'
echo "undici 7.30.2 and ws 8.23.0 say: $said"
[ "$said" = "$expected" ] || { echo "changed: expected $expected"; exit 1; }
