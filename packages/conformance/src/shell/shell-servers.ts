import type { ServerCheck } from '../checking/server-check.ts'
import { unreachable } from '../errors.ts'
import { ATTACH_ROWS } from './server/attach-rows.ts'
import { SHARED_ROWS } from './server/shared-rows.ts'
import { ShellStage } from './shell-stage.ts'

/** What a server of the shell's wire has to do. */
export const SHELL_SERVERS: ServerCheck<ShellStage> = {
  rows: [...ATTACH_ROWS, ...SHARED_ROWS],
  open: (target) => new ShellStage(target),
  probe: async (target) => {
    const stage = new ShellStage(target)
    try {
      const peer = stage.dial()
      if (!(await peer.socket.opened())) throw unreachable(peer.socket.whyNot)
      await peer.confirmed().catch((error: unknown) => {
        throw unreachable(`expected a shell: ${error instanceof Error ? error.message : error}`, error)
      })
    } finally {
      await stage.close()
    }
  },
}
