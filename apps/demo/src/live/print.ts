const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined

/** Writes a line to the terminal; a number is the colour's. */
export function say(text: string, code?: number | undefined): void {
  process.stdout.write(colour && code !== undefined ? `\u001b[${code}m${text}\u001b[0m\n` : `${text}\n`)
}

export const DIM = 2
export const BOLD = 1
export const CYAN = 36
