import { CLIENT_TOKEN } from '../../checking/checked-client.ts'
import { expectSame, expectThat } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import { OFFER, SHELL_ID, type ShellClientLink } from '../client-link.ts'
import type { ShellClientScene } from '../client-scene.ts'
import { CHANNEL, type ShellFrame } from '../shell-frames.ts'

const POSITIONS = 'resume-extension.md, Shells: positions and flow'

/** Bytes between two acknowledgements, and the most that one message adds. */
const ACK_BYTES = 16_384
const PIECE_BYTES = 4_096

/** The offset in an acknowledgement of the client: what it received. */
function receivedIn({ payload }: ShellFrame): number {
  return payload.length === 16 ? Number(payload.readBigUInt64BE()) : -1
}

/** Waits for an acknowledgement of exactly so many bytes, received and consumed. */
async function acknowledged(link: ShellClientLink, bytes: number): Promise<void> {
  const isWhole = ({ payload }: ShellFrame): boolean =>
    payload.length === 16 && payload.readBigUInt64BE() === BigInt(bytes) && payload.readBigUInt64BE(8) === BigInt(bytes)
  await link.frames.until(
    () => link.of(CHANNEL.ack).some(isWhole),
    `ACK with two numbers of eight bytes, both ${bytes}: received and consumed`,
  )
}

/** The client has this output, and its link is gone. */
async function printedAndLost(scene: ShellClientScene, text: string): Promise<ShellClientLink> {
  const link = await scene.attach()
  link.print(text)
  await scene.prints(text)
  await acknowledged(link, text.length)
  link.drop()
  return link
}

