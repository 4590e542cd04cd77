import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { silentLogger, systemClock } from '@holdfast/contract'
import {
  Entrance,
  keepPrivate,
  type Principal,
  type RequestEndpoint,
  type RestCall,
  Router,
} from '@holdfast/gate/internals'
import type { RecordingList, RecordingListing } from '@holdfast/protocol/shell'
import type { ShellRequestsOptions } from '../endpoint/shell-requests.ts'
import { SHELL_ERROR_TABLE, shellError } from '../errors.ts'
import { ownerOnly, permissionsOf } from '../host/authorization.ts'
import type { KnownRecording, Recordings } from './recordings.ts'

/** Recordings in one answer; the newest first. */
const MAX_RECORDINGS = 500

/** What {@link recordingRequests} must and may be told. */
export interface RecordingRequestsOptions
  extends Pick<ShellRequestsOptions, 'authenticate' | 'origins' | 'proxies' | 'base' | 'authorize' | 'logger'> {
  readonly recordings: Recordings
}

/**
 * `GET /recordings`: the recordings of shells that whoever asks may watch. `GET /recordings/{id}`: one, as asciicast v3.
 * `DELETE /recordings/{id}`: for those who may end the shell. A recording that they may not watch is not there.
 */
export function recordingRequests(options: RecordingRequestsOptions): RequestEndpoint {
  const { authenticate, logger = silentLogger, origins = [], proxies, base = '' } = options
  return new Router({
    bases: [`${base.replace(/\/+$/, '')}/recordings`],
    routes: [
      { method: 'GET', path: '', run: async ({ principal }) => ({ body: await listFor(principal, options) }) },
      { method: 'GET', path: '/{id}', run: (call) => played(call, options) },
      { method: 'DELETE', path: '/{id}', run: (call) => removed(call, options) },
    ],
    entrance: new Entrance({ authenticate, origins, proxies, clock: systemClock, logger }),
    errors: SHELL_ERROR_TABLE,
    maxBodyBytes: 0,
    logger,
  })
}

async function listFor(principal: Principal, options: RecordingRequestsOptions): Promise<RecordingList> {
  const all = await options.recordings.list()
  const seen = (await Promise.all(all.map((one) => look(principal, one, options)))).filter((one) => one !== undefined)
  return { recordings: seen.slice(0, MAX_RECORDINGS), ...(seen.length > MAX_RECORDINGS ? { more: true } : {}) }
}

async function look(
  principal: Principal,
  recording: KnownRecording,
  { authorize = ownerOnly }: RecordingRequestsOptions,
): Promise<RecordingListing | undefined> {
  const { version: _version, owner, ...told } = recording
  const permissions = await permissionsOf(authorize, principal, { ...told, owner })
  if (!permissions.observe && !permissions.write) return undefined
  return { ...told, may: permissions.kill ? ['delete'] : [] }
}

async function found(
  { principal, parameters }: RestCall,
  options: RecordingRequestsOptions,
): Promise<RecordingListing> {
  const recording = await options.recordings.find(parameters['id'] ?? '')
  const seen = recording === undefined ? undefined : await look(principal, recording, options)
  if (seen !== undefined) return seen
  throw shellError('shell/not_found', 'There is no such recording.')
}

async function removed(call: RestCall, options: RecordingRequestsOptions) {
  const { id, may } = await found(call, options)
  if (!may.includes('delete')) throw shellError('shell/forbidden', 'This principal may not remove this recording.')
  if (await options.recordings.remove(id)) return { body: { id } }
  throw shellError('shell/conflict', 'This recording is being made: end its shell first.')
}

/** As fast as it is read. */
async function played(call: RestCall, options: RecordingRequestsOptions): Promise<undefined> {
  const { id } = await found(call, options)
  const { response } = call
  keepPrivate(response)
  response.writeHead(200, { 'content-type': 'application/x-asciicast' })
  for await (const line of options.recordings.lines(id)) {
    if (response.destroyed) return
    if (!response.write(line)) await drained(response)
  }
  response.end()
}

async function drained(response: ServerResponse): Promise<void> {
  await Promise.race([once(response, 'drain'), once(response, 'close')]).catch(() => {})
}
