import { peerWord } from '@holdfast/core/contract'
import type { EndpointOptions } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { ownCommand } from '../own-command.ts'
import { printable } from '../printable.ts'
import { UserError } from '../user-error.ts'
import { isTlsError, SYSTEM_ERRORS } from './system-errors.ts'

/** Why a command came to nothing at a gateway. Each kind has its exit code, and a sentence with a next step. */
export type RefusalKind =
  | 'no_token'
  | 'wrong_token'
  | 'forbidden'
  | 'not_found'
  | 'no_lead'
  | 'taken'
  | 'unreachable'
  | 'full'
  | 'untrusted'
  | 'not_a_gateway'
  | 'unfit'
  | 'refused'

/** Every kind of refusal, for the table in the README. */
export const REFUSALS: Readonly<Record<RefusalKind, { readonly exitCode: number; readonly cause: string }>> = {
  no_token: { exitCode: EXIT.refused, cause: 'no token was given, and one is needed' },
  wrong_token: { exitCode: EXIT.refused, cause: 'the token was refused' },
  forbidden: { exitCode: EXIT.refused, cause: 'the token, or the origin that a proxy adds, may not do this' },
  not_found: { exitCode: EXIT.notFound, cause: 'no such session, shell or task' },
  no_lead: { exitCode: EXIT.noLead, cause: 'no lead came to the session' },
  taken: { exitCode: EXIT.taken, cause: 'another client has it: the session a lead, the shell a writer' },
  unreachable: { exitCode: EXIT.unreachable, cause: 'nothing answers at the address, or not in time' },
  full: { exitCode: EXIT.full, cause: 'the gateway takes no more just now, or is stopping' },
  untrusted: { exitCode: EXIT.untrusted, cause: 'its certificate is not trusted, or it does not speak TLS' },
  not_a_gateway: { exitCode: EXIT.notGateway, cause: 'something else answers at the address' },
  unfit: { exitCode: EXIT.usage, cause: 'the gateway cannot do anything with what was asked' },
  refused: { exitCode: EXIT.failed, cause: 'anything else, in the words of the gateway' },
}

/** What is known of an answer that was no good, or of an unanswered dial. */
export interface Evidence {
  /** Of the HTTP answer. */
  readonly status?: number | undefined
  readonly body?: string | undefined
  readonly redirectHost?: string | undefined
  /** Of the close frame. */
  readonly closeCode?: number | undefined
  /** A sentence of the gateway itself. */
  readonly said?: string | undefined
  /** Of the system, or of TLS. */
  readonly systemCode?: string | undefined
  /** Nothing came in time. */
  readonly isLate?: boolean | undefined
}

/** What a client's or the runtime's error knows, whatever it was wrapped in. */
export function evidenceIn(error: unknown): Evidence {
  const found: { -readonly [Name in keyof Evidence]: Evidence[Name] } = {}
  // Read from their fields: the classes are in packages that quick commands do not load.
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code, details }: { readonly [name: string]: unknown } = { ...at }
    const {
      status,
      closeCode,
      closeReason,
      body,
      word,
      syscallCode,
      redirectHost,
    }: { readonly [name: string]: unknown } = { ...Object(details) }
    found.status ??= numberOr(status)
    found.closeCode ??= numberOr(closeCode)
    found.body ??= textOr(body)
    found.isLate ||= at.name === 'TimeoutError'
    found.said ??= textOr(closeReason) ?? textOr(Object(word).message)
    found.redirectHost ??= textOr(redirectHost)
    found.systemCode ??= textOr(syscallCode) ?? systemCodeOf(at, code)
  }
  return found
}

/** What an attempt that failed has shown; undefined where it shows nothing new. */
export function evidenceOfAttempt(cause: unknown): Evidence | undefined {
  const { kind, code, reason, error }: { readonly [name: string]: unknown } = { ...Object(cause) }
  if (kind !== 'close') return error instanceof Error ? evidenceIn(error) : undefined
  return typeof code === 'number' && code >= 4000 ? { closeCode: code, said: String(reason) } : undefined
}

/** What to do where a gateway's answer alone does not say it. */
export interface NextSteps {
  /** A command that shows what is there: `shell ls`. */
  readonly next?: string | undefined
  /** What is said where nothing better is known. */
  readonly otherwise?: string | undefined
}

/** A refusal as one sentence for the user, with its next step, and the exit code of its kind. */
export function refusalOf(
  evidence: Evidence,
  endpoint: EndpointOptions,
  steps: NextSteps = {},
  cause?: unknown,
): UserError {
  const [kind, words] = explained(evidence, endpoint, steps)
  return new UserError(words, REFUSALS[kind].exitCode, cause)
}

/** The refusal in an error. */
export function refusalIn(error: unknown, endpoint: EndpointOptions, steps: NextSteps = {}): UserError {
  if (error instanceof UserError) return error
  return refusalOf(evidenceIn(error), endpoint, { ...steps, otherwise: steps.otherwise ?? ownSentence(error) }, error)
}

/** What a client of ours says by itself; nothing where it only waited in vain. */
function ownSentence(error: unknown): string | undefined {
  const { code, message }: { readonly [name: string]: unknown } = { ...Object(error), message: Object(error).message }
  const isOurs = typeof code === 'string' && code.includes('/') && !/unreachable$|timeout$/.test(code)
  return isOurs ? textOr(message) : undefined
}

/** Whether waiting cannot help: something else than a gateway is there, or nothing that is trusted. */
export function isMistake(evidence: Evidence, endpoint: EndpointOptions): boolean {
  const [kind] = explained(evidence, endpoint, {})
  return kind === 'not_a_gateway' || kind === 'untrusted'
}

