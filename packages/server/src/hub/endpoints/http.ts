import type { ServerResponse } from 'node:http'
import { HubError } from '../errors.ts'

/** A whole number of the query, within its bounds. @throws HubError `hub/bad_request` */
export function numberIn(query: URLSearchParams, name: string, absent: number, most: number): number {
  const text = query.get(name)
  if (text === null || text === '') return absent
  const value = Number(text)
  const least = name === 'limit' ? 1 : 0
  if (Number.isSafeInteger(value) && value >= least) return Math.min(value, most)
  throw new HubError('hub/bad_request', `${name}: expected a whole number of at least ${least}`)
}

/** Resolves when the client has taken what was written, or is gone. */
export function taken(response: ServerResponse): Promise<void> {
  if (!response.writableNeedDrain || response.destroyed) return new Promise((resolve) => setImmediate(resolve))
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
