import type { Json } from '../../checking/json.ts'
import { expectSame, expectThat } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import type { ShellClientLink } from '../client-link.ts'
import type { ShellClientScene } from '../client-scene.ts'
import { CHANNEL } from '../shell-frames.ts'

const POSITIONS = 'resume-extension.md, Shells: positions and flow'

/** A bound that a text exceeds several times. */
const SMALL_FRAME = 1_024

/** The client has typed this, and its link is gone before it was acknowledged. */
async function typedAndLost(scene: ShellClientScene, text: string): Promise<void> {
  const link = await scene.attach()
  scene.send(text)
  await link.types(text)
  link.drop()
}

/** What was typed on the connection when this has come. */
async function typedThrough(scene: ShellClientScene, link: ShellClientLink, text: string): Promise<string> {
  scene.send(text)
  await link.frames.until(() => link.typed.endsWith(text), `${JSON.stringify(text)} on STDIN`)
  return link.typed
}

/** What a client does with input. */
export const INPUT_ROWS: readonly Row<ShellClientScene>[] = [
  {
    id: 'shell-client/acknowledged',
    requires: 'Input is acknowledged by ACK with one number: the bytes that the program was given.',
    section: POSITIONS,
    check: async (scene) => {
      const link = await scene.attach()
      scene.send('typed')
      await link.types('typed')
      link.acknowledge(5)
      await scene.client.outcome('typed', 'acknowledged')
    },
  },
  {
    id: 'shell-client/again',
    requires: 'Input that was not acknowledged is typed again from in.',
    section: POSITIONS,
    check: async (scene) => {
      await typedAndLost(scene, 'abc')
      const link = await scene.attach({ in: 0 })
      expectSame(await typedThrough(scene, link, 'd'), 'abcd', 'what was typed')
    },
  },
  {
    id: 'shell-client/again-in-part',
    requires: 'Where in is within that input, only the bytes behind it are typed again.',
    section: POSITIONS,
    check: async (scene) => {
      await typedAndLost(scene, 'abc')
      const link = await scene.attach({ in: 1 })
      expectSame(await typedThrough(scene, link, 'd'), 'bcd', 'what was typed')
    },
  },
  {
    id: 'shell-client/not-again',
    requires: 'Where in is behind that input, nothing is typed again.',
    section: POSITIONS,
    check: async (scene) => {
      await typedAndLost(scene, 'abc')
      const link = await scene.attach({ in: 3 })
      expectSame(await typedThrough(scene, link, 'd'), 'd', 'what was typed')
    },
  },
  {
    id: 'shell-client/held-from',
    requires: 'in of hello is where the held input begins: behind what was acknowledged.',
    section: POSITIONS,
    check: async (scene) => {
      const first = await scene.attach()
      scene.send('abc')
      await first.types('abc')
      first.acknowledge(3)
      await scene.client.outcome('abc', 'acknowledged')
      first.drop()
      const link = await scene.attach({ in: 3 })
      expectSame((await link.control('hello'))['in'], 3, 'in')
    },
  },
  {
    id: 'shell-client/other-epoch',
    requires: 'In another epoch held input is rejected, and not typed into the other shell.',
    section: POSITIONS,
    check: async (scene) => {
      await typedAndLost(scene, 'abc')
      const other: Json = { epoch: 'conformance-other', lease: 'conformance-other', in: 0, out: 0, live: 0 }
      const link = await scene.attach(other, false)
      await scene.client.outcome('abc', 'rejected')
      expectSame(link.typed, '', 'what was typed')
    },
  },
  {
    id: 'shell-client/max-frame',
    requires: 'Input that is longer than maxFrame is cut: no message exceeds it.',
    section: POSITIONS,
    check: async (scene) => {
      const link = await scene.attach({ maxFrame: SMALL_FRAME })
      const text = 'x'.repeat(3 * SMALL_FRAME)
      scene.send(text)
      await link.types(text)
      const sizes = link.of(CHANNEL.stdin).map(({ payload }) => payload.length + 1)
      expectThat(
        sizes.every((size) => size <= SMALL_FRAME),
        `messages of up to ${SMALL_FRAME} bytes`,
        sizes,
      )
    },
  },
]
