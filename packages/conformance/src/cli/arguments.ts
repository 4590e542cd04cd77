import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { CHECK_DEFAULTS } from '../check-server.ts'
import { WIRES, type Wire } from '../checking/rows.ts'
import { invalidOption } from '../errors.ts'

/** What the command line asks for. */
export type Arguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'list'; readonly wire: Wire; readonly json: boolean }
  | {
      readonly kind: 'server'
      readonly wire: Wire
      readonly json: boolean
      readonly only: readonly string[]
      readonly timeoutMs: number
      readonly url: string
      readonly token: string | undefined
    }
  | {
      readonly kind: 'client'
      readonly wire: 'hub'
      readonly json: boolean
      readonly only: readonly string[]
      readonly timeoutMs: number
      readonly command: readonly string[]
    }

/** What `--help` prints. */
export const HELP: string = `Usage: holdfast-conformance server URL --wire WIRE [options]
       holdfast-conformance client --wire WIRE [options] -- COMMAND [ARGUMENT…]
       holdfast-conformance list --wire WIRE

Checks a server or a client in any language against the resume extension, and prints a row for each requirement: passed, failed or
not applicable, and for a failed one what was expected and what was seen.

  --wire WIRE          hub or shell (required); clients: hub
  --token-file FILE    the file that contains the credential
  --token-env NAME     the environment variable that contains it   (default HOLDFAST_TOKEN)
  --only ROW           check this row alone; repeat it for several
  --timeout DURATION   the longest wait for something that must come: 500ms, 10s   (default ${CHECK_DEFAULTS.timeoutMs / 1000}s)
  --json               one JSON object a line instead of a table
  --help               this text

URL is the address that clients are given, such as http://127.0.0.1:8080. A credential in it is refused: addresses are
written to logs. Every row makes a session of its own on the server, and nothing removes them.

COMMAND is a program that uses the client. It is started for every row, some rows at the same time, with these variables:

  HOLDFAST_URL         the address of the hub, without a path
  HOLDFAST_SESSION     the session to join
  HOLDFAST_ROLE        the role to join in: controller, or observer
  HOLDFAST_TOKEN       the credential to send

and keeps its connection until it is ended. It reads lines of JSON from its standard input:

  {"send":"TEXT"}      send the command named "conformance" with the args TEXT, over drops

and writes lines of JSON to its standard output:

  {"event":"TEXT"}     for each broadcast that its application gets: the member text of data
  {"gap":true}         for each report of missing events
  {"send":"TEXT","outcome":"answered"}   when the answer is there; else "in doubt" or "rejected"

Exit codes: 0 no row failed, 1 a row failed, 2 wrong use, the server cannot be reached, or there is no such program.

  holdfast-conformance server http://127.0.0.1:8080 --wire hub --token-file token.txt
  holdfast-conformance server wss://hub.example --wire hub --only replay --json
  holdfast-conformance client --wire hub -- python3 client.py
`

const FLAGS = {
  wire: { type: 'string' },
  'token-file': { type: 'string' },
  'token-env': { type: 'string', default: 'HOLDFAST_TOKEN' },
  only: { type: 'string', multiple: true, default: [] as string[] },
  timeout: { type: 'string', default: `${CHECK_DEFAULTS.timeoutMs}ms` },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** @throws `conformance/invalid_option` with a sentence for the user */
export function parseArguments(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Arguments {
  const { values, positionals } = parse(argv)
  const [kind, ...rest] = positionals
  if (values.help) return { kind: 'help' }
  if (kind === 'list') return { kind, wire: wireOf(values.wire), json: values.json }
  if (kind === 'client') return clientArguments(values, rest)
  if (kind !== 'server') throw invalidOption(`expected the command server, client or list, got "${kind ?? ''}"`)
  const [url] = rest
  if (url === undefined || rest.length > 1) throw invalidOption(`expected one URL after server, got ${rest.length}`)
  return {
    ...common(values),
    kind,
    url: plainUrl(url),
    token: values['token-file'] === undefined ? env[values['token-env']] : readToken(values['token-file']),
  }
}

type Values = ReturnType<typeof parse>['values']

function common({ wire, json, only, timeout }: Values) {
  return { wire: wireOf(wire), json, only: only.flatMap((ids) => ids.split(',')), timeoutMs: duration(timeout) }
}

function clientArguments(values: Values, command: readonly string[]): Arguments {
  const { wire, ...rest } = common(values)
  if (wire !== 'hub')
    throw invalidOption(`expected --wire to be hub, the wire whose clients can be checked, got "${wire}"`)
  if (command.length > 0) return { ...rest, wire, kind: 'client', command }
  throw invalidOption('expected the command of the client behind --')
}

// The type of the result follows from FLAGS.
function parse(
  argv: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof FLAGS; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true })
  } catch (error) {
    throw invalidOption(error instanceof Error ? error.message : String(error))
  }
}

function wireOf(name: string | undefined): Wire {
  const wire = WIRES.find((candidate) => candidate === name)
  if (wire !== undefined) return wire
  throw invalidOption(`expected --wire to be one of ${WIRES.join(', ')}, got "${name ?? ''}"`)
}

function readToken(file: string): string {
  try {
    const token = readFileSync(file, 'utf8').trim()
    if (token !== '') return token
  } catch (error) {
    throw invalidOption(`expected --token-file to be readable: ${error instanceof Error ? error.message : error}`)
  }
  throw invalidOption('expected --token-file to contain a credential, got an empty file')
}

const SECRET_PARAMETERS: readonly string[] = ['api_key', 'token', 'access_token', 'authorization']

/** An address that may be printed. */
function plainUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^(?:http|ws)s?:$/.test(url.protocol)) {
    throw invalidOption('expected URL to begin with http://, https://, ws:// or wss://')
  }
  const hasSecret =
    url.username !== '' || url.password !== '' || SECRET_PARAMETERS.some((name) => url.searchParams.has(name))
  if (hasSecret) throw invalidOption('expected URL without a credential: give it with --token-file or --token-env')
  return text
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

function duration(text: string): number {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? []
  const ms = Math.round(Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN))
  if (ms >= 1) return ms
  throw invalidOption(`expected --timeout to be a duration such as 500ms or 10s, got "${text}"`)
}
