import { eventStream } from '@holdfast/transport-sse'
import { say, url } from './surroundings.mjs'

const transport = eventStream()
const channel = await transport.open({ url: `${url}/events` }, { signal: new AbortController().signal })
channel.start({ frame: ({ event, data, id }) => say(event, id, data), closed: () => {} })
