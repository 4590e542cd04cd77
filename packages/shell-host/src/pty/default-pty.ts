import { accessSync, constants } from 'node:fs'
import type { Clock, Logger } from '@holdfast/contract'
import { nodePty } from './node-pty.ts'
import { loadNodePty, type NodePtyBinding } from './node-pty-binding.ts'
import type { PtyBackend } from './pty.ts'
import { scriptPty } from './script-pty.ts'

const SCRIPT = '/usr/bin/script'

/** What {@link defaultPty} needs. */
export interface DefaultPtyParts {
  readonly clock: Clock
  readonly logger: Logger
  /** @defaultValue loads node-pty's native half */
  readonly load?: (() => NodePtyBinding) | undefined
  /** @defaultValue '/usr/bin/script' */
  readonly script?: string | undefined
}

/**
 * Terminals with whatever this system has: node-pty, and where that has no binary, as on musl, `script(1)`. Decided, and
 * said, at the first spawn.
 */
export function defaultPty({ clock, logger, load = loadNodePty, script = SCRIPT }: DefaultPtyParts): PtyBackend {
  let chosen: PtyBackend | undefined
  return {
    name: 'default',
    async spawn(spawn, events) {
      chosen ??= choose()
      return chosen.spawn(spawn, events)
    },
  }

  function choose(): PtyBackend {
    try {
      return nodePty({ clock, binding: load() })
    } catch (error) {
      if (!isProgram(script)) throw error
      logger.warn(`node-pty has no binary for this system: terminals are opened with ${script}`)
      return scriptPty({ clock, script })
    }
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
