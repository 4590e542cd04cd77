import { redacted } from '../redact.ts'
import type { ProgramEnd } from '../programs/agent-programs.ts'
import type { AgentConfig } from './agent-config.ts'

/** Of what it wrote last. */
const MAX_WORDS = 400

/** How an agent ended, for people: `exited 3 after 12 s, last words …`. */
export function endWords(
  { showsStderr = false }: AgentConfig,
  { code, signal, stderr }: ProgramEnd,
  ranMs: number,
  failure: string | undefined,
): string {
  const how = signal === null ? `exited ${code ?? 'without a code'}` : `ended by ${signal}`
  const said = redacted(stderr).trim().slice(-MAX_WORDS)
  const words = showsStderr && said !== '' ? `, last words: ${said}` : ''
  return `${failure === undefined ? '' : `${failure} It `}${how} after ${Math.round(ranMs / 1_000)} s${words}`
}
