import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { silentLogger, systemClock } from '@holdfast/contract'
import {
  Entrance,
  keepPrivate,
  type Principal,
  type RequestEndpoint,
  type RestAnswer,
  type RestCall,
  Router,
} from '@holdfast/gate/internals'
import type { RecordingList, RecordingListing } from '@holdfast/protocol/shell'
import type { ShellRequestsOptions } from '../endpoint/shell-requests.ts'
import { SHELL_ERROR_TABLE, shellError } from '../errors.ts'
import { ownerOnly, permissionsOf } from '../host/authorization.ts'
import type { KnownRecording, Recordings } from './recordings.ts'
import { type RecordingPeers, remoteRecording, remoteRecordings } from './remote-recordings.ts'

/** Recordings in one answer; the newest first. */
const MAX_RECORDINGS = 500

/** Options of {@link recordingRequests}. */
export interface RecordingRequestsOptions
  extends Pick<ShellRequestsOptions, 'authenticate' | 'origins' | 'proxies' | 'base' | 'authorize' | 'logger'> {
  readonly recordings: Recordings
  /** The other servers of a cluster, asked for a principal. @defaultValue there are none */
  readonly remote?: ((principal: Principal) => RecordingPeers) | undefined
}

/**
 * `GET /recordings`: the recordings of shells that the principal may observe. `GET /recordings/{id}`: one, as asciicast v3.
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
  const peers = options.remote?.(principal)
  const [all, others] = await Promise.all([
    options.recordings.list(),
    peers === undefined ? [] : remoteRecordings(peers),
  ])
  const here = (await Promise.all(all.map((one) => look(principal, one, options)))).filter((one) => one !== undefined)
  const seen = [...here, ...others].sort((one, other) => other.startedAt - one.startedAt)
  return { recordings: seen.slice(0, MAX_RECORDINGS), ...(seen.length > MAX_RECORDINGS ? { more: true } : {}) }
}

async function look(
  principal: Principal,
  recording: KnownRecording,
  { authorize = ownerOnly }: RecordingRequestsOptions,
): Promise<RecordingListing | undefined> {
  const { version: _version, owner, ...shown } = recording
  const permissions = await permissionsOf(authorize, principal, { ...shown, owner })
  if (!permissions.observe && !permissions.write) return undefined
  return { ...shown, may: permissions.kill ? ['delete'] : [] }
}

/** The recording of a request, where it is here; `undefined` where its sender may not know of it. */
async function found({ principal, parameters }: RestCall, options: RecordingRequestsOptions) {
  const recording = await options.recordings.find(parameters['id'] ?? '')
  return recording === undefined ? undefined : look(principal, recording, options)
}

/** What another server says of it. @throws `shell/not_found` where none has it */
async function remote(call: RestCall, options: RecordingRequestsOptions, method: 'GET' | 'DELETE'): Promise<Response> {
  const peers = options.remote?.(call.principal)
  const answer = peers === undefined ? undefined : await remoteRecording(peers, call.parameters['id'] ?? '', method)
  if (answer !== undefined) return answer
  throw shellError('shell/not_found', 'There is no such recording.')
}

async function removed(call: RestCall, options: RecordingRequestsOptions): Promise<RestAnswer> {
  const seen = await found(call, options)
  if (seen === undefined) {
    const answer = await remote(call, options, 'DELETE')
    return { status: answer.status, body: Object(await answer.json()) }
  }
  const { id, may } = seen
  if (!may.includes('delete')) throw shellError('shell/forbidden', 'This principal may not remove this recording.')
  if (await options.recordings.remove(id)) return { body: { id } }
  throw shellError('shell/conflict', 'This recording is being made: end its shell first.')
}

/** As fast as it is read. */
async function played(call: RestCall, options: RecordingRequestsOptions): Promise<undefined> {
  const seen = await found(call, options)
  const { body } = seen === undefined ? await remote(call, options, 'GET') : { body: options.recordings.lines(seen.id) }
  const { response } = call
  keepPrivate(response)
  response.writeHead(200, { 'content-type': 'application/x-asciicast' })
  for await (const piece of body ?? []) {
    if (response.destroyed) return
    if (!response.write(piece)) await drained(response)
  }
  response.end()
}

async function drained(response: ServerResponse): Promise<void> {
  await Promise.race([once(response, 'drain'), once(response, 'close')]).catch(() => {})
}
