import type { ReadStream } from 'node:tty'
import { EXIT } from './exit-codes.ts'
import { TerminalGuard } from './terminal-guard.ts'
import { UserError } from './user-error.ts'

/** Longer than any token; what comes after it in a pipe is not read. */
const MAX_CHARS = 16_384
const INTERRUPT = '\u0003'
const END = '\u0004'
const ERASE = new Set(['\u007F', '\b'])
const ERASE_LINE = '\u0015'

/**
 * A secret: asked for at a terminal, without showing what is typed or pasted; the first line of a pipe else.
 * @throws UserError for Ctrl+C
 */
export async function readSecret(prompt: string): Promise<string> {
  if (process.stdin.isTTY !== true) return firstLine(process.stdin)
  try {
    return await typed(process.stdin, prompt)
  } finally {
    process.stderr.write('\n')
  }
}

async function firstLine(input: NodeJS.ReadStream): Promise<string> {
  let text = ''
  input.setEncoding('utf8')
  for await (const chunk of input) {
    text += String(chunk)
    if (text.includes('\n') || text.length > MAX_CHARS) break
  }
  return (text.split('\n', 1)[0] ?? '').trim()
}

function typed(input: ReadStream, prompt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const guard = new TerminalGuard({ input, restore: () => {}, resume: () => {} })
    const settle = (error?: UserError | undefined): void => {
      input.off('data', take)
      guard.leave()
      input.pause()
      if (error === undefined) resolve(text.trim())
      else reject(error)
    }
    const take = (chunk: string): void => {
      for (const character of chunk) {
        if (character === '\r' || character === '\n' || character === END) return settle()
        if (character === INTERRUPT) return settle(new UserError('', EXIT.interrupted))
        if (ERASE.has(character)) text = text.slice(0, -1)
        else if (character === ERASE_LINE) text = ''
        else if (text.length < MAX_CHARS) text += character
      }
    }
    // Before anybody is asked: what answers the question at once must not be shown either.
    guard.enter()
    process.stderr.write(prompt)
    input.setEncoding('utf8')
    input.on('data', take)
    input.resume()
  })
}
