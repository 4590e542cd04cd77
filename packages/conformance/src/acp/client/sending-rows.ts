import { type Json, objectOf } from '../../checking/json.ts'
import { expectSame } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import { messageOf, selected } from '../acp-messages.ts'
import type { AcpClientLink } from '../client-link.ts'
import { type AcpClientScene, MAX_FRAME_BYTES } from '../client-scene.ts'

const EXTENSION = 'acp.md, The resume extension'
const RETURNING = 'acp.md, Coming back'
const FORGOTTEN = 'acp.md, Where the numbering is not remembered'
const QUESTIONS = 'acp.md, Questions of the agent'

const ELSEWHERE = { epoch: 'conformance-elsewhere', resumed: false }

/** By what a message that is written again is recognised. */
function nameOf(frame: Json): Json {
  return { n: frame['n'], id: messageOf(frame)['id'] }
}

/** A prompt behind those that must not come, and what came before it. */
async function behind(scene: AcpClientScene, link: AcpClientLink, text: string): Promise<readonly unknown[]> {
  scene.send(text)
  await link.prompt(text)
  return link.prompts
}

/** The client was asked, and has answered. */
async function askedAndAnswered(scene: AcpClientScene): Promise<{ link: AcpClientLink; id: string; frame: Json }> {
  const link = await scene.begin()
  const id = link.ask(2, 'may I')
  await scene.asked('may I')
  scene.answer('yes')
  return { link, id, frame: await link.answerTo(id) }
}

/** What a client does with its messages. */
export const ACP_SENDING_ROWS: readonly Row<AcpClientScene>[] = [
  {
    id: 'acp-client/answered',
    requires: 'The answer to a prompt reaches the application.',
    section: EXTENSION,
    check: async (scene) => {
      const link = await scene.begin()
      scene.send('hello')
      link.end(2, await link.prompt('hello'))
      await scene.outcome('hello', 'answered')
    },
  },
  {
    id: 'acp-client/again',
    requires: 'A request without an answer is written again, under its number and id.',
    section: RETURNING,
    check: async (scene) => {
      const before = await scene.writtenAndLost('a')
      const frame = await (await scene.accept()).prompt('a')
      expectSame(nameOf(frame), nameOf(before), 'number and id')
    },
  },
  {
    id: 'acp-client/again-acknowledged',
    requires: 'A request that was acknowledged is written again, too, until its answer comes.',
    section: RETURNING,
    check: async (scene) => {
      const first = await scene.begin()
      scene.send('a')
      const before = await first.prompt('a')
      first.acknowledge(before)
      first.update(2, 'b')
      await scene.client.received('b')
      first.drop()
      const frame = await (await scene.accept()).prompt('a')
      expectSame(nameOf(frame), nameOf(before), 'number and id')
    },
  },
  {
    id: 'acp-client/not-again',
    requires: 'A request that was answered is not written again.',
    section: RETURNING,
    check: async (scene) => {
      const first = await scene.begin()
      scene.send('a')
      first.end(2, await first.prompt('a'))
      await scene.outcome('a', 'answered')
      first.drop()
      expectSame(await behind(scene, await scene.accept(), 'b'), ['b'], 'the prompts on the wire')
    },
  },
  {
    id: 'acp-client/answered-once',
    requires: 'An answer that comes again reaches the application once.',
    section: 'acp.md, Positions',
    check: async (scene) => {
      const first = await scene.begin()
      scene.send('a')
      const prompt = await first.prompt('a')
      first.end(2, prompt)
      await scene.outcome('a', 'answered')
      first.drop()
      const again = await scene.accept(ELSEWHERE)
      again.end(1, prompt)
      again.update(2, 'b', { seq: 50 })
      await scene.client.received('b')
      const outcomes = scene.client.reports.all.filter(({ send, outcome }) => send === 'a' && outcome === 'answered')
      expectSame(outcomes.length, 1, 'how often it was answered')
    },
  },
  {
    id: 'acp-client/forgotten-again',
    requires: 'Where the numbering is not remembered, a request is written again as well, and the client counts on.',
    section: FORGOTTEN,
    check: async (scene) => {
      const before = await scene.writtenAndLost('a')
      const link = await scene.accept(ELSEWHERE)
      const frame = await link.prompt('a')
      expectSame(nameOf(frame), nameOf(before), 'number and id')
      link.end(1, frame)
      await scene.outcome('a', 'answered')
      scene.send('b')
      expectSame((await link.prompt('b'))['n'], Number(before['n']) + 1, 'the next number')
    },
  },
  {
    id: 'acp-client/question',
    requires: 'A question reaches the application, and its answer goes out under the id of the question.',
    section: QUESTIONS,
    check: async (scene) => {
      const { frame } = await askedAndAnswered(scene)
      expectSame(objectOf(messageOf(frame)['result'])['outcome'], selected('yes')['outcome'], 'result.outcome')
    },
  },
  {
    id: 'acp-client/answer-again',
    requires: 'An answer to a question is written again until it is acknowledged.',
    section: QUESTIONS,
    check: async (scene) => {
      const { link, id, frame } = await askedAndAnswered(scene)
      link.drop()
      const again = await (await scene.accept()).answerTo(id)
      expectSame(nameOf(again), nameOf(frame), 'number and id')
    },
  },
  {
    id: 'acp-client/answer-not-again',
    requires: 'An answer that was acknowledged is not written again.',
    section: QUESTIONS,
    check: async (scene) => {
      const { link, frame } = await askedAndAnswered(scene)
      link.acknowledge(frame)
      link.update(3, 'b')
      await scene.client.received('b')
      link.drop()
      const again = await scene.accept()
      await behind(scene, again, 'c')
      const numbers = again.messages.map(({ n }) => n)
      expectSame(numbers.includes(frame['n']), false, 'the answer on the wire')
    },
  },
  {
    id: 'acp-client/question-later',
    requires: 'A question that came before a drop is answered behind it.',
    section: QUESTIONS,
    check: async (scene) => {
      const first = await scene.begin()
      const id = first.ask(2, 'may I')
      await scene.asked('may I')
      first.drop()
      const again = await scene.accept()
      scene.answer('no')
      const { result } = messageOf(await again.answerTo(id))
      expectSame(objectOf(result)['outcome'], selected('no')['outcome'], 'result.outcome')
    },
  },
  {
    id: 'acp-client/limit',
    requires: 'A message above maxFrameBytes is refused locally.',
    section: EXTENSION,
    check: async (scene) => {
      const link = await scene.begin()
      const large = 'x'.repeat(MAX_FRAME_BYTES)
      scene.send(large)
      await scene.outcome(large, 'rejected')
      expectSame(await behind(scene, link, 'b'), ['b'], 'the prompts on the wire')
    },
  },
]
