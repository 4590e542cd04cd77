import { SENTENCES } from '@holdfast/core/words'
import { isLease, isShellId } from '@holdfast/protocol/shell'
import { ShellSessionError } from './errors.ts'

/**
 * What a page needs after a reload to resume a shell without repeated output (shell §5). Plain JSON; contains no
 * credentials and no input. A client made from a copy is another client: while the first one is attached and answers,
 * it only watches.
 */
export interface ShellCheckpoint {
  readonly v: 1
  readonly shellId: string
  readonly sessionId: string
  readonly epoch: string
  readonly lease: string
  /** Output that the reader has received, in bytes. */
  readonly received: number
  /** Input that was sent, in bytes. */
  readonly sent: number
}

/** Parses a checkpoint from storage. @throws `shell/invalid_checkpoint` */
export function parseCheckpoint(value: unknown): ShellCheckpoint {
  if (isCheckpoint(value)) return value
  throw new ShellSessionError(
    'shell/invalid_checkpoint',
    SENTENCES && 'Expected what checkpoint() returned, version 1.',
  )
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
