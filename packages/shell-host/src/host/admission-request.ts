import { randomBytes } from 'node:crypto'
import type { Principal } from '@holdfast/gate/internals'
import { type ExecTarget, isTerminalSize, type ShellTarget, type TerminalSize } from '@holdfast/protocol/shell'
import type { Dialect } from '../client/dialects/dialect.ts'
import type { Streams } from '../client/role.ts'
import type { SpawnRequest } from './spawn-policy.ts'

/** One client's request, before it is upgraded. */
export interface AdmissionRequest {
  readonly principal: Principal
  readonly dialect: Dialect
  readonly requested:
    | { readonly kind: 'shell'; readonly target: ShellTarget }
    | { readonly kind: 'exec'; readonly target: ExecTarget }
  /** No shell is started for it. @defaultValue false */
  readonly mustExist?: boolean | undefined
}

/** What a request comes to, whichever path it came by. */
export interface AttachPlan {
  readonly shellId: string
  readonly sessionId: string
  readonly request: SpawnRequest
  readonly target: ShellTarget
  readonly streams: Streams
}

const ALL_STREAMS: Streams = { stdin: true, stdout: true, stderr: true }
const DEFAULT_SIZE: TerminalSize = { width: 80, height: 24 }

/** Reads a request: which shell it means, and what would be run for it. */
export function planOf(request: AdmissionRequest): AttachPlan {
  const { principal, requested } = request
  if (requested.kind === 'shell') {
    const { target } = requested
    const { shellId, command, login, cwd, env, runtime, qualifier } = target
    const size = target.size !== undefined && isTerminalSize(target.size) ? target.size : DEFAULT_SIZE
    return {
      shellId,
      sessionId: target.sessionId ?? randomBytes(18).toString('base64url'),
      request: { principal, shellId, command, login, cwd, env, tty: target.tty !== false, size, runtime, qualifier },
      target,
      streams: ALL_STREAMS,
    }
  }
  const { command, tty, namespace, pod, container, stdin, stdout, stderr, cwd, env } = requested.target
  const shellId = `exec-${randomBytes(9).toString('hex')}`
  return {
    shellId,
    sessionId: shellId,
    request: { principal, shellId, command, cwd, env, tty, size: DEFAULT_SIZE, namespace, pod, container },
    target: { shellId },
    streams: { stdin, stdout, stderr },
  }
}
