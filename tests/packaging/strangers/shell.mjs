import { ShellSession } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import { host, say, token } from './surroundings.mjs'

const url = `ws://${host}`
const shell = await new ShellSession({ transport: nodeWebSocket(), url, token: () => token, shellId: 'work' }).connect()
await shell.send('exit 3\n')
for await (const frame of shell) if (frame.channel === 'stdout') process.stderr.write(frame.text)
const { kind, code } = await shell.result
say(kind, code)
