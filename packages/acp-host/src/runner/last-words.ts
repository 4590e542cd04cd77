import type { ProgramEnd } from '../programs/agent-programs.ts'
import type { AgentConfig } from './agent-config.ts'

/** Of what it wrote last. */
const MAX_WORDS = 400

/** What looks like a secret: keys and tokens by the forms that providers give them, and by their names. */
const SECRETS: readonly RegExp[] = [
  /\b(?:sk|pk|ghp|gho|ghs|github_pat|xox[abprs]|AKIA|AIza|glpat|hf)[-_A-Za-z0-9]{12,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi,
  /((?:api[-_ ]?key|token|secret|password|passwd|authorization|credential)s?["']?\s*[:=]\s*["']?)[^\s"',;]{4,}/gi,
  /(:\/\/[^\s/:@]+:)[^\s@/]+(?=@)/g,
]

/** A text without what looks like a secret. */
export function redacted(text: string): string {
  return SECRETS.reduce((left, secret) => left.replace(secret, (_all, kept: unknown) => said(kept)), text)
}

function said(kept: unknown): string {
  return typeof kept === 'string' ? `${kept.trimEnd()} ***` : '***'
}

/** How an agent ended, for people: `exited 3 after 12 s, last words: …`. What it wrote is shown where the operator wants it. */
export function lastWords(
  { showsStderr = false }: AgentConfig,
  { code, signal, stderr }: ProgramEnd,
  ranMs: number,
  failure: string | undefined,
): string {
  const how = signal === null ? `exited ${code ?? 'without a code'}` : `ended by ${signal}`
  const words = redacted(stderr).trim().slice(-MAX_WORDS)
  const shown = showsStderr && words !== '' ? `, last words: ${words}` : ''
  return `${failure === undefined ? '' : `${failure} It `}${how} after ${Math.round(ranMs / 1_000)} s${shown}`
}
