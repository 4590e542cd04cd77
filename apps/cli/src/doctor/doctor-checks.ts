import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import { OpenError, type Target, type WebSocketChannel } from '@holdfast/core'
import { hubWebSocketUrl } from '@holdfast/protocol/hub'
import { execPath } from '@holdfast/protocol/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import { authorization, type EndpointOptions } from '../endpoint.ts'
import { type Finding, failure, MUTE, NOT_LET_IN, upgradeFailure, type Words } from './doctor-messages.ts'

/** What is examined, and how long each check may take. */
export interface ConnectionReport extends EndpointOptions {
  readonly timeoutMs: number
}

/** The name of the host. */
export async function checkName(url: string): Promise<Finding> {
  const check = 'name'
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) return { check, result: 'ok', text: `${host} is an address` }
  try {
    const found = await lookup(host, { all: true })
    return { check, result: 'ok', text: `${host} is ${found.map(({ address }) => address).join(', ')}` }
  } catch (error) {
    return { check, ...failure(error) }
  }
}

/** Whether a gateway answers. */
export async function checkHttp({ url, timeoutMs }: ConnectionReport): Promise<Finding> {
  const check = 'http'
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(`${url}/readyz`, { signal, redirect: 'manual' })
    return { check, ...readiness(response.status, response.headers, (await response.text()).slice(0, 200)) }
  } catch (error) {
    const dialed = await dial(url)
    if (signal.aborted && dialed === 'taken') return { check, ...MUTE }
    // What the system says of a dial is nearer to the cause than what the request says.
    return { check, ...failure(dialed instanceof Error ? dialed : error) }
  }
}

function readiness(status: number, headers: Headers, text: string): Words {
  if (status === 200 && text.includes('ready')) return { result: 'ok', text: 'a gateway, and ready' }
  if (status === 503) {
    const isDegraded = text.includes('degraded')
    const hint = isDegraded ? 'Its store has trouble; see below.' : 'It starts or drains; see its log.'
    return { result: 'warning', text: 'a gateway, but not ready', hint }
  }
  if (status >= 300 && status < 400) {
    const where = headers.get('location') ?? 'somewhere'
    return { result: 'failed', text: `it redirects to ${where}`, hint: 'Use that address.' }
  }
  if (status === 401 || status === 403 || status === 407) {
    const hint = 'A proxy or a firewall may want its own sign-in; ask its operator.'
    return { result: 'failed', text: `something in front of the gateway refuses (${status})`, hint }
  }
  const hint = 'Check host, port and path.'
  return { result: 'failed', text: `something answers with ${status}, but not a gateway`, hint }
}

/** Whether the gateway's store does all that it should, in the gateway's own words; undefined where it says nothing. */
export async function checkStore({ url, timeoutMs }: ConnectionReport): Promise<Finding | undefined> {
  const check = 'store'
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' })
    const body: unknown = await response.json()
    const { failing, reason, status, damagedSessions }: { readonly [name: string]: unknown } = { ...Object(body) }
    const hint = 'See the log of the gateway; its README says what to do under "When something is wrong".'
    if (status === 'degraded') {
      const what = Object.keys(Object(failing)).map((op) => (op === 'append' ? 'write' : op))
      const cannot = what.length === 0 ? 'does not work' : `cannot ${what.join(' and cannot ')}`
      return { check, result: 'failed', text: `it ${cannot}: ${reason}`, hint }
    }
    if (typeof damagedSessions === 'number' && damagedSessions > 0) {
      return { check, result: 'warning', text: `damaged sessions: ${damagedSessions}; all others are served`, hint }
    }
    return status === 'ready' ? { check, result: 'ok', text: 'it reads and writes' } : undefined
  } catch {
    return undefined
  }
}

/** A connection that is taken at once is kept from answering by something else than the network. */
const TAKEN_MS = 2_000

/** Whether a connection is taken; why not, else. */
function dial(url: string): Promise<'taken' | 'silent' | Error> {
  const { hostname, port, protocol } = new URL(url)
  const where = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) }
  return new Promise((resolve) => {
    const socket = connect(where)
    const settle = (found: 'taken' | 'silent' | Error): void => {
      socket.destroy()
      resolve(found)
    }
    socket.setTimeout(TAKEN_MS, () => settle('silent'))
    socket.once('connect', () => settle('taken')).once('error', settle)
  })
}

