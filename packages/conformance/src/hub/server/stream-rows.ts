import { isCount, type Json, objectOf } from '../../checking/json.ts'
import { expectSame, expectThat } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import type { HubPeer } from '../hub-peer.ts'
import { type HubStage, SKIPPED, WANTED } from '../hub-stage.ts'

const POSITION = 'resume-extension.md, Asking'
const OFFER = 'resume-extension.md, The offer'
const STREAM = 'resume-extension.md, The stream'

/** Skipped events before the head must be reported. */
const MARK_EVENTS = 500

/** An observer has seen one event, is gone, and has missed three. */
async function missedThree(stage: HubStage): Promise<HubPeer> {
  const first = await stage.observer()
  await stage.publish(['1'])
  const position = first.positionAt(await first.event('1'))
  first.drop()
  await stage.publish(['2', '3', '4'])
  return stage.observer({ after: position })
}

/** A position that does not hold, made of one that does. */
async function afterWrong(stage: HubStage, wrong: (position: string) => string): Promise<HubPeer> {
  const first = await stage.observer()
  await stage.publish(['1'])
  const position = first.positionAt(await first.event('1'))
  return stage.observer({ after: wrong(position) })
}

async function expectReset(peer: HubPeer): Promise<void> {
  const { resumed, reset } = peer.offer
  const { reason, lost } = objectOf(reset)
  const isRight = resumed === false && typeof reason === 'string' && isCount(objectOf(lost)['from'])
  expectThat(isRight, '"resumed":false and "reset":{"reason":text,"lost":{"from":number}}', peer.offer)
}

/** The number of the event that should come before this one. */
function previousOf({ prev, seq }: Json): unknown {
  return prev ?? (isCount(seq) ? seq - 1 : undefined)
}