type Explained = readonly [kind: RefusalKind, words: string]

function explained(evidence: Evidence, endpoint: EndpointOptions, steps: NextSteps): Explained {
  const { status, closeCode, systemCode } = evidence
  if (closeCode !== undefined && closeCode >= 4000) return closed(closeCode, evidence, endpoint, steps)
  if (status !== undefined) return answered(status, evidence, endpoint, steps)
  if (systemCode !== undefined) return undialed(systemCode, endpoint)
  return steps.otherwise === undefined ? silent(endpoint, evidence.isLate) : ['refused', printable(steps.otherwise)]
}

function answered(status: number, evidence: Evidence, endpoint: EndpointOptions, steps: NextSteps): Explained {
  const { url } = endpoint
  const said = sentenceIn(evidence)
  const doctor = ownCommand(`doctor ${url}`)
  if (status === 401) return credentials(endpoint)
  if (said === undefined && status >= 300 && status < 400) {
    const { redirectHost = 'another address' } = evidence
    return ['not_a_gateway', `${url} redirects to ${redirectHost}. Give that address with --url.`]
  }
  if (said === undefined && status === 403) {
    return ['forbidden', `${url} answers 403: the gateway, or something in front of it, does not let you do this.`]
  }
  if (said === undefined && status >= 502 && status <= 504) {
    return ['unreachable', `The gateway behind ${url} does not answer (${status}). Try: ${doctor}`]
  }
  if (said === undefined) return ['not_a_gateway', `${url} is not a gateway (HTTP ${status}). Try: ${doctor}`]
  if (status === 403) return forbidden(said, evidence)
  if (status === 404) return ['not_found', sentences(said, tried(steps.next))]
  if (status === 409) return ['taken', sentences(said, tried(steps.next))]
  if (status === 429 || status === 503) return full(said, endpoint)
  if (status === 400 || status === 413 || status === 422) return ['unfit', sentences(said, undefined)]
  return ['refused', sentences(said, `Try: ${doctor}`)]
}

function closed(closeCode: number, evidence: Evidence, endpoint: EndpointOptions, steps: NextSteps): Explained {
  const said = sentenceIn(evidence) ?? steps.otherwise ?? `The gateway ended it (${closeCode}).`
  switch (closeCode) {
    case 4401:
      return credentials(endpoint)
    case 4403:
      return forbidden(said, evidence)
    case 4404:
    case 4001:
      return ['not_found', sentences(said, tried(steps.next))]
    case 4409:
    case 4410:
      return ['taken', sentences(said, tried(steps.next))]
    case 4408:
    case 4429:
      return full(said, endpoint)
    default:
      return ['refused', said]
  }
}

function credentials({ url, token }: EndpointOptions): Explained {
  const login = ownCommand(`login ${url}`)
  return token === undefined
    ? ['no_token', `${url} wants a token. Set HOLDFAST_TOKEN, or try: ${login}`]
    : ['wrong_token', `${url} refused the token. The gateway prints its own at start. Try: ${login}`]
}

function forbidden(said: string, { body }: Evidence): Explained {
  // The gateway names its flag where a page is refused, and this is none.
  if (said.includes('--origin '))
    return ['forbidden', sentences(said, 'Not this command, but a proxy before it names it.')]
  const { code = 'forbidden' } = peerWord(body) ?? {}
  const isOfToken = code.toLowerCase().endsWith('forbidden')
  return [
    'forbidden',
    sentences(said, isOfToken ? 'Ask the gateway’s operator for a token that may.' : 'Ask its operator.'),
  ]
}

function full(said: string, { url }: EndpointOptions): Explained {
  return ['full', sentences(`${url} answers: ${said}`, 'Try again in a while.')]
}

function silent({ url }: EndpointOptions, isLate?: boolean): Explained {
  const what = isLate === true ? 'did not answer in time' : 'could not be reached'
  return ['unreachable', `${url} ${what}. Try: ${ownCommand(`doctor ${url}`)}`]
}

function undialed(code: string, endpoint: EndpointOptions): Explained {
  const { url } = endpoint
  const doctor = `Try: ${ownCommand(`doctor ${url}`)}`
  if (code.startsWith('HPE_')) return ['not_a_gateway', `${url} is not a gateway: it does not speak HTTP. ${doctor}`]
  const known = SYSTEM_ERRORS[code]
  if (known === undefined && !isTlsError(code)) return silent(endpoint)
  const [text, hint] = known ?? [`TLS failed (${code})`, doctor]
  if (isTlsError(code)) return ['untrusted', sentences(`${url}: ${text}`, hint)]
  return ['unreachable', sentences(`${url} could not be reached: ${text}`, `${hint} ${doctor}`)]
}

/** The gateway's own words; undefined where something else may have answered. */
export function sentenceIn({ said, body }: Evidence): string | undefined {
  const sentence = said ?? peerWord(body)?.message
  return sentence === undefined || sentence === '' ? undefined : printable(sentence)
}

/** A command of ours as what to do next. */
function tried(words: string | undefined): string | undefined {
  return words === undefined ? undefined : `Try: ${ownCommand(words)}`
}

/** Two sentences, with one full stop between them. */
function sentences(first: string, second: string | undefined): string {
  const ended = /[.!?]$/.test(first) ? first : `${first}.`
  return second === undefined || second === '' ? ended : `${ended} ${second}`
}

function systemCodeOf(error: Error, code: unknown): string | undefined {
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return code
  // Several addresses were dialed: the first failure stands for all.
  return error instanceof AggregateError ? textOr(Object(error.errors[0]).code) : undefined
}

function numberOr(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
