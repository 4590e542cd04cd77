import { isCount } from '../../checking/json.ts'
import { expectSame, expectThat, NotApplicable } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import type { HubPeer } from '../hub-peer.ts'
import { answerCommand, commandsOf, type HubStage } from '../hub-stage.ts'
import { answered, command } from './message-rows.ts'

const MESSAGES = 'resume-extension.md, Messages of a client'
const MEMORY = 'resume-extension.md, The memory of a sender'

/** Names of client objects. */
const [A, B] = ['conformance_A', 'conformance-B']

/** Generated ids are not remembered (Messages of a client), so that a message is recognised by its number alone. */
function numbered(n: number, args: string, done = 0): ReturnType<typeof command> {
  return command(`conf.${n}`, args, { n, done })
}

/** Sent, acknowledged, and back with the position of the first moment. */
async function backAfter(stage: HubStage, args: string, query: Record<string, string> = {}): Promise<HubPeer> {
  const first = await stage.numbered(A, { fresh: '1' })
  void first.sender
  first.send(numbered(1, args))
  await first.acked('conf.1')
  first.drop()
  return stage.numbered(A, { after: first.position, ...query })
}

/** What a client sends under numbers: version 2. */
export const SENDER_ROWS: readonly Row<HubStage>[] = [
  {
    id: 'hub/sender',
    requires: 'sender has known, highest and answersFrom for a client that may send; known is false for a new one.',
    section: MEMORY,
    check: async (stage) => {
      const { sender } = await stage.numbered(A, { fresh: '1' })
      const { known, highest, answersFrom } = sender
      const isRight = known === false && highest === 0 && isCount(answersFrom)
      expectThat(isRight, '{"known":false,"highest":0,"answersFrom":number}', sender)
    },
  },
  {
    id: 'hub/sender-observer',
    requires: 'sender is absent for observers.',
    section: 'resume-extension.md, The offer',
    check: async (stage) => {
      const { offer } = await stage.observer({ v: '2', instance: A })
      expectThat(!('sender' in offer), 'no sender', offer)
    },
  },
  {
    id: 'hub/sender-known',
    requires: 'A sender that comes back is known, with the highest number in the log.',
    section: MEMORY,
    check: async (stage) => {
      const { sender } = await backAfter(stage, 'a')
      const isRight = sender['known'] === true && sender['highest'] === 1
      expectThat(isRight, '"known":true,"highest":1', sender)
    },
  },
  {
    id: 'hub/sender-instance',
    requires: 'Another instance under the same position is another sender.',
    section: MEMORY,
    check: async (stage) => {
      const { sender } = await backAfter(stage, 'a', { instance: B })
      expectThat(sender['known'] === false, '"known":false', sender)
    },
  },
  {
    id: 'hub/sender-not-fresh',
    requires: 'Without fresh=1 an unknown sender stays unknown, however often it connects.',
    section: 'resume-extension.md, Asking',
    check: async (stage) => {
      const first = await stage.numbered(A)
      void first.sender
      first.drop()
      const { sender } = await stage.numbered(A, { after: first.position })
      expectThat(sender['known'] === false, '"known":false', sender)
    },
  },
  {
    id: 'hub/sender-fresh',
    requires: 'With fresh=1 the server may remember a sender that has sent nothing; known is then true, highest 0.',
    section: 'resume-extension.md, Asking',
    check: async (stage) => {
      const first = await stage.numbered(A, { fresh: '1' })
      void first.sender
      first.drop()
      const { sender } = await stage.numbered(A, { after: first.position, fresh: '1' })
      if (sender['known'] === false) throw new NotApplicable('the server remembers no sender before its first message')
      expectSame(sender['highest'], 0, 'highest')
    },
  },
  {
    id: 'hub/number-once',
    requires: 'A number that the server has is acknowledged without a second effect.',
    section: MESSAGES,
    check: async (stage) => {
      const lead = await stage.lead()
      const again = await backAfter(stage, 'a')
      again.send(numbered(1, 'a'))
      again.send(numbered(2, 'b'))
      await again.acked('conf.1', 'conf.2')
      await lead.next(({ args }) => args === 'b', 'the second command at the lead')
      expectSame(commandsOf(lead), ['a', 'b'], 'the commands that the lead got')
    },
  },
  {
    id: 'hub/number-left-out',
    requires: 'A client may leave numbers out.',
    section: MESSAGES,
    check: async (stage) => {
      const peer = await stage.numbered(A, { fresh: '1' })
      void peer.sender
      peer.send(numbered(1, 'a'))
      peer.send(numbered(4, 'b'))
      await peer.acked('conf.1', 'conf.4')
    },
  },
  {
    id: 'hub/number-late',
    requires: 'A number that was skipped and arrives later is refused, with a protocol_error that has the id.',
    section: MESSAGES,
    check: async (stage) => {
      const lead = await stage.lead()
      const peer = await stage.numbered(A, { fresh: '1' })
      void peer.sender
      for (const [n, args] of [
        [1, 'a'],
        [3, 'c'],
        [2, 'b'],
        [4, 'd'],
      ] as const)
        peer.send(numbered(n, args))
      await peer.next(
        ({ type, id }) => type === 'protocol_error' && id === 'conf.2',
        '{"type":"protocol_error","id":"conf.2"}',
      )
      await lead.next(({ args }) => args === 'd', 'the command behind it at the lead')
      expectSame(commandsOf(lead), ['a', 'c', 'd'], 'the commands that the lead got')
    },
  },
  {
    id: 'hub/number-not-passed-on',
    requires: 'n and done of a message are not passed on to other clients.',
    section: MESSAGES,
    check: async (stage) => {
      const lead = await stage.lead()
      const peer = await stage.numbered(A, { fresh: '1' })
      void peer.sender
      peer.send(numbered(1, 'a'))
      const command = await lead.next(({ args }) => args === 'a', 'the command at the lead')
      expectThat(!('n' in command) && !('done' in command), 'neither n nor done', command)
    },
  },
  {
    id: 'hub/number-answer',
    requires: 'A request whose number is not below answersFrom gets its answer, when it is repeated too.',
    section: MEMORY,
    check: async (stage) => {
      const lead = await stage.lead()
      const first = await stage.numbered(A, { fresh: '1' })
      void first.sender
      first.send(numbered(1, 'a'))
      await answerCommand(lead, 'a')
      // From behind it only the repetition can bring it.
      const position = first.positionAt(await answered(first, 'conf.1'))
      first.drop()
      const again = await stage.numbered(A, { after: position })
      if (Number(again.sender['answersFrom']) > 1) throw new NotApplicable('the server keeps no answer')
      again.send(numbered(1, 'a'))
      await again.acked('conf.1')
      await answered(again, 'conf.1')
      expectSame(commandsOf(lead), ['a'], 'the commands that the lead got')
    },
  },
  {
    id: 'hub/answer-instance',
    requires: 'Of two instances with the same position, the one that asked gets the answer.',
    section: MESSAGES,
    check: async (stage) => {
      const lead = await stage.lead()
      const one = await stage.numbered(A, { fresh: '1' })
      void one.sender
      const other = await stage.numbered(B, { fresh: '1', after: one.position })
      one.send(numbered(1, 'a'))
      await answerCommand(lead, 'a')
      await answered(one, 'conf.1')
      await other.settled()
      const wrong = other.frames.find((frame) => 'actions' in frame)
      expectThat(wrong === undefined, 'no answer at the other instance', wrong)
    },
  },
]
