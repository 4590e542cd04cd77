import { nodeWebSocket } from '@holdfast/transport-node'
import { host, say } from './surroundings.mjs'

const transport = nodeWebSocket()
const channel = await transport.open({ url: `ws://${host}/echo` }, { signal: AbortSignal.timeout(10_000) })
channel.start({ frame: () => channel.close(1000, 'bye'), closed: (end) => say('ended', end.code, end.reason) })
channel.send('hello')
