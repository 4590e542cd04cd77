import { observeHub } from '@holdfast/hub'
import { eventStream } from '@holdfast/transport-sse'

/** An observer in ten lines, over server-sent events; only of processes and the session's end. */
export async function observeEvents(url: string, sessionId: string, print: (line: string) => void): Promise<void> {
  const subscribe = ['runtime_process_*', 'session_complete']
  for await (const item of observeHub({ transport: eventStream(), url, sessionId, subscribe })) {
    if (!('data' in item) || item.data.type !== 'broadcast') continue
    print(`${String(item.data['event'])} ${JSON.stringify(item.data['data'])}`)
    if (item.data['event'] === 'session_complete') break
  }
}
