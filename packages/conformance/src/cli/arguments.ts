import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { CHECK_DEFAULTS } from '../check-server.ts'
import { WIRES, type Wire } from '../checking/rows.ts'
import { invalidOption } from '../errors.ts'

/** What the command line asks for. */
export type Arguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'agent' }
  | { readonly kind: 'list'; readonly wire: Wire; readonly json: boolean }
  | {
      readonly kind: 'server'
      readonly wire: Wire
      readonly json: boolean
      readonly only: readonly string[]
      readonly timeoutMs: number
      readonly url: string
      readonly token: string | undefined
      readonly folder: string | undefined
    }
  | {
      readonly kind: 'client'
      readonly wire: Wire
      readonly json: boolean
      readonly only: readonly string[]
      readonly timeoutMs: number
      readonly command: readonly string[]
    }

/** Those that check something. */
export type Checking = Extract<Arguments, { kind: 'server' | 'client' }>

/** What `--help` prints. */
export const HELP: string = `Usage: holdfast-conformance server URL --wire WIRE [options]
       holdfast-conformance client --wire WIRE [options] -- COMMAND [ARGUMENT…]
       holdfast-conformance list --wire WIRE [--json]
       holdfast-conformance agent

Checks a server or a client in any language against the resume extension, and prints a row for each requirement: passed, failed or
not applicable, and for a failed one where it is required, what was expected and what was seen.

  --wire WIRE          ${WIRES.join(', ')} (required)
  --token-file FILE    the file that contains the credential
  --token-env NAME     the environment variable that contains it   (default HOLDFAST_TOKEN)
  --folder DIR         acp: the working folder of sessions   (default .: the one that the server chooses)
  --only ROW           check this row alone; repeat it for several
  --timeout DURATION   the longest wait for something that must come: 500ms, 10s   (default ${CHECK_DEFAULTS.timeoutMs / 1000}s)
  --json               one JSON object a line instead of a table
  --help               this text

URL is the address that clients are given, such as http://127.0.0.1:8080. A credential in it is refused: addresses are
written to logs. Every row makes a session of its own on the server, and nothing removes them.

A server of ACP is checked with an agent that does what its prompts say. holdfast-conformance agent is that program, on standard
input and output; a server that starts no programs does the same by itself:

  say WORDS            an agent_message_chunk for each word and a space, then end_turn
  ask TITLE            session/request_permission with the options yes and no, then a chunk "chose:yes " or "chose:no ", end_turn
  later MS PROMPT      the prompt, after so many milliseconds

COMMAND is a program that uses the client. It is started for every row, some rows at the same time, with these variables:

  HOLDFAST_URL         the address of the server, without a path
  HOLDFAST_TOKEN       the credential to send
  HOLDFAST_SESSION     hub: the session to join
  HOLDFAST_ROLE        hub: the role to join in: controller, or observer
  HOLDFAST_SHELL       shell: the id of the shell

It connects, keeps its connection until it is ended, and opens it again where it is lost. At a server of ACP it begins with initialize
and session/new. It reads lines of JSON from its standard input:

  {"send":"TEXT"}      hub: the command named "conformance" with the args TEXT; shell: type TEXT; acp: the prompt TEXT
  {"answer":"OPTION"}  acp: answer the oldest open question with this option

and writes lines of JSON to its standard output:

  {"event":"TEXT"}     hub: the member text of the data of a broadcast; shell: output; acp: the text of an agent_message_chunk
  {"gap":true}         something is missing; shell: {"gap":N}, so many bytes
  {"send":"TEXT","outcome":"answered"}   it was answered (shell: "acknowledged"); else "in doubt" or "rejected"
  {"question":"TITLE"} acp: the title of the tool call of a permission question
  {"ended":"exited N"} shell: the program ended with this code; "kicked": another client took the shell

Exit codes: 0 no row failed, 1 a row failed, 2 wrong use, the server cannot be reached, or there is no such program.

  holdfast-conformance server http://127.0.0.1:8080 --wire hub --token-file token.txt
  holdfast-conformance server 'http://127.0.0.1:8080?agent=conformance' --wire acp --only resumed --json
  holdfast-conformance client --wire shell -- python3 client.py
`

const FLAGS = {
  wire: { type: 'string' },
  'token-file': { type: 'string' },
  'token-env': { type: 'string', default: 'HOLDFAST_TOKEN' },
  folder: { type: 'string' },
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
  if (kind === 'agent' && rest.length === 0) return { kind }
  if (kind === 'list') return { kind, wire: wireOf(values.wire), json: values.json }
  if (kind === 'client') return clientArguments(values, rest)
  if (kind !== 'server') throw invalidOption(`expected the command server, client, list or agent, got "${kind ?? ''}"`)
  const [url] = rest
  if (url === undefined || rest.length > 1) throw invalidOption(`expected one URL after server, got ${rest.length}`)
  return {
    ...common(values),
    kind,
    url: plainUrl(url),
    folder: values.folder,
    token: values['token-file'] === undefined ? env[values['token-env']] : readToken(values['token-file']),
  }
}

type Values = ReturnType<typeof parse>['values']

function common({ wire, json, only, timeout }: Values) {
  return { wire: wireOf(wire), json, only: only.flatMap((ids) => ids.split(',')), timeoutMs: duration(timeout) }
}

function clientArguments(values: Values, command: readonly string[]): Arguments {
  if (command.length > 0) return { ...common(values), kind: 'client', command }
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
