import { createServer } from 'node:http'
import { acpEndpoint } from '@holdfast/acp-host'
import { attachEndpoints, parseToken, tokenAuthenticate } from '@holdfast/gate'
import { say } from './surroundings.mjs'

// The smallest service there is: it knows `initialize`.
const service = {
  connect: (peer) => ({
    receive: ({ id }) => peer.send({ jsonrpc: '2.0', id, result: { protocolVersion: 1 } }),
    detached() {},
    attached() {},
    closed() {},
  }),
  async close() {},
}
const { upgrade, request } = acpEndpoint({ service, authenticate: tokenAuthenticate([parseToken('secret=ann')]) })
const server = createServer()
attachEndpoints(server, { upgrades: [upgrade], requests: [request] })
server.listen(0, '127.0.0.1', async () => {
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/acp`, {
    method: 'POST',
    headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: 1 } }),
  })
  say(answer.status, (await answer.json()).result.protocolVersion)
})
