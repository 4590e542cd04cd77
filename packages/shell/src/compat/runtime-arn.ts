import { isShellId, oauthSubprotocols } from '@holdfast/protocol/shell'
import { ShellSessionError } from '../errors.ts'

/** In seconds. */
export const DEFAULT_PRESIGNED_URL_TIMEOUT = 300
/** Longest life of a presigned URL, in seconds: the service refuses more. */
export const MAX_PRESIGNED_URL_TIMEOUT = 300
/** A region for examples. Nothing takes it by itself. */
export const DEFAULT_REGION = 'us-west-2'

/** What the ARN of a runtime names. */
export interface ParsedRuntimeArn {
  readonly region: string
  readonly accountId: string
  readonly runtimeId: string
}

const EXPECTED_ARN = 'arn:aws:bedrock-agentcore:{region}:{account}:runtime/{id}'
const ARN = /^arn:aws[a-z0-9-]*:bedrock-agentcore:([^:]+):([^:]+):runtime\/(.+)$/

/** @throws `shell/invalid_option` */
export function parseRuntimeArn(runtimeArn: string): ParsedRuntimeArn {
  const [, region, accountId, runtimeId] = ARN.exec(runtimeArn) ?? []
  if (region !== undefined && accountId !== undefined && runtimeId !== undefined)
    return { region, accountId, runtimeId }
  throw new ShellSessionError('shell/invalid_option', `Expected a runtime ARN (${EXPECTED_ARN}), got "${runtimeArn}".`)
}

/** Checks an ARN as the published schema does: `parse` throws, `safeParse` returns the outcome. */
export const RuntimeArnSchema = {
  /** @throws `shell/invalid_option` */
  parse(value: unknown): string {
    if (typeof value === 'string' && ARN.test(value)) return value
    throw new ShellSessionError('shell/invalid_option', `Expected a runtime ARN (${EXPECTED_ARN}).`)
  },

  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: string }
    | { readonly success: false; readonly error: ShellSessionError } {
    try {
      return { success: true, data: RuntimeArnSchema.parse(value) }
    } catch (error) {
      if (error instanceof ShellSessionError) return { success: false, error }
      throw error
    }
  },
}

/** @throws `shell/invalid_option` */
export function assertExpires(expires: number): void {
  if (expires >= 1 && expires <= MAX_PRESIGNED_URL_TIMEOUT) return
  const expected = `Expected expires from 1 to ${MAX_PRESIGNED_URL_TIMEOUT} seconds, got ${expires}.`
  throw new ShellSessionError('shell/invalid_option', expected)
}

/** @throws `shell/invalid_option` */
export function assertShellId(shellId: unknown): void {
  if (typeof shellId === 'string' && isShellId(shellId)) return
  const expected = 'Expected a shellId of 1 to 128 of A-Z a-z 0-9 _ -, first a letter or digit.'
  throw new ShellSessionError('shell/invalid_option', expected)
}

/** A token that goes into a header of the upgrade has at most so many characters, encoded. */
const MAX_TOKEN_CHARS = 4_096

/** The subprotocols that carry the token. @throws `shell/invalid_option` where it is empty or too long for a header */
export function tokenSubprotocols(bearerToken: string, maxChars: number = MAX_TOKEN_CHARS): string[] {
  if (typeof bearerToken !== 'string' || bearerToken === '') {
    throw new ShellSessionError('shell/invalid_option', 'Expected a bearerToken, got none.')
  }
  const subprotocols = [...oauthSubprotocols(bearerToken)]
  const chars = Math.ceil((new TextEncoder().encode(bearerToken).length * 4) / 3)
  if (chars <= maxChars) return subprotocols
  const what = `Expected a bearerToken of at most ${maxChars} characters, encoded; got ${chars}. Use a header instead.`
  throw new ShellSessionError('shell/invalid_option', what)
}
