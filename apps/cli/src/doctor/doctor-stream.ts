import { hubEventStreamUrl } from '@holdfast/protocol/hub'
import { hubRestUrl } from '@holdfast/protocol/hub/rest'
import { authorization } from '../endpoint.ts'
import type { ConnectionReport } from './doctor-checks.ts'
import { type Finding, failure, type Words } from './doctor-messages.ts'

const KEPT_BACK = 'A proxy compresses or buffers text/event-stream; have it pass events as they come.'

/** A session whose stream may be tried, and the end of one that was made for it. */
interface Trial {
  readonly sessionId: string
  end(): Promise<void>
}

/**
 * Whether an event stream arrives while it is open, as a browser asks for it. On a private session that is made for it and
 * removed; where the token may make none, on one that is there. Undefined where there is none.
 */
export async function checkStream(report: ConnectionReport): Promise<Finding | undefined> {
  const check = 'events'
  const trial = (await ownSession(report)) ?? (await anySession(report))
  if (trial === undefined) return undefined
  try {
    return { check, ...(await firstBytes(report, trial.sessionId)) }
  } finally {
    await trial.end()
  }
}

async function firstBytes({ url, token, timeoutMs }: ConnectionReport, sessionId: string): Promise<Words> {
  const started = performance.now()
  const end = new AbortController()
  const { signal } = end
  const timer = setTimeout(() => end.abort(), timeoutMs)
  const headers = { accept: 'text/event-stream', 'accept-encoding': 'gzip, deflate, br', ...authorization(token) }
  let isOpen = false
  try {
    const response = await fetch(hubEventStreamUrl(url, sessionId), { headers, signal, redirect: 'manual' })
    if (!response.ok) return { result: 'warning', text: `answered with ${response.status}` }
    const type = response.headers.get('content-type') ?? 'nothing'
    if (!type.startsWith('text/event-stream')) {
      return { result: 'failed', text: `expected an event stream, got ${type}`, hint: 'Check the path in the proxy.' }
    }
    isOpen = true
    const { done } = (await response.body?.getReader().read()) ?? { done: true }
    if (done) return { result: 'failed', text: 'an event stream ends at once', hint: KEPT_BACK }
    return {
      result: 'ok',
      text: `an event stream, its first bytes after ${Math.round(performance.now() - started)} ms`,
    }
  } catch (error) {
    if (!signal.aborted) return failure(error)
    const text = isOpen ? 'an event stream opens, and stays silent' : 'an event stream does not arrive'
    return { result: 'failed', text, hint: KEPT_BACK }
  } finally {
    clearTimeout(timer)
    end.abort()
  }
}

async function ownSession(report: ConnectionReport): Promise<Trial | undefined> {
  const body = JSON.stringify({ label: 'doctor', visibility: 'private' })
  const sessionId = idIn(await asked(report, 'POST', hubRestUrl(report.url, { route: 'create' }), body))
  if (sessionId === undefined) return undefined
  const own = hubRestUrl(report.url, { route: 'session', sessionId })
  return { sessionId, end: async () => void (await asked(report, 'DELETE', own)) }
}

async function anySession(report: ConnectionReport): Promise<Trial | undefined> {
  const list = await asked(report, 'GET', hubRestUrl(report.url, { route: 'list' }, { limit: 1 }))
  const { sessions }: { readonly sessions?: unknown } = Object(list)
  const sessionId = Array.isArray(sessions) ? idIn(sessions[0]) : undefined
  return sessionId === undefined ? undefined : { sessionId, end: async () => {} }
}

function idIn(body: unknown): string | undefined {
  const { sessionId, id }: { readonly sessionId?: unknown; readonly id?: unknown } = Object(body)
  return [sessionId, id].find((value) => typeof value === 'string')
}

/** The body of an answer that was good; undefined of any other. */
async function asked(report: ConnectionReport, method: string, url: string, body?: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json', ...authorization(report.token) }
  const signal = AbortSignal.timeout(report.timeoutMs)
  try {
    const response = await fetch(url, { method, headers, body: body ?? null, signal, redirect: 'manual' })
    const text = await response.text()
    return response.ok ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}
