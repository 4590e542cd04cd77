import { isCount, objectOf } from '../../checking/json.ts'
import { expectSame, expectThat } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import { CHANNEL } from '../shell-frames.ts'
import { needsScreen, type ShellPeer } from '../shell-peer.ts'
import type { ShellStage } from '../shell-stage.ts'

const POSITIONS = 'resume-extension.md, Shells: positions and flow'
const PICTURE = 'resume-extension.md, Shells: a picture of the terminal'

/** Prints `A42B`, which the echo of the line does not contain. */
const PRINT = "printf 'A%dB\\n' $((40+2))\n"

/** The position of a client that comes back. */
function returning({ offer }: ShellPeer, received: number): Record<string, string> {
  return { lease: `${offer['lease']}`, epoch: `${offer['epoch']}`, received: `${received}` }
}

/** Has typed a line, seen its output, and is gone. */
async function typedAndGone(stage: ShellStage): Promise<{ peer: ShellPeer; end: number }> {
  const peer = (await stage.attach()).hello()
  peer.type(PRINT)
  await peer.prints('A42B')
  await peer.settled()
  peer.drop()
  return { peer, end: Number(peer.offer['out']) + peer.bytes(CHANNEL.stdout).length }
}

/** One client, its positions and its bounds. */
export const ATTACH_ROWS: readonly Row<ShellStage>[] = [
  {
    id: 'shell/offer',
    requires: 'The confirmation has v, epoch, role, out, in, lease, window, maxFrame, ring, size and retainMs.',
    section: POSITIONS,
    check: async (stage) => {
      const { offer } = await stage.attach()
      const { v, epoch, role, lease, size } = offer
      const counts = ['out', 'in', 'window', 'maxFrame', 'ring', 'retainMs'].filter((name) => !isCount(offer[name]))
      const isRight = v === 1 && role === 'writer' && typeof epoch === 'string' && typeof lease === 'string'
      const hasSize = isCount(objectOf(size)['width']) && isCount(objectOf(size)['height'])
      expectThat(isRight && hasSize && counts.length === 0, 'v 1, texts, numbers and a size', offer)
    },
  },
  {
    id: 'shell/not-asked',
    requires: 'Before hello nothing of the extension is sent.',
    section: POSITIONS,
    check: async (stage) => {
      const peer = await stage.attach()
      peer.type(PRINT)
      await peer.prints('A42B')
      await peer.settled()
      const found = peer.frames(CHANNEL.ack, CHANNEL.ctrl, CHANNEL.screen)
      expectSame(found.length, 0, 'messages on F0, F1 and F2')
    },
  },
  {
    id: 'shell/input-ack',
    requires: 'After hello the server acknowledges input: the bytes of this lease that the program was given.',
    section: POSITIONS,
    check: async (stage) => {
      const peer = (await stage.attach()).hello()
      peer.type(PRINT)
      const isWhole = (payload: Buffer): boolean =>
        payload.length === 8 && payload.readBigUInt64BE() === BigInt(PRINT.length)
      await peer.next(({ channel, payload }) => channel === CHANNEL.ack && isWhole(payload), `ACK ${PRINT.length}`)
    },
  },
  {
    id: 'shell/reattach',
    requires: 'A client that comes back finds the same shell: reconnected, with the same epoch.',
    section: POSITIONS,
    check: async (stage) => {
      const { peer, end } = await typedAndGone(stage)
      const again = await stage.attach(returning(peer, end))
      const seen = [again.reconnected, again.offer['epoch']]
      expectSame(seen, [true, peer.offer['epoch']], 'reconnected and epoch')
    },
  },
  {
    id: 'shell/replay',
    requires: 'Output goes on behind the bytes that the client had received.',
    section: POSITIONS,
    check: async (stage) => {
      const { peer, end } = await typedAndGone(stage)
      const missed = 6
      const again = (await stage.attach(returning(peer, end - missed))).hello()
      expectSame(again.offer['out'], end - missed, 'out')
      await again.settled()
      const all = peer.bytes(CHANNEL.stdout)
      const replayed = again.bytes(CHANNEL.stdout).subarray(0, missed)
      expectSame(String(replayed), String(all.subarray(all.length - missed)), 'the bytes')
    },
  },
  {
    id: 'shell/input-position',
    requires: 'in is what this lease has typed, so that nothing of it is typed twice.',
    section: POSITIONS,
    check: async (stage) => {
      const { peer, end } = await typedAndGone(stage)
      const again = await stage.attach(returning(peer, end))
      expectSame(again.offer['in'], PRINT.length, 'in')
    },
  },
  {
    id: 'shell/lease',
    requires: 'A client without a lease gets one of its own, which has typed nothing.',
    section: POSITIONS,
    check: async (stage) => {
      const { peer } = await typedAndGone(stage)
      const { lease, in: typed } = (await stage.attach()).offer
      expectThat(lease !== peer.offer['lease'] && typed === 0, 'another lease and "in":0', { lease, in: typed })
    },
  },
  {
    id: 'shell/window',
    requires: 'The program is held back where more than window is not consumed, and goes on when it is.',
    section: POSITIONS,
    check: async (stage) => {
      const peer = (await stage.attach()).hello()
      const { out, window: most, ring, maxFrame } = peer.offer
      peer.type(`yes x | head -c ${Number(ring) * 2}; ${PRINT}`)
      await peer.socket.frames.until(
        () => peer.received >= Number(most) - Number(maxFrame),
        `the window to be filled: ${most} bytes`,
      )
      await stage.isStill(peer)
      expectThat(peer.received <= Number(ring), `no more than the ring: ${ring} bytes`, peer.received)
      const release = (): boolean => {
        peer.acknowledge(Number(out) + peer.received)
        return peer.lastOutput.includes('A42B')
      }
      await peer.socket.frames.until(release, 'the rest of the output, as it is acknowledged')
    },
  },
  {
    id: 'shell/max-frame',
    requires: 'A message above maxFrame ends the connection with 1009.',
    section: POSITIONS,
    check: async (stage) => {
      const peer = (await stage.attach()).hello()
      peer.send(CHANNEL.stdin, Buffer.alloc(Number(peer.offer['maxFrame']), 0x20))
      const { code } = await peer.socket.frames.ended('a close with 1009')
      expectSame(code, 1009, 'the close code')
    },
  },
  {
    id: 'shell/exit',
    requires: 'After hello the end of the program is sent on CTRL as well: exit {code, signal, at}.',
    section: POSITIONS,
    check: async (stage) => {
      const peer = (await stage.attach()).hello()
      peer.type('exit 3\n')
      const { code, signal, at } = await peer.control('exit')
      const isRight = code === 3 && signal === null && isCount(at)
      expectThat(isRight, '{"type":"exit","code":3,"signal":null,"at":number}', { code, signal, at })
    },
  },
  {
    id: 'shell/picture',
    requires:
      'With screen=frames the bytes on SCREEN come first, for what was printed before the client first connected.',
    section: PICTURE,
    check: async (stage) => {
      await typedAndGone(stage)
      const peer = await stage.attach({ screen: 'frames', mode: 'observe' })
      const bytes = needsScreen(peer)
      await peer.settled()
      expectSame(peer.bytes(CHANNEL.screen).length, bytes, 'bytes on SCREEN')
      expectThat(String(peer.bytes(CHANNEL.screen)).includes('A42B'), 'what the terminal shows', 'something else')
    },
  },
  {
    id: 'shell/no-picture',
    requires: 'With screen=none a client gets nothing but the bytes of the program.',
    section: PICTURE,
    check: async (stage) => {
      await typedAndGone(stage)
      const peer = (await stage.attach({ mode: 'observe' })).hello()
      await peer.settled()
      expectThat(!('screen' in peer.offer), 'no screen in the confirmation', peer.offer)
      expectSame(peer.frames(CHANNEL.screen).length, 0, 'messages on SCREEN')
    },
  },
]
