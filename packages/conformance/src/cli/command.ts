import { HoldfastError } from '@holdfast/contract'
import { checkServer, serverRows } from '../check-server.ts'
import { type Arguments, HELP, parseArguments } from './arguments.ts'
import { reportLines } from './report.ts'

/** Where the command writes, and the environment that it reads. */
export interface CommandContext {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
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

async function run(wanted: Arguments, { out }: CommandContext): Promise<number> {
  if (wanted.kind === 'help') {
    out(HELP.trimEnd())
    return 0
  }
  if (wanted.kind === 'list') {
    for (const { id, requires, section } of serverRows(wanted.wire)) {
      out(wanted.json ? JSON.stringify({ id, requires, section }) : `${id}  ${requires} (${section})`)
    }
    return 0
  }
  const results = await checkServer(wanted)
  for (const line of wanted.json ? results.map((result) => JSON.stringify(result)) : reportLines(results)) out(line)
  return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0
}
