#!/usr/bin/env bash
# stomp-broker-js 1.3.0 (npm), valid input: SUBSCRIBE and SEND with a receipt header, over a WebSocket.
# STOMP 1.2, "RECEIPT": a server answers with it once it has processed a frame that asks for one; "Standard Headers, receipt": any
# frame but CONNECT may ask.
# Seen: only DISCONNECT is answered. SUBSCRIBE and SEND are processed without RECEIPT and without ERROR, and what was sent does not
# come back to a subscription of the connection that sent it. A client whose send() resolves with the receipt waits for ever, takes the link
# for dead, or sends again what had arrived: in a test with this broker that is no fault of the client.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent stomp-broker-js@1.3.0 ws@8.23.0
cat > try.mjs <<'JS'
import { createServer } from 'node:http'
import Broker from 'stomp-broker-js'
import { WebSocket } from 'ws'
const server = createServer()
new Broker({ server, path: '/ws' })
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
async function client() {
  const frames = []
  const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}/ws`)
  socket.on('message', (data) => {
    const [command, ...headers] = String(data).split('\n')
    frames.push([command, ...headers.filter((line) => line.startsWith('receipt-id:'))].join(' '))
  })
  await new Promise((resolve) => socket.on('open', resolve))
  const send = async (command, headers, body = '') => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
    socket.send(`${command}\n${lines.join('')}\n${body}\0`)
    await pause(500)
  }
  await send('CONNECT', { 'accept-version': '1.1,1.2', host: 'localhost' })
  return { frames, send }
}
const [one, other] = [await client(), await client()]
await other.send('SUBSCRIBE', { id: '1', destination: '/a' })
await one.send('SUBSCRIBE', { id: '1', destination: '/a', receipt: 'subscribed' })
await one.send('SEND', { destination: '/a', receipt: 'sent' }, 'hello')
await pause(2_000)
await one.send('DISCONNECT', { receipt: 'left' })
console.log(JSON.stringify({ sender: one.frames, other: other.frames }))
process.exit()
JS
said=$(node try.mjs)
expected='{"sender":["CONNECTED","RECEIPT receipt-id:left"],"other":["CONNECTED","MESSAGE"]}'
echo "stomp-broker-js 1.3.0 says: $said"
[ "$said" = "$expected" ] || { echo "changed: expected $expected"; exit 1; }
