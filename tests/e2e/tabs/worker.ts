import { serveTabs } from '@holdfast/tabs'
import { type Entry, logConnection, type Note } from './log-client.ts'

const { url = '', name = '' }: { url?: string; name?: string } = JSON.parse(Object(globalThis).name)
serveTabs<Entry, Note>({ name, connect: ({ after }) => logConnection(url, after) })

// Nothing of this worker runs until the stage releases it.
new BroadcastChannel(`hang ${name}`).onmessage = () => {
  const request = new XMLHttpRequest()
  request.open('GET', '/held', false)
  request.send()
}
