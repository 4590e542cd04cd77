import { objectOf } from '../../checking/json.ts'
import { expectSame, expectThat } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import { CHANNEL } from '../shell-frames.ts'
import type { ShellPeer } from '../shell-peer.ts'
import type { ShellStage } from '../shell-stage.ts'

const SHARED = 'resume-extension.md, Shells: positions and flow'

/** Resizes its terminal. */
function resize(peer: ShellPeer, width: number, height: number): void {
  peer.send(CHANNEL.resize, JSON.stringify({ width, height }))
}

/** Several clients of one shell. */
export const SHARED_ROWS: readonly Row<ShellStage>[] = [
  {
    id: 'shell/observer',
    requires: 'With mode=observe the role is observer, and what the client types has no effect.',
    section: SHARED,
    check: async (stage) => {
      const writer = (await stage.attach()).hello()
      const observer = (await stage.attach({ mode: 'observe' })).hello()
      expectSame(observer.offer['role'], 'observer', 'role')
      observer.type("printf 'O%dO\\n' $((1+1))\n")
      await observer.settled()
      writer.type("printf 'W%dW\\n' $((1+1))\n")
      await observer.prints('W2W')
      expectThat(!observer.output.includes('O2O'), 'no output of what it typed', observer.output)
    },
  },
  {
    id: 'shell/kicked',
    requires: 'Another client that becomes the writer ends the connection of the one before with 4000.',
    section: SHARED,
    check: async (stage) => {
      const first = (await stage.attach()).hello()
      await stage.attach()
      const { code } = await first.socket.frames.ended('a close with 4000')
      expectSame(code, 4000, 'the close code')
    },
  },
  {
    id: 'shell/takeover',
    requires: 'takeover makes an observer the writer, and its new role is sent to it.',
    section: SHARED,
    check: async (stage) => {
      await stage.attach()
      const observer = (await stage.attach({ mode: 'observe' })).hello()
      observer.sendControl({ type: 'takeover' })
      expectSame((await observer.control('role'))['role'], 'writer', 'role')
    },
  },
  {
    id: 'shell/resized',
    requires: 'A new size is sent to the other clients.',
    section: SHARED,
    check: async (stage) => {
      const writer = (await stage.attach()).hello()
      const observer = (await stage.attach({ mode: 'observe' })).hello()
      await observer.settled()
      resize(writer, 91, 31)
      const { width, height } = objectOf((await observer.control('resized'))['size'])
      expectSame([width, height], [91, 31], 'width and height')
    },
  },
  {
    id: 'shell/detach',
    requires: 'detach ends the connection; the shell lives on.',
    section: SHARED,
    check: async (stage) => {
      const first = (await stage.attach()).hello()
      first.sendControl({ type: 'detach' })
      await first.socket.frames.ended('a close')
      const again = await stage.attach()
      expectSame([again.reconnected, again.offer['epoch']], [true, first.offer['epoch']], 'reconnected and epoch')
    },
  },
  {
    id: 'shell/signal',
    requires: 'signal reaches the program in the foreground.',
    section: SHARED,
    check: async (stage) => {
      const peer = (await stage.attach()).hello()
      peer.type('sh -c \'trap "printf S%dS $((1+1)); exit" INT; echo R$((1+1))R; while :; do sleep 0.1; done\'\n')
      await peer.prints('R2R')
      peer.sendControl({ type: 'signal', name: 'SIGINT' })
      await peer.prints('S2S')
    },
  },
  {
    id: 'shell/snapshot',
    requires: 'snapshot attaches again on the same connection: a confirmation and the replay follow.',
    section: SHARED,
    check: async (stage) => {
      const peer = (await stage.attach()).hello()
      peer.type("printf 'A%dB\\n' $((40+2))\n")
      await peer.prints('A42B')
      await peer.settled()
      const before = peer.bytes(CHANNEL.stdout).length
      peer.sendControl({ type: 'snapshot' })
      await peer.confirmed()
      await peer.socket.frames.until(
        () => peer.bytes(CHANNEL.stdout).subarray(before).includes('A42B'),
        'the output from the beginning of the ring',
      )
    },
  },
]
