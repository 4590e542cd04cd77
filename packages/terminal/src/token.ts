/** What opens a control string (ECMA-48 §8.3, DEC). */
export type StringKind = 'osc' | 'dcs' | 'apc' | 'pm' | 'sos'

/** Graphic characters, in UTF-8; a character may begin in one token and end in the next. */
export interface TextToken {
  readonly kind: 'text'
  readonly bytes: Uint8Array
}

/** One control function of a single character: C0 or C1, in whatever form it came. */
export interface ControlToken {
  readonly kind: 'control'
  readonly bytes: Uint8Array
  /** 0x00–0x1f, 0x7f, or 0x80–0x9f for C1. */
  readonly code: number
}

/** ESC, intermediates and a final byte, where it opens nothing longer. */
export interface EscapeToken {
  readonly kind: 'escape'
  readonly bytes: Uint8Array
  readonly intermediates: string
  readonly final: string
}

/** A control sequence: CSI, parameters, intermediates and a final byte. */
export interface CsiToken {
  readonly kind: 'csi'
  readonly bytes: Uint8Array
  /** `<`, `=`, `>` or `?` in front of the parameters; empty where there is none. */
  readonly prefix: string
  /** As written: digits, `;` and `:`. */
  readonly parameters: string
  readonly intermediates: string
  readonly final: string
}

/** A control string, or a part of one that is longer than the bound. */
export interface StringToken {
  readonly kind: 'string'
  readonly bytes: Uint8Array
  readonly opener: StringKind
  /** The first characters of the whole string, one a byte, also in its later parts. */
  readonly head: string
  /** What is between opener and terminator of this part. */
  readonly data: Uint8Array
  readonly part: 'whole' | 'first' | 'middle' | 'last'
}

/** What no terminal carries out: a sequence that was cut short, cancelled, or is longer than the bound. */
export interface IgnoredToken {
  readonly kind: 'ignored'
  readonly bytes: Uint8Array
}

/**
 * A byte from 0x80 to 0x9f that is no part of a character. Terminals read UTF-8, where it is nothing: they show a replacement
 * character or leave it out. One that was taken out of UTF-8 would carry it out as a C1 control function.
 */
export interface StrayToken {
  readonly kind: 'stray'
  readonly bytes: Uint8Array
}

/** A piece of what is sent to, or typed at, a terminal. */
export type Token = TextToken | ControlToken | EscapeToken | CsiToken | StringToken | IgnoredToken | StrayToken

/** The numeric parameters of a control sequence; missing ones are undefined. Sub-parameters are left out. */
export function parametersOf(token: CsiToken): readonly (number | undefined)[] {
  if (token.parameters === '') return []
  return token.parameters.split(';').map((text) => {
    const value = Number.parseInt(text, 10)
    return Number.isNaN(value) ? undefined : value
  })
}

/** A sequence as text, in its 7-bit form, whatever form it came in. */
export function sequenceText(token: Token): string {
  switch (token.kind) {
    case 'csi':
      return `\u001b[${token.prefix}${token.parameters}${token.intermediates}${token.final}`
    case 'escape':
      return `\u001b${token.intermediates}${token.final}`
    case 'string':
      return `\u001b${STRING_OPENERS[token.opener]}${new TextDecoder().decode(token.data)}\u001b\\`
    default:
      return latin1(token.bytes)
  }
}

const STRING_OPENERS: Readonly<Record<StringKind, string>> = { osc: ']', dcs: 'P', apc: '_', pm: '^', sos: 'X' }

/** Bytes as text of one character a byte. For sequences, which are ASCII. */
export function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
