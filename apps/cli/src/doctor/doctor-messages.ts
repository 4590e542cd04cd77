import { OpenError } from '@holdfast/core'
import { peerWord } from '@holdfast/core/contract'
import { SYSTEM_ERRORS } from '../refusals/system-errors.ts'

/** What one check found. `hint` is what to do about it. */
export interface Finding {
  readonly check: string
  readonly result: 'ok' | 'warning' | 'failed'
  readonly text: string
  readonly hint?: string | undefined
}

/** What is said of something that came to nothing. */
export type Words = Omit<Finding, 'check'>

/** Not even a connection. */
const SILENT: Words = {
  result: 'failed',
  text: 'no answer in time',
  hint: 'A firewall may drop the packets; check address and port.',
}

/** A connection, and then nothing. */
export const MUTE: Words = {
  result: 'failed',
  text: 'it takes the connection, and then says nothing (half-open)',
  hint: 'The gateway may hang, or something in front of it waits for it; see their logs.',
}

const NOT_HTTP: Words = {
  result: 'failed',
  text: 'it takes the connection, but does not speak HTTP',
  hint: 'Check the port; where it speaks TLS, use https://.',
}

/** A request that failed before anybody answered it. */
export function failure(error: unknown): Words {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : error instanceof Error ? error.name : ''
  if (code === 'TimeoutError') return SILENT
  if (code.startsWith('HPE_') || code === 'UND_ERR_SOCKET') return NOT_HTTP
  const said = cause instanceof Error ? cause.message : String(cause)
  const [text, hint] = SYSTEM_ERRORS[code] ?? [
    `it cannot be asked over HTTP: ${said}`,
    'Check the address, and the port in it: browsers and Node keep some ports for other services.',
  ]
  return { result: 'failed', text, hint }
}

/** A WebSocket would open, with a token that is right. */
export const NOT_LET_IN: Words = {
  result: 'failed',
  text: 'it lets nobody in without a token that is right (401)',
  hint: 'Set HOLDFAST_TOKEN.',
}

/** A dial that did not become a WebSocket. */
export function upgradeFailure(error: unknown): Words {
  const details = error instanceof OpenError ? error.details : {}
  const { status, syscallCode } = details
  if (status === 401) return NOT_LET_IN
  const word = peerWord(details.body)
  if (word !== undefined && status !== 403) {
    return {
      result: 'failed',
      text: `the gateway refuses: ${word.message}`,
      hint: 'See its log, or try again in a while.',
    }
  }
  if (status === 403) return { result: 'warning', text: 'the token may not do this (403), or it is switched off' }
  if (status === 200 || status === 400 || status === 426) {
    return {
      result: 'failed',
      text: `the upgrade to WebSocket does not arrive (${status})`,
      hint: 'A proxy strips the Upgrade header; let it pass "Upgrade" and "Connection".',
    }
  }
  if (status !== undefined) {
    return {
      result: 'failed',
      text: `the upgrade was answered with ${status}`,
      hint: 'Something on the way may not know WebSockets, or may not pass this path on.',
    }
  }
  if (error instanceof Error && error.name === 'TimeoutError') {
    return {
      result: 'failed',
      text: 'the upgrade to WebSocket is never answered (half-open)',
      hint: 'Something on the way swallows it: a proxy, a VPN, a firewall.',
    }
  }
  const [text, hint] = SYSTEM_ERRORS[syscallCode ?? ''] ?? [
    error instanceof Error ? error.message : String(error),
    undefined,
  ]
  return { result: 'failed', text, hint }
}
