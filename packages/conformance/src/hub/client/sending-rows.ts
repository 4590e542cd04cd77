import { isCount, type Json } from '../../checking/json.ts'
import { expectSame, expectThat } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import type { ClientLink } from '../client-link.ts'
import { type ClientScene, MAX_FRAME_BYTES } from '../client-scene.ts'

const MESSAGES = 'resume-extension.md, Messages of a client'
const MEMORY = 'resume-extension.md, The memory of a sender'

/** By what one message of a client is recognised again. */
function names({ id, mid, n }: Json): Json {
  return { id: mid ?? id, n }
}

/** The client has written these, and the link is gone before they were acknowledged. */
async function writtenAndLost(
  scene: ClientScene,
  texts: readonly string[],
  offer: Json = {},
): Promise<readonly Json[]> {
  const link = await scene.accept(offer)
  for (const text of texts) scene.send(text)
  const commands: Json[] = []
  for (const text of texts) commands.push(await link.command(text))
  link.drop()
  return commands
}

/** A message behind those that must not come, and what came before it. */
async function behind(scene: ClientScene, link: ClientLink, text: string): Promise<readonly unknown[]> {
  scene.send(text)
  await link.command(text)
  return link.commands.map(({ args }) => args)
}

const SENDER = { known: true, highest: 0, answersFrom: 1 }

