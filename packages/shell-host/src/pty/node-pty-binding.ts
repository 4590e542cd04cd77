import { createRequire } from 'node:module'
import { shellError } from '../errors.ts'

/** What node-pty's native half offers, as far as it is used here. */
export interface NodePtyBinding {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    columns: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helperPath: string,
    exited: (code: number, signal: number) => void,
  ): { readonly fd: number; readonly pid: number; readonly pty: string }
  resize(fd: number, columns: number, rows: number): void
}

/**
 * Loads the native half of node-pty. Its JavaScript half is not used: that reads the terminal itself and gives up
 * 200 ms after the exit, which loses the tail of a paused reader.
 * @throws `shell/backend_unavailable` where there is no binary for this system.
 */
export function loadNodePty(): NodePtyBinding {
  const require = createRequire(import.meta.url)
  try {
    const loaded: unknown = require('@lydell/node-pty/requireBinary.js')
    if (hasRequireBinary(loaded)) {
      const binding = loaded.requireBinary('pty.node')
      if (isBinding(binding)) return binding
    }
  } catch (cause) {
    throw shellError('shell/backend_unavailable', 'node-pty has no binary for this system.', { cause })
  }
  throw shellError(
    'shell/backend_unavailable',
    'node-pty offers no fork() and resize(): another version than expected.',
  )
}

function hasRequireBinary(value: unknown): value is { requireBinary(file: string): unknown } {
  return isRecord(value) && typeof value['requireBinary'] === 'function'
}

function isBinding(value: unknown): value is NodePtyBinding {
  return isRecord(value) && typeof value['fork'] === 'function' && typeof value['resize'] === 'function'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