/** How a client attaches, and what it does with output. */
export const OUTPUT_ROWS: readonly Row<ShellClientScene>[] = [
  {
    id: 'shell-client/asks',
    requires: 'A client attaches at /shells with its shellId, at first without a lease.',
    section: 'resume-extension.md, The wires below',
    check: async (scene) => {
      const { path, query } = await scene.attach()
      expectThat(path.endsWith('/shells'), 'a path that ends with /shells', path)
      const seen = [query.get('shellId'), query.get('lease'), query.get('received')]
      expectSame(seen, [SHELL_ID, null, null], 'shellId, lease and received')
    },
  },
  {
    id: 'shell-client/credential',
    requires: 'The credential is in a header or a subprotocol, not in the address.',
    section: 'resume-extension.md, The wires below',
    check: async (scene) => {
      const { url, credentials } = await scene.attach()
      expectThat(!url.includes(CLIENT_TOKEN), 'an address without the credential', 'one with it')
      const encoded = Buffer.from(CLIENT_TOKEN).toString('base64url')
      const hasIt = credentials.includes(CLIENT_TOKEN) || credentials.includes(encoded)
      expectThat(hasIt, 'the credential in Authorization or a subprotocol', 'neither')
    },
  },
  {
    id: 'shell-client/hello',
    requires: 'The first message on CTRL is hello, with the lease of the confirmation and where held input begins.',
    section: POSITIONS,
    check: async (scene) => {
      const link = await scene.attach()
      const { lease, in: held } = await link.control('hello')
      expectSame([lease, held], [OFFER.lease, 0], 'lease and in')
      expectThat(link.of(CHANNEL.ctrl)[0]?.payload.includes('hello') === true, 'hello first', 'something else')
    },
  },
  {
    id: 'shell-client/not-offered',
    requires: 'At a server that offers nothing, nothing of the extension is sent.',
    section: 'resume-extension.md, introduction',
    check: async (scene) => {
      const link = await scene.arrival()
      link.confirm(false)
      link.print('plain')
      await scene.prints('plain')
      scene.send('a')
      await link.types('a')
      expectSame(link.of(CHANNEL.ack).length + link.of(CHANNEL.ctrl).length, 0, 'messages on F0 and F1')
    },
  },
  {
    id: 'shell-client/ack',
    requires: 'When idle the client acknowledges what it has received and consumed.',
    section: POSITIONS,
    check: async (scene) => {
      const link = await scene.attach()
      link.print('idle')
      await acknowledged(link, 4)
    },
  },
  {
    id: 'shell-client/ack-often',
    requires: 'The client acknowledges output at least every 16 KiB.',
    section: POSITIONS,
    check: async (scene) => {
      const link = await scene.attach()
      const pieces = (2 * ACK_BYTES) / PIECE_BYTES
      for (let at = 0; at < pieces; at++) {
        link.print('x'.repeat(PIECE_BYTES))
        if ((at + 1) * PIECE_BYTES !== ACK_BYTES) continue
        const isAck = (frame: ShellFrame): boolean => receivedIn(frame) > 0
        await link.frames.until(() => link.of(CHANNEL.ack).some(isAck), `ACK behind ${ACK_BYTES} bytes`)
      }
      await acknowledged(link, 2 * ACK_BYTES)
      const steps = link.of(CHANNEL.ack).map(receivedIn)
      const isOften = steps.every((offset, at) => offset - (steps[at - 1] ?? 0) <= ACK_BYTES + PIECE_BYTES)
      expectThat(isOften, 'no more than 16 KiB and a message between two acknowledgements', steps)
    },
  },
  {
    id: 'shell-client/returns',
    requires: 'A client comes back with lease, epoch, received and instance.',
    section: POSITIONS,
    check: async (scene) => {
      await printedAndLost(scene, 'abc')
      const { query } = await scene.attach()
      const seen = ['lease', 'epoch', 'received'].map((name) => query.get(name))
      expectSame(seen, [OFFER.lease, OFFER.epoch, '3'], 'lease, epoch and received')
      expectThat(Boolean(query.get('instance')), 'instance', query.get('instance'))
    },
  },
  {
    id: 'shell-client/instance',
    requires: 'instance is the same on every connection of a client object.',
    section: POSITIONS,
    check: async (scene) => {
      await printedAndLost(scene, 'abc')
      const second = await scene.attach()
      const instance = second.query.get('instance')
      const helloInstance = (await second.control('hello'))['instance']
      expectThat(helloInstance === undefined || helloInstance === instance, 'the same instance in hello', helloInstance)
      second.drop()
      expectSame((await scene.attach()).query.get('instance'), instance, 'instance')
    },
  },
  {
    id: 'shell-client/continues',
    requires: 'Output goes on behind what the client has.',
    section: POSITIONS,
    check: async (scene) => {
      await printedAndLost(scene, 'abc')
      const link = await scene.attach()
      link.print('def')
      await scene.prints('def')
      expectSame(scene.output, 'abcdef', 'the output at the application')
    },
  },
  {
    id: 'shell-client/overlap',
    requires: 'Where out is below what the client has, it skips the overlap.',
    section: POSITIONS,
    check: async (scene) => {
      await printedAndLost(scene, 'abcdef')
      const link = await scene.attach({ out: 3, live: 6 })
      link.print('defghi')
      await scene.prints('ghi')
      expectSame(scene.output, 'abcdefghi', 'the output at the application')
    },
  },
  {
    id: 'shell-client/gap',
    requires: 'Where out is above what the client has, the missing bytes are reported as a gap.',
    section: POSITIONS,
    check: async (scene) => {
      await printedAndLost(scene, 'abc')
      const link = await scene.attach({ out: 10, live: 10 })
      link.print('xyz')
      await scene.gap(7)
      await scene.prints('xyz')
    },
  },
  {
    id: 'shell-client/gap-control',
    requires: 'The bytes of {"type":"gap","from","to"} on CTRL are reported as a gap.',
    section: POSITIONS,
    check: async (scene) => {
      const link = await scene.attach()
      await link.control('hello')
      link.print('abc')
      link.sendControl({ type: 'gap', from: 3, to: 8 })
      link.print('xyz')
      await scene.gap(5)
      await scene.prints('xyz')
      await acknowledged(link, 11)
    },
  },
  {
    id: 'shell-client/exit',
    requires: 'The code of exit {code} on CTRL, with the STATUS of the end, is reported to the application.',
    section: POSITIONS,
    check: async (scene) => {
      const link = await scene.attach()
      await link.control('hello')
      link.print('bye')
      link.sendControl({ type: 'exit', code: 3, signal: null, at: 0 })
      const details = { causes: [{ reason: 'ExitCode', message: '3' }] }
      const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'NonZeroExitCode' }
      link.send(CHANNEL.status, JSON.stringify({ ...status, details }))
      await scene.prints('bye')
      await acknowledged(link, 3)
      link.close(1000, '')
      await scene.ended('exited 3')
    },
  },
  {
    id: 'shell-client/kicked',
    requires:
      'A close with 4000 (another client took the shell) is reported to the application, and the client does not reconnect.',
    section: 'resume-extension.md, The wires below',
    check: async (scene) => {
      const link = await scene.attach()
      await link.control('hello')
      link.close(4000, 'another client')
      await scene.ended('kicked')
      expectSame(scene.client.connections, 1, 'how many connections the client made')
    },
  },
  {
    id: 'shell-client/unknown',
    requires: 'Unknown channels, types on CTRL and members are ignored.',
    section: 'resume-extension.md, introduction',
    check: async (scene) => {
      const link = await scene.attach({ conformance: { unknown: true } })
      await link.control('hello')
      link.send(0x77, 'unknown')
      link.sendControl({ type: 'conformance_unknown' })
      link.print('abc')
      await scene.prints('abc')
    },
  },
]
