import { createServer } from 'node:http'
import { attachEndpoints, parseToken, slowGuesses, tokenAuthenticate } from '@holdfast/gate'
import { attachShells, defaultPolicy, ShellHost } from '@holdfast/shell-host'
import { say } from './surroundings.mjs'

const authenticate = slowGuesses(tokenAuthenticate([parseToken('secret=ann:shell')]))
const shells = attachShells(new ShellHost({ policy: defaultPolicy({ shell: '/bin/bash' }) }), { authenticate })
const server = createServer((_request, response) => response.end('my application'))
attachEndpoints(server, { upgrades: [shells], requests: [] })
server.listen(0, '127.0.0.1', async () => {
  say(await (await fetch(`http://127.0.0.1:${server.address().port}/`)).text())
})
