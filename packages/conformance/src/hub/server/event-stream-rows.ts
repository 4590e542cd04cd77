import type { StreamEvent } from '../../checking/event-stream.ts'
import { objectOf, readJson } from '../../checking/json.ts'
import { expectSame, expectThat, NotApplicable } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import { EventStreamPeer } from '../event-stream-peer.ts'
import type { HubStage } from '../hub-stage.ts'

const ASKING = 'resume-extension.md, Asking'

async function open(stage: HubStage, lastEventId?: string): Promise<EventStreamPeer> {
  const peer = await EventStreamPeer.open(stage.target, await stage.sessionId(), lastEventId)
  if (peer.status !== 200) throw new NotApplicable(`the server has no event streams (HTTP ${peer.status})`)
  return peer
}

function textOf({ data }: StreamEvent): unknown {
  return objectOf(readJson(data)['data'])['text']
}

/** The event stream, for observers. */
export const EVENT_STREAM_ROWS: readonly Row<HubStage>[] = [
  {
    id: 'hub/stream-offer',
    requires: 'The snapshot of an event stream has the offer as its member holdfast.',
    section: ASKING,
    check: async (stage) => {
      const peer = await open(stage)
      try {
        const snapshot = await peer.frames.next(({ event }) => event === 'snapshot', 'an event snapshot')
        const { holdfast } = readJson(snapshot.data)
        expectThat(objectOf(holdfast)['v'] === 1, 'holdfast with v', snapshot.data)
      } finally {
        peer.close()
      }
    },
  },
  {
    id: 'hub/stream-resume',
    requires: 'Events have their position as id, and Last-Event-ID goes on behind it.',
    section: ASKING,
    check: async (stage) => {
      const peer = await open(stage)
      await stage.publish(['1'])
      const first = await peer.frames.next((event) => textOf(event) === '1', 'the event "1"')
      peer.close()
      expectThat(/^[^.]+\.\d+\./.test(first.id), 'an id {epoch}.{seq}.{anchor}', first.id)
      await stage.publish(['2', '3'])
      const again = await open(stage, first.id)
      try {
        await again.frames.next((event) => textOf(event) === '3', 'the event "3"')
        const texts = again.frames.all.map(textOf).filter((text) => text !== undefined)
        expectSame(texts, ['2', '3'], 'the events')
      } finally {
        again.close()
      }
    },
  },
]
