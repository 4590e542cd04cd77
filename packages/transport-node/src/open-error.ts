import { HoldfastError } from '@holdfast/contract'
import type { TransportNodeErrorCode } from './errors.ts'
import { TRANSPORT_NODE_ERRORS } from './errors.ts'

/** The string `code` of a Node.js or `ws` error. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** An error that ended an open channel, under a code of this package. */
export function channelError(code: TransportNodeErrorCode, cause: Error): HoldfastError {
  const syscallCode = codeOf(cause)
  const told = cause.message === '' ? (syscallCode ?? cause.name) : cause.message
  return new HoldfastError(code, `${TRANSPORT_NODE_ERRORS[code].sentence} ${told}`, {
    cause,
    details: { ...(syscallCode === undefined ? {} : { syscallCode }), reason: told },
  })
}
