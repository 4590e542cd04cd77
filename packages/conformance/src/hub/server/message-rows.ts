import type { Json } from '../../checking/json.ts'
import { expectSame, expectThat } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import type { HubPeer } from '../hub-peer.ts'
import { answerCommand, commandsOf, type HubStage } from '../hub-stage.ts'

const MESSAGES = 'resume-extension.md, Messages of a client'

/** A request to the lead. The id is one that an application gives: it is remembered. */
export function command(id: string, args: string, more: Json = {}): Json {
  return { type: 'command', id, name: 'conformance', args, ...more }
}

/** The answer to a command has come. */
export function answered(peer: HubPeer, id: string): Promise<Json> {
  return peer.next((frame) => frame['id'] === id && 'actions' in frame, `the answer to ${JSON.stringify(id)}`)
}

/** What a client sends, recognised by its id: version 1. */
export const MESSAGE_ROWS: readonly Row<HubStage>[] = [
  {
    id: 'hub/acked-id',
    requires: 'A message is acknowledged under its id when its effect is in the log.',
    section: MESSAGES,
    check: async (stage) => {
      const peer = await stage.controller()
      peer.send(command('own-1', 'a'))
      await peer.acked('own-1')
    },
  },
  {
    id: 'hub/acked-mid',
    requires: 'A message without an id is acknowledged under its mid.',
    section: MESSAGES,
    check: async (stage) => {
      const lead = await stage.lead()
      lead.send({ type: 'session_entry', path: 'conformance', line: 'x', mid: 'entry-1' })
      await lead.acked('entry-1')
    },
  },
  {
    id: 'hub/id-once',
    requires: 'A message that comes again under its id has no second effect, and is acknowledged again.',
    section: MESSAGES,
    check: async (stage) => {
      const lead = await stage.lead()
      const first = await stage.controller()
      first.send(command('own-1', 'a'))
      await first.acked('own-1')
      first.drop()
      const again = await stage.controller({ after: first.position })
      again.send(command('own-1', 'a'))
      again.send(command('own-2', 'b'))
      await again.acked('own-1', 'own-2')
      await lead.next(({ args }) => args === 'b', 'the second command at the lead')
      expectSame(commandsOf(lead), ['a', 'b'], 'the commands that the lead got')
    },
  },
  {
    id: 'hub/id-answer',
    requires: 'A request that comes again under its id is answered with the stored answer.',
    section: MESSAGES,
    check: async (stage) => {
      const lead = await stage.lead()
      const peer = await stage.controller()
      peer.send(command('own-1', 'a'))
      await answerCommand(lead, 'a')
      const first = await answered(peer, 'own-1')
      peer.send(command('own-1', 'a'))
      const second = await answered(peer, 'own-1')
      expectSame(second['actions'], first['actions'], 'the same actions')
    },
  },
  {
    id: 'hub/id-conflict',
    requires: 'An id that was used for another message is refused with a protocol_error that has the id.',
    section: MESSAGES,
    check: async (stage) => {
      const lead = await stage.lead()
      const peer = await stage.controller()
      peer.send(command('own-1', 'a'))
      peer.send(command('own-1', 'b'))
      peer.send(command('own-2', 'c'))
      const isRefusal = ({ type, id }: Json): boolean => type === 'protocol_error' && id === 'own-1'
      await peer.next(isRefusal, '{"type":"protocol_error","id":"own-1"}')
      await lead.next(({ args }) => args === 'c', 'the third command at the lead')
      expectSame(commandsOf(lead), ['a', 'c'], 'the commands that the lead got')
    },
  },
  {
    id: 'hub/name-in-epoch',
    requires: 'For a client that sends, the epoch has a name of its own in it: two of them may use the same id.',
    section: 'resume-extension.md, Asking',
    check: async (stage) => {
      const lead = await stage.lead()
      const [one, other] = [await stage.controller(), await stage.controller()]
      expectThat(one.offer['epoch'] !== other.offer['epoch'], 'two epochs', one.offer['epoch'])
      one.send(command('own-1', 'a'))
      await one.acked('own-1')
      other.send(command('own-1', 'b'))
      await other.acked('own-1')
      await lead.next(({ args }) => args === 'b', 'the command of the other client at the lead')
    },
  },
  {
    id: 'hub/answer-replayed',
    requires: 'An answer that came while its client was away comes when it is back.',
    section: MESSAGES,
    check: async (stage) => {
      const lead = await stage.lead()
      const first = await stage.controller()
      first.send(command('own-1', 'a'))
      await first.acked('own-1')
      first.drop()
      await answerCommand(lead, 'a')
      const again = await stage.controller({ after: first.position })
      await answered(again, 'own-1')
    },
  },
]
