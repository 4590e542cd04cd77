// What the programs beside this file dial: everything of ours on one port, for one principal, and what echoes beside it.
import { createServer } from 'node:http'
import { attachEndpoints, createHub, memoryLog, parseToken, tokenAuthenticate } from '@holdfast/server'
import { permissionPrompts, sessionsEndpoint } from '@holdfast/server/sessions'
import { HubRelay, openTracker, trackerEndpoint, trackerRequests } from '@holdfast/server/tracker'
import { attachShells, defaultPolicy, ShellHost } from '@holdfast/shell-host'
import { acceptChannel } from '@holdfast/transport-node'
import { WebSocketServer } from 'ws'

export const token = 'secret'
const log = memoryLog()
const authenticate = tokenAuthenticate([parseToken(`${token}=ann`)])
const hub = createHub({ log, authenticate, requireApproval: permissionPrompts() })
const tracker = await openTracker({ log, relay: new HubRelay(hub, console) })
const shells = attachShells(new ShellHost({ policy: defaultPolicy({ shell: '/bin/sh' }) }), { authenticate })
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('id: 1\ndata: hello\n\n')
})
// As an application has it already.
const echoes = new WebSocketServer({ server, path: '/echo' })
echoes.on('connection', (webSocket, request) => {
  const channel = acceptChannel(webSocket, request)
  channel.start({ frame: (frame) => channel.send(frame), closed: () => {} })
})
attachEndpoints(server, {
  upgrades: [hub.upgrades, sessionsEndpoint({ hub, authenticate }), trackerEndpoint({ tracker, authenticate }), shells],
  requests: [hub.requests, trackerRequests({ tracker, authenticate })],
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
export const host = `127.0.0.1:${server.address().port}`
export const url = `http://${host}`

/** A stranger's program ends when it has said what it has to say. */
export function say(...words) {
  console.log(...words)
  process.exit(0)
}
