import { isLease, isShellId } from '@holdfast/protocol/shell'
import { ShellSessionError } from './errors.ts'

/**
 * What a reload needs to resume a shell without repeats (shell §5). Plain JSON; holds no credentials and no input. A
 * copy of it makes another client: while the one it was made by is attached and answers, the copy watches.
 */
export interface ShellCheckpoint {
  readonly v: 1
  readonly shellId: string
  readonly sessionId: string
  readonly epoch: string
  readonly lease: string
  /** Output that the reader had taken. */
  readonly received: number
  /** Input that had been sent. */
  readonly sent: number
}

/** Reads a checkpoint that came from storage. @throws `shell/invalid_checkpoint` */
export function parseCheckpoint(value: unknown): ShellCheckpoint {
  if (isCheckpoint(value)) return value
  throw new ShellSessionError('shell/invalid_checkpoint', 'Expected what checkpoint() returned, version 1.')
}

function isCheckpoint(value: unknown): value is ShellCheckpoint {
  if (typeof value !== 'object' || value === null) return false
  const { v, shellId, sessionId, epoch, lease, received, sent }: { readonly [name: string]: unknown } = { ...value }
  const ids = isShellId(shellId) && isLease(lease) && typeof sessionId === 'string' && typeof epoch === 'string'
  return v === 1 && ids && isOffset(received) && isOffset(sent)
}

function isOffset(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