/** Positions, and what comes after them. */
export const STREAM_ROWS: readonly Row<HubStage>[] = [
  {
    id: 'hub/position-at-once',
    requires: 'The position of the offer is valid, before any event came.',
    section: POSITION,
    check: async (stage) => {
      const first = await stage.observer()
      first.drop()
      await stage.publish(['1'])
      const again = await stage.observer({ after: first.position })
      expectThat(again.offer['resumed'] === true, '"resumed":true', again.offer)
    },
  },
  {
    id: 'hub/resumed',
    requires: 'resumed is true and seq the position’s for a position that holds.',
    section: OFFER,
    check: async (stage) => {
      const first = await stage.observer()
      await stage.publish(['1'])
      const event = await first.event('1')
      const { offer } = await stage.observer({ after: first.positionAt(event) })
      const isRight = offer['resumed'] === true && offer['seq'] === event['seq']
      expectThat(isRight, `"resumed":true,"seq":${event['seq']}`, offer)
    },
  },
  {
    id: 'hub/reset-epoch',
    requires: 'A position of another epoch is answered with resumed false and a reset.',
    section: OFFER,
    check: async (stage) =>
      expectReset(await afterWrong(stage, (position) => position.replace(/^[^.]+/, 'conformance0epoch'))),
  },
  {
    id: 'hub/reset-ahead',
    requires: 'A position that the log has not reached is answered with a reset: the log has lost its end.',
    section: OFFER,
    check: async (stage) =>
      expectReset(await afterWrong(stage, (position) => position.replace(/\.\d+\./, '.1000000.'))),
  },
  {
    id: 'hub/reset-anchor',
    requires:
      'A position whose anchor is not the event’s is answered with a reset: the log lost its end, and has grown again.',
    section: POSITION,
    check: async (stage) => {
      const first = await stage.observer()
      await stage.publish(['1'])
      const event = await first.event('1')
      expectThat(event['anchor'] !== undefined, 'an anchor on messages from the log', event)
      const anchor = `${event['anchor']}`.replace(/./g, (char) => (char === 'f' ? '0' : 'f'))
      await expectReset(await stage.observer({ after: first.positionAt({ ...event, anchor }) }))
    },
  },
  {
    id: 'hub/reset-unreadable',
    requires: 'A text that is no position is answered with a reset, and not refused.',
    section: OFFER,
    check: async (stage) => expectReset(await afterWrong(stage, () => 'not a position')),
  },
  {
    id: 'hub/reset-state',
    requires: 'After a reset the state comes as a hydration with its seq.',
    section: STREAM,
    check: async (stage) => {
      const peer = await afterWrong(stage, (position) => position.replace(/^[^.]+/, 'conformance0epoch'))
      const { seq } = await peer.type('session_hydration')
      expectThat(isCount(seq), 'a session_hydration with its seq', seq ?? 'one without')
    },
  },
  {
    id: 'hub/stamps',
    requires: 'Messages from the log have seq, and prev where the message before is not seq − 1.',
    section: STREAM,
    check: async (stage) => {
      const peer = await stage.observer()
      const lead = await stage.lead()
      await stage.publish(['1'])
      // One that observers are not sent.
      lead.send({ type: 'session_entry', path: 'conformance', line: 'x', mid: 'entry-1' })
      await stage.publish(['2'])
      const [first, second] = [await peer.event('1'), await peer.event('2')]
      expectThat(isCount(first['seq']) && isCount(second['seq']), 'a seq on every event', [first, second])
      expectSame(previousOf(second), first['seq'], 'prev, or seq − 1 without it')
    },
  },
  {
    id: 'hub/replay',
    requires: 'Events that a client missed come once and in order.',
    section: STREAM,
    check: async (stage) => {
      const peer = await missedThree(stage)
      await peer.event('4')
      await peer.settled()
      expectSame(peer.texts, ['2', '3', '4'], 'the events')
    },
  },
  {
    id: 'hub/live',
    requires: 'live follows what was missed, with the number of the head, and comes once.',
    section: STREAM,
    check: async (stage) => {
      const peer = await missedThree(stage)
      const { seq } = await peer.type('live')
      const last = peer.events.at(-1)
      expectThat(isCount(seq) && seq >= Number(last?.['seq'] ?? seq + 1), 'live behind the last missed event', seq)
      await stage.publish(['5'])
      await peer.event('5')
      await peer.settled()
      expectSame(peer.frames.filter(({ type }) => type === 'live').length, 1, 'messages of type live')
    },
  },
  {
    id: 'hub/filter-prev',
    requires: 'Through a filter every event has prev, the number of the one that was sent before it.',
    section: STREAM,
    check: async (stage) => {
      const peer = await stage.observer({ subscribe: WANTED })
      await stage.publish(['1'])
      await stage.publish(['2'], SKIPPED)
      await stage.publish(['3'])
      const [first, third] = [await peer.event('1'), await peer.event('3')]
      expectThat('prev' in first, 'prev on every event', first)
      expectSame(third['prev'], first['seq'], 'prev')
    },
  },
  {
    id: 'hub/filter-mark',
    requires: 'Through a filter the head is sent after 500 skipped events, or ten seconds.',
    section: STREAM,
    check: async (stage) => {
      const peer = await stage.observer({ subscribe: WANTED })
      const before = Number(peer.offer['seq'])
      await stage.publish(
        Array.from({ length: MARK_EVENTS + 1 }, (_, at) => `${at}`),
        SKIPPED,
      )
      const { seq } = await peer.next(({ type }) => type === 'mark', `{"type":"mark"} above ${before}`)
      expectThat(isCount(seq) && seq > before, `a number above ${before}`, seq)
    },
  },
  {
    id: 'hub/ack',
    requires: 'A client may report what it has processed: {"type":"ack","seq"} is not answered.',
    section: STREAM,
    check: async (stage) => {
      const peer = await stage.observer()
      await stage.publish(['1'])
      peer.send({ type: 'ack', seq: (await peer.event('1'))['seq'] })
      await peer.settled()
      const error = peer.frames.find(({ type }) => type === 'protocol_error')
      expectThat(error === undefined, 'no protocol_error', error)
    },
  },
]
