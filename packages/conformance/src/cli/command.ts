import type { Readable, Writable } from 'node:stream'
import { HoldfastError } from '@holdfast/contract'
import { runAgent } from '../acp/run-agent.ts'
import { checkClient, clientRows } from '../check-client.ts'
import { checkServer, serverRows } from '../check-server.ts'
import { probeProgram, programClient } from '../checking/client-program.ts'
import { type RowResult, selectRows } from '../checking/rows.ts'
import type { RowText } from '../checking/server-check.ts'
import { type Arguments, type Checking, HELP, parseArguments } from './arguments.ts'
import { Report } from './report.ts'

/** Where the command writes, and the environment that it reads. */
export interface CommandContext {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
  /** The pipes of the agent that `agent` is. */
  readonly pipes?: { readonly input: Readable; readonly output: Writable } | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Runs `holdfast-conformance`; resolves with the exit code. Never rejects. */
export async function runCommand(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    return await run(parseArguments(argv, context.env), context)
  } catch (error) {
    context.err(`holdfast-conformance: ${error instanceof Error ? error.message : String(error)}`)
    if (error instanceof HoldfastError) context.err('Try holdfast-conformance --help.')
    return 2
  }
}

async function run(wanted: Arguments, context: CommandContext): Promise<number> {
  const { out, pipes } = context
  switch (wanted.kind) {
    case 'help':
      out(HELP.trimEnd())
      return 0
    case 'agent':
      if (pipes !== undefined) await runAgent(pipes.input, pipes.output)
      return 0
    case 'list':
      for (const { id, requires, section } of [...serverRows(wanted.wire), ...clientRows(wanted.wire)]) {
        out(wanted.json ? JSON.stringify({ id, requires, section }) : `${id}  ${requires} (${section})`)
      }
      return 0
    default:
      return check(wanted, context)
  }
}

async function check(wanted: Checking, { out, err }: CommandContext): Promise<number> {
  const isServer = wanted.kind === 'server'
  const rows: readonly RowText[] = selectRows(isServer ? serverRows(wanted.wire) : clientRows(wanted.wire), wanted.only)
  const report = new Report(rows, out, wanted.json)
  const onResult = report.put.bind(report)
  if (!wanted.json) err(`Checking ${rows.length} rows of ${isServer ? wanted.url : wanted.command.join(' ')}`)
  const results = await (isServer ? checkServer({ ...wanted, onResult }) : checkProgram(wanted, onResult))
  report.end()
  return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0
}

/** @throws `conformance/unreachable` where there is no such program */
async function checkProgram(
  wanted: Extract<Arguments, { kind: 'client' }>,
  onResult: (result: RowResult) => void,
): Promise<readonly RowResult[]> {
  const [program = '', ...args] = wanted.command
  const start = programClient(program, args)
  await probeProgram(start)
  return checkClient({ ...wanted, start, onResult })
}
