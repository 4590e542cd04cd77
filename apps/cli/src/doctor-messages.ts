import { OpenError } from '@holdfast/core'

/** What one check found. `hint` is what to do about it. */
export interface Finding {
  readonly check: string
  readonly verdict: 'ok' | 'warning' | 'failed'
  readonly text: string
  readonly hint?: string | undefined
}

/** What is said of something that came to nothing. */
export type Words = Omit<Finding, 'check'>

/** What an error of the system means, and what to do. */
const SYSTEM: Readonly<Record<string, readonly [text: string, hint: string]>> = {
  ECONNREFUSED: ['nothing listens there', 'Check the port, and that the gateway runs: holdfast serve.'],
  ECONNRESET: ['the connection was reset', 'A firewall or proxy may cut it; try from another network.'],
  ETIMEDOUT: ['no answer at all', 'A firewall may drop the packets; check address and port.'],
  EHOSTUNREACH: ['no route to the host', 'Check the network, a VPN for instance.'],
  ENETUNREACH: ['no route to the network', 'Check the network, a VPN for instance.'],
  ENOTFOUND: ['the name is not known', 'Check the spelling, and the DNS server.'],
  EAI_AGAIN: ['the DNS server does not answer', 'Check the network.'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'its certificate is self-signed',
    'Trust its authority with NODE_EXTRA_CA_CERTS=ca.pem.',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: ['its certificates end in one of its own', 'Trust it with NODE_EXTRA_CA_CERTS=ca.pem.'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'its certificate is incomplete',
    'The server must send its intermediate certificates.',
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['its authority is not trusted here', 'Trust it with NODE_EXTRA_CA_CERTS=ca.pem.'],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'Renew it on the server; check the clock here.'],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', 'Check the clock here.'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['its certificate is for another name', 'Use the name in the certificate.'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['it does not speak TLS', 'Use http:// for this port.'],
  EPROTO: ['it does not speak TLS', 'Use http:// for this port.'],
}

/** Not even a connection. */
const SILENT: Words = {
  verdict: 'failed',
  text: 'no answer in time',
  hint: 'A firewall may drop the packets; check address and port.',
}

/** A connection, and then nothing. */
export const MUTE: Words = {
  verdict: 'failed',
  text: 'it takes the connection, and then says nothing (half-open)',
  hint: 'The gateway may hang, or something in front of it waits for it; see their logs.',
}

const NOT_HTTP: Words = {
  verdict: 'failed',
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
  const [text, hint] = SYSTEM[code] ?? [`it cannot be dialed: ${said}`, 'Check the address, and the port in it.']
  return { verdict: 'failed', text, hint }
}

/** A dial that did not become a WebSocket. */
export function upgradeFailure(error: unknown): Words {
  const details = error instanceof OpenError ? error.details : {}
  const { status, syscallCode } = details
  if (status === 401) return { verdict: 'failed', text: 'the token was refused (401)', hint: 'Set HOLDFAST_TOKEN.' }
  if (status === 403) return { verdict: 'warning', text: 'the token may not do this (403), or it is switched off' }
  if (status === 200 || status === 400 || status === 426) {
    return {
      verdict: 'failed',
      text: `the upgrade to WebSocket does not arrive (${status})`,
      hint: 'A proxy strips the Upgrade header; let it pass "Upgrade" and "Connection".',
    }
  }
  if (status !== undefined) {
    return {
      verdict: 'failed',
      text: `the upgrade was answered with ${status}`,
      hint: 'Something on the way may not know WebSockets, or may not pass this path on.',
    }
  }
  if (error instanceof Error && error.name === 'TimeoutError') {
    return {
      verdict: 'failed',
      text: 'the upgrade to WebSocket is never answered (half-open)',
      hint: 'Something on the way swallows it: a proxy, a VPN, a firewall.',
    }
  }
  const [text, hint] = SYSTEM[syscallCode ?? ''] ?? [error instanceof Error ? error.message : String(error), undefined]
  return { verdict: 'failed', text, hint }
}