/** What a client does with its messages. */
export const SENDING_ROWS: readonly Row<ClientScene>[] = [
  {
    id: 'hub-client/fresh',
    requires: 'fresh=1 says that no numbered message is unsettled: at first, and not with one that is.',
    section: 'resume-extension.md, Asking',
    check: async (scene) => {
      const first = await scene.accept()
      expectSame(first.query.get('fresh'), '1', 'fresh at first')
      scene.send('a')
      await first.command('a')
      first.drop()
      const { query } = await scene.accept({ sender: SENDER })
      expectSame(query.get('fresh'), null, 'fresh with an unsettled message')
    },
  },
  {
    id: 'hub-client/numbers',
    requires: 'n is 1, 2, 3 … in the order of writing, with done below it.',
    section: MESSAGES,
    check: async (scene) => {
      const link = await scene.accept()
      for (const text of ['a', 'b', 'c']) scene.send(text)
      await link.command('c')
      expectSame(
        link.commands.map(({ n }) => n),
        [1, 2, 3],
        'n',
      )
      const isBelow = link.commands.every(({ n, done }) => isCount(done) && done < Number(n))
      expectThat(isBelow, 'done, a number below n', link.commands)
    },
  },
  {
    id: 'hub-client/done',
    requires: 'done grows with what has been answered.',
    section: MESSAGES,
    check: async (scene) => {
      const link = await scene.accept()
      scene.send('a')
      const first = await link.command('a')
      link.acked(first)
      link.send({ id: first['id'], actions: [{ action: 'ACK' }] })
      await scene.outcome('a', 'answered')
      scene.send('b')
      expectSame((await link.command('b'))['done'], 1, 'done')
    },
  },
  {
    id: 'hub-client/no-numbers',
    requires: 'After an offer without sender no message has n.',
    section: 'resume-extension.md, Mixed versions',
    check: async (scene) => {
      const link = await scene.accept({ v: 1, limits: undefined, sender: undefined })
      scene.send('a')
      const command = await link.command('a')
      expectThat(!('n' in command), 'no n', command)
    },
  },
  {
    id: 'hub-client/again',
    requires: 'Unconfirmed messages are written again, in order, under their ids and numbers.',
    section: MEMORY,
    check: async (scene) => {
      const before = await writtenAndLost(scene, ['a', 'b'])
      const link = await scene.accept({ sender: SENDER })
      await link.command('b')
      expectSame(link.commands.map(names), before.map(names), 'ids and numbers')
    },
  },
  {
    id: 'hub-client/again-v1',
    requires: 'A client of version 1 writes unconfirmed messages again, in order, under their ids.',
    section: 'resume-extension.md, Mixed versions',
    check: async (scene) => {
      const v1 = { v: 1, limits: undefined, sender: undefined }
      const before = await writtenAndLost(scene, ['a', 'b'], v1)
      const link = await scene.accept(v1)
      await link.command('b')
      expectSame(link.commands.map(names), before.map(names), 'ids')
    },
  },
  {
    id: 'hub-client/acked',
    requires: 'Acknowledged messages are not written again, unless their answer is waited for.',
    section: MESSAGES,
    check: async (scene) => {
      const first = await scene.accept()
      scene.send('a')
      const command = await first.command('a')
      first.acked(command)
      first.send({ id: command['id'], actions: [{ action: 'ACK' }] })
      await scene.outcome('a', 'answered')
      first.drop()
      const link = await scene.accept({ sender: { known: true, highest: 1, answersFrom: 1 } })
      expectSame(await behind(scene, link, 'b'), ['b'], 'the messages on the wire')
    },
  },
  {
    id: 'hub-client/unknown-sender',
    requires: 'Where known is false, what was written and not confirmed is in doubt, and not written again.',
    section: MEMORY,
    check: async (scene) => {
      await writtenAndLost(scene, ['a'])
      const link = await scene.accept({ sender: { known: false, highest: 0, answersFrom: 1 } })
      await scene.outcome('a', 'in doubt')
      expectSame(await behind(scene, link, 'b'), ['b'], 'the messages on the wire')
    },
  },
  {
    id: 'hub-client/number-used-once',
    requires: 'A number is never used for a second message.',
    section: MEMORY,
    check: async (scene) => {
      await writtenAndLost(scene, ['a'])
      const link = await scene.accept({ sender: { known: false, highest: 0, answersFrom: 1 } })
      scene.send('b')
      const { n } = await link.command('b')
      expectThat(Number(n) > 1, 'a number above 1', n)
    },
  },
  {
    id: 'hub-client/no-sender',
    requires: 'Where an offer has no sender after one that had, messages that were written under numbers are in doubt.',
    section: MEMORY,
    check: async (scene) => {
      await writtenAndLost(scene, ['a'])
      const link = await scene.accept({ v: 1, limits: undefined, sender: undefined })
      await scene.outcome('a', 'in doubt')
      expectSame(await behind(scene, link, 'b'), ['b'], 'the messages on the wire')
    },
  },
  {
    id: 'hub-client/reset',
    requires: 'In another epoch, what was not confirmed is in doubt, and not written again.',
    section: MEMORY,
    check: async (scene) => {
      await writtenAndLost(scene, ['a'])
      const reset = { reason: 'epoch', lost: { from: 1 } }
      const sender = { known: false, highest: 0, answersFrom: 1 }
      const link = await scene.accept({ epoch: 'another-client', resumed: false, reset, sender })
      await scene.outcome('a', 'in doubt')
      expectSame(await behind(scene, link, 'b'), ['b'], 'the messages on the wire')
    },
  },
  {
    id: 'hub-client/answers-from',
    requires: 'A request that waits for an answer, with n < answersFrom and n ≤ highest, is in doubt.',
    section: MEMORY,
    check: async (scene) => {
      await writtenAndLost(scene, ['a'])
      await scene.accept({ sender: { known: true, highest: 1, answersFrom: 2 } })
      await scene.outcome('a', 'in doubt')
    },
  },
  {
    id: 'hub-client/limit',
    requires: 'A message that exceeds maxFrameBytes is refused locally.',
    section: 'resume-extension.md, Limits',
    check: async (scene) => {
      const link = await scene.accept()
      const large = 'x'.repeat(MAX_FRAME_BYTES)
      scene.send(large)
      await scene.outcome(large, 'rejected')
      expectSame(await behind(scene, link, 'b'), ['b'], 'the messages on the wire')
    },
  },
  {
    id: 'hub-client/refused',
    requires: 'A message whose id a protocol_error has is reported as refused, and not sent again.',
    section: MESSAGES,
    check: async (scene) => {
      const first = await scene.accept()
      scene.send('a')
      const { id } = await first.command('a')
      first.send({ type: 'protocol_error', code: 'invalid_message', message: 'no', id, timestamp: 0 })
      await scene.outcome('a', 'rejected')
      first.drop()
      const link = await scene.accept({ sender: SENDER })
      expectSame(await behind(scene, link, 'b'), ['b'], 'the messages on the wire')
    },
  },
]