/** Whether the token is taken. */
export async function checkToken({ url, token, timeoutMs }: ConnectionReport): Promise<Finding> {
  const check = 'token'
  const headers = authorization(token)
  const response = await fetch(`${url}/api/hub/sessions?limit=1`, {
    headers,
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => undefined)
  await response?.body?.cancel()
  if (response === undefined)
    return { check, result: 'failed', text: 'no answer in time', hint: 'See the log of the gateway.' }
  if (response.ok) return { check, result: 'ok', text: 'accepted' }
  if (response.status === 401) {
    return token === undefined
      ? { check, result: 'failed', text: 'none was given, and one is needed', hint: 'Set HOLDFAST_TOKEN.' }
      : {
          check,
          result: 'failed',
          text: 'refused',
          hint: 'The gateway prints its random token at start, or has --token.',
        }
  }
  if (response.status === 403)
    return {
      check,
      result: 'warning',
      text: 'accepted, but it may not look at sessions',
      hint: 'Give it the scope observe.',
    }
  return { check, result: 'warning', text: `answered with ${response.status}` }
}

/** Whether the hub's WebSocket opens and carries something. */
export function checkHub(report: ConnectionReport): Promise<Finding> {
  // A client without a credential learns at once that one is needed.
  const auth = report.token === undefined ? 'none' : undefined
  const url = hubWebSocketUrl(report.url, { role: 'observer', sessionId: 'doctor', resume: true, auth })
  return checkSocket('hub', report, { url })
}

/** Opens a WebSocket and waits for one answer to a ping: a link that carries nothing shows here. */
async function checkSocket(check: string, { token, timeoutMs }: ConnectionReport, target: Target): Promise<Finding> {
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const channel = await nodeWebSocket().open({ ...target, headers: authorization(token) }, { signal })
    return { check, ...(await answerOf(channel, timeoutMs)) }
  } catch (error) {
    return { check, ...upgradeFailure(error) }
  }
}

function answerOf(channel: WebSocketChannel, timeoutMs: number): Promise<Words> {
  const started = performance.now()
  return new Promise((resolve) => {
    const settle = (words: Words): void => {
      clearTimeout(timer)
      channel.terminate()
      resolve(words)
    }
    const timer = setTimeout(() => settle(SWALLOWED), timeoutMs)
    channel.start({
      frame: () => {},
      pong: () => {
        const ms = Math.round(performance.now() - started)
        settle({ result: 'ok', text: `a WebSocket, ${ms} ms there and back` })
      },
      closed: ({ code, reason }) => settle(closing(code, reason)),
    })
    channel.ping()
  })
}

const SWALLOWED: Words = {
  result: 'failed',
  text: 'it opens, and then nothing comes back (half-open)',
  hint: 'Something on the way swallows frames: a proxy, a VPN, a firewall.',
}

function closing(code: number | undefined, reason: string): Words {
  if (code === 4401) return NOT_LET_IN
  if (code === 4403) return { result: 'warning', text: 'a WebSocket, but the token may not watch sessions' }
  // There is no such session: the gateway itself said so, over the WebSocket.
  if (code === 4404) return { result: 'ok', text: 'a WebSocket, and the gateway answers on it' }
  if (code !== undefined && code >= 4000) return { result: 'warning', text: `a WebSocket; the gateway says: ${reason}` }
  const text = `closed at once${code === undefined ? '' : ` with ${code}`}`
  return { result: 'failed', text, hint: 'A proxy may not let WebSockets through.' }
}

/** Asks for shells in a version that is too old for any server: it answers, and starts none. */
export async function checkShells({ url, token, timeoutMs }: ConnectionReport, isLetIn: boolean): Promise<Finding> {
  const check = 'shells'
  const streams = { stdin: false, stdout: false, stderr: false, tty: false }
  const path = execPath({ namespace: 'default', pod: 'doctor', command: ['true'], ...streams })
  const target = {
    url: url.replace(/^http/, 'ws') + path,
    headers: authorization(token),
    protocols: ['v3.channel.k8s.io'],
  }
  try {
    const channel = await nodeWebSocket().open(target, { signal: AbortSignal.timeout(timeoutMs) })
    channel.terminate()
    return { check, result: 'warning', text: 'something answers, but not a gateway' }
  } catch (error) {
    const body = error instanceof OpenError ? (error.details.body ?? '') : ''
    if (body.includes('shell/off')) return { check, result: 'warning', text: 'switched off on this gateway' }
    const answers = 'the endpoint answers'
    if (body.includes('subprotocol'))
      return isLetIn
        ? { check, result: 'ok', text: answers }
        : { check, result: 'warning', text: `${answers}; whether you may use it is told by the token` }
    return { check, ...upgradeFailure(error) }
  }
}
